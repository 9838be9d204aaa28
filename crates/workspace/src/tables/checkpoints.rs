//! Table `checkpoint`: those that Carrel makes by itself. Rows are only ever added.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{bytes, count, integer};
use crate::WorkspaceError;

/// A checkpoint as it stands in the file, whatever somebody wrote there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) number: u64,
    /// How many events it stands for.
    pub(crate) size: u64,
    pub(crate) note: String,
    /// The tree's whole subtrees by then, 32 bytes each.
    pub(crate) peaks: Vec<u8>,
}

/// The last one.
pub(crate) fn last(connection: &Connection) -> Result<Option<Kept>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, size, substr(CAST(note AS BLOB), 1, 4096), substr(CAST(peaks AS BLOB), 1, 2048) FROM checkpoint
         ORDER BY number DESC LIMIT 1",
    )?;
    Ok(statement.query_row([], kept).optional()?)
}

/// Those that stand for more than `beyond` and at most `until` events, in order; at most `limit`.
pub(crate) fn between(
    connection: &Connection,
    beyond: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<Kept>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, size, substr(CAST(note AS BLOB), 1, 4096), x'' FROM checkpoint
         WHERE size > ?1 AND size <= ?2 ORDER BY size LIMIT ?3",
    )?;
    let rows = statement.query_map((integer(beyond), integer(until), limit), kept)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn insert(connection: &Connection, one: &Kept) -> Result<(), WorkspaceError> {
    connection.execute(
        "INSERT INTO checkpoint (number, size, note, peaks) VALUES (?1, ?2, ?3, ?4)",
        (integer(one.number), integer(one.size), &one.note, &one.peaks),
    )?;
    Ok(())
}

/// The note with this number.
pub(crate) fn note(connection: &Connection, number: u64) -> Result<Option<String>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, size, substr(CAST(note AS BLOB), 1, 4096), x'' FROM checkpoint
         WHERE number = ?1",
    )?;
    let found = statement.query_row([integer(number)], kept).optional()?;
    Ok(found.map(|one| one.note))
}

/// How many events the one stands for that stands for the most.
pub(crate) fn reach(connection: &Connection) -> Result<u64, WorkspaceError> {
    let mut statement =
        connection.prepare_cached("SELECT coalesce(max(size), 0) FROM checkpoint")?;
    Ok(count(statement.query_row([], |row| row.get(0))?))
}

/// Whatever somebody wrote there: what is no text reads as one that is no note.
fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        number: count(row.get(0)?),
        size: count(row.get(1)?),
        note: String::from_utf8_lossy(bytes(row.get_ref(2)?)).into_owned(),
        peaks: bytes(row.get_ref(3)?).to_vec(),
    })
}
