//! Proofs about the record for those who may not see it: that an event is in it, that it speaks
//! of this text, and that the record begins with what an earlier checkpoint signed.

use domain::{ProfileId, UnixMs};
use policy::{Action, Grant};
use sealed::{PublicKey, Side};
use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, NoCheckpoint};
use super::content::{ShownContent, opening_key, shown};
use super::tree::{consistency, extends, includes, inclusion, root};
use super::{AuditKind, Depth, Event};
use crate::tables::audit as table;
use crate::{Digest, Workspace, WorkspaceError};

/// The form of a proof.
pub(super) const FORM: u32 = 1;
/// The longest proof that is read, in bytes: an event, two checkpoints, and a text that JSON
/// writes six times as long.
const LONGEST: usize = 32 << 20;

/// A proof, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "carrel_proof", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// This event is in the record that the checkpoint stands for.
    Inclusion {
        /// The form of this proof; 1.
        form: u32,
        /// The event's number.
        sequence: u64,
        /// Its canonical JSON.
        text: String,
        /// From its leaf to the root.
        path: Vec<Digest>,
        /// A signed note.
        checkpoint: String,
        /// The key with which it is signed.
        key: PublicKey,
    },
    /// The same, and this is the text that the event commits to.
    Content {
        /// The form of this proof; 1.
        form: u32,
        /// The event's number.
        sequence: u64,
        /// Its canonical JSON.
        text: String,
        /// From its leaf to the root.
        path: Vec<Digest>,
        /// A signed note.
        checkpoint: String,
        /// The key with which it is signed.
        key: PublicKey,
        /// Which text of the call.
        side: Side,
        /// All of it.
        content: String,
        /// What opens the commitment: 64 lowercase hexadecimal digits.
        opening: String,
    },
    /// The record that the checkpoint stands for begins with what the earlier one stands for.
    Consistency {
        /// The form of this proof; 1.
        form: u32,
        /// The earlier checkpoint, as it was brought.
        earlier: String,
        /// RFC 9162, 2.1.4.
        path: Vec<Digest>,
        /// A signed note.
        checkpoint: String,
        /// The key with which it is signed.
        key: PublicKey,
    },
}

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedProof {
    /// The checkpoint that it leads to.
    pub checkpoint: Checkpoint,
    /// The key with which that is signed, to be compared with one that is trusted.
    pub key: PublicKey,
    /// The event's number and text; none of a proof of consistency.
    pub event: Option<(u64, String)>,
    /// The text that the event commits to; none of other proofs.
    pub content: Option<ShownContent>,
    /// The earlier checkpoint; none of a proof about an event.
    pub earlier: Option<Checkpoint>,
}

/// Why a proof shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It is no proof.
    #[error("This is no proof of a record. Keep it as it was written.")]
    Unreadable,
    /// Its checkpoint cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] NoCheckpoint),
    /// Its checkpoint is not signed with the key that it names.
    #[error("The checkpoint of this proof is not signed with the key that it names.")]
    Forged,
    /// The path does not lead to the root.
    #[error("This proof does not lead to its checkpoint: something in it was changed.")]
    LeadsElsewhere,
    /// The event commits to another text, or to none.
    #[error(
        "The event of this proof does not speak of this text: one of them, or the key, is another."
    )]
    OtherContent,
}

/// An event, and the parts of a proof that it is in the record.
pub(super) struct Included {
    pub(super) text: String,
    pub(super) path: Vec<Digest>,
    pub(super) checkpoint: String,
    pub(super) key: PublicKey,
}

