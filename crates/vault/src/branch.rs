//! Reading a chat: one branch of its tree, a window at a time.
//!
//! The tree is built from ids alone; only the texts of the window are read.
//! Each chat remembers the branch that was shown last.

use domain::{ChatId, ChatTree, Message, MessageId, TurnId};
use rusqlite::Connection;

use crate::chats::stored;
use crate::history::chat::{self, ChatRow, StoredChat};
use crate::history::{body, draft, erasure, message, turn};
use crate::{Vault, VaultError, limits};

/// A message with its place among its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// The message. While it is streaming, its text is what stood there when the turn was
    /// opened and its finish is what a crash would make of it.
    pub message: Message,
    /// All versions at this place, oldest first.
    pub versions: Vec<MessageId>,
    /// True while it is being written.
    pub streaming: bool,
}

/// A window onto the branch of a chat that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The chat.
    pub chat: ChatRow,
    /// The length of the whole branch.
    pub branch_len: u32,
    /// Index of the first message below within the branch.
    pub from: u32,
    /// The messages in reading order.
    pub messages: Vec<Versioned>,
    /// The unsent text of this chat.
    pub draft: String,
    /// The turn that runs in this chat.
    pub running: Option<TurnId>,
}

/// Which part of a branch a window shows.
#[derive(Clone, Copy)]
enum Part {
    End,
    Around(MessageId),
    From(u32),
}

impl Vault {
    /// Opens a chat at its end, or around a message on that message's branch. The branch is
    /// remembered, and the chat counts as read.
    ///
    /// # Errors
    /// `NotFound` for an unknown chat or a message that is not in it; `Database`.
    pub async fn open_branch(
        &self,
        id: ChatId,
        around: Option<MessageId>,
        limit: u32,
    ) -> Result<Branch, VaultError> {
        let (mut branch, leaf) = self
            .0
            .history
            .read(move |connection| {
                let chat = stored(connection, id)?;
                let tree = tree(connection, &chat)?;
                let part = around.map_or(Part::End, Part::Around);
                let leaf = leaf_showing(&tree, chat.leaf, around)?;
                let chosen = leaf.filter(|_| leaf != chat.leaf);
                Ok::<_, VaultError>((window(connection, chat, &tree, leaf, part, limit)?, chosen))
            })
            .await?;
        if let Some(leaf) = leaf.filter(|_| around.is_some()) {
            self.change(move |tx| {
                let chat = stored(tx, id)?;
                Ok(chat::set_leaf(tx, chat.row, Some(leaf))?)
            })
            .await?;
        }
        branch.chat.unread = branch.chat.unread && !self.mark_read(id).await;
        Ok(branch)
    }

    /// Loads more of the branch that is shown.
    ///
    /// # Errors
    /// `NotFound`; `Database`.
    pub async fn load_branch(
        &self,
        id: ChatId,
        from: u32,
        limit: u32,
    ) -> Result<Branch, VaultError> {
        self.0
            .history
            .read(move |connection| {
                let chat = stored(connection, id)?;
                let tree = tree(connection, &chat)?;
                let leaf = leaf_showing(&tree, chat.leaf, None)?;
                window(connection, chat, &tree, leaf, Part::From(from), limit)
            })
            .await
    }

    /// Shows another version at a message's place and the newest branch below it.
    ///
    /// # Errors
    /// `NotFound`; `Database`.
    pub async fn select_version(
        &self,
        version: MessageId,
        limit: u32,
    ) -> Result<Branch, VaultError> {
        self.change(move |tx| {
            let row = message::find(tx, version)?.ok_or(VaultError::NotFound)?;
            let chat = chat::at(tx, row.chat)?.ok_or(VaultError::NotFound)?;
            let tree = tree(tx, &chat)?;
            let leaf = tree.newest_leaf(Some(version));
            chat::set_leaf(tx, chat.row, leaf)?;
            window(tx, chat, &tree, leaf, Part::Around(version), limit)
        })
        .await
    }

    /// One message, if it exists.
    ///
    /// # Errors
    /// `Database`.
    pub async fn message(&self, id: MessageId) -> Result<Option<Versioned>, VaultError> {
        self.0
            .history
            .read(move |connection| {
                let Some(row) = message::find(connection, id)? else {
                    return Ok(None);
                };
                let chat = chat::at(connection, row.chat)?.ok_or(VaultError::NotFound)?;
                let tree = tree(connection, &chat)?;
                versioned(connection, chat.shown.id, &tree, id).map(Some)
            })
            .await
    }

