//! Checkpoints: one signed line that stands for the whole record up to its size.
//!
//! In the form of C2SP's tlog-checkpoint, a signed note, so that tools for
//! transparency logs read it. Kept away from this machine, it shows later that
//! nothing before it was changed, also where everything here was put back.

use data_encoding::BASE64;
use domain::{ProfileId, WorkspaceId};
use sealed::{PublicKey, SigningKey};

use crate::Digest;

/// The longest note that is read, in bytes.
pub(crate) const LONGEST: usize = 4_096;
/// What a signed note's signature lines begin with.
const DASH: &str = "\u{2014} ";
/// The kind of an Ed25519 key among signed notes.
const ED25519: u8 = 1;

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
        let id = unsigned.key_id(&key.public());
        let signature = [id.as_slice(), &key.sign(unsigned.body().as_bytes())].concat();
        Self { signature, ..unsigned }
    }

    /// Whether it was signed with this key.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let Some((id, signature)) = self.signature.split_at_checked(4) else { return false };
        id == self.key_id(key) && key.verify(self.body().as_bytes(), signature)
    }

    /// The signed part: lines that say whose, how many and which, each with its end.
    fn body(&self) -> String {
        let root = BASE64.encode(&self.root.0);
        format!("carrel.record/{}\n{}\n{root}\n", self.workspace, self.size)
    }

    fn name(&self) -> String {
        format!("member/{}", self.signer)
    }

    fn key_id(&self, key: &PublicKey) -> [u8; 4] {
        let mut text = self.name().into_bytes();
        text.extend([b'\n', ED25519]);
        text.extend(key.0);
        let [a, b, c, d, ..] = sealed::sha256(&text);
        [a, b, c, d]
    }

    /// As it is written down.
    #[must_use]
    pub fn note(&self) -> String {
        let signature = BASE64.encode(&self.signature);
        format!("{}\n{DASH}{} {signature}\n", self.body(), self.name())
    }

    /// Reads a note as `note` writes it, with further signatures or without.
    ///
    /// # Errors
    /// `NoCheckpoint` for any other text.
    pub fn read(note: &str) -> Result<Self, NoCheckpoint> {
        if note.len() > LONGEST {
            return Err(NoCheckpoint);
        }
        let read = || {
            let (body, signatures) = note.split_once("\n\n")?;
            let mut lines = body.lines();
            let workspace = lines.next()?.strip_prefix("carrel.record/")?.parse().ok()?;
            let size: u64 = lines.next()?.parse().ok()?;
            let root = BASE64.decode(lines.next()?.as_bytes()).ok()?;
            let root = Digest(root.try_into().ok()?);
            let signed = signatures.lines().find_map(|line| {
                let (name, signature) = line.strip_prefix(DASH)?.rsplit_once(' ')?;
                let id = name.strip_prefix("member/")?;
                let signer: ProfileId =
                    id.parse().ok().filter(|one: &ProfileId| one.to_string() == id)?;
                Some((signer, BASE64.decode(signature.as_bytes()).ok()?))
            });
            let (signer, signature) = signed?;
            let read = Self { workspace, size, root, signer, signature };
            // Only what says nothing else, in the one way of saying it.
            (format!("{body}\n") == read.body()).then_some(read)
        };
        read().ok_or(NoCheckpoint)
    }
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
        for text in ["", "\n\n", "carrel.record/x\n1\n\n\n", &"a".repeat(LONGEST + 1)] {
            assert_eq!(Checkpoint::read(text), Err(NoCheckpoint));
        }
    }
}
