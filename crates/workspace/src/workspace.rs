//! One person's open workspace.
//!
//! Holds that person's signing and envelope keys, the database of the current
//! key generation and the verified documents. Everything read from the file
//! is verified before it is believed; `access` runs the transactions.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{ProfileId, SessionId, UnixMs};
use policy::{Action, Grant, Rules};
use sealed::{Database, Key, RecipientKey, SigningKey};

use crate::audit::{AuditHead, Growth, Signer};
use crate::book::Book;
use crate::pins::{FileAnchor, PinnedCheckpoint, Pins};
use crate::tables::audit::Pen;
use crate::{WorkspaceError, envelopes, opening};

/// Who opens the workspace, with the keys from their keyring.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Whose desk it is.
    pub profile: ProfileId,
    /// Signs what they do.
    pub signing: &'a SigningKey,
    /// Opens what is sealed to them.
    pub recipient: &'a RecipientKey,
}

/// The same, for as long as the workspace is open.
pub(crate) struct Me {
    pub(crate) profile: ProfileId,
    pub(crate) signing: SigningKey,
    pub(crate) recipient: RecipientKey,
}

impl Me {
    pub(crate) fn of(identity: Identity<'_>) -> Arc<Self> {
        Arc::new(Self {
            profile: identity.profile,
            signing: SigningKey::from_seed(identity.signing.seed()),
            recipient: RecipientKey::from_bytes(identity.recipient.bytes()),
        })
    }

    pub(crate) fn signer(&self) -> Pen<'_> {
        Pen { signer: Signer::Profile(self.profile), key: &self.signing }
    }
}

/// The open file of one key generation.
pub(crate) struct Opened {
    pub(crate) generation: u64,
    pub(crate) database: Database,
    pub(crate) key: Key,
}

/// What was verified and seen so far.
pub(crate) struct Known {
    pub(crate) book: Book,
    pub(crate) audit: Option<AuditHead>,
    pub(crate) audit_cut: bool,
    pub(crate) checkpoint: Option<PinnedCheckpoint>,
    /// The one that was seen last is not there any more: the pin is the evidence, and stays.
    pub(crate) checkpoints_gone: bool,
    pub(crate) older_accepted: bool,
    /// How many documents the pins name that were last handed out for keeping.
    pub(crate) kept: u64,
    /// The rules of the policy with this version; none where they are to be made.
    pub(crate) rules: Option<([u32; 3], Arc<Rules>)>,
}

/// The shared part of an installation, opened by one member.
pub struct Workspace {
    pub(crate) dir: PathBuf,
    me: Arc<Me>,
    session: SessionId,
    opened: Mutex<Arc<Opened>>,
    known: Mutex<Known>,
    pub(crate) growth: Growth,
    /// Held while this value moves to the file of another key generation.
    pub(crate) moving: tokio::sync::Mutex<()>,
}

impl Workspace {
    /// Opens the workspace in `dir` and verifies every signed document against `pins`.
    /// Blocks; returns the pins as they are now, for the person's private store.
    ///
    /// # Errors
    /// `NotAMember` for whom no key is sealed (any more); `Refused` naming the document
    /// that does not hold; `RolledBack` for files older than what was seen.
    pub fn open(
        dir: &Path,
        identity: Identity<'_>,
        pins: &Pins,
        now: UnixMs,
    ) -> Result<(Self, Pins), WorkspaceError> {
        let workspace = opening::open(dir, identity, pins, now)?;
        let pins = workspace.pins();
        Ok((workspace, pins))
    }

    /// As [`Workspace::open`], for a person who knowingly goes on with an older workspace.
    /// What they had seen is given up only where the files are older than that, and
    /// [`Workspace::older_was_accepted`] then says so. Blocks.
    ///
    /// # Errors
    /// As [`Workspace::open`], but for `RolledBack`.
    pub fn open_accepting_older(
        dir: &Path,
        identity: Identity<'_>,
        pins: &Pins,
        now: UnixMs,
    ) -> Result<(Self, Pins), WorkspaceError> {
        match Self::open(dir, identity, pins, now) {
            Err(error) if error.says_older() => {
                let opened = Self::open(dir, identity, &pins.accepting_older(), now)?;
                opened.0.known().older_accepted = true;
                Ok(opened)
            }
            opened => opened,
        }
    }

