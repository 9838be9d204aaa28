//! Table `price_list`: the text of the price list that an admin brought, at most one.

use rusqlite::{Connection, OptionalExtension};

use crate::WorkspaceError;

/// Puts `text` in the place of the one before.
pub(crate) fn put(connection: &Connection, text: &str) -> Result<(), WorkspaceError> {
    connection.execute(
        "INSERT INTO price_list (id, text) VALUES (1, ?1)
         ON CONFLICT (id) DO UPDATE SET text = ?1",
        [text],
    )?;
    Ok(())
}

/// Its text, as it stands there.
pub(crate) fn text(connection: &Connection) -> Result<Option<String>, WorkspaceError> {
    let row = connection.query_row("SELECT text FROM price_list", [], |row| row.get(0));
    Ok(row.optional()?)
}

pub(crate) fn remove(connection: &Connection) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM price_list", [])?;
    Ok(())
}
