//! A database that is looked at and left as it is.
//!
//! Nothing is written: no setting, no migration, no log and no file beside the
//! database, and no mode is narrowed. Where a crash left a log, it is read and
//! stays. Where others have the database open, it is read beside them.

use rusqlite::Connection;
use std::path::Path;

use super::DatabaseError;
use super::access::Access;
use super::connection::{self, FileKeys};
use super::counter::Counter;
use super::migrate::{self, Shape};
use super::threads::snapshot;
use crate::key::Key;

/// An open look at a database. Blocks where it works; dropping it changes nothing.
pub struct Reading {
    connection: Connection,
    access: Access,
    version: u32,
    known: u32,
    counter: u64,
}

impl Reading {
    /// Opens the database at `path`, which may be of an older version.
    ///
    /// # Errors
    /// [`DatabaseError`], as [`Database::open`](super::Database::open) names it.
    pub fn open(path: &Path, key: &Key, shape: &Shape) -> Result<Self, DatabaseError> {
        let keys = FileKeys::of(key);
        connection::look(path)?;
        let open =
            |access| connection::open_still(path, access, &keys).map(|opened| (opened, access));
        let has_log = connection::with_suffix(path, "-wal").symlink_metadata().is_ok();
        let (connection, access) = if has_log {
            match open(Access::WithLog) {
                Err(DatabaseError::Busy | DatabaseError::ReadOnly) => open(Access::Beside)?,
                opened => opened?,
            }
        } else {
            open(Access::WithoutLog)?
        };
        let version = migrate::version(&connection, shape)?;
        let counter = Counter::new(keys.counter.duplicate(), shape).read(&connection)?;
        Ok(Self { connection, access, version, known: shape.version(), counter })
    }

    /// The version it has, and the one that this program brings it to.
    #[must_use]
    pub fn version(&self) -> (u32, u32) {
        (self.version, self.known)
    }

    /// Its commit counter, for holding against anchors.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// Runs `f` on one snapshot. The tables are those of [`Reading::version`].
    ///
    /// # Errors
    /// What `f` returns.
    pub fn read<T, E: From<DatabaseError>>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        snapshot(&self.connection, f)
    }

    /// Reads every page and every tree, and says whether all are as they were written.
    ///
    /// # Errors
    /// `Damaged`.
    pub fn check(&self) -> Result<(), DatabaseError> {
        match connection::check(&self.connection) {
            // Tags are read from the file alone; what a crash tore there can be whole in the
            // log, which the next opening folds in.
            Err(DatabaseError::Damaged) if self.access != Access::WithoutLog => {
                connection::check_trees(&self.connection)
            }
            checked => checked,
        }
    }
}
