//! The keys of automatic checkpoints: each in a file of its own until it was used.
//!
//! They lie beside the workspace's file and enter no backup. Whoever has one can sign the
//! next checkpoint and no earlier one, and to change the record they need a member's key besides.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sealed::{PublicKey, SigningKey, Zeroizing, files};

/// What a file's name begins with; the checkpoint's number follows.
const FILE: &str = "checkpoint-";
const ENDING: &str = ".key";

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

/// Destroys every other key: those that were used, and those of what did not come to be.
pub(super) fn keep_only(dir: &Path, number: u64) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(FILE) && *name != name_of(number) {
            files::shred(&dir.join(&*name))?;
        }
    }
    Ok(())
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
        std::fs::write(dir.path().join("checkpoint-2.key"), b"short").unwrap();
        assert!(!found(2, &two), "it was damaged");
    }
}
