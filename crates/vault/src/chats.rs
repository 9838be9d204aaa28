//! The list of chats, and what the sidebar changes of one.

use std::collections::HashMap;

use domain::{ChatId, DataClass, TurnId};
use rusqlite::Connection;

use crate::history::chat::{self, ChatRow, StoredChat};
use crate::history::{draft, erasure, message, turn};
use crate::{Vault, VaultError, limits};

/// A page of chats: pinned first, then by last activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatPageRows {
    /// The chats.
    pub chats: Vec<ChatRow>,
    /// True where more follow.
    pub more: bool,
}

/// What to change of a chat; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatChange {
    /// A title that the person typed, 1 to 200 characters.
    pub title: Option<String>,
    /// Keep at the top.
    pub pinned: Option<bool>,
    /// Put away.
    pub archived: Option<bool>,
    /// How far its text may go from now on.
    pub class: Option<DataClass>,
}

impl Vault {
    /// The chats of the archive or the rest, below the chat `before`.
    ///
    /// # Errors
    /// `NotFound` where `before` does not exist (any more); `Database`.
    pub async fn list_chats(
        &self,
        archived: bool,
        before: Option<ChatId>,
        limit: u32,
    ) -> Result<ChatPageRows, VaultError> {
        let limit = limit.min(limits::PAGE);
        self.0
            .history
            .read(move |connection| {
                let before = before.map(|id| stored(connection, id)).transpose()?;
                let mut chats = chat::page(connection, archived, before.as_ref(), limit + 1)?;
                let shown = usize::try_from(limit).unwrap_or(usize::MAX);
                let more = chats.len() > shown;
                chats.truncate(shown);
                Ok(ChatPageRows { chats, more })
            })
            .await
    }

    /// One chat.
    ///
    /// # Errors
    /// `NotFound`; `Database`.
    pub async fn chat(&self, id: ChatId) -> Result<ChatRow, VaultError> {
        self.0.history.read(move |connection| Ok(stored(connection, id)?.shown)).await
    }

    /// The chat that each of these turns belongs to, with its title; those of deleted chats, and
    /// turns that are none of this desk's, are left out.
    ///
    /// # Errors
    /// `Database`.
    pub async fn chats_of_turns(
        &self,
        turns: Vec<TurnId>,
    ) -> Result<HashMap<TurnId, (ChatId, String)>, VaultError> {
        self.0
            .history
            .read(move |connection| {
                let mut found = HashMap::new();
                for id in turns {
                    found.extend(turn::chat_of(connection, id)?.map(|chat| (id, chat)));
                }
                Ok(found)
            })
            .await
    }

    /// Changes what the sidebar shows of a chat. A title set here is never replaced by an
    /// automatic one.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an empty or too long title; `Database`.
    pub async fn update_chat(&self, id: ChatId, change: ChatChange) -> Result<ChatRow, VaultError> {
        let title = change.title.as_deref().map(typed_title).transpose()?;
        self.change(move |tx| {
            let chat = stored(tx, id)?;
            if let Some(title) = title {
                chat::set_title(tx, &chat, &title, true)?;
            }
            chat::set_marks(tx, chat.row, change.pinned, change.archived, change.class)?;
            Ok(stored(tx, id)?.shown)
        })
        .await
    }

    /// Notes that somebody looked at the chat, and says whether that is kept. Where it is not,
    /// as on a full disk, the answer can be read all the same.
    pub async fn mark_read(&self, id: ChatId) -> bool {
        let marked = self
            .change(move |tx| {
                let chat = stored(tx, id)?;
                Ok(chat::set_unread(tx, chat.row, false)?)
            })
            .await;
        marked.inspect_err(|error| tracing::warn!(%error, "a chat could not be marked")).is_ok()
    }

    /// Deletes a chat for good: out of sight at once, then erased (messages, index entries,
    /// draft, turns and journal, then the log). Backups follow with the next one.
    ///
    /// # Errors
    /// `NotFound`; `Database`.
    pub async fn delete_chat(&self, id: ChatId) -> Result<(), VaultError> {
        self.change(move |tx| {
            let chat = stored(tx, id)?;
            message::orphan_all(tx, chat.row)?;
            draft::remove(tx, Some(id))?;
            chat::remove(tx, &chat)?;
            Ok(erasure::count(tx)?)
        })
        .await?;
        self.erase_deleted().await
    }
}

/// The chat, or the error that says there is none.
pub(crate) fn stored(connection: &Connection, id: ChatId) -> Result<StoredChat, VaultError> {
    chat::find(connection, id)?.ok_or(VaultError::NotFound)
}

fn typed_title(title: &str) -> Result<String, VaultError> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    match title.chars().count() {
        0 => Err(VaultError::Invalid("a title needs at least one character")),
        1..=limits::TITLE_CHARS => Ok(title),
        _ => Err(VaultError::Invalid("a title may have at most 200 characters")),
    }
}
