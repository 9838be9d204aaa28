//! The sizes that the vault accepts and gives.

use crate::VaultError;

/// Largest text of a message or draft, in bytes of UTF-8.
pub(crate) const TEXT_BYTES: usize = 4 * 1024 * 1024;
/// Largest title, in characters.
pub(crate) const TITLE_CHARS: usize = 200;
/// Most rows of one page of chats or messages.
pub(crate) const PAGE: u32 = 200;
/// Most hits of one search.
pub(crate) const HITS: u32 = 100;
/// Largest search query, in characters; what is beyond is ignored.
pub(crate) const QUERY_CHARS: usize = 500;
/// Most bytes of earlier text that a turn is given. No model reads more, and a chat may
/// hold many times as much.
pub(crate) const TURN_BYTES: usize = 16 * 1024 * 1024;

/// A question's text: neither empty nor endless.
pub(crate) fn question(text: &str) -> Result<(), VaultError> {
    if text.trim().is_empty() {
        return Err(VaultError::Invalid("a question needs some text"));
    }
    length(text)
}

/// Any stored text: not endless.
pub(crate) fn length(text: &str) -> Result<(), VaultError> {
    if text.len() > TEXT_BYTES {
        return Err(VaultError::Invalid("a text may have at most 4 MiB"));
    }
    Ok(())
}
