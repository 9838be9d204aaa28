//! One process at a time: an advisory lock on a file.
//!
//! Held as long as the value lives, gone with the process however it ends.

use rustix::fs::{FlockOperation, OFlags};
use std::fs::File;
use std::io;
use std::path::Path;

use super::{create_new, open_as_is, open_own};

/// The lock; dropping it lets the next one in.
#[derive(Debug)]
pub struct FileLock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Why the lock was not given.
#[derive(Debug, thiserror::Error)]
pub enum Held {
    /// Someone has it: another process, or another place in this one.
    #[error("already open elsewhere on this computer")]
    Elsewhere,
    /// The lock file cannot be made or opened.
    #[error("the lock file cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// Takes the lock at `path` without waiting; creates the file if need be.
///
/// # Errors
/// [`Held`].
pub fn lock(path: &Path) -> Result<FileLock, Held> {
    let file = match create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_own(path, OFlags::RDWR)?,
        Err(error) => return Err(error.into()),
    };
    take(file)
}

/// As [`lock`], and makes no file: without one nobody has the lock, and nothing is held.
///
/// # Errors
/// [`Held`].
pub fn lock_if_there(path: &Path) -> Result<Option<FileLock>, Held> {
    match open_as_is(path, OFlags::RDONLY) {
        Ok(file) => take(file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn take(file: File) -> Result<FileLock, Held> {
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(FileLock(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Held::Elsewhere),
        Err(error) => Err(Held::Io(error.into())),
    }
}
