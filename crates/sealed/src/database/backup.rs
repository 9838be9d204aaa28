//! An encrypted copy under another key, trusted only after it was read back.
//!
//! SQLite's page copy, not `sqlcipher_export`: the export re-inserts rows and
//! gives tables without an integer key new row ids, which would detach a
//! search index from what it indexes.

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;

use super::connection::{self, FileKeys};
use super::counter::Counter;
use super::migrate::{self, Shape};
use super::{DatabaseError, opening};
use crate::files;
use crate::give_way::GiveWay;
use crate::key::Key;

/// Pages between two looks at whether to give way: 64 KiB.
const PAGES: i32 = 16;
/// Steps of SQLite's machine between two looks, while the copy is read back: about a millisecond.
const STEPS: i32 = 10_000;

/// Copies `from` to the new file `to` under `key` and checks the copy; `shape` is what the
/// copy must turn out to be.
pub(super) fn write(
    from: &Connection,
    to: &Path,
    key: &Key,
    shape: &Shape,
    way: &GiveWay,
) -> Result<(), DatabaseError> {
    opening::refuse_existing(to)?;
    let fresh = files::beside(to, "new").map_err(DatabaseError::from)?;
    opening::remove(&fresh)?;
    drop(files::create_new(&fresh)?);
    let keys = FileKeys::of(key);
    copy(from, &fresh, &keys, way)
        .and_then(|()| verify(&fresh, &keys, shape, way))
        .and_then(|()| opening::publish(&fresh, to))
        .inspect_err(|_| drop(opening::remove(&fresh)))
        // Whatever it was doing then.
        .map_err(|error| if way.is_asked() { DatabaseError::GaveWay } else { error })
}

fn copy(
    from: &Connection,
    fresh: &Path,
    keys: &FileKeys,
    way: &GiveWay,
) -> Result<(), DatabaseError> {
    // One view of the source for all steps: a write meanwhile would begin the copy anew.
    let _view = one_view(from)?;
    let mut into = connection::open_empty(fresh, keys)?;
    let copying = Backup::new(from, &mut into)?;
    let mut step = StepResult::More;
    while step == StepResult::More && !way.is_asked() {
        step = copying.step(PAGES)?;
    }
    drop(copying);
    into.close().map_err(|(_, error)| DatabaseError::from(error))?;
    if step == StepResult::Done { Ok(()) } else { Err(DatabaseError::Busy) }
}

/// Holds what the connection sees as it is; none where a transaction of its own does so.
fn one_view(from: &Connection) -> Result<Option<Transaction<'_>>, DatabaseError> {
    if !from.is_autocommit() {
        return Ok(None);
    }
    let view = from.unchecked_transaction()?;
    // The view is taken with the first read.
    view.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(Some(view))
}

/// Opens the copy as any database is opened, reads all of it, and re-tags its counter.
fn verify(
    fresh: &Path,
    keys: &FileKeys,
    shape: &Shape,
    way: &GiveWay,
) -> Result<(), DatabaseError> {
    connection::inspect(fresh)?;
    let mut copy = connection::open(fresh, keys)?;
    let asked = way.clone();
    copy.progress_handler(STEPS, Some(move || asked.is_asked()))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_stays_as_it_was_when_the_copy_began() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Connection::open(dir.path().join("notes.db")).unwrap();
        let (from, other) = (open(), open());
        other.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE note (id)").unwrap();
        let count = || -> i64 {
            from.query_row("SELECT count(*) FROM note", [], |row| row.get(0)).unwrap()
        };
        let view = one_view(&from).unwrap();
        other.execute("INSERT INTO note VALUES (1)", []).unwrap();
        assert_eq!(count(), 0, "a write of another connection would begin the copy anew");
        drop(view);
        assert_eq!(count(), 1, "nothing is held longer than the copy takes");
    }
}
