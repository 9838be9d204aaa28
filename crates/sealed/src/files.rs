//! Small files and directories that only their owner may see.
//!
//! Everything is opened without following links and without waiting on a
//! FIFO, must belong to this user, and is narrowed to 0600 or 0700 if it was
//! looser; who only looks leaves the mode as it is. A write is whole or did
//! not happen: temporary file, fsync, rename, fsync of the directory. Whatever
//! changes a file goes through the standard library, where the hostile tests
//! count, refuse and interrupt it.

mod aside;
mod examine;
mod lock;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub use aside::{is_set_aside, set_aside};
pub use examine::{Trouble, examine};
pub use lock::{FileLock, Held, lock, lock_if_there};

use crate::random::random_bytes;

const SAFELY: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);
const LOOSE: u32 = 0o077;

/// Makes sure that `path` is a directory of ours with mode 0700; creates it and its parents.
///
/// # Errors
/// When it is a link, no directory, someone else's, or cannot be created or narrowed.
pub fn ensure_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => sync_parent(path)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            ensure_dir(parent(path)?)?;
            return ensure_dir(path);
        }
        Err(error) => return Err(error),
    }
    own_dir(path)
}

/// Makes sure that `path`, which must be there, is a directory of ours with mode 0700.
///
/// # Errors
/// `NotFound`; `NotADirectory` for a link or anything else; `PermissionDenied` for someone
/// else's.
pub fn own_dir(path: &Path) -> io::Result<()> {
    let directory = open_dir(path)?;
    let state = rustix::fs::fstat(&directory)?;
    refuse_foreign(&state, path)?;
    if state.st_mode & LOOSE != 0 || state.st_mode & 0o700 != 0o700 {
        rustix::fs::fchmod(&directory, Mode::RWXU)?;
    }
    Ok(())
}

/// Writes `bytes` to `path`, whole or not at all, with mode 0600.
///
/// # Errors
/// When the directory or the file cannot be written; the previous content then still stands.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = write_beside(path, bytes)?;
    std::fs::rename(&fresh, path).inspect_err(|_| drop(std::fs::remove_file(&fresh)))?;
    sync_parent(path)
}

/// Writes `bytes` to a temporary file next to `path`, durable, and returns its name.
fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let fresh = beside(path, &format!("{:08x}.new", u32::from_be_bytes(random_bytes())))?;
    let mut file = create_new(&fresh)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(std::fs::remove_file(&fresh)))?;
    Ok(fresh)
}

/// [`read_small`] or [`look_small`].
pub type ReadSmall = fn(&Path, usize) -> io::Result<Vec<u8>>;

/// The content of a small file of ours, at most `max` bytes.
///
/// # Errors
/// `NotFound`; `PermissionDenied` for other people's files; `InvalidData` for links, FIFOs,
/// devices, directories and files longer than `max`.
pub fn read_small(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    content(open_own(path, OFlags::RDONLY)?, path, max)
}

/// As [`read_small`], and leaves the file's mode as it is.
///
/// # Errors
/// As [`read_small`].
pub fn look_small(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    content(open_as_is(path, OFlags::RDONLY)?, path, max)
}

fn content(file: File, path: &Path, max: usize) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > max {
        return Err(refuse(io::ErrorKind::InvalidData, path, "is longer than it can be"));
    }
    Ok(bytes)
}

/// A small file of ours, opened so that what is written goes to its end.
///
/// # Errors
/// As [`read_small`].
pub fn open_to_append(path: &Path) -> io::Result<File> {
    open_own(path, OFlags::WRONLY | OFlags::APPEND)
}

