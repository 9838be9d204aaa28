//! Transactions on the workspace, wherever its current file is.
//!
//! Every transaction first asks the file whether the workspace is moving to a
//! new key. If so, nothing was done: the caller's closure comes back, the new
//! file is found, and it runs there. No write can land in an old file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::UnixMs;
use rusqlite::{Connection, Transaction};
use sealed::files::FileLock;
use sealed::{DatabaseError, Key};

use crate::book::Book;
use crate::document::Standing;
use crate::draft::Draft;
use crate::envelopes::{self, Envelopes};
use crate::opening::{self, Holder};
use crate::rekey::sealed_to;
use crate::tables::{documents, generation};
use crate::workspace::Opened;
use crate::{Workspace, WorkspaceError};

/// How long to wait for someone else's re-keying: so many steps of [`STEP`].
pub(crate) const STEPS: u32 = 200;
pub(crate) const STEP: Duration = Duration::from_millis(50);

/// How often to go after a file that moves on again: each time means another re-keying,
/// which [`STEPS`] waits for.
pub(crate) const MOVES: u32 = 8;

/// Why a transaction did nothing.
enum Undone<F> {
    Moving(F),
    Failed(WorkspaceError),
}

impl<F> From<DatabaseError> for Undone<F> {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl Workspace {
    pub(crate) async fn read<T, F>(&self, f: F) -> Result<T, WorkspaceError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, WorkspaceError> + Send + 'static,
    {
        self.read_keyed(move |connection, _| f(connection)).await
    }

    pub(crate) async fn write<T, F>(&self, f: F) -> Result<T, WorkspaceError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, WorkspaceError> + Send + 'static,
    {
        self.write_keyed(move |tx, _| f(tx)).await
    }

    /// As `write`, for what does not fail once it has changed anything.
    pub(crate) async fn write_surely<T, F>(&self, f: F) -> Result<T, WorkspaceError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, WorkspaceError> + Send + 'static,
    {
        self.wherever(f, |opened, f| async move {
            let once = move |tx: &Transaction<'_>| unless_moving(tx, f, |f| f(tx));
            opened.database.write_surely(once).await
        })
        .await
    }

    /// As `read`, with the workspace's key of the file that is read.
    pub(crate) async fn read_keyed<T, F>(&self, f: F) -> Result<T, WorkspaceError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Key) -> Result<T, WorkspaceError> + Send + 'static,
    {
        self.wherever(f, |opened, f| async move {
            let key = opened.key.duplicate();
            let once = move |connection: &Connection| {
                unless_moving(connection, f, |f| f(connection, &key))
            };
            opened.database.read(once).await
        })
        .await
    }

