//! Table `document`: the chain of signed documents, in order.

use rusqlite::Connection;

use super::{count, integer};
use crate::WorkspaceError;
use crate::document::Written;

/// Every document from `position` on.
pub(crate) fn from(connection: &Connection, position: u64) -> Result<Vec<Written>, WorkspaceError> {
    // A negative limit is none.
    select(connection, position, -1)
}

/// At most `limit` documents from `position` on.
pub(crate) fn page(
    connection: &Connection,
    position: u64,
    limit: u32,
) -> Result<Vec<Written>, WorkspaceError> {
    select(connection, position, i64::from(limit))
}

fn select(
    connection: &Connection,
    position: u64,
    limit: i64,
) -> Result<Vec<Written>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, text, signature FROM document WHERE position >= ?1
         ORDER BY position LIMIT ?2",
    )?;
    let rows = statement.query_map([integer(position), limit], |row| {
        Ok(Written { position: count(row.get(0)?), text: row.get(1)?, signature: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Versions of the policy, the newest first, without the `skip` newest. The mark stands in no
/// text within a document: quotes are escaped there.
pub(crate) fn of_policy(
    connection: &Connection,
    skip: u32,
    limit: u32,
) -> Result<Vec<Written>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        r#"SELECT position, text, signature FROM document
           WHERE instr(text, '"body":{"policy":{') > 0
           ORDER BY position DESC LIMIT ?2 OFFSET ?1"#,
    )?;
    let rows = statement.query_map([skip, limit], |row| {
        Ok(Written { position: count(row.get(0)?), text: row.get(1)?, signature: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether there is one at `position`.
pub(crate) fn reach(connection: &Connection, position: u64) -> Result<bool, WorkspaceError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM document WHERE position >= ?1")?;
    Ok(statement.exists([integer(position)])?)
}

pub(crate) fn insert(connection: &Connection, written: &Written) -> Result<(), WorkspaceError> {
    connection.execute(
        "INSERT INTO document (position, text, signature) VALUES (?1, ?2, ?3)",
        (integer(written.position), &written.text, &written.signature),
    )?;
    Ok(())
}
