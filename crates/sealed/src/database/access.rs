//! The ways to open a file: one to work with it, three to look and leave it as it is.
//!
//! SQLite makes a log beside a database that it only reads, and touches the
//! log's index. Which way leaves everything alone depends on who else is there.

use rusqlite::OpenFlags;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// To work with it.
    Work,
    /// To look, while nobody else has it: there is no log, and none is made.
    WithoutLog,
    /// To look, while nobody else has it, with the log that a crash left: its index is kept
    /// in memory, and the log stays.
    WithLog,
    /// To look, while others work with it.
    Beside,
}

impl Access {
    pub(super) fn flags(self) -> OpenFlags {
        let how = match self {
            // Only who could write gets the lock that keeps others away.
            Self::Work | Self::WithLog => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Self::WithoutLog | Self::Beside => {
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI
            }
        };
        how | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_EXRESCODE
    }

    /// How long to wait for others.
    pub(super) fn patience(self) -> Duration {
        match self {
            Self::Work | Self::Beside => Duration::from_secs(5),
            Self::WithoutLog | Self::WithLog => Duration::ZERO,
        }
    }

    /// What SQLite is to open.
    pub(super) fn target(self, path: &Path) -> PathBuf {
        match self {
            Self::Work | Self::WithLog => path.to_owned(),
            Self::WithoutLog => uri(path, "immutable=1"),
            Self::Beside => uri(path, "readonly_shm=1"),
        }
    }
}

/// `path` as SQLite's notation for files with settings; every byte that means something in it
/// is written as a number.
fn uri(path: &Path, setting: &str) -> PathBuf {
    let mut text = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => text.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(*byte)),
            byte => text.push_str(&format!("%{byte:02x}")),
        }
    }
    PathBuf::from(format!("{text}?{setting}"))
}
