//! Table `pin`: named bytes that must not go back, such as pinned policy versions.

use rusqlite::{Connection, OptionalExtension, Transaction};

pub(crate) fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM pin WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(crate) fn save(tx: &Transaction<'_>, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO pin (name, value) VALUES (?1, ?2)")?
        .execute((name, value))?;
    Ok(())
}