/// Verifies a proof, without the record.
///
/// # Errors
/// Why it shows nothing.
pub fn check_proof(text: &str) -> Result<CheckedProof, ProofError> {
    if text.len() > LONGEST {
        return Err(ProofError::Unreadable);
    }
    let proof: Proof = serde_json::from_str(text).map_err(|_| ProofError::Unreadable)?;
    let signed = |note: &str, key: &PublicKey| {
        let checkpoint = Checkpoint::read(note)?;
        if checkpoint.is_signed_by(key) { Ok(checkpoint) } else { Err(ProofError::Forged) }
    };
    match proof {
        Proof::Inclusion { form: FORM, sequence, text, path, checkpoint, key } => {
            let checkpoint = signed(&checkpoint, &key)?;
            included(&checkpoint, sequence, &text, &path)?;
            let event = Some((sequence, text));
            Ok(CheckedProof { checkpoint, key, event, content: None, earlier: None })
        }
        Proof::Content {
            form: FORM,
            sequence,
            text,
            path,
            checkpoint,
            key,
            side,
            content,
            opening,
        } => {
            let opening = opening_key(&opening).ok_or(ProofError::Unreadable)?;
            let checkpoint = signed(&checkpoint, &key)?;
            included(&checkpoint, sequence, &text, &path)?;
            let content = shown(&text, side, content, &opening).ok_or(ProofError::OtherContent)?;
            let (event, content) = (Some((sequence, text)), Some(content));
            Ok(CheckedProof { checkpoint, key, event, content, earlier: None })
        }
        Proof::Consistency { form: FORM, earlier, path, checkpoint, key } => {
            let (earlier, checkpoint) = (Checkpoint::read(&earlier)?, signed(&checkpoint, &key)?);
            let (old, new) = ((earlier.size, earlier.root), (checkpoint.size, checkpoint.root));
            if earlier.workspace != checkpoint.workspace || !extends(old, new, &path) {
                return Err(ProofError::LeadsElsewhere);
            }
            let earlier = Some(earlier);
            Ok(CheckedProof { checkpoint, key, event: None, content: None, earlier })
        }
        Proof::Inclusion { .. } | Proof::Content { .. } | Proof::Consistency { .. } => {
            Err(ProofError::Unreadable)
        }
    }
}

/// Whether a checkpoint stands for this event, too.
fn included(
    checkpoint: &Checkpoint,
    sequence: u64,
    text: &str,
    path: &[Digest],
) -> Result<(), ProofError> {
    let index = sequence.checked_sub(1).ok_or(ProofError::Unreadable)?;
    if !Event::is_written_so(text, sequence) {
        return Err(ProofError::Unreadable);
    }
    let leaf = Digest::leaf(text.as_bytes());
    match includes(checkpoint.root, checkpoint.size, index, leaf, path) {
        true => Ok(()),
        false => Err(ProofError::LeadsElsewhere),
    }
}

/// How the record stands to a checkpoint that somebody kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// It begins with exactly what the checkpoint stands for.
    Holds {
        /// Who signed it; none where nobody here has the key.
        signer: Option<ProfileId>,
    },
    /// What the checkpoint stands for reads differently by now.
    Changed,
    /// There are fewer events than the checkpoint stands for.
    Shorter,
    /// The record does not begin with what it stands for, and nobody here signed it: anyone
    /// could have made it up.
    Unsigned,
    /// It is about another workspace.
    Foreign,
}

impl Workspace {
    /// Signs what the whole record is by now, after verifying it.
    ///
    /// # Errors
    /// `WrongGrant`; `RecordBroken` where it does not hold.
    pub async fn make_checkpoint(
        &self,
        grant: &Grant,
        now: UnixMs,
    ) -> Result<Checkpoint, WorkspaceError> {
        self.check(grant, Action::AuditRead)?;
        let report = self.walk(None, Depth::Whole).await?;
        if report.fault.is_some() {
            return Err(WorkspaceError::RecordBroken);
        }
        let checkpoint = self.signed_checkpoint(report.events, report.root);
        let made = AuditKind::CheckpointMade { size: report.events, root: report.root };
        self.record(made, now).await?;
        Ok(checkpoint)
    }

    fn signed_checkpoint(&self, size: u64, root: Digest) -> Checkpoint {
        let (me, workspace) = (self.me(), self.pins().workspace);
        Checkpoint::sign(workspace, (size, root), (me.profile, &me.signing))
    }

    /// Whether the record still begins with what a checkpoint stands for.
    ///
    /// # Errors
    /// `WrongGrant`; `RecordBroken` where the record does not hold by itself.
    pub async fn compare_checkpoint(
        &self,
        grant: &Grant,
        kept: &Checkpoint,
    ) -> Result<Compared, WorkspaceError> {
        self.check(grant, Action::AuditRead)?;
        if kept.workspace != self.pins().workspace {
            return Ok(Compared::Foreign);
        }
        let report = self.walk(Some(kept.size), Depth::Whole).await?;
        let book = self.fresh_book().await?;
        let signer = book.members().into_iter().map(|member| (member.profile, member.signing));
        let signer = signer
            .filter(|(profile, key)| *profile == kept.signer && kept.is_signed_by(key))
            .map(|(profile, _)| profile)
            .next();
        match report.marked {
            Some(root) if root == kept.root => Ok(Compared::Holds { signer }),
            _ if signer.is_none() => Ok(Compared::Unsigned),
            Some(_) => Ok(Compared::Changed),
            None if report.fault.is_some() => Err(WorkspaceError::RecordBroken),
            None => Ok(Compared::Shorter),
        }
    }