    /// Deletes a message and everything below it for good: out of sight at once, then erased
    /// (texts, index entries, turns and journal, then the log). Backups follow with the next
    /// one.
    ///
    /// # Errors
    /// `NotFound`; `Database`.
    pub async fn delete_message(&self, id: MessageId) -> Result<(), VaultError> {
        self.change(move |tx| {
            let first = message::find(tx, id)?.ok_or(VaultError::NotFound)?;
            let chat = chat::at(tx, first.chat)?.ok_or(VaultError::NotFound)?;
            let before = tree(tx, &chat)?;
            let shown = leaf_showing(&before, chat.leaf, None)?;
            let gone = before.subtree(id);
            for id in &gone {
                if let Some(row) = message::find(tx, *id)? {
                    turn::remove_of_answer(tx, row.row)?;
                    message::orphan(tx, *id)?;
                }
            }
            if shown.is_some_and(|leaf| gone.contains(&leaf)) {
                let after = tree(tx, &chat)?;
                let parent = first.parent.filter(|parent| has(&after, *parent));
                chat::set_leaf(tx, chat.row, after.newest_leaf(parent))?;
            }
            Ok(erasure::count(tx)?)
        })
        .await?;
        self.erase_deleted().await
    }
}

/// The shape of a chat.
pub(crate) fn tree(connection: &Connection, chat: &StoredChat) -> Result<ChatTree, VaultError> {
    Ok(ChatTree::new(&message::nodes(connection, chat.row)?))
}

fn has(tree: &ChatTree, id: MessageId) -> bool {
    !tree.path_to(id).is_empty()
}

/// The end of the branch to show: the remembered one, or one that contains `around`.
pub(crate) fn leaf_showing(
    tree: &ChatTree,
    remembered: Option<MessageId>,
    around: Option<MessageId>,
) -> Result<Option<MessageId>, VaultError> {
    let leaf = tree.newest_leaf(remembered.filter(|leaf| has(tree, *leaf)));
    let Some(around) = around else {
        return Ok(leaf);
    };
    if leaf.is_some_and(|leaf| tree.path_to(leaf).contains(&around)) {
        return Ok(leaf);
    }
    if has(tree, around) { Ok(tree.newest_leaf(Some(around))) } else { Err(VaultError::NotFound) }
}

/// Reads the part of the branch down to `leaf` that is asked for.
fn window(
    connection: &Connection,
    chat: StoredChat,
    tree: &ChatTree,
    leaf: Option<MessageId>,
    part: Part,
    limit: u32,
) -> Result<Branch, VaultError> {
    let path = leaf.map(|leaf| tree.path_to(leaf)).unwrap_or_default();
    let limit = usize::try_from(limit.min(limits::PAGE)).unwrap_or(0);
    let last_start = path.len().saturating_sub(limit);
    let from = match part {
        Part::End => last_start,
        Part::Around(id) => {
            let place = path.iter().position(|at| *at == id).unwrap_or(0);
            place.saturating_sub(limit / 2).min(last_start)
        }
        Part::From(from) => usize::try_from(from).unwrap_or(usize::MAX).min(path.len()),
    };
    let messages = path
        .iter()
        .skip(from)
        .take(limit)
        .map(|id| versioned(connection, chat.shown.id, tree, *id))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Branch {
        branch_len: u32::try_from(path.len()).unwrap_or(u32::MAX),
        from: u32::try_from(from).unwrap_or(u32::MAX),
        messages,
        draft: draft::read(connection, Some(chat.shown.id))?,
        running: turn::running(connection, chat.row)?,
        chat: chat.shown,
    })
}

/// One message of `chat` with its texts and versions.
pub(crate) fn versioned(
    connection: &Connection,
    chat: ChatId,
    tree: &ChatTree,
    id: MessageId,
) -> Result<Versioned, VaultError> {
    let row = message::find(connection, id)?.ok_or(VaultError::NotFound)?;
    let body = body::at(connection, row.row)?.ok_or(VaultError::NotFound)?;
    Ok(Versioned {
        message: Message {
            id,
            chat,
            parent: row.parent,
            author: row.author,
            text: body.text,
            reasoning: body.reasoning,
            finish: row.finish,
            created_at: row.created_at,
            provenance: body.provenance,
        },
        versions: tree.siblings(id).all,
        streaming: row.streaming,
    })
}
