//! Table `chat`: one row for each conversation.
//!
//! A title and its entry in `title_index` change together, here.

use domain::{ChatId, DataClass, MessageId, ModelRef, ProviderId, RouteId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::column::{id, id_or_none};
use super::title_index;

/// A chat as the sidebar shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRow {
    /// Which chat.
    pub id: ChatId,
    /// Its title.
    pub title: String,
    /// When it began.
    pub created_at: UnixMs,
    /// When a message was last added.
    pub last_at: UnixMs,
    /// Kept at the top.
    pub pinned: bool,
    /// Put away.
    pub archived: bool,
    /// An answer arrived that was not looked at.
    pub unread: bool,
    /// The model last asked in it; by a route, the first of it.
    pub model: Option<ModelRef>,
    /// The route it was last asked through; none where a model was asked by itself.
    pub route: Option<RouteId>,
    /// How far its text may go.
    pub class: DataClass,
}

/// A chat with what only the vault needs to know.
pub(crate) struct StoredChat {
    pub(crate) row: i64,
    pub(crate) shown: ChatRow,
    /// The last message of the branch that is shown.
    pub(crate) leaf: Option<MessageId>,
    /// The person chose the title.
    pub(crate) titled: bool,
}

const COLUMNS: &str = "row, id, title, created_at, last_at, pinned, archived, unread, \
                       provider, model, leaf, titled, route, class";

fn from_row(row: &Row<'_>) -> rusqlite::Result<StoredChat> {
    let provider = id_or_none(row, 8, ProviderId::from_bytes)?;
    let model: Option<String> = row.get(9)?;
    Ok(StoredChat {
        row: row.get(0)?,
        shown: ChatRow {
            id: id(row, 1, ChatId::from_bytes)?,
            title: row.get(2)?,
            created_at: UnixMs(row.get(3)?),
            last_at: UnixMs(row.get(4)?),
            pinned: row.get(5)?,
            archived: row.get(6)?,
            unread: row.get(7)?,
            model: provider.zip(model).map(|(provider, model)| ModelRef { provider, model }),
            route: id_or_none(row, 12, RouteId::from_bytes)?,
            // A number that nobody wrote is kept closest.
            class: DataClass::of_level(row.get(13)?).unwrap_or(DataClass::Restricted),
        },
        leaf: id_or_none(row, 10, MessageId::from_bytes)?,
        titled: row.get(11)?,
    })
}

pub(crate) fn find(connection: &Connection, id: ChatId) -> rusqlite::Result<Option<StoredChat>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM chat WHERE id = ?1"))?
        .query_row([id.as_bytes()], from_row)
        .optional()
}

pub(crate) fn at(connection: &Connection, row: i64) -> rusqlite::Result<Option<StoredChat>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM chat WHERE row = ?1"))?
        .query_row([row], from_row)
        .optional()
}

/// Pinned first, then the last active; below `before` where given. The order is total, so
/// pages neither overlap nor leave gaps.
pub(crate) fn page(
    connection: &Connection,
    archived: bool,
    before: Option<&StoredChat>,
    limit: u32,
) -> rusqlite::Result<Vec<ChatRow>> {
    let below = match before {
        Some(_) => "AND (pinned, last_at, row) < (?3, ?4, ?5)",
        None => "AND ?3 IS NULL AND ?4 IS NULL AND ?5 IS NULL",
    };
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM chat WHERE archived = ?1 {below}
             ORDER BY pinned DESC, last_at DESC, row DESC LIMIT ?2"
        ))?
        .query_map(
            (
                archived,
                limit,
                before.map(|chat| chat.shown.pinned),
                before.map(|chat| chat.shown.last_at.0),
                before.map(|chat| chat.row),
            ),
            |row| from_row(row).map(|chat| chat.shown),
        )?
        .collect()
}

/// Adds a chat and its title's index entry; returns its row.
pub(crate) fn insert(tx: &Transaction<'_>, chat: &ChatRow) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO chat
             (id, title, created_at, last_at, pinned, archived, unread, provider, model, route,
              class)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute((
        chat.id.as_bytes(),
        &chat.title,
        chat.created_at.0,
        chat.last_at.0,
        chat.pinned,
        chat.archived,
        chat.unread,
        chat.model.as_ref().map(|model| model.provider.as_bytes()),
        chat.model.as_ref().map(|model| model.model.as_str()),
        chat.route.as_ref().map(RouteId::as_bytes),
        chat.class.level(),
    ))?;
    let row = tx.last_insert_rowid();
    title_index::add(tx, row, &chat.title)?;
    Ok(row)
}

/// Gives `chat` another title; `titled` says whether the person chose it.
pub(crate) fn set_title(
    tx: &Transaction<'_>,
    chat: &StoredChat,
    title: &str,
    titled: bool,
) -> rusqlite::Result<()> {
    title_index::remove(tx, chat.row, &chat.shown.title)?;
    tx.prepare_cached("UPDATE chat SET title = ?2, titled = ?3 WHERE row = ?1")?
        .execute((chat.row, title, titled))?;
    title_index::add(tx, chat.row, title)
}

pub(crate) fn set_marks(
    tx: &Transaction<'_>,
    row: i64,
    pinned: Option<bool>,
    archived: Option<bool>,
    class: Option<DataClass>,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE chat SET pinned = ifnull(?2, pinned), archived = ifnull(?3, archived),
                         class = ifnull(?4, class)
          WHERE row = ?1",
    )?
    .execute((row, pinned, archived, class.map(DataClass::level)))?;
    Ok(())
}

pub(crate) fn set_unread(tx: &Transaction<'_>, row: i64, unread: bool) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE chat SET unread = ?2 WHERE row = ?1")?.execute((row, unread))?;
    Ok(())
}

/// Shows the branch that ends at `leaf`.
pub(crate) fn set_leaf(
    tx: &Transaction<'_>,
    row: i64,
    leaf: Option<MessageId>,
) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE chat SET leaf = ?2 WHERE row = ?1")?
        .execute((row, leaf.as_ref().map(MessageId::as_bytes)))?;
    Ok(())
}

/// A message was added or ended at `at`. Activity never goes back, whatever the clock does.
pub(crate) fn touch(tx: &Transaction<'_>, row: i64, at: UnixMs) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE chat SET last_at = max(last_at, ?2) WHERE row = ?1")?
        .execute((row, at.0))?;
    Ok(())
}

/// Keeps whom the chat was asked of last.
pub(crate) fn set_asked(
    tx: &Transaction<'_>,
    row: i64,
    model: &ModelRef,
    route: Option<RouteId>,
) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE chat SET provider = ?2, model = ?3, route = ?4 WHERE row = ?1")?
        .execute((
            row,
            model.provider.as_bytes(),
            &model.model,
            route.as_ref().map(RouteId::as_bytes),
        ))?;
    Ok(())
}

/// Removes a chat, its title's index entry, and by reference its turns and their journal.
/// Its messages must be out of it.
pub(crate) fn remove(tx: &Transaction<'_>, chat: &StoredChat) -> rusqlite::Result<()> {
    title_index::remove(tx, chat.row, &chat.shown.title)?;
    tx.prepare_cached("DELETE FROM chat WHERE row = ?1")?.execute([chat.row])?;
    Ok(())
}
