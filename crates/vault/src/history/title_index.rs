//! Virtual table `title_index`: the words of the chats' titles.

use rusqlite::{Connection, Transaction};

pub(crate) fn add(tx: &Transaction<'_>, row: i64, title: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO title_index (rowid, title) VALUES (?1, ?2)")?
        .execute((row, title))?;
    Ok(())
}

/// Takes an entry out. `title` must be what was added, or words of it stay behind.
pub(crate) fn remove(tx: &Transaction<'_>, row: i64, title: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO title_index (title_index, rowid, title) VALUES ('delete', ?1, ?2)",
    )?
    .execute((row, title))?;
    Ok(())
}

/// Rows of the chats whose title matches, newest chat first.
pub(crate) fn matching(connection: &Connection, expression: &str) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT rowid FROM title_index WHERE title_index MATCH ?1 ORDER BY rowid DESC LIMIT 500",
        )?
        .query_map([expression], |row| row.get(0))?
        .collect()
}
