//! Checkpoints: one signed line that stands for the whole record up to its size.
//!
//! A signed note. Kept away from this machine, it shows later that
//! nothing before it was changed, also where everything here was put back.

use data_encoding::BASE64;
use domain::{ProfileId, WorkspaceId};
use sealed::{PublicKey, SigningKey};

use super::note;
use crate::Digest;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose record it is about.
    pub workspace: WorkspaceId,
    /// How many events it stands for.
    pub size: u64,
    /// The root of the tree over their hashes.
    pub root: Digest,
    /// Who signed it.
    pub signer: ProfileId,
    signature: Vec<u8>,
}

/// The text is no checkpoint of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no checkpoint of a record. Keep it as it was written, with every line.")]
pub struct NoCheckpoint;

impl Checkpoint {
    /// Signs it.
    pub(crate) fn sign(
        workspace: WorkspaceId,
        (size, root): (u64, Digest),
        (signer, key): (ProfileId, &SigningKey),
    ) -> Self {
        let unsigned = Self { workspace, size, root, signer, signature: Vec::new() };
        let signature = note::sign(&unsigned.body(), &unsigned.name(), key);
        Self { signature, ..unsigned }
    }

    /// Whether it was signed with this key.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        note::is_signed(&self.body(), &self.name(), &self.signature, key)
    }

    fn body(&self) -> String {
        body(self.workspace, self.size, self.root)
    }

    fn name(&self) -> String {
        format!("member/{}", self.signer)
    }

    /// As it is written down.
    #[must_use]
    pub fn note(&self) -> String {
        note::written(&self.body(), &self.name(), &self.signature)
    }

    /// Reads a note as `note` writes it, with further signatures or without.
    ///
    /// # Errors
    /// `NoCheckpoint` for any other text.
    pub fn read(text: &str) -> Result<Self, NoCheckpoint> {
        let read = || {
            let (body, signatures) = note::read(text)?;
            let (workspace, size, root, further) = parts(&body)?;
            let (signer, signature) = signatures.into_iter().find_map(|(name, signature)| {
                let id = name.strip_prefix("member/")?;
                let signer: ProfileId =
                    id.parse().ok().filter(|one: &ProfileId| one.to_string() == id)?;
                Some((signer, signature))
            })?;
            let read = Self { workspace, size, root, signer, signature };
            // Only what says nothing else, in the one way of saying it.
            (further.is_empty() && body == read.body()).then_some(read)
        };
        read().ok_or(NoCheckpoint)
    }
}

/// What every checkpoint says first: lines that say whose record, how many events and which
/// root, each with its end.
pub(super) fn body(workspace: WorkspaceId, size: u64, root: Digest) -> String {
    format!("carrel.record/{workspace}\n{size}\n{}\n", BASE64.encode(&root.0))
}

/// The same, read, with the lines that follow.
pub(super) fn parts(body: &str) -> Option<(WorkspaceId, u64, Digest, Vec<&str>)> {
    let mut lines = body.lines();
    let workspace = lines.next()?.strip_prefix("carrel.record/")?.parse().ok()?;
    let size = lines.next()?.parse().ok()?;
    let root = BASE64.decode(lines.next()?.as_bytes()).ok()?;
    Some((workspace, size, Digest(root.try_into().ok()?), lines.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(key: &SigningKey) -> Checkpoint {
        let (workspace, signer) =
            (WorkspaceId::from_bytes([1; 16]), ProfileId::from_bytes([2; 16]));
        Checkpoint::sign(workspace, (7, Digest::leaf(b"root")), (signer, key))
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written_and_known_by_its_key() {
        let (key, other) = (SigningKey::from_seed(&[3; 32]), SigningKey::from_seed(&[4; 32]));
        let made = signed(&key);
        let read = Checkpoint::read(&made.note()).expect("its own note");
        assert_eq!(read, made);
        assert!(read.is_signed_by(&key.public()), "hers");
        assert!(!read.is_signed_by(&other.public()), "nobody else's");
        let lines = made.note().lines().count();
        assert_eq!(lines, 5, "origin, size, root, an empty line, a signature");
    }

    #[test]
    fn what_was_changed_is_no_checkpoint_or_not_hers() {
        let key = SigningKey::from_seed(&[3; 32]);
        let note = signed(&key).note();
        for (from, to) in [("\n7\n", "\n8\n"), ("\n7\n", "\n07\n"), ("member/", "member/ ")] {
            let changed = note.replacen(from, to, 1);
            assert_ne!(changed, note, "{from:?} stands there");
            let holds = Checkpoint::read(&changed).is_ok_and(|one| one.is_signed_by(&key.public()));
            assert!(!holds, "{from:?} became {to:?}");
        }
        for text in ["", "\n\n", "carrel.record/x\n1\n\n\n", &"a".repeat(note::LONGEST + 1)] {
            assert_eq!(Checkpoint::read(text), Err(NoCheckpoint));
        }
    }
}
