//! Removing an erased desk from the disk, also when that is interrupted.
//!
//! First a mark, then the keys, then the rest. A start of the application that
//! finds the mark goes on where the last one stopped; without a mark nothing
//! is removed, because a missing keyring may be put back by its owner.

use std::io;
use std::path::Path;

use sealed::{Keyring, files};

const MARK: &str = "erased";

/// Destroys the keys of the profile in `dir`: from here on nobody reads its files. Blocks.
///
/// # Errors
/// When the mark or the keyring cannot be written.
pub(crate) fn destroy_keys(dir: &Path) -> io::Result<()> {
    files::write_atomic(&dir.join(MARK), b"")?;
    Keyring::destroy(dir)
}

/// Removes the files of an erased profile. Blocks.
///
/// # Errors
/// When something cannot be removed; the next start tries again.
pub(crate) fn remove_files(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() == MARK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files::remove_tree(&entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    // The mark last: until then a start goes on from here.
    files::remove_tree(dir)
}

/// Finishes erasures that were interrupted, below the folder of all profiles. Blocks.
pub(crate) fn resume(profiles: &Path) {
    let Ok(entries) = std::fs::read_dir(profiles) else { return };
    for dir in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if dir.join(MARK).symlink_metadata().is_err() {
            continue;
        }
        if let Err(error) = Keyring::destroy(&dir).and_then(|()| remove_files(&dir)) {
            tracing::error!(%error, "an erased desk could not be removed yet");
        }
    }
}
