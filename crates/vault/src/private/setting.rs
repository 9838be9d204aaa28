//! Table `setting`: the person's settings as one text. Its shape is the engine's.

use rusqlite::{Connection, OptionalExtension, Transaction};

pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT text FROM setting WHERE id = 1")?
        .query_row([], |row| row.get(0))
        .optional()
}

pub(crate) fn save(tx: &Transaction<'_>, text: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO setting (id, text) VALUES (1, ?1)")?
        .execute([text])?;
    Ok(())
}
