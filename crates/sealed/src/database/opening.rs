//! From a path and a key to running threads, or a named refusal.
//!
//! The order is the point: the file is judged (its kind, its version, its
//! counter against the anchor) on a connection that changes nothing; only
//! then are settings made, a backup taken and migrations run.

use rusqlite::{Connection, TransactionBehavior};
use std::io;
use std::path::Path;

use super::connection::{self, FileKeys};
use super::counter::Counter;
use super::migrate::{self, Shape};
use super::threads::Threads;
use super::{DatabaseError, backup};
use crate::files;
use crate::give_way::GiveWay;
use crate::key::Key;

/// How an existing database is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening<'a> {
    /// The counter remembered elsewhere; a lower one in the file means `RolledBack`.
    pub anchor: Option<u64>,
    /// Someone was told that it is older and accepts that. Its counter then goes on above
    /// the anchor.
    pub accept_older: bool,
    /// Where the backup before a migration goes, and under which key. Without one it goes
    /// beside the database, under the database's own key.
    pub backup: Option<(&'a Path, &'a Key)>,
}

/// Makes the file in a place of its own and gives it its name when it is whole.
pub(super) fn create(path: &Path, key: &Key, shape: &Shape) -> Result<(), DatabaseError> {
    refuse_existing(path)?;
    let fresh = files::beside(path, "new").map_err(DatabaseError::from)?;
    remove(&fresh)?;
    drop(files::create_new(&fresh)?);
    let keys = FileKeys::of(key);
    let made = (|| {
        let mut connection = connection::open_empty(&fresh, &keys)?;
        connection::settle_in(&connection)?;
        migrate::found(&mut connection, shape, &Counter::new(keys.counter, shape))?;
        connection.close().map_err(|(_, error)| DatabaseError::from(error))
    })();
    made.and_then(|()| publish(&fresh, path)).inspect_err(|_| drop(remove(&fresh)))
}

pub(super) fn open(
    path: &Path,
    key: &Key,
    shape: &Shape,
    opening: &Opening<'_>,
) -> Result<Threads, DatabaseError> {
    let keys = FileKeys::of(key);
    connection::inspect(path)?;
    let mut writer = connection::open(path, &keys)?;
    let version = migrate::version(&writer, shape)?;
    let counter = Counter::new(keys.counter.duplicate(), shape);
    let found = counter.read(&writer)?;
    let older = opening.anchor.filter(|anchor| found < *anchor);
    if let Some(anchor) = older.filter(|_| !opening.accept_older) {
        return Err(DatabaseError::RolledBack { found, anchor });
    }
    connection::settle_in(&writer)?;
    if let Some(anchor) = older {
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        counter.set(&tx, anchor.saturating_add(1))?;
        tx.commit()?;
    }
    if version < shape.version() {
        backup_before(&writer, path, key, shape, version, opening.backup)?;
        migrate::advance(&mut writer, shape, &counter, version)?;
    }
    let readers = [reader(path, &keys)?, reader(path, &keys)?];
    Threads::start(writer, counter, readers.into())
}

pub(super) fn in_memory(shape: &Shape) -> Result<Threads, DatabaseError> {
    let mut connection = connection::in_memory()?;
    let counter = Counter::new(Key::random(), shape);
    migrate::found(&mut connection, shape, &counter)?;
    Threads::start(connection, counter, Vec::new())
}

fn reader(path: &Path, keys: &FileKeys) -> Result<Connection, DatabaseError> {
    let connection = connection::open(path, keys)?;
    connection::settle_in(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

/// The verified backup that every migration makes first.
fn backup_before(
    connection: &Connection,
    path: &Path,
    key: &Key,
    shape: &Shape,
    version: u32,
    backup: Option<(&Path, &Key)>,
) -> Result<(), DatabaseError> {
    let (dir, key) = match backup {
        Some(chosen) => chosen,
        None => (files::parent(path)?, key),
    };
    files::ensure_dir(dir)?;
    let to = dir.join(format!("{}-before-{}-from-{version}.db", shape.name, shape.version()));
    // Left by a migration that did not end: the database is as it was, so is its backup.
    remove(&to)?;
    let old = Shape { migrations: shape.until(version), ..*shape };
    backup::write(connection, &to, key, &old, &GiveWay::default())
}

pub(super) fn refuse_existing(path: &Path) -> Result<(), DatabaseError> {
    if path.symlink_metadata().is_ok() {
        return Err(DatabaseError::Io(io::ErrorKind::AlreadyExists.into()));
    }
    Ok(())
}

/// Gives a finished, closed database its name.
pub(super) fn publish(fresh: &Path, path: &Path) -> Result<(), DatabaseError> {
    std::fs::rename(fresh, path)?;
    Ok(files::sync_parent(path)?)
}

/// Removes a database and its companions, if they are there.
pub(super) fn remove(path: &Path) -> Result<(), DatabaseError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(connection::with_suffix(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
