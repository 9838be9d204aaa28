//! Unsent text, one for each chat and one for the chat that does not exist yet.
//!
//! A draft goes when its question is stored, in the same transaction (see
//! `turns`), and when its chat is deleted.

use domain::ChatId;

use crate::history::{chat, draft};
use crate::{Vault, VaultError, limits};

impl Vault {
    /// Keeps unsent text; `None` is the next chat's, and an empty text removes the draft.
    ///
    /// # Errors
    /// `NotFound` for an unknown chat; `Invalid` above 4 MiB; `Database`.
    pub async fn save_draft(&self, chat: Option<ChatId>, text: String) -> Result<(), VaultError> {
        limits::length(&text)?;
        self.change(move |tx| {
            if let Some(id) = chat {
                chat::find(tx, id)?.ok_or(VaultError::NotFound)?;
            }
            Ok(draft::save(tx, chat, &text)?)
        })
        .await
    }

    /// The unsent text of the chat that does not exist yet, empty where there is none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn new_draft(&self) -> Result<String, VaultError> {
        self.0.history.read(|connection| Ok(draft::read(connection, None)?)).await
    }
}
