//! The keys of automatic checkpoints: each in a file of its own until it was used.
//!
//! They lie beside the workspace's file and enter no backup. Whoever has one can sign the
//! next checkpoint and no earlier one, and to change the record they need a member's key besides.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sealed::{PublicKey, SigningKey, Zeroizing, files};

/// What a file's name begins with; the checkpoint's number follows.
const FILE: &str = "checkpoint-";
const ENDING: &str = ".key";
/// The length of a key, in bytes.
const SEED: u64 = 32;

/// The key of this number, where it is the one with this public half.
pub(super) fn load(dir: &Path, number: u64, public: &PublicKey) -> Option<SigningKey> {
    let seed = match files::read_small(&path(dir, number), 32) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                tracing::warn!(%error, "the key of the next checkpoint cannot be read");
            }
            return None;
        }
    };
    let key = SigningKey::from_seed(seed.as_slice().try_into().ok()?);
    (key.public() == *public).then_some(key)
}

/// Keeps the key of a checkpoint that is to come.
pub(super) fn store(dir: &Path, number: u64, key: &SigningKey) -> io::Result<()> {
    files::write_atomic(&path(dir, number), key.seed())
}

/// Destroys every other key: those that were used, and those of what did not come to be. What
/// cannot be one of these, whatever its name, is left alone or only unlinked.
pub(super) fn keep_only(dir: &Path, number: u64) -> io::Result<()> {
    let mut outcome = Ok(());
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let (name, state) = (entry.file_name(), entry.metadata()?);
        if !is_key(&name.to_string_lossy()) || *name == *name_of(number) || state.is_dir() {
            continue;
        }
        let is_ours = state.is_file() && state.len() <= SEED && state.nlink() == 1;
        let path = entry.path();
        let gone = if is_ours { files::shred(&path) } else { std::fs::remove_file(&path) };
        // The others go, whatever becomes of this one.
        outcome = outcome.and(gone);
    }
    outcome
}

/// Also one that was being written when it was cut off: some more stands behind its ending.
fn is_key(name: &str) -> bool {
    let rest = name.strip_prefix(FILE).unwrap_or_default();
    let digits = rest.len() - rest.trim_start_matches(|one: char| one.is_ascii_digit()).len();
    digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(ENDING))
}

fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(name_of(number))
}

fn name_of(number: u64) -> String {
    format!("{FILE}{number}{ENDING}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_that_was_named_is_found_and_one_that_was_used_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (SigningKey::random(), SigningKey::random());
        store(dir.path(), 1, &one).unwrap();
        store(dir.path(), 2, &two).unwrap();
        let found = |number, key: &SigningKey| load(dir.path(), number, &key.public()).is_some();
        assert!(found(1, &one) && found(2, &two));
        assert!(!found(1, &two), "another key lies there");
        keep_only(dir.path(), 2).unwrap();
        assert!(!found(1, &one), "it was used");
        assert!(found(2, &two), "the next one's stays");
        let other = tempfile::NamedTempFile::new_in(dir.path()).unwrap();
        std::fs::write(other.path(), b"another's").unwrap();
        std::fs::hard_link(other.path(), dir.path().join("checkpoint-7.key")).unwrap();
        std::fs::create_dir(dir.path().join("checkpoint-8.key")).unwrap();
        store(dir.path(), 9, &one).unwrap();
        keep_only(dir.path(), 2).unwrap();
        assert!(!found(9, &one), "whatever else lies there");
        assert_eq!(std::fs::read(other.path()).unwrap(), b"another's", "no other file is touched");
        std::fs::write(dir.path().join("checkpoint-2.key"), b"short").unwrap();
        assert!(!found(2, &two), "it was damaged");
    }
}
