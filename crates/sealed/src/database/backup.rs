//! An encrypted copy under another key, trusted only after it was read back.
//!
//! SQLite's page copy, not `sqlcipher_export`: the export re-inserts rows and
//! gives tables without an integer key new row ids, which would detach a
//! search index from what it indexes.

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

use super::connection::{self, FileKeys};
use super::counter::Counter;
use super::migrate::{self, Shape};
use super::{DatabaseError, opening};
use crate::files;
use crate::key::Key;

/// Copies `from` to the new file `to` under `key` and checks the copy; `shape` is what the
/// copy must turn out to be.
pub(super) fn write(
    from: &Connection,
    to: &Path,
    key: &Key,
    shape: &Shape,
) -> Result<(), DatabaseError> {
    opening::refuse_existing(to)?;
    let fresh = files::beside(to, "new").map_err(DatabaseError::from)?;
    opening::remove(&fresh)?;
    drop(files::create_new(&fresh)?);
    let keys = FileKeys::of(key);
    copy(from, &fresh, &keys)
        .and_then(|()| verify(&fresh, &keys, shape))
        .and_then(|()| opening::publish(&fresh, to))
        .inspect_err(|_| drop(opening::remove(&fresh)))
}

fn copy(from: &Connection, fresh: &Path, keys: &FileKeys) -> Result<(), DatabaseError> {
    let mut into = connection::open_empty(fresh, keys)?;
    let step = Backup::new(from, &mut into)?.step(-1)?;
    into.close().map_err(|(_, error)| DatabaseError::from(error))?;
    if step == StepResult::Done { Ok(()) } else { Err(DatabaseError::Busy) }
}

/// Opens the copy as any database is opened, reads all of it, and re-tags its counter.
fn verify(fresh: &Path, keys: &FileKeys, shape: &Shape) -> Result<(), DatabaseError> {
    connection::inspect(fresh)?;
    let mut copy = connection::open(fresh, keys)?;
    if migrate::version(&copy, shape)? != shape.version() {
        return Err(DatabaseError::Damaged);
    }
    connection::settle_in(&copy)?;
    let counter = Counter::new(keys.counter.duplicate(), shape);
    let tx = copy.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let commits: i64 =
        tx.query_row("SELECT commits FROM sealed_counter WHERE id = 1", [], |row| row.get(0))?;
    counter.set(&tx, u64::try_from(commits).map_err(|_| DatabaseError::Damaged)?)?;
    tx.commit()?;
    connection::truncate_log(&copy)?;
    connection::check(&copy)?;
    copy.close().map_err(|(_, error)| DatabaseError::from(error))
}
