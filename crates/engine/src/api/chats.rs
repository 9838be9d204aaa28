//! Chats, messages, drafts and search.

use domain::{ChatId, DataClass, Message, MessageId, Target, UnixMs};
use serde::{Deserialize, Serialize};

/// Largest message in bytes of UTF-8.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// Largest title in characters.
pub const MAX_TITLE_CHARS: usize = 200;
/// Largest search query in characters.
pub const MAX_QUERY_CHARS: usize = 500;

/// Which chats to list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ListChats {
    /// True for the archive, false for the rest.
    pub archived: bool,
    /// Continue below this chat (by last activity); none for the start.
    pub before: Option<ChatId>,
    /// At most 200.
    pub limit: u32,
}

/// A page of chats: pinned first, then by last activity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChatList {
    /// The chats.
    pub chats: Vec<ChatSummary>,
    /// True where more follow.
    pub more: bool,
}

/// A chat as the sidebar shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChatSummary {
    /// Which chat.
    pub id: ChatId,
    /// Its title; empty until the first question gives it one.
    pub title: String,
    /// When a message was last added.
    pub last_at: UnixMs,
    /// Kept at the top.
    pub pinned: bool,
    /// Put away.
    pub archived: bool,
    /// An answer arrived that was not looked at.
    pub unread: bool,
    /// Whom it was asked of last.
    pub target: Option<Target>,
    /// How far its text may go.
    pub class: DataClass,
}

/// Open a chat at its end, or around a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenChat {
    /// Which chat.
    pub chat: ChatId,
    /// Show the branch and place of this message (a search hit).
    pub around: Option<MessageId>,
    /// How many messages to load, at most 200.
    pub limit: u32,
}

/// Load more of the branch that is shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LoadMessages {
    /// Which chat.
    pub chat: ChatId,
    /// Index of the first message wanted, counted from the branch's start.
    pub from: u32,
    /// At most 200.
    pub limit: u32,
}

/// A window onto one branch of a chat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChatPage {
    /// The chat.
    pub chat: ChatSummary,
    /// The length of the whole branch.
    pub branch_len: u32,
    /// Index of the first message below within the branch.
    pub from: u32,
    /// The messages in reading order.
    pub messages: Vec<MessageView>,
    /// The unsent text of this chat.
    pub draft: String,
    /// Set while an answer is being written in this chat.
    pub running: Option<domain::TurnId>,
}

/// A message with its place among its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MessageView {
    /// The message.
    pub message: Message,
    /// All versions at this place, oldest first.
    pub versions: Vec<MessageId>,
    /// True while it is still being written.
    pub streaming: bool,
}

/// Show another version at a message's place (and the newest branch below it).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SelectVersion {
    /// The version to show.
    pub message: MessageId,
    /// How many messages to load, at most 200.
    pub limit: u32,
}

/// Change what the sidebar shows of a chat; `None` leaves a field alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UpdateChat {
    /// Which chat.
    pub chat: ChatId,
    /// A title that the person typed.
    pub title: Option<String>,
    /// Keep at the top.
    pub pinned: Option<bool>,
    /// Put away.
    pub archived: Option<bool>,
    /// How far its text may go from now on; what was sent was sent.
    pub class: Option<DataClass>,
}

/// Names one chat.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneChat {
    /// Which chat.
    pub chat: ChatId,
}

/// Names one message.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneMessage {
    /// Which message.
    pub message: MessageId,
}

/// Keep unsent text; `None` is the draft of a chat that does not exist yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaveDraft {
    /// Which chat.
    pub chat: Option<ChatId>,
    /// The text; empty removes the draft.
    pub text: String,
}

/// The draft of a chat that does not exist yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Draft {
    /// The text, empty where there is none.
    pub text: String,
}

/// Search everything in the desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Search {
    /// Words, all of which must occur; the last may be unfinished. Filters:
    /// `from:me` `from:model` `before:2026-01-31` `after:…` `pinned:yes` `archived:yes` `model:name`.
    pub query: String,
    /// At most 100.
    pub limit: u32,
}

/// What a search found, best first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchResults {
    /// Chats whose title matches.
    pub chats: Vec<ChatSummary>,
    /// Messages that match.
    pub hits: Vec<SearchHit>,
}

/// One message that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchHit {
    /// The chat it is in.
    pub chat: ChatId,
    /// That chat's title.
    pub title: String,
    /// The message.
    pub message: MessageId,
    /// Who wrote it.
    pub author: domain::Author,
    /// When.
    pub created_at: UnixMs,
    /// The surrounding sentence in pieces; plain text, never markup.
    pub snippet: Vec<SnippetPiece>,
}

/// A piece of a snippet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SnippetPiece {
    /// The text.
    pub text: String,
    /// True where it is what was searched for.
    pub hit: bool,
}
