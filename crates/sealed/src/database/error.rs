//! What can go wrong with a database, in the terms callers act on.

use rusqlite::ffi::{self, ErrorCode};
use std::io;

/// Why a database did not open or an operation on it failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Another key made this file.
    #[error("the key does not open this database")]
    WrongKey,
    /// The file is not encrypted. Carrel never writes such a file.
    #[error("the database is not encrypted and is therefore refused")]
    Plaintext,
    /// Pages, trees or the commit counter are not as they were written.
    #[error("the database is damaged; restore it from a backup")]
    Damaged,
    /// A newer Carrel wrote it; it was not touched.
    #[error("version {found} of the database is newer than {known}, the newest known here")]
    Newer {
        /// Its version.
        found: u32,
        /// The version this program brings it to.
        known: u32,
    },
    /// It has fewer commits than it is known to have had; it was not touched.
    #[error("the database is older than it was ({found} commits of {anchor})")]
    RolledBack {
        /// Its commit counter.
        found: u64,
        /// The counter remembered elsewhere.
        anchor: u64,
    },
    /// The key fits, but it is another kind of database.
    #[error("this is another kind of database")]
    Foreign,
    /// No space is left on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The file, the disk or the transaction may not be written.
    #[error("the database cannot be written")]
    ReadOnly,
    /// The disk did not do what was asked of it: taken away, failing, or read-only since.
    #[error("the disk fails")]
    DiskFails,
    /// Someone else holds it.
    #[error("the database is in use")]
    Busy,
    /// Somebody waits for it, so the copy was given up.
    #[error("the copy of the database was given up, because somebody waits for it")]
    GaveWay,
    /// There is no such file.
    #[error("there is no such database")]
    Missing,
    /// It was closed meanwhile.
    #[error("the database was closed")]
    Closed,
    /// Anything else SQLite says.
    #[error("the database refused: {0}")]
    Sqlite(rusqlite::Error),
    /// The file system refused.
    #[error("the database file cannot be used: {0}")]
    Io(io::Error),
}

impl DatabaseError {
    /// True where the file itself is at fault, so that another file in its place would help;
    /// false for a full disk, a newer version and whatever else passes or is better kept.
    #[must_use]
    pub fn means_damage(&self) -> bool {
        match self {
            Self::WrongKey | Self::Plaintext | Self::Damaged | Self::Foreign | Self::Missing => {
                true
            }
            // A link, a pipe or a device stands in its place.
            Self::Io(error) => error.kind() == io::ErrorKind::InvalidData,
            Self::Newer { .. }
            | Self::RolledBack { .. }
            | Self::DiskFull
            | Self::DiskFails
            | Self::ReadOnly
            | Self::Busy
            | Self::GaveWay
            | Self::Closed
            | Self::Sqlite(_) => false,
        }
    }

    /// The same error for another waiting caller.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::WrongKey => Self::WrongKey,
            Self::Plaintext => Self::Plaintext,
            Self::Damaged => Self::Damaged,
            Self::Newer { found, known } => Self::Newer { found: *found, known: *known },
            Self::RolledBack { found, anchor } => {
                Self::RolledBack { found: *found, anchor: *anchor }
            }
            Self::Foreign => Self::Foreign,
            Self::DiskFull => Self::DiskFull,
            Self::ReadOnly => Self::ReadOnly,
            Self::DiskFails => Self::DiskFails,
            Self::Busy => Self::Busy,
            Self::GaveWay => Self::GaveWay,
            Self::Missing => Self::Missing,
            Self::Closed => Self::Closed,
            Self::Sqlite(error) => Self::Sqlite(rusqlite::Error::SqliteFailure(
                error.sqlite_error().copied().unwrap_or(ffi::Error::new(ffi::SQLITE_ERROR)),
                Some(error.to_string()),
            )),
            Self::Io(error) => Self::Io(io::Error::new(error.kind(), error.to_string())),
        }
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error() else {
            return Self::Sqlite(error);
        };
        let named = match (code.code, code.extended_code) {
            (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Self::DiskFull,
            // The file itself was opened before: what cannot be opened is the log beside it,
            // because nothing new may be made there.
            (ErrorCode::ReadOnly, _) | (_, ffi::SQLITE_CANTOPEN) => Self::ReadOnly,
            (ErrorCode::SystemIoFailure, _) => Self::DiskFails,
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy,
            (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => Self::Damaged,
            _ => return Self::Sqlite(error),
        };
        // SQLCipher's own log is switched off (it knows only stderr and files): this is
        // where its findings reach ours. SQLite's messages name tables, never values.
        tracing::warn!(target: "sealed::database", code = code.extended_code, "{error}");
        named
    }
}

impl From<io::Error> for DatabaseError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(error: &DatabaseError) -> String {
        let shown = format!("{error:?}");
        shown.split('(').next().unwrap().to_owned()
    }

    fn named(code: std::ffi::c_int) -> String {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into();
        assert_eq!(name(&error), name(&error.again()), "a copy has the same name");
        name(&error)
    }

    #[test]
    fn only_a_file_at_fault_may_be_replaced() {
        let link = DatabaseError::Io(io::ErrorKind::InvalidData.into());
        for at_fault in [DatabaseError::Damaged, DatabaseError::Missing, link] {
            assert!(at_fault.means_damage(), "{at_fault:?}");
        }
        let denied = DatabaseError::Io(io::ErrorKind::PermissionDenied.into());
        let newer = DatabaseError::Newer { found: 9, known: 2 };
        for passing in [DatabaseError::DiskFull, DatabaseError::Busy, newer, denied] {
            assert!(!passing.means_damage(), "{passing:?}: the file may be whole");
        }
    }

    #[test]
    fn what_callers_branch_on_has_a_name_of_its_own() {
        assert_eq!(named(ffi::SQLITE_FULL), "DiskFull", "no space");
        assert_eq!(named(ffi::SQLITE_IOERR_SHMSIZE), "DiskFull", "no space for the log's index");
        assert_eq!(named(ffi::SQLITE_READONLY_DIRECTORY), "ReadOnly", "a folder without writing");
        assert_eq!(named(ffi::SQLITE_CANTOPEN), "ReadOnly", "a log that cannot be made");
        assert_eq!(named(ffi::SQLITE_IOERR_WRITE), "DiskFails", "a disk that went away");
        assert_eq!(named(ffi::SQLITE_BUSY_SNAPSHOT), "Busy", "someone else writes");
        assert_eq!(named(ffi::SQLITE_LOCKED), "Busy", "someone else reads");
        assert_eq!(named(ffi::SQLITE_CORRUPT_INDEX), "Damaged", "a broken tree");
        assert_eq!(named(ffi::SQLITE_NOTADB), "Damaged", "a broken page");
        let from =
            |kind: io::ErrorKind| format!("{:?}", DatabaseError::from(io::Error::from(kind)));
        assert_eq!(from(io::ErrorKind::StorageFull), "DiskFull", "no space for a backup");
        assert_eq!(from(io::ErrorKind::NotFound), "Missing", "no file");
    }
}