/// Removes a directory and everything in it, without following links. Nothing there is fine.
///
/// # Errors
/// When something in it cannot be removed.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Ok(()) => sync_parent(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Overwrites a file with random bytes, then removes it. Nothing there is fine.
///
/// On flash and on copying file systems old blocks may outlive this: what counts is
/// that the keys are elsewhere or gone.
///
/// # Errors
/// When the file cannot be overwritten or removed.
pub fn shred(path: &Path) -> io::Result<()> {
    match open_own(path, OFlags::WRONLY) {
        Ok(mut file) => {
            let mut left = file.metadata()?.len();
            while left > 0 {
                let block = random_bytes::<512>();
                let length = left.min(512);
                file.write_all(block.get(..usize::try_from(length).unwrap_or(0)).unwrap_or(&[]))?;
                left -= length;
            }
            file.sync_all()?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // A link or FIFO in its place has nothing of ours to overwrite.
        Err(_) => {}
    }
    std::fs::remove_file(path)?;
    sync_parent(path)
}

/// Opens an existing regular file of ours and narrows its mode to 0600.
pub(crate) fn open_own(path: &Path, access: OFlags) -> io::Result<File> {
    let file = open_as_is(path, access)?;
    if rustix::fs::fstat(&file)?.st_mode & LOOSE != 0 {
        rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
    }
    Ok(file)
}

/// Opens an existing regular file of ours, whatever its mode.
pub(crate) fn open_as_is(path: &Path, access: OFlags) -> io::Result<File> {
    let file = match rustix::fs::open(path, access | SAFELY, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => {
            return Err(refuse(io::ErrorKind::InvalidData, path, "is a link"));
        }
        // A FIFO without a reader, opened for writing; a device that is not there.
        Err(rustix::io::Errno::NXIO) => {
            return Err(refuse(io::ErrorKind::InvalidData, path, "is no regular file"));
        }
        Err(error) => return Err(error.into()),
    };
    let state = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(state.st_mode) != FileType::RegularFile {
        return Err(refuse(io::ErrorKind::InvalidData, path, "is no regular file"));
    }
    refuse_foreign(&state, path)?;
    Ok(file)
}

/// The length in bytes of an existing regular file of ours, without opening it.
pub(crate) fn look(path: &Path) -> io::Result<u64> {
    Ok(u64::try_from(state_of(path)?.st_size).unwrap_or(0))
}

/// As [`look`], and narrows the file's mode to 0600.
pub(crate) fn narrow(path: &Path) -> io::Result<u64> {
    if state_of(path)?.st_mode & LOOSE != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    look(path)
}

fn state_of(path: &Path) -> io::Result<Stat> {
    let state = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
    match FileType::from_raw_mode(state.st_mode) {
        FileType::RegularFile => {}
        FileType::Symlink => return Err(refuse(io::ErrorKind::InvalidData, path, "is a link")),
        _ => return Err(refuse(io::ErrorKind::InvalidData, path, "is no regular file")),
    }
    refuse_foreign(&state, path)?;
    Ok(state)
}

/// Creates a file that must not exist yet, with mode 0600 whatever the umask.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR)?;
    Ok(file)
}

/// Makes the names in `path`'s directory durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    File::from(open_dir(parent(path)?)?).sync_all()
}

/// `path` with `suffix` added to its file name after a dot.
pub(crate) fn beside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".");
    name.push(suffix);
    Ok(path.with_file_name(name))
}

pub(crate) fn parent(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn open_dir(path: &Path) -> io::Result<std::os::fd::OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | SAFELY;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(directory) => Ok(directory),
        Err(rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => {
            Err(refuse(io::ErrorKind::NotADirectory, path, "is no directory"))
        }
        Err(error) => Err(error.into()),
    }
}

fn refuse_foreign(state: &Stat, path: &Path) -> io::Result<()> {
    if state.st_uid == rustix::process::geteuid().as_raw() {
        Ok(())
    } else {
        Err(refuse(io::ErrorKind::PermissionDenied, path, "belongs to someone else"))
    }
}

/// An error that names the file but not where it lies: messages may reach a screen or a log.
fn refuse(kind: io::ErrorKind, path: &Path, what: &str) -> io::Error {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    io::Error::new(kind, format!("{name} {what}"))
}
