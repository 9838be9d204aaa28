//! Erasing what was deleted: texts, index entries, then the log.
//!
//! Taking a text's words out of the index is slow (measured among a million
//! messages: ten milliseconds for one of 65 words), so this goes a few
//! messages at a time: turns that run meanwhile keep their journal. What a crash or a lock
//! interrupts is finished by the next deletion, or after the next opening.

use std::sync::atomic::Ordering;

use crate::history::{body, message};
use crate::{Vault, VaultError};

/// Bytes of text after which others get their turn: about a tenth of a second among a
/// million messages.
const BATCH_BYTES: usize = 4 * 1024;

impl Vault {
    /// Erases what an interrupted deletion left. A large chat takes many seconds.
    ///
    /// # Errors
    /// `Database`.
    pub async fn finish_erasing(&self) -> Result<(), VaultError> {
        if self.has_deleted().await? { self.erase_deleted().await } else { Ok(()) }
    }

    /// Erases every message that was deleted, then empties the log.
    pub(crate) async fn erase_deleted(&self) -> Result<(), VaultError> {
        while self.erase_some().await? {
            if self.0.leaving.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        if let Err(error) = self.0.history.truncate_log().await {
            // What was deleted is erased, and closing empties the log as well.
            tracing::warn!(%error, "the log could not be emptied after a deletion");
        }
        Ok(())
    }

    /// Lets an erasure that goes on end after the messages in hand. Call it before closing.
    pub fn stop_erasing(&self) {
        self.0.leaving.store(true, Ordering::Relaxed);
    }

    /// Erases a few messages; false once none is left.
    async fn erase_some(&self) -> Result<bool, VaultError> {
        self.change(|tx| {
            let mut bytes = 0;
            while bytes < BATCH_BYTES {
                let Some(row) = message::orphaned(tx)? else { return Ok(false) };
                bytes += body::remove(tx, row)?;
                message::remove(tx, row)?;
            }
            Ok(true)
        })
        .await
    }

    /// True where something deleted is not erased yet.
    ///
    /// # Errors
    /// `Database`.
    pub async fn has_deleted(&self) -> Result<bool, VaultError> {
        self.0.history.read(|connection| Ok(message::orphaned(connection)?.is_some())).await
    }
}
