//! Erasing what was deleted: texts, index entries, then the log.
//!
//! Taking a text's words out of the index is slow (measured among a million
//! messages: ten milliseconds for one of 65 words), so this goes a few
//! messages at a time: turns that run meanwhile keep their journal. What a crash or a lock interrupts
//! is finished by the next deletion or the next opening.

use crate::history::{body, message};
use crate::{Vault, VaultError};

/// Bytes of text after which others get their turn: about a tenth of a second among a
/// million messages.
const BATCH_BYTES: usize = 4 * 1024;

impl Vault {
    /// Erases every message that was deleted, then empties the log.
    pub(crate) async fn erase_deleted(&self) -> Result<(), VaultError> {
        while self.erase_some().await? {}
        if let Err(error) = self.0.history.truncate_log().await {
            // What was deleted is erased, and closing empties the log as well.
            tracing::warn!(%error, "the log could not be emptied after a deletion");
        }
        Ok(())
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
    pub(crate) async fn has_deleted(&self) -> Result<bool, VaultError> {
        self.0.history.read(|connection| Ok(message::orphaned(connection)?.is_some())).await
    }
}
