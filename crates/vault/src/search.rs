//! Search over everything in one vault.
//!
//! Messages whose words stand side by side as typed come first, then the
//! rest, the newest first in each. Ranking by word statistics (bm25) is left
//! out on purpose: it reads every occurrence of each word, which for common
//! words in a million messages is slower than a person should wait, while
//! this order stops at the wanted number of hits.

mod hits;
mod parse;
mod snippet;

use domain::{Author, ChatId, MessageId, UnixMs};

use crate::history::chat::{self, ChatRow};
use crate::history::title_index;
use crate::{Vault, VaultError, limits};
use parse::{Filters, Query};

pub use snippet::SnippetPiece;

/// Chats found by their title, at most.
const CHATS: usize = 20;

/// What a search found, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Chats whose title matches.
    pub chats: Vec<ChatRow>,
    /// Messages that match.
    pub hits: Vec<Hit>,
}

/// One message that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The chat it is in.
    pub chat: ChatId,
    /// That chat's title.
    pub title: String,
    /// The message.
    pub message: MessageId,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub created_at: UnixMs,
    /// The surrounding text in pieces; plain text, never markup.
    pub snippet: Vec<SnippetPiece>,
}

impl Vault {
    /// Finds chats by title and messages by text. Every word must occur; the last may be
    /// unfinished; quotes ask for words side by side. Filters: `from:me|model`,
    /// `before:` and `after:` (a day, UTC; `after` includes it), `pinned:yes|no`,
    /// `archived:yes|no`, `model:name`. No input is an error.
    ///
    /// # Errors
    /// `Database`.
    pub async fn search(&self, query: &str, limit: u32) -> Result<Found, VaultError> {
        let query = Query::parse(query);
        let limit = limit.min(limits::HITS);
        if query.is_empty() || limit == 0 {
            return Ok(Found::default());
        }
        self.0
            .history
            .read(move |connection| {
                Ok(Found {
                    chats: chats(connection, &query)?,
                    hits: hits::find(connection, &query, usize::try_from(limit).unwrap_or(0))?,
                })
            })
            .await
    }
}

fn chats(connection: &rusqlite::Connection, query: &Query) -> Result<Vec<ChatRow>, VaultError> {
    let mut chats = Vec::new();
    // A title is nobody's words, so a filter by author asks for messages only.
    let Some(words) = query.words().filter(|_| query.filters.author.is_none()) else {
        return Ok(chats);
    };
    for row in title_index::matching(connection, &words)? {
        if let Some(found) = chat::at(connection, row)?
            && fits(&query.filters, &found.shown)
        {
            chats.push(found.shown);
        }
    }
    chats.sort_by_key(|chat| std::cmp::Reverse((chat.pinned, chat.last_at)));
    chats.truncate(CHATS);
    Ok(chats)
}

fn fits(filters: &Filters, chat: &ChatRow) -> bool {
    let model = chat.model.as_ref().map(|model| model.model.to_lowercase());
    filters.pinned.is_none_or(|pinned| pinned == chat.pinned)
        && filters.archived.is_none_or(|archived| archived == chat.archived)
        && filters.from.is_none_or(|from| chat.last_at >= from)
        && filters.until.is_none_or(|until| chat.last_at < until)
        && filters.model.as_ref().is_none_or(|name| model.is_some_and(|model| model.contains(name)))
}
