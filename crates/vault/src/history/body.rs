//! Table `body`: what messages say.
//!
//! A text and its entry in `message_index` change together, here. That holds
//! for empty texts too, so that every row has exactly one entry.

use domain::Provenance;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::column::json_error;
use super::message_index;

pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) provenance: Option<Provenance>,
}

pub(crate) fn at(connection: &Connection, row: i64) -> rusqlite::Result<Option<Body>> {
    let found: Option<(String, String, Option<String>)> = connection
        .prepare_cached("SELECT text, reasoning, provenance FROM body WHERE row = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found
        .map(|(text, reasoning, provenance)| {
            let provenance = provenance.map(|json| read_provenance(&json)).transpose()?;
            Ok(Body { text, reasoning, provenance })
        })
        .transpose()
}

pub(crate) fn read_provenance(json: &str) -> rusqlite::Result<Provenance> {
    serde_json::from_str(json).map_err(json_error)
}

pub(crate) fn write_provenance(provenance: &Provenance) -> rusqlite::Result<String> {
    serde_json::to_string(provenance).map_err(json_error)
}

pub(crate) fn insert(tx: &Transaction<'_>, row: i64, body: &Body) -> rusqlite::Result<()> {
    let provenance = body.provenance.as_ref().map(write_provenance).transpose()?;
    tx.prepare_cached(
        "INSERT INTO body (row, text, reasoning, provenance) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((row, &body.text, &body.reasoning, provenance))?;
    message_index::add(tx, row, &body.text)
}

/// Puts `new` in the place of `old`, which must be what stands there.
pub(crate) fn replace(
    tx: &Transaction<'_>,
    row: i64,
    old: &Body,
    new: &Body,
) -> rusqlite::Result<()> {
    let provenance = new.provenance.as_ref().map(write_provenance).transpose()?;
    message_index::remove(tx, row, &old.text)?;
    tx.prepare_cached("UPDATE body SET text = ?2, reasoning = ?3, provenance = ?4 WHERE row = ?1")?
        .execute((row, &new.text, &new.reasoning, provenance))?;
    message_index::add(tx, row, &new.text)
}

/// Erases what a message says and its index entry; returns how long the text was.
pub(crate) fn remove(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<usize> {
    let text: Option<String> = tx
        .prepare_cached("SELECT text FROM body WHERE row = ?1")?
        .query_row([row], |row| row.get(0))
        .optional()?;
    let Some(text) = text else { return Ok(0) };
    message_index::remove(tx, row, &text)?;
    tx.prepare_cached("DELETE FROM body WHERE row = ?1")?.execute([row])?;
    Ok(text.len())
}
