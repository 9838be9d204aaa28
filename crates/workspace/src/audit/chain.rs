//! Whether a log holds: each event's text, hash, place and signature.
//!
//! Pure: entries come in, a report comes out. What was cut off the end shows
//! only against the head that a profile pinned.

use std::collections::HashMap;
use std::slice;

use domain::{ProfileId, WorkspaceId};
use sealed::PublicKey;
use serde::{Deserialize, Serialize};

use super::automatic::Checkpointed;
use super::examine::{Depth, Examined, examine_all};
use super::tree::Tree;
use super::{Entry, Page};
use crate::Digest;
use crate::pins::{PinnedCheckpoint, Pins};
use crate::tables::checkpoints::Kept;

/// The last event that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Its sequence number; the first event has 1.
    pub sequence: u64,
    /// Its hash.
    pub hash: Digest,
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// How many events hold, from the first on.
    pub events: u64,
    /// The last that holds.
    pub head: Option<AuditHead>,
    /// The first place at which the log does not hold; none if all of it does.
    pub fault: Option<AuditFault>,
    /// The root of the tree over the hashes of those that hold (RFC 9162).
    pub root: Digest,
    /// The root at the size that was asked for; none where fewer hold.
    pub marked: Option<Digest>,
    /// The automatic checkpoints.
    pub checkpointed: Checkpointed,
}

/// The first place at which a log does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditFault {
    /// The sequence number.
    pub sequence: u64,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its text is not what was hashed, or no event at all.
    #[error("the event was changed")]
    Changed,
    /// It does not follow the event before: something was removed, inserted or reordered.
    #[error("the event does not follow the one before it")]
    Gap,
    /// Nobody in the workspace has this signature.
    #[error("the event's signer is unknown")]
    UnknownSigner,
    /// The signature is not the signer's.
    #[error("the event's signature is forged")]
    BadSignature,
    /// Events that were seen before are gone from the end.
    #[error("events that were seen before are missing")]
    Cut,
    /// An event that was seen before is another one now.
    #[error("the log is not the one that was seen before")]
    Forked,
    /// Up to here it holds by itself, and is not what Carrel signed at the time.
    #[error("the log is not the one that a checkpoint stands for")]
    NotAsCheckpointed,
    /// An automatic checkpoint does not follow from the one before it, or is signed otherwise.
    #[error("the checkpoint here does not hold")]
    BadCheckpoint,
    /// Automatic checkpoints that were seen before are gone, or are others now.
    #[error("checkpoints that were seen before are missing")]
    CheckpointsGone,
}

/// Whose signatures stand under events.
#[derive(Debug)]
pub(crate) struct Signers {
    pub(crate) workspace: WorkspaceId,
    pub(crate) profiles: HashMap<ProfileId, PublicKey>,
    pub(crate) device: Option<PublicKey>,
}

/// How far somebody had seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    audit: Option<AuditHead>,
    checkpoint: Option<PinnedCheckpoint>,
}

impl Seen {
    pub(crate) fn of(pins: &Pins) -> Self {
        Self { audit: pins.audit, checkpoint: pins.checkpoint }
    }
}

/// A log while it is being verified.
pub(crate) struct Chain {
    signers: Signers,
    seen: Seen,
    depth: Depth,
    checkpointed: Checkpointed,
    head: Option<AuditHead>,
    tree: Tree,
    mark: Option<u64>,
    marked: Option<Digest>,
}

impl Chain {
    pub(crate) fn new(signers: Signers, seen: Seen) -> Self {
        let (tree, checkpointed, depth) = Default::default();
        Self { signers, seen, depth, checkpointed, head: None, tree, mark: None, marked: None }
    }

    /// Looks at so much of each entry.
    pub(crate) fn to(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }

    /// Says the root at this size besides.
    pub(crate) fn marking(self, size: u64) -> Self {
        let marked = (size == 0).then(|| self.tree.root());
        Self { mark: Some(size), marked, ..self }
    }

