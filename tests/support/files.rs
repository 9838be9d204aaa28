//! A data folder as it lies on the disk at this moment: copied, or remembered.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Mode, time of the last change in nanoseconds, and content; a folder has none.
pub type State = (u32, i128, Vec<u8>);

/// The state of `at` and of everything below it; empty where it is not there.
pub fn sight(at: &Path) -> BTreeMap<PathBuf, State> {
    let mut seen = BTreeMap::new();
    let mut left = vec![at.to_path_buf()];
    while let Some(path) = left.pop() {
        let Ok(meta) = path.symlink_metadata() else { continue };
        let content = if meta.is_dir() {
            let entries = std::fs::read_dir(&path).expect("the folder can be read");
            left.extend(entries.map(|entry| entry.expect("an entry").path()));
            Vec::new()
        } else {
            std::fs::read(&path).expect("the file can be read")
        };
        let changed = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        seen.insert(path, (meta.mode(), changed, content));
    }
    seen
}

/// Copies everything below `from`, with its rights, into the existing folder `to`.
pub fn copy_tree(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder can be read").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            std::fs::create_dir_all(&target).expect("a folder can be made");
            copy_tree(&entry.path(), &target);
            let state = entry.metadata().expect("it is there");
            std::fs::set_permissions(&target, state.permissions()).expect("a test's own folder");
        } else {
            std::fs::copy(entry.path(), &target).expect("a file can be copied");
        }
    }
}
