//! Why the vault did not do what was asked.

use sealed::DatabaseError;

/// One variant for each reaction of a caller.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no such chat, message, running turn or backup in this vault.
    #[error("there is nothing of that kind in this desk")]
    NotFound,
    /// An answer is still being written in this chat.
    #[error("an answer is still being written in this chat")]
    Busy,
    /// The request makes no sense; says which rule it breaks, for people.
    #[error("{0}")]
    Invalid(&'static str),
    /// Only a partial answer with text in it can be continued.
    #[error("this answer is whole, or has no text to continue from")]
    NotPartial,
    /// The files on the disk are whole and current: a backup would only lose what came after.
    #[error("this desk's files are whole")]
    Whole,
    /// A database did not open or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> Self {
        Self::Database(error.into())
    }
}