    /// Shows that the event with this number is in the record, or in the part of it that an
    /// earlier checkpoint stands for.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound`; `NotItsBeginning` where the record does not begin with what the
    /// checkpoint stands for; `RecordBroken` where it does not hold.
    pub async fn prove_event(
        &self,
        grant: &Grant,
        sequence: u64,
        kept: Option<Checkpoint>,
    ) -> Result<Proof, WorkspaceError> {
        self.check(grant, Action::AuditRead)?;
        let Included { text, path, checkpoint, key } = self.included(sequence, kept).await?;
        Ok(Proof::Inclusion { form: FORM, sequence, text, path, checkpoint, key })
    }

    /// An event with its way to a checkpoint, which this member signs.
    pub(super) async fn included(
        &self,
        sequence: u64,
        kept: Option<Checkpoint>,
    ) -> Result<Included, WorkspaceError> {
        let (checkpoint, leaves) = self.leaves(kept.as_ref().map(|one| one.size)).await?;
        if let Some(kept) = &kept {
            self.must_be_about(kept, checkpoint.root)?;
        }
        let path = usize::try_from(sequence)
            .ok()
            .and_then(|sequence| inclusion(&leaves, sequence.checked_sub(1)?))
            .ok_or(WorkspaceError::NotFound)?;
        let entries = self.read(move |connection| table::page(connection, sequence, 1)).await?;
        let entry = entries.into_iter().next().ok_or(WorkspaceError::NotFound)?;
        let key = self.me().signing.public();
        Ok(Included { text: entry.text, path, checkpoint: checkpoint.note(), key })
    }

    /// Shows that the record begins with what a checkpoint stands for.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound` for a checkpoint of another workspace; `NotItsBeginning` where it
    /// does not; `RecordBroken` where the record does not hold.
    pub async fn prove_growth(
        &self,
        grant: &Grant,
        kept: &Checkpoint,
    ) -> Result<Proof, WorkspaceError> {
        self.check(grant, Action::AuditRead)?;
        let (checkpoint, leaves) = self.leaves(None).await?;
        let old = usize::try_from(kept.size).map_err(|_| WorkspaceError::NotItsBeginning)?;
        let begins = leaves.get(..old).ok_or(WorkspaceError::NotItsBeginning)?;
        self.must_be_about(kept, root(begins))?;
        let path = consistency(&leaves, old).ok_or(WorkspaceError::NotFound)?;
        let (key, earlier) = (self.me().signing.public(), kept.note());
        Ok(Proof::Consistency { form: FORM, earlier, path, checkpoint: checkpoint.note(), key })
    }

    /// The root here, at the size of a checkpoint that was kept, has to be the one in it.
    fn must_be_about(&self, kept: &Checkpoint, here: Digest) -> Result<(), WorkspaceError> {
        if kept.workspace != self.pins().workspace {
            return Err(WorkspaceError::NotFound);
        }
        if kept.root == here { Ok(()) } else { Err(WorkspaceError::NotItsBeginning) }
    }

    /// The hashes of the first `size` events, or of all, that hold; and a checkpoint over them.
    async fn leaves(&self, size: Option<u64>) -> Result<(Checkpoint, Vec<Digest>), WorkspaceError> {
        let report = self.walk(size, Depth::Whole).await?;
        if report.fault.is_some() {
            return Err(WorkspaceError::RecordBroken);
        }
        let size = size.unwrap_or(report.events);
        let root = if size == report.events { Some(report.root) } else { report.marked };
        let root = root.ok_or(WorkspaceError::NotItsBeginning)?;
        let leaves = self.read(move |connection| table::hashes(connection, size)).await?;
        // Read after it was walked: nobody signs what was not.
        if self::root(&leaves) != root {
            return Err(WorkspaceError::RecordBroken);
        }
        Ok((self.signed_checkpoint(size, root), leaves))
    }
}