    /// As `write`, with the workspace's key of the file that is written.
    pub(crate) async fn write_keyed<T, F>(&self, f: F) -> Result<T, WorkspaceError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, &Key) -> Result<T, WorkspaceError> + Send + 'static,
    {
        self.wherever(f, |opened, f| async move {
            let key = opened.key.duplicate();
            let once = move |tx: &Transaction<'_>| unless_moving(tx, f, |f| f(tx, &key));
            opened.database.write(once).await
        })
        .await
    }

    /// Runs `f` by way of `run` in the current file, following it wherever it moves.
    async fn wherever<T, F, Done>(
        &self,
        mut f: F,
        run: impl Fn(Arc<Opened>, F) -> Done,
    ) -> Result<T, WorkspaceError>
    where
        Done: Future<Output = Result<T, Undone<F>>>,
    {
        for _ in 0..MOVES {
            let opened = self.opened();
            let generation = opened.generation;
            f = match run(opened, f).await {
                Ok(value) => return Ok(value),
                Err(Undone::Failed(error)) => return Err(error),
                Err(Undone::Moving(f)) => f,
            };
            self.follow(generation).await?;
        }
        Err(WorkspaceError::Busy)
    }

    /// Adds documents and events in one transaction, on top of what others added.
    pub(crate) async fn amend<T, F>(&self, now: UnixMs, f: F) -> Result<T, WorkspaceError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, &mut Draft) -> Result<T, WorkspaceError> + Send + 'static,
    {
        let mut draft = self.draft(now);
        let (value, draft) = self
            .write(move |tx| {
                draft.catch_up(tx)?;
                let value = f(tx, &mut draft)?;
                Ok((value, draft))
            })
            .await?;
        self.adopt(draft);
        Ok(value)
    }

    /// The documents as they are now, what others added since included.
    pub(crate) async fn fresh_book(&self) -> Result<Book, WorkspaceError> {
        let next = self.known().book.next();
        let added = self.read(move |connection| documents::from(connection, next)).await?;
        let mut known = self.known();
        // Someone else may have caught up meanwhile.
        let seen = known.book.next();
        let new: Vec<_> = added.into_iter().filter(|row| row.position >= seen).collect();
        known.book.extend(&new)?;
        Ok(known.book.clone())
    }

    pub(crate) fn draft(&self, now: UnixMs) -> Draft {
        let known = self.known();
        Draft {
            book: known.book.clone(),
            me: self.me(),
            session: self.session(),
            now,
            pin: known.audit,
            appended: None,
        }
    }

    pub(crate) fn adopt(&self, draft: Draft) {
        if let Some(appended) = &draft.appended {
            self.saw_event(appended);
        }
        let mut known = self.known();
        if known.book.next() < draft.book.next() {
            known.book = draft.book;
        }
    }

    /// Goes to the file that took the place of generation `old`.
    async fn follow(&self, old: u64) -> Result<(), WorkspaceError> {
        let _moving = self.moving.lock().await;
        if self.opened().generation != old {
            return Ok(());
        }
        let (dir, me, pins) = (self.dir.clone(), self.me(), self.pins());
        let found = blocking(move || {
            opening::locate(&dir, &Holder::member(&me), pins.file)
                .and_then(|opened| Ok((opening::verified(&opened, &pins)?, opened)))
        });
        let (book, opened) = found.await?;
        // The move was taken back, or this value itself made it.
        if self.opened().generation >= opened.generation {
            return Ok(());
        }
        opening::standing(&book, &self.me())?;
        self.known().book = book;
        self.go_on_with(opened);
        Ok(())
    }

    /// Seals the key afresh to everyone who may have it by now, and to nobody else: an
    /// invitation that has expired leaves no envelope.
    pub(crate) async fn seal_envelopes(&self, now: UnixMs) -> Result<(), WorkspaceError> {
        let _lock = self.hold_envelopes().await?;
        let book = self.fresh_book().await?;
        let opened = self.opened();
        sealed_to(&book, opened.generation, &opened.key, now).store(&self.dir)
    }

    /// The same where an active member has no envelope: a crash came between the document
    /// that lets them in and the key.
    ///
    /// # Errors
    /// As [`Workspace::set_disabled`].
    pub async fn seal_where_missing(&self, now: UnixMs) -> Result<(), WorkspaceError> {
        let book = self.fresh_book().await?;
        let is_kept_out = book.members().iter().any(|member| {
            member.standing == Standing::Active
                && Self::seems_open_to(&self.dir, member.profile) == Some(false)
        });
        if is_kept_out { self.seal_envelopes(now).await } else { Ok(()) }
    }

    /// Lets nobody else change the envelopes; this value then has the current file open.
    pub(crate) async fn hold_envelopes(&self) -> Result<FileLock, WorkspaceError> {
        for _ in 0..MOVES {
            let dir = self.dir.clone();
            let (lock, envelopes) = blocking(move || hold(&dir)).await?;
            let generation = self.opened().generation;
            if envelopes.generation == generation {
                return Ok(lock);
            }
            drop(lock);
            self.follow(generation).await?;
        }
        Err(WorkspaceError::Busy)
    }
}

/// Does `f`, unless the workspace is moving away from this file.
fn unless_moving<T, F>(
    connection: &Connection,
    f: F,
    run: impl FnOnce(F) -> Result<T, WorkspaceError>,
) -> Result<T, Undone<F>> {
    if generation::is_moving(connection).map_err(DatabaseError::from)? {
        return Err(Undone::Moving(f));
    }
    run(f).map_err(Undone::Failed)
}

/// Waits for the lock on the envelopes, and reads them.
pub(crate) fn hold(dir: &Path) -> Result<(FileLock, Envelopes), WorkspaceError> {
    let lock = hold_lock(dir)?;
    Ok((lock, Envelopes::load(dir)?))
}

/// Waits for the lock on the envelopes alone.
pub(crate) fn hold_lock(dir: &Path) -> Result<FileLock, WorkspaceError> {
    for _ in 0..STEPS {
        if let Some(lock) = envelopes::try_lock(dir)? {
            return Ok(lock);
        }
        std::thread::sleep(STEP);
    }
    Err(WorkspaceError::Busy)
}

/// Runs blocking work off the runtime's workers.
pub(crate) async fn blocking<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, WorkspaceError> + Send + 'static,
) -> Result<T, WorkspaceError> {
    match tokio::task::spawn_blocking(f).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(DatabaseError::Closed.into()),
    }
}
