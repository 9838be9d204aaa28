//! The journal of a running turn. Durable when a call returns.

use domain::TurnId;
use rusqlite::Transaction;

use super::Closing;
use super::commitments::{Commitments, commit};
use crate::history::turn::TurnRow;
use crate::history::{journal, turn};
use crate::{Vault, VaultError};

impl Vault {
    /// Appends to the answer of a running turn. Callers batch, to at most 250 ms of text.
    ///
    /// # Errors
    /// `NotFound` once the turn was settled or its message deleted; `Database`.
    pub async fn journal_append(
        &self,
        id: TurnId,
        text: String,
        reasoning: String,
    ) -> Result<(), VaultError> {
        self.change(move |tx| {
            let running = running(tx, id)?;
            if running.finish.is_some() {
                turn::go_on(tx, id)?;
            }
            Ok(journal::append(tx, id, &text, &reasoning)?)
        })
        .await
    }

    /// Writes how an attempt ended, after its text, and says what the workspace's record may
    /// say of its texts; nothing where this vault is in memory. Later text of the same turn
    /// (another attempt) opens the record again; the last record counts.
    ///
    /// # Errors
    /// `NotFound` once the turn was settled or its message deleted; `Database`.
    pub async fn journal_close(
        &self,
        id: TurnId,
        closing: Closing,
    ) -> Result<Option<Commitments>, VaultError> {
        let lasts = self.0.stored.is_some();
        self.change(move |tx| {
            let turn = running(tx, id)?;
            turn::close(tx, id, closing.finish, closing.provenance.as_ref())?;
            // The keys of a guest desk would be gone before anybody could ask for them.
            if lasts { commit(tx, &turn, closing.attempt) } else { Ok(None) }
        })
        .await
    }
}

fn running(tx: &Transaction<'_>, id: TurnId) -> Result<TurnRow, VaultError> {
    turn::find(tx, id)?.filter(|turn| !turn.settled).ok_or(VaultError::NotFound)
}
