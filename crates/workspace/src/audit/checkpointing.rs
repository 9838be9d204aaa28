//! Making automatic checkpoints, away from whoever waits for an answer.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::UnixMs;
use rusqlite::Connection;
use sealed::SigningKey;
use sealed::files::{self, FileLock, Held};
use tokio::sync::Notify;

use super::automatic::Automatic;
use super::tree::Tree;
use super::{AuditKind, one_time_key};
use crate::access::{STEP, STEPS, blocking};
use crate::pins::PinnedCheckpoint;
use crate::tables::audit;
use crate::tables::checkpoints::{self as table, Kept};
use crate::{Workspace, WorkspaceError};

/// After so many events a checkpoint is due, however short a time they took.
pub(crate) const MOST_EVENTS: u64 = 256;
/// Held by whoever makes one.
const LOCK: &str = "checkpoint.lock";

/// An automatic checkpoint as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// How many events it stands for.
    pub size: u64,
    /// A signed note: workspace, size, root, and the key of the next one.
    pub note: String,
}

/// How the record grew since a checkpoint was last made here.
#[derive(Default)]
pub(crate) struct Growth {
    events: AtomicU64,
    due: Notify,
}

impl Growth {
    pub(crate) fn add(&self, is_pressing: bool) {
        let before = self.events.fetch_add(1, Ordering::Relaxed);
        if is_pressing || before.saturating_add(1) >= MOST_EVENTS {
            self.due.notify_one();
        }
    }

    fn count(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// So many events of those are covered.
    fn forget(&self, counted: u64) {
        self.events.fetch_sub(counted, Ordering::Relaxed);
    }
}

/// The record as it grew since the last checkpoint.
struct Grown {
    last: Option<Kept>,
    tree: Tree,
}

impl Grown {
    fn read(connection: &Connection) -> Result<Self, WorkspaceError> {
        let last = table::last(connection)?;
        // What was written there is believed only where it leads to the root in the note.
        let known = last.as_ref().and_then(|last| {
            let tree = Tree::of_peaks(last.size, &last.peaks)?;
            last.automatic().filter(|one| one.root == tree.root()).map(|_| tree)
        });
        let mut grown = Self { last, tree: known.unwrap_or_default() };
        grown.catch_up(connection)?;
        Ok(grown)
    }

    fn catch_up(&mut self, connection: &Connection) -> Result<(), WorkspaceError> {
        for leaf in audit::hashes_beyond(connection, self.tree.size())? {
            self.tree.push(leaf);
        }
        Ok(())
    }

    fn number(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| last.number).saturating_add(1)
    }

    /// The key that the last one named, where it is there.
    fn key(&self, dir: &Path) -> Option<SigningKey> {
        let last = self.last.as_ref()?.automatic()?;
        one_time_key::load(dir, self.number(), &last.next)
    }

    fn has_grown(&self) -> bool {
        self.last.as_ref().and_then(Kept::automatic).is_none_or(|last| last.size < self.tree.size())
    }
}

impl Workspace {
    /// Waits until a checkpoint should be made at once: after 256 events, and after anything
    /// that is no call.
    pub async fn checkpoint_is_due(&self) {
        self.growth.due.notified().await;
    }

    /// Whether something was recorded here since a checkpoint was last made.
    #[must_use]
    pub fn record_grew(&self) -> bool {
        self.growth.count() > 0
    }

    /// Remembers a checkpoint that holds; after some were found to be gone, none any more.
    pub(crate) fn saw_checkpoint(&self, made: Option<PinnedCheckpoint>) {
        let mut known = self.known();
        let is_later =
            made.is_some_and(|made| known.checkpoint.is_none_or(|seen| seen.number < made.number));
        if is_later && !known.checkpoints_gone {
            known.checkpoint = made;
        }
    }

