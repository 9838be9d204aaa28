//! Virtual table `message_index`: the words of the messages' texts.
//!
//! Reads are in `search`, which joins it with the filters.

use rusqlite::Transaction;

pub(crate) fn add(tx: &Transaction<'_>, row: i64, text: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO message_index (rowid, text) VALUES (?1, ?2)")?
        .execute((row, text))?;
    Ok(())
}

/// Takes an entry out. `text` must be what was added, or words of it stay behind.
pub(crate) fn remove(tx: &Transaction<'_>, row: i64, text: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO message_index (message_index, rowid, text) VALUES ('delete', ?1, ?2)",
    )?
    .execute((row, text))?;
    Ok(())
}
