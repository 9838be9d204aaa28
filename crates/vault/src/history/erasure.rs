//! Table `erasure`: whether backups still hold what was deleted since.

use rusqlite::{Connection, Transaction};

/// Counts one deletion.
pub(crate) fn count(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE erasure SET done = done + 1 WHERE id = 1")?.execute([])?;
    Ok(())
}

/// The number of deletions, if some of them may still stand in a backup.
pub(crate) fn uncovered(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let (done, covered): (i64, i64) = connection
        .prepare_cached("SELECT done, covered FROM erasure WHERE id = 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((done > covered).then_some(done))
}

/// No backup holds what the first `done` deletions removed.
pub(crate) fn cover(tx: &Transaction<'_>, done: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE erasure SET covered = max(covered, ?1) WHERE id = 1")?
        .execute([done])?;
    Ok(())
}
