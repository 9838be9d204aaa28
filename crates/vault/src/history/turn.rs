//! Table `turn`: which answers are being written, and which were settled.
//!
//! A settled turn stays as a row, so that settling twice changes nothing.

use domain::{ChatId, Finish, Provenance, TurnId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::body::{read_provenance, write_provenance};
use super::column::{self, Named, id};

pub(crate) struct TurnRow {
    pub(crate) id: TurnId,
    pub(crate) chat: i64,
    pub(crate) answer: i64,
    pub(crate) settled: bool,
    /// How it ended, where its closing record says so.
    pub(crate) finish: Option<Finish>,
    pub(crate) provenance: Option<Provenance>,
}

const COLUMNS: &str = "id, chat, answer, settled, finish, provenance";

fn from_row(row: &Row<'_>) -> rusqlite::Result<TurnRow> {
    Ok(TurnRow {
        id: id(row, 0, TurnId::from_bytes)?,
        chat: row.get(1)?,
        answer: row.get(2)?,
        settled: row.get(3)?,
        finish: row.get::<_, Option<Named<Finish>>>(4)?.map(|finish| finish.0),
        provenance: row
            .get::<_, Option<String>>(5)?
            .map(|json| read_provenance(&json))
            .transpose()?,
    })
}

pub(crate) fn find(connection: &Connection, id: TurnId) -> rusqlite::Result<Option<TurnRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM turn WHERE id = ?1"))?
        .query_row([id.as_bytes()], from_row)
        .optional()
}

/// The chat that a turn belongs to, and its title; none where it was deleted.
pub(crate) fn chat_of(
    connection: &Connection,
    id: TurnId,
) -> rusqlite::Result<Option<(ChatId, String)>> {
    connection
        .prepare_cached(
            "SELECT chat.id, chat.title FROM turn JOIN chat ON chat.row = turn.chat
             WHERE turn.id = ?1",
        )?
        .query_row([id.as_bytes()], |row| {
            Ok((column::id(row, 0, ChatId::from_bytes)?, row.get(1)?))
        })
        .optional()
}

/// The turn that runs in a chat.
pub(crate) fn running(connection: &Connection, chat: i64) -> rusqlite::Result<Option<TurnId>> {
    connection
        .prepare_cached("SELECT id FROM turn WHERE chat = ?1 AND settled = 0")?
        .query_row([chat], |row| id(row, 0, TurnId::from_bytes))
        .optional()
}

pub(crate) fn unsettled(connection: &Connection) -> rusqlite::Result<Vec<TurnRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM turn WHERE settled = 0 ORDER BY id"))?
        .query_map([], from_row)?
        .collect()
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    id: TurnId,
    chat: i64,
    answer: i64,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO turn (id, chat, answer) VALUES (?1, ?2, ?3)")?.execute((
        id.as_bytes(),
        chat,
        answer,
    ))?;
    Ok(())
}

/// Writes the closing record.
pub(crate) fn close(
    tx: &Transaction<'_>,
    id: TurnId,
    finish: Finish,
    provenance: Option<&Provenance>,
) -> rusqlite::Result<()> {
    let provenance = provenance.map(write_provenance).transpose()?;
    tx.prepare_cached("UPDATE turn SET finish = ?2, provenance = ?3 WHERE id = ?1")?.execute((
        id.as_bytes(),
        Named(finish),
        provenance,
    ))?;
    Ok(())
}

/// Text follows the closing record of an attempt: another one is answering.
pub(crate) fn go_on(tx: &Transaction<'_>, id: TurnId) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE turn SET finish = NULL WHERE id = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// Marks a turn as settled; its closing record stands in the message now.
pub(crate) fn settle(tx: &Transaction<'_>, id: TurnId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE turn SET settled = 1, finish = NULL, provenance = NULL WHERE id = ?1",
    )?
    .execute([id.as_bytes()])?;
    Ok(())
}

/// Removes the turns that wrote an answer, and by reference their journal.
pub(crate) fn remove_of_answer(tx: &Transaction<'_>, answer: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM turn WHERE answer = ?1")?.execute([answer])?;
    Ok(())
}
