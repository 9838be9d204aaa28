//! What is said of errors in a desk's own files, keys and models.

use sealed::{DatabaseError, KeychainError, KeyringError};
use vault::VaultError;

use crate::api::{Failure, FailureCode};
use crate::local_model::LocalModelError;

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NotFound => Self::not_found(),
            VaultError::Busy => Self::new(
                FailureCode::Busy,
                "An answer is still being written in this chat. Stop it first.",
            ),
            VaultError::Invalid(sentence) => Self::invalid(sentence),
            VaultError::NotPartial => {
                Self::invalid("This answer is whole; ask again instead of continuing it.")
            }
            VaultError::Whole => {
                Self::invalid("The files of this desk are whole. Nothing was put back.")
            }
            VaultError::Database(error) => error.into(),
        }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::WrongSecret => Self::new(
                FailureCode::WrongSecret,
                "This does not open the desk. Check caps lock and the keyboard's language.",
            ),
            KeyringError::Damaged | KeyringError::CostOutOfRange => Self::new(
                FailureCode::Damaged,
                "The file with this desk's keys is damaged. Put back a copy of the `keyring` file from your own backup of this computer.",
            ),
            KeyringError::Newer => Self::newer(),
            KeyringError::Foreign => Self::new(
                FailureCode::Damaged,
                "The file with this desk's keys belongs to another desk. Put the right one back.",
            ),
            KeyringError::Missing => Self::new(
                FailureCode::Damaged,
                "The file with this desk's keys is missing. Put back the `keyring` file from your own backup of this computer.",
            ),
            KeyringError::Io(error) => error.into(),
        }
    }
}

impl From<KeychainError> for Failure {
    fn from(error: KeychainError) -> Self {
        let mend = match error {
            KeychainError::Off => "A desk without a passphrase needs it.",
            KeychainError::Absent => "Log in to the desktop, or start its keychain, and try again.",
            KeychainError::Locked => "Unlock it and try again.",
            KeychainError::Silent => "Look whether it asks you something, and try again.",
            KeychainError::Refused => "Allow Carrel to use it, and try again.",
        };
        Self::new(FailureCode::Keychain, format!("{error} {mend}"))
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Damaged
            | DatabaseError::WrongKey
            | DatabaseError::Plaintext
            | DatabaseError::Foreign
            | DatabaseError::Missing => Self::new(
                FailureCode::Damaged,
                "A file of this desk is damaged, missing or not its own. Restore the last good backup; nothing was changed.",
            ),
            DatabaseError::Newer { .. } => Self::newer(),
            DatabaseError::RolledBack { .. } => Self::new(
                FailureCode::RolledBack,
                "A file is older than when it was last closed here; someone may have put an old copy back. You can open it anyway: that is recorded.",
            ),
            DatabaseError::DiskFull => Self::disk_full(),
            DatabaseError::ReadOnly => Self::read_only(),
            DatabaseError::Busy | DatabaseError::GaveWay => Self::new(
                FailureCode::InUse,
                "Another program holds this desk's files. Close it and try again.",
            ),
            DatabaseError::Closed => Self::locked(),
            DatabaseError::Io(error) => error.into(),
            DatabaseError::DiskFails => Self::new(
                FailureCode::ReadOnly,
                "The disk does not take what Carrel writes. Check it; what was stored before is safe.",
            ),
            DatabaseError::Sqlite(error) => {
                // SQLite's own words can quote values, so only its code is kept.
                tracing::error!(code = ?error.sqlite_error_code(), "the database refused");
                Self::internal("the database refused")
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::disk_full()
            }
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::read_only()
            }
            std::io::ErrorKind::NotADirectory | std::io::ErrorKind::InvalidData => Self::new(
                FailureCode::Damaged,
                "Something else, such as a link, stands in the place of one of Carrel's files. `carrel doctor` names it; put the right one back.",
            ),
            kind => {
                tracing::error!(?kind, "a file could not be used");
                Self::internal("a file could not be used")
            }
        }
    }
}

impl From<LocalModelError> for Failure {
    fn from(error: LocalModelError) -> Self {
        let message = error.to_string();
        match error {
            LocalModelError::WeightsMissing { .. } | LocalModelError::FileMissing { .. } => {
                Self::new(FailureCode::WeightsMissing, message)
            }
            LocalModelError::NotAModel { .. }
            | LocalModelError::Unreadable { .. }
            | LocalModelError::Damaged { .. } => Self::new(FailureCode::Damaged, message),
            LocalModelError::Unsupported(_) | LocalModelError::UnknownKind { .. } => {
                Self::new(FailureCode::Unsupported, message)
            }
            LocalModelError::Failed(_) => Self::new(FailureCode::Provider, message),
        }
    }
}

impl Failure {
    fn newer() -> Self {
        Self::new(
            FailureCode::Newer,
            "These files were written by a newer Carrel. Update Carrel; nothing was changed.",
        )
    }

    fn disk_full() -> Self {
        Self::new(
            FailureCode::DiskFull,
            "The disk is full. Free some space and try again; what was stored before is safe.",
        )
    }

    fn read_only() -> Self {
        Self::new(
            FailureCode::ReadOnly,
            "Carrel's data folder cannot be written. Give this user the right to write there.",
        )
    }
}