    /// Makes a checkpoint of the record by itself, where it grew since the last one. Where the
    /// key that the last one named is not there, checkpoints begin anew, which is recorded. True
    /// where one was made.
    ///
    /// # Errors
    /// When the record cannot be read, or a file cannot be written; the next call tries again.
    pub async fn checkpoint(&self, now: UnixMs) -> Result<bool, WorkspaceError> {
        let dir = self.dir.clone();
        let _lock = blocking(move || hold(&dir)).await?;
        let counted = self.growth.count();
        let grown = self.read(Grown::read).await?;
        if !grown.has_grown() {
            self.growth.forget(counted);
            return Ok(false);
        }
        let (number, next) = (grown.number(), SigningKey::random());
        let (dir, kept) = (self.dir.clone(), SigningKey::from_seed(next.seed()));
        let found = grown.key(&dir);
        let following = number.saturating_add(1);
        blocking(move || Ok(one_time_key::store(&dir, following, &kept)?)).await?;
        let made = match found {
            Some(key) => self.make(grown, &key, &next).await?,
            None => self.begin_anew(grown, next, now).await?,
        };
        self.growth.forget(counted);
        self.saw_checkpoint(Some(made));
        let dir = self.dir.clone();
        blocking(move || Ok(one_time_key::keep_only(&dir, following)?)).await?;
        Ok(true)
    }

    async fn make(
        &self,
        grown: Grown,
        key: &SigningKey,
        next: &SigningKey,
    ) -> Result<PinnedCheckpoint, WorkspaceError> {
        let one = self.signed(&grown, key, next);
        let row = kept(&one, &grown.tree);
        let pin = PinnedCheckpoint::of(row.number, &row.note);
        self.write(move |tx| table::insert(tx, &row)).await?;
        Ok(pin)
    }

    /// The event that names the first key, and the first checkpoint, which stands for it too.
    async fn begin_anew(
        &self,
        mut grown: Grown,
        next: SigningKey,
        now: UnixMs,
    ) -> Result<PinnedCheckpoint, WorkspaceError> {
        let key = SigningKey::random();
        let what = AuditKind::CheckpointsBegun {
            first: grown.number(),
            public: key.public(),
            anew: grown.last.is_some() || self.known().checkpoint.is_some(),
        };
        let (occurrence, me, pinned) = (self.occurrence(what, now), self.me(), self.audit_pin());
        let workspace = self.pins().workspace;
        let (written, pin) = self
            .write(move |tx| {
                let written = audit::append(tx, occurrence, &me.signer(), pinned)?;
                grown.catch_up(tx)?;
                let (number, tree) = (grown.number(), &grown.tree);
                let one = Automatic::sign(
                    workspace,
                    (number, &key),
                    (tree.size(), tree.root()),
                    next.public(),
                );
                let row = kept(&one, tree);
                table::insert(tx, &row)?;
                Ok((written, PinnedCheckpoint::of(row.number, &row.note)))
            })
            .await?;
        self.saw_event(&written);
        Ok(pin)
    }

    fn signed(&self, grown: &Grown, key: &SigningKey, next: &SigningKey) -> Automatic {
        let (number, tree) = (grown.number(), &grown.tree);
        let workspace = self.pins().workspace;
        Automatic::sign(workspace, (number, key), (tree.size(), tree.root()), next.public())
    }
}

impl Kept {
    /// The checkpoint that stands there, where the row says the same of it.
    fn automatic(&self) -> Option<Automatic> {
        let one = Automatic::read(&self.note)?;
        (one.number == self.number && one.size == self.size).then_some(one)
    }
}

fn kept(one: &Automatic, tree: &Tree) -> Kept {
    Kept { number: one.number, size: one.size, note: one.note(), peaks: tree.peaks() }
}

/// Keeps everyone else from making one; waits for whoever is.
fn hold(dir: &Path) -> Result<FileLock, WorkspaceError> {
    for _ in 0..STEPS {
        match files::lock(&dir.join(LOCK)) {
            Ok(lock) => return Ok(lock),
            Err(Held::Elsewhere) => std::thread::sleep(STEP),
            Err(Held::Io(error)) => return Err(error.into()),
        }
    }
    Err(WorkspaceError::Busy)
}
