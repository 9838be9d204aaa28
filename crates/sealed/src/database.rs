//! An encrypted SQLite database behind threads.
//!
//! One writer thread and two reader threads own the connections; async callers
//! send closures and await answers. A write is answered after it is durable,
//! and each transaction raises the commit counter. What tables there are is
//! the caller's business: the shape names them, this module never does.

mod access;
mod backup;
mod connection;
mod counter;
mod error;
mod group;
mod migrate;
mod opening;
mod reading;
mod threads;

use rusqlite::{Connection, Transaction};
use std::path::Path;
use tokio::sync::oneshot;

pub use error::DatabaseError;
pub use migrate::{Migration, Shape};
pub use opening::Opening;
pub use reading::Reading;

use crate::give_way::GiveWay;
use crate::key::Key;
use group::{Answer, Failing, WriteJob};
use threads::Threads;

/// An open database. Dropping it waits for the work in hand and closes the file.
pub struct Database {
    threads: Threads,
    shape: Shape,
}

impl Database {
    /// Makes a new database at `path`; the file appears only once it is whole.
    ///
    /// # Errors
    /// `Io` with `AlreadyExists` if there is one; [`DatabaseError`] otherwise.
    pub fn create(path: &Path, key: &Key, shape: &Shape) -> Result<Self, DatabaseError> {
        opening::create(path, key, shape)?;
        Self::open(path, key, shape, Opening::default())
    }

    /// Opens the database at `path`, after a verified backup and migrations if it is older.
    ///
    /// # Errors
    /// [`DatabaseError`]. What is refused by name (`Newer`, `Foreign`, `RolledBack`,
    /// `WrongKey`, `Plaintext`) is left as it was.
    pub fn open(
        path: &Path,
        key: &Key,
        shape: &Shape,
        opening: Opening<'_>,
    ) -> Result<Self, DatabaseError> {
        let threads = opening::open(path, key, shape, &opening)?;
        Ok(Self { threads, shape: *shape })
    }

    /// A database that lives in memory and dies with this value. Reads and writes take turns.
    ///
    /// # Errors
    /// When a migration of the shape fails.
    pub fn in_memory(shape: &Shape) -> Result<Self, DatabaseError> {
        Ok(Self { threads: opening::in_memory(shape)?, shape: *shape })
    }

    /// Runs `f` in a transaction. `Ok` is answered once the commit is durable; after an
    /// `Err` nothing of it remains. It runs even if the caller stops waiting.
    ///
    /// # Errors
    /// What `f` returns, or the [`DatabaseError`] that undid it.
    pub async fn write<T, E>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.queue(f, Failing::Alone).await
    }

    /// As [`Database::write`], in a third less time where writes share a commit: for work that
    /// does not fail once it has changed anything. Where it does all the same, nothing remains
    /// of the writes before it in its transaction either, and their callers hear of it.
    ///
    /// # Errors
    /// What `f` returns, or the [`DatabaseError`] that undid it.
    pub async fn write_surely<T, E>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        self.queue(f, Failing::BeforeItWrites).await
    }

    async fn queue<T, E>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        failing: Failing,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let (job, answer) = WriteJob::new(f, failing);
        self.threads.write(Box::new(job));
        settle(answer).await
    }

    /// Runs `f` on a consistent snapshot that contains every write answered before.
    ///
    /// # Errors
    /// What `f` returns; a write inside `f` fails as `ReadOnly`.
    pub async fn read<T, E>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let (to, answer) = oneshot::channel::<Answer<T, E>>();
        self.threads.read(Box::new(move |connection| {
            drop(to.send(group::guarded(|| threads::snapshot(connection, f))));
        }));
        settle(answer).await
    }

    /// The commit counter after the last commit: what callers store elsewhere as anchor.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.threads.counter()
    }

    /// Moves everything from the write-ahead log into the database and empties the log.
    /// For use after real deletion.
    ///
    /// # Errors
    /// `Busy` when a reader holds an old snapshot for longer than five seconds.
    pub async fn truncate_log(&self) -> Result<(), DatabaseError> {
        self.maintain(connection::truncate_log).await
    }

    /// Reads every page and every tree, and says whether all are as they were written. Writes
    /// wait for it.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn check(&self) -> Result<(), DatabaseError> {
        // At the writer: FTS5 checks an index by what its connection knew of it at its last
        // query, which at a reader may be gone since.
        self.maintain(connection::check_with_log).await
    }

    /// Runs `work` on the writer's connection, outside of any transaction.
    async fn maintain(
        &self,
        work: fn(&Connection) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        let (to, answer) = oneshot::channel::<Answer<(), DatabaseError>>();
        self.threads.maintain(Box::new(move |connection| {
            drop(to.send(group::guarded(|| work(connection))));
        }));
        settle(answer).await
    }

    /// Writes an encrypted copy under `key`, then opens and checks it. `to` must not exist;
    /// the file appears only once it is verified.
    ///
    /// # Errors
    /// `Io` with `AlreadyExists`; `Damaged` when this database or its copy fails the check;
    /// `Missing` for a database in memory.
    pub async fn backup(&self, to: &Path, key: &Key) -> Result<(), DatabaseError> {
        self.backup_giving_way(to, key, &GiveWay::default()).await
    }

    /// As [`Database::backup`], unless somebody asks it to give way; then nothing is left of it.
    ///
    /// # Errors
    /// As [`Database::backup`], and `GaveWay`.
    pub async fn backup_giving_way(
        &self,
        to: &Path,
        key: &Key,
        way: &GiveWay,
    ) -> Result<(), DatabaseError> {
        if self.threads.is_in_memory() {
            return Err(DatabaseError::Missing);
        }
        let (to, key, shape, way) = (to.to_owned(), key.duplicate(), self.shape, way.clone());
        let (tell, answer) = oneshot::channel::<Answer<(), DatabaseError>>();
        self.threads.read(Box::new(move |connection| {
            drop(tell.send(group::guarded(|| backup::write(connection, &to, &key, &shape, &way))));
        }));
        settle(answer).await
    }

    /// Finishes the work in hand, closes the file and ends the threads.
    pub async fn close(self) {
        let (done, closed) = oneshot::channel();
        // Joining blocks, and must not block the caller's runtime. Where no thread can be
        // had, the closure is dropped here and now, and the database with it.
        let closing = std::thread::Builder::new().spawn(move || {
            drop(self);
            // Nobody waits any more if this fails.
            let _ = done.send(());
        });
        drop(closing);
        drop(closed.await);
    }

    /// As [`Database::close`], for callers without a runtime; later calls answer `Closed`.
    pub fn close_blocking(&self) {
        self.threads.end();
    }
}

/// Waits for an answer; a panic in the closure goes on in the caller.
async fn settle<T, E: From<DatabaseError>>(
    answer: oneshot::Receiver<Answer<T, E>>,
) -> Result<T, E> {
    match answer.await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => Err(DatabaseError::Closed.into()),
    }
}