    /// True where this opening went on with files older than what the person had seen: to be
    /// recorded as [`AuditKind::OlderFileAccepted`](crate::AuditKind).
    #[must_use]
    pub fn older_was_accepted(&self) -> bool {
        self.known().older_accepted
    }

    pub(crate) fn assemble(
        dir: &Path,
        me: Arc<Me>,
        session: SessionId,
        opened: Opened,
        known: Known,
    ) -> Self {
        Self {
            dir: dir.to_owned(),
            me,
            session,
            opened: Mutex::new(Arc::new(opened)),
            known: Mutex::new(known),
            growth: Growth::default(),
            moving: tokio::sync::Mutex::default(),
        }
    }

    /// Whether the workspace in `dir` lets this person in, by the names on its envelopes;
    /// none where they cannot be read. For who has no keys at hand; an opening says for sure.
    #[must_use]
    pub fn seems_open_to(dir: &Path, profile: ProfileId) -> Option<bool> {
        envelopes::is_sealed_to(dir, &profile.to_string())
    }

    /// This unlock, as the audit log names it.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The pins, where documents were added or read since they were last asked for: to be kept
    /// at once, so that a file put back behind a crash is noticed.
    #[must_use]
    pub fn unkept_pins(&self) -> Option<Pins> {
        let mut known = self.known();
        let next = known.book.next();
        let moved = std::mem::replace(&mut known.kept, next) != next;
        drop(known);
        moved.then(|| self.pins())
    }

    /// What this person has seen by now; to be kept in their private store.
    #[must_use]
    pub fn pins(&self) -> Pins {
        let opened = self.opened();
        let known = self.known();
        Pins {
            workspace: known.book.workspace(),
            root: known.book.root(),
            documents: known.book.pinned(),
            audit: known.audit,
            checkpoint: known.checkpoint,
            file: Some(FileAnchor {
                generation: opened.generation,
                counter: opened.database.counter(),
            }),
        }
    }

    /// Reads every page and says whether all are as they were written.
    ///
    /// # Errors
    /// `Database` with `Damaged`.
    pub async fn check_file(&self) -> Result<(), WorkspaceError> {
        Ok(self.opened().database.check().await?)
    }

    /// The commit counter of the open file, and the one that `pins` remember of it. Where they
    /// remember a later file, no counter is enough.
    #[must_use]
    pub fn anchored(&self, pins: &Pins) -> (u64, Option<u64>) {
        let opened = self.opened();
        (opened.database.counter(), pins.anchor_of(opened.generation))
    }

    /// Finishes the work in hand and closes the file.
    pub async fn close(&self) {
        let opened = self.opened();
        let closed = tokio::task::spawn_blocking(move || opened.database.close_blocking()).await;
        if closed.is_err() {
            tracing::error!("the workspace did not close cleanly");
        }
    }

    pub(crate) fn me(&self) -> Arc<Me> {
        Arc::clone(&self.me)
    }

    pub(crate) fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.opened.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on with another file; the old one closes when its last user is done.
    pub(crate) fn go_on_with(&self, next: Opened) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *opened, Arc::new(next));
        drop(opened);
        // Closing joins threads, which must not block the caller's runtime.
        std::thread::spawn(move || drop(old));
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn audit_pin(&self) -> Option<AuditHead> {
        self.known().audit
    }

    /// Whether `grant` is this person's for `action`.
    pub(crate) fn check(&self, grant: &Grant, action: Action) -> Result<(), WorkspaceError> {
        if grant.profile() == self.me.profile && grant.covers(action) {
            Ok(())
        } else {
            Err(WorkspaceError::WrongGrant)
        }
    }
}
