//! Table `generation`: one row that says which key generation this file is.
//!
//! While a successor is named nobody writes here: the workspace is moving to
//! another file. SQLite's own locking makes that hold across processes.

use rusqlite::Connection;

use super::{count, integer};
use crate::WorkspaceError;

/// Whether another file is taking, or took, the place of this one.
pub(crate) fn is_moving(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached("SELECT successor IS NOT NULL FROM generation WHERE id = 1")?
        .query_row([], |row| row.get(0))
}

/// The generation that the file itself names.
pub(crate) fn number(connection: &Connection) -> Result<u64, WorkspaceError> {
    Ok(connection
        .query_row("SELECT number FROM generation WHERE id = 1", [], |row| row.get(0))
        .map(count)?)
}

/// Names, or takes back, the generation that follows.
pub(crate) fn name_successor(
    connection: &Connection,
    successor: Option<u64>,
) -> Result<(), WorkspaceError> {
    connection
        .execute("UPDATE generation SET successor = ?1 WHERE id = 1", [successor.map(integer)])?;
    Ok(())
}

/// Makes this file the one of generation `number`.
pub(crate) fn begin(connection: &Connection, number: u64) -> Result<(), WorkspaceError> {
    connection.execute(
        "UPDATE generation SET number = ?1, successor = NULL WHERE id = 1",
        [integer(number)],
    )?;
    Ok(())
}