    /// The sequence number that must come next.
    pub(crate) fn next(&self) -> u64 {
        self.head.map_or(1, |head| head.sequence.saturating_add(1))
    }

    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), AuditFault> {
        let examined = examine_all(slice::from_ref(entry), &self.signers, self.depth);
        examined.into_iter().try_for_each(|examined| self.take_examined(entry, examined))
    }

    fn take_examined(
        &mut self,
        entry: &Entry,
        examined: Result<Examined, Fault>,
    ) -> Result<(), AuditFault> {
        self.began_whole()?;
        let sequence = self.next();
        let placed = examined.and_then(|examined| self.place(entry, examined));
        placed.map_err(|fault| AuditFault { sequence, fault })?;
        self.head = Some(AuditHead { sequence: entry.sequence, hash: entry.hash });
        self.tree.push(entry.hash);
        if self.mark == Some(self.tree.size()) {
            self.marked = Some(self.tree.root());
        }
        Ok(())
    }

    /// The first checkpoint stands right behind the event that says that they begin: both are
    /// written at once.
    fn began_whole(&self) -> Result<(), AuditFault> {
        match self.checkpointed.lacks_its_first() {
            true => Err(AuditFault { sequence: self.tree.size(), fault: Fault::BadCheckpoint }),
            false => Ok(()),
        }
    }

    /// Takes the checkpoint that stands for all events up to here.
    pub(crate) fn take_checkpoint(&mut self, note: &str) -> Result<(), AuditFault> {
        let whole = (self.tree.size(), self.tree.root());
        let taken = self.checkpointed.take(note, self.signers.workspace, whole);
        let is_seen = |seen: &PinnedCheckpoint| seen.number == self.checkpointed.number();
        let as_seen = match self.seen.checkpoint.filter(is_seen) {
            Some(seen) if seen != PinnedCheckpoint::of(seen.number, note) => {
                Err(Fault::CheckpointsGone)
            }
            _ => Ok(()),
        };
        taken.and(as_seen).map_err(|fault| AuditFault { sequence: whole.0, fault })
    }

    /// Takes the next entries, none at the end; the report once there is nothing left to take.
    pub(crate) fn take_page(&mut self, page: &Page) -> Option<AuditReport> {
        if page.entries.is_empty() {
            return Some(self.report(self.end(page.checkpoints.first()).err()));
        }
        let fault = self.take_all(page).err()?;
        Some(self.report(Some(fault)))
    }

    fn take_all(&mut self, page: &Page) -> Result<(), AuditFault> {
        let examined = examine_all(&page.entries, &self.signers, self.depth);
        let mut checkpoints = page.checkpoints.iter().peekable();
        for (entry, examined) in page.entries.iter().zip(examined) {
            self.take_examined(entry, examined)?;
            while let Some(one) = checkpoints.next_if(|one| one.size <= self.tree.size()) {
                self.take_checkpoint(&one.note)?;
            }
        }
        Ok(())
    }

    /// To be asked when no entry is left; `ahead` is a checkpoint of more than there is.
    pub(crate) fn end(&self, ahead: Option<&Kept>) -> Result<(), AuditFault> {
        self.began_whole()?;
        let held = self.next();
        let fault = match self.seen {
            Seen { audit: Some(pin), .. } if pin.sequence >= held => Fault::Cut,
            _ if ahead.is_some() => Fault::Cut,
            Seen { checkpoint: Some(seen), .. } if seen.number > self.checkpointed.number() => {
                Fault::CheckpointsGone
            }
            _ => return Ok(()),
        };
        Err(AuditFault { sequence: held, fault })
    }

    pub(crate) fn report(&self, fault: Option<AuditFault>) -> AuditReport {
        AuditReport {
            events: self.next() - 1,
            head: self.head,
            fault,
            root: self.tree.root(),
            marked: self.marked,
            checkpointed: self.checkpointed.clone(),
        }
    }

    /// Whether it stands where it must, after those before it.
    fn place(&mut self, entry: &Entry, examined: Examined) -> Result<(), Fault> {
        let Examined { sequence, previous, begins, signed } = examined;
        let follows = sequence == self.next()
            && entry.sequence == sequence
            && previous == self.head.map(|head| head.hash);
        if !follows {
            return Err(Fault::Gap);
        }
        signed?;
        match (self.seen.audit, begins) {
            (Some(pin), _) if pin.sequence == sequence && pin.hash != entry.hash => {
                Err(Fault::Forked)
            }
            (_, Some((number, key))) => self.checkpointed.begin(number, key),
            _ => Ok(()),
        }
    }
}
