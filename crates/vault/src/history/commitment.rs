//! Table `commitment`: the keys of what the record says of calls. No texts.

use domain::{AttemptId, TurnId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use sealed::{Key, Zeroizing};

use super::column::id;

pub(crate) struct CommitmentRow {
    pub(crate) attempt: AttemptId,
    pub(crate) input_key: Key,
    pub(crate) output_key: Key,
    /// How long the answer was by then, in bytes.
    pub(crate) output_bytes: i64,
}

const COLUMNS: &str =
    "commitment.attempt, commitment.input_key, commitment.output_key, commitment.output_bytes";

fn from_row(row: &Row<'_>) -> rusqlite::Result<CommitmentRow> {
    Ok(CommitmentRow {
        attempt: id(row, 0, AttemptId::from_bytes)?,
        input_key: key(row, 1)?,
        output_key: key(row, 2)?,
        output_bytes: row.get(3)?,
    })
}

fn key(row: &Row<'_>, at: usize) -> rusqlite::Result<Key> {
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(row.get(at)?);
    Ok(Key::from_bytes(*bytes))
}

/// Keeps this row, or the one that this call has already; returns what is kept.
pub(crate) fn kept(
    tx: &Transaction<'_>,
    turn: TurnId,
    row: CommitmentRow,
) -> rusqlite::Result<CommitmentRow> {
    tx.prepare_cached(
        "INSERT INTO commitment (attempt, turn, input_key, output_key, output_bytes)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (attempt) DO NOTHING",
    )?
    .execute((
        row.attempt.as_bytes(),
        turn.as_bytes(),
        row.input_key.bytes(),
        row.output_key.bytes(),
        row.output_bytes,
    ))?;
    tx.prepare_cached(&format!("SELECT {COLUMNS} FROM commitment WHERE attempt = ?1"))?
        .query_row([row.attempt.as_bytes()], from_row)
}

/// The last one of a turn.
pub(crate) fn of_turn(
    connection: &Connection,
    turn: TurnId,
) -> rusqlite::Result<Option<CommitmentRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM commitment WHERE turn = ?1 ORDER BY attempt DESC LIMIT 1"
        ))?
        .query_row([turn.as_bytes()], from_row)
        .optional()
}

/// Those of the turns that wrote an answer, the last call first.
pub(crate) fn of_answer(
    connection: &Connection,
    answer: i64,
) -> rusqlite::Result<Vec<CommitmentRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM turn JOIN commitment ON commitment.turn = turn.id
             WHERE turn.answer = ?1 ORDER BY commitment.attempt DESC"
        ))?
        .query_map([answer], from_row)?
        .collect()
}
