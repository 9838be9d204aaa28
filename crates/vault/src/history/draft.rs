//! Table `draft`: unsent text, one for each chat and one for the next chat.

use domain::ChatId;
use rusqlite::{Connection, OptionalExtension, Transaction};

fn key(chat: Option<&ChatId>) -> &[u8] {
    chat.map_or(&[], |chat| chat.as_bytes().as_slice())
}

/// Empty where there is none.
pub(crate) fn read(connection: &Connection, chat: Option<ChatId>) -> rusqlite::Result<String> {
    let text: Option<String> = connection
        .prepare_cached("SELECT text FROM draft WHERE chat = ?1")?
        .query_row([key(chat.as_ref())], |row| row.get(0))
        .optional()?;
    Ok(text.unwrap_or_default())
}

/// Keeps `text`; an empty one removes the draft.
pub(crate) fn save(tx: &Transaction<'_>, chat: Option<ChatId>, text: &str) -> rusqlite::Result<()> {
    if text.is_empty() {
        return remove(tx, chat);
    }
    tx.prepare_cached("INSERT OR REPLACE INTO draft (chat, text) VALUES (?1, ?2)")?
        .execute((key(chat.as_ref()), text))?;
    Ok(())
}

pub(crate) fn remove(tx: &Transaction<'_>, chat: Option<ChatId>) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM draft WHERE chat = ?1")?.execute([key(chat.as_ref())])?;
    Ok(())
}
