//! Table `message`: who wrote when, below what, and how it ended. No texts.

use domain::{Author, Finish, MessageId, Node, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::column::{Named, id, id_or_none};
use super::day;

pub(crate) struct MessageRow {
    /// 0 until inserted.
    pub(crate) row: i64,
    pub(crate) id: MessageId,
    pub(crate) chat: i64,
    pub(crate) parent: Option<MessageId>,
    pub(crate) author: Author,
    /// While streaming, what a crash would make of it.
    pub(crate) finish: Finish,
    pub(crate) streaming: bool,
    pub(crate) created_at: UnixMs,
    /// The model asked, for answers.
    pub(crate) model: Option<String>,
}

const COLUMNS: &str = "row, id, chat, parent, author, finish, streaming, created_at, model";

fn from_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        row: row.get(0)?,
        id: id(row, 1, MessageId::from_bytes)?,
        chat: row.get(2)?,
        parent: id_or_none(row, 3, MessageId::from_bytes)?,
        author: row.get::<_, Named<Author>>(4)?.0,
        finish: row.get::<_, Named<Finish>>(5)?.0,
        streaming: row.get(6)?,
        created_at: UnixMs(row.get(7)?),
        model: row.get(8)?,
    })
}

pub(crate) fn find(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<MessageRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?1 AND chat NOT NULL"))?
        .query_row([id.as_bytes()], from_row)
        .optional()
}

pub(crate) fn at(connection: &Connection, row: i64) -> rusqlite::Result<Option<MessageRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE row = ?1 AND chat NOT NULL"))?
        .query_row([row], from_row)
        .optional()
}

/// The shape of a chat, read from a covering index.
pub(crate) fn nodes(connection: &Connection, chat: i64) -> rusqlite::Result<Vec<Node>> {
    connection
        .prepare_cached("SELECT id, parent FROM message WHERE chat = ?1")?
        .query_map([chat], |row| {
            Ok(Node {
                id: id(row, 0, MessageId::from_bytes)?,
                parent: id_or_none(row, 1, MessageId::from_bytes)?,
            })
        })?
        .collect()
}

/// Adds a message without its body; returns its row.
pub(crate) fn insert(tx: &Transaction<'_>, message: &MessageRow) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO message (id, chat, parent, author, finish, streaming, created_at, model)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        message.id.as_bytes(),
        message.chat,
        message.parent.as_ref().map(MessageId::as_bytes),
        Named(message.author),
        Named(message.finish),
        message.streaming,
        message.created_at.0,
        message.model.as_deref(),
    ))?;
    let row = tx.last_insert_rowid();
    day::include(tx, message.created_at, row)?;
    Ok(row)
}

/// The answer at `row` is being written (again).
pub(crate) fn reopen(tx: &Transaction<'_>, row: i64, model: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET streaming = 1, finish = ?2, model = ?3 WHERE row = ?1")?
        .execute((row, Named(Finish::Interrupted), model))?;
    Ok(())
}

/// The answer at `row` came to its end.
pub(crate) fn end(tx: &Transaction<'_>, row: i64, finish: Finish) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET streaming = 0, finish = ?2 WHERE row = ?1")?
        .execute((row, Named(finish)))?;
    Ok(())
}

/// Takes every message of a chat out of it: deleted, and to be erased.
pub(crate) fn orphan_all(tx: &Transaction<'_>, chat: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET chat = NULL WHERE chat = ?1")?.execute([chat])?;
    Ok(())
}

/// Takes one message out of its chat: deleted, and to be erased.
pub(crate) fn orphan(tx: &Transaction<'_>, id: MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE message SET chat = NULL WHERE id = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// A deleted message that is not erased yet.
pub(crate) fn orphaned(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row FROM message WHERE chat IS NULL LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()
}

/// Removes a row. Its body and its turns must be gone.
pub(crate) fn remove(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM message WHERE row = ?1")?.execute([row])?;
    Ok(())
}
