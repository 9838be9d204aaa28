//! Moving a damaged database out of the way, never over anything.
//!
//! It keeps its place and gets a name that says so, its log with it. Whether
//! something better takes its place is the caller's business.

use std::io;
use std::path::{Path, PathBuf};

use super::sync_parent;

/// In the names of files that were set aside.
const MARK: &str = ".damaged-";

/// True for the name of a file that was set aside.
#[must_use]
pub fn is_set_aside(name: &str) -> bool {
    name.contains(MARK)
}

/// Renames the file at `path` and its log, if they are there.
///
/// # Errors
/// When something cannot be renamed. May be repeated, also after a crash.
pub fn set_aside(path: &Path) -> io::Result<()> {
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let mut number = 1;
    while with(&format!("{MARK}{number}")).symlink_metadata().is_ok() {
        number += 1;
    }
    // The file itself goes last: as long as it is there, this is repeated after a crash.
    for companion in ["-wal", "-shm", "-journal", ""] {
        let from = with(companion);
        if from.symlink_metadata().is_ok() {
            std::fs::rename(&from, with(&format!("{MARK}{number}{companion}")))?;
        }
    }
    sync_parent(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_twice_is_kept_twice() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("1.db");
        for content in ["first", "second"] {
            std::fs::write(&path, content).unwrap();
            std::fs::write(dir.path().join("1.db-wal"), content).unwrap();
            set_aside(&path).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("1.db.damaged-1"), "first", "nothing is overwritten");
        assert_eq!(read("1.db.damaged-2"), "second", "each has a name of its own");
        assert_eq!(read("1.db.damaged-2-wal"), "second", "and its log beside it");
        assert!(!path.exists(), "the place is free");
        assert!(is_set_aside("1.db.damaged-2-wal") && !is_set_aside("1.db-wal"), "by its name");
    }
}
