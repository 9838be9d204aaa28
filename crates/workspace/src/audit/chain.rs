//! Whether a log holds: each event's text, hash, place and signature.
//!
//! Pure: entries come in, a report comes out. What was cut off the end shows
//! only against the head that a profile pinned.

use std::collections::HashMap;

use domain::ProfileId;
use sealed::PublicKey;
use serde::{Deserialize, Serialize};

use super::tree::Tree;
use super::{Actor, Entry, Event, Signer};
use crate::Digest;

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
}

/// Whose signatures stand under events.
#[derive(Debug, Default)]
pub(crate) struct Signers {
    pub(crate) profiles: HashMap<ProfileId, PublicKey>,
    pub(crate) device: Option<PublicKey>,
}

/// A log while it is being verified.
pub(crate) struct Chain {
    signers: Signers,
    pinned: Option<AuditHead>,
    head: Option<AuditHead>,
    tree: Tree,
    mark: Option<u64>,
    marked: Option<Digest>,
}

impl Chain {
    pub(crate) fn new(signers: Signers, pinned: Option<AuditHead>) -> Self {
        let tree = Tree::default();
        Self { signers, pinned, head: None, tree, mark: None, marked: None }
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
        self.judge(entry).map_err(|fault| AuditFault { sequence: self.next(), fault })?;
        self.head = Some(AuditHead { sequence: entry.sequence, hash: entry.hash });
        self.tree.push(entry.hash);
        if self.mark == Some(self.tree.size()) {
            self.marked = Some(self.tree.root());
        }
        Ok(())
    }

    /// Takes the next entries, none at the end; the report once there is nothing left to take.
    pub(crate) fn take_page(&mut self, entries: &[Entry]) -> Option<AuditReport> {
        if entries.is_empty() {
            return Some(self.report(self.end().err()));
        }
        let fault = entries.iter().find_map(|entry| self.take(entry).err())?;
        Some(self.report(Some(fault)))
    }

    /// To be asked when no entry is left.
    fn end(&self) -> Result<(), AuditFault> {
        let held = self.next();
        match self.pinned {
            Some(pin) if pin.sequence >= held => {
                Err(AuditFault { sequence: held, fault: Fault::Cut })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn report(&self, fault: Option<AuditFault>) -> AuditReport {
        AuditReport {
            events: self.next() - 1,
            head: self.head,
            fault,
            root: self.tree.root(),
            marked: self.marked,
        }
    }

    fn judge(&self, entry: &Entry) -> Result<(), Fault> {
        let event: Event = serde_json::from_str(&entry.text).map_err(|_| Fault::Changed)?;
        let canonical = event.text().is_ok_and(|text| text == entry.text);
        if !canonical || event.v != 1 || entry.hash != Digest::leaf(entry.text.as_bytes()) {
            return Err(Fault::Changed);
        }
        let follows = event.sequence == self.next()
            && entry.sequence == event.sequence
            && event.previous == self.head.map(|head| head.hash);
        if !follows {
            return Err(Fault::Gap);
        }
        let signer = self.signer_of(&event).ok_or(Fault::UnknownSigner)?;
        if !entry.is_signed_by(&signer) {
            return Err(Fault::BadSignature);
        }
        match self.pinned {
            Some(pin) if pin.sequence == event.sequence && pin.hash != entry.hash => {
                Err(Fault::Forked)
            }
            _ => Ok(()),
        }
    }

    /// A member's event is signed by that member; the door's and guests' events by the
    /// device, or by the member who took them from the door.
    fn signer_of(&self, event: &Event) -> Option<PublicKey> {
        match (event.actor, event.signer) {
            (Actor::Profile(actor), Signer::Profile(signer)) if actor == signer => {
                self.signers.profiles.get(&actor).copied()
            }
            (Actor::Profile(_), _) => None,
            (Actor::Guest | Actor::Door, Signer::Profile(signer)) => {
                self.signers.profiles.get(&signer).copied()
            }
            (Actor::Guest | Actor::Door, Signer::Device) => self.signers.device,
        }
    }
}
