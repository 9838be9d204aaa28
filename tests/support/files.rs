//! A data folder as it lies on the disk at this moment: copied, or remembered.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Mode, time of the last change in nanoseconds, and content; a folder has none.
pub type State = (u32, i128, Vec<u8>);

/// The bits of a mode that say what a name stands for, and what they are for a folder.
const FILE_KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;

/// The state of `at` and of everything below it; empty where it is not there.
pub fn sight(at: &Path) -> BTreeMap<PathBuf, State> {
    seen(at).expect("the folder and its files can be read")
}

fn seen(at: &Path) -> std::io::Result<BTreeMap<PathBuf, State>> {
    let mut seen = BTreeMap::new();
    let mut left = vec![at.to_path_buf()];
    while let Some(path) = left.pop() {
        let Ok(meta) = path.symlink_metadata() else { continue };
        let content = if meta.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                left.push(entry?.path());
            }
            Vec::new()
        } else {
            std::fs::read(&path)?
        };
        let changed = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        seen.insert(path, (meta.mode(), changed, content));
    }
    Ok(seen)
}

/// The state of a folder at one moment, though an application may be writing to it.
///
/// Two looks that agree make a moment; a file that goes between being listed
/// and being read (one that takes another's place is first written beside it)
/// is a reason to look again.
fn moment(at: &Path) -> BTreeMap<PathBuf, State> {
    let look = || match seen(at) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        looked => Some(looked.expect("the folder and its files can be read")),
    };
    let mut before = look();
    loop {
        let after = look();
        match after {
            Some(after) if before.as_ref() == Some(&after) => return after,
            after => before = after,
        }
    }
}

/// Copies everything below `from`, with its rights, into the existing folder `to`.
pub fn copy_tree(from: &Path, to: &Path) {
    let moment = moment(from);
    // A folder comes before what is in it, and gets its rights after.
    for (path, (mode, _, content)) in &moment {
        let target = to.join(path.strip_prefix(from).expect("below it"));
        if mode & FILE_KIND == FOLDER {
            std::fs::create_dir_all(&target).expect("a folder can be made");
        } else {
            std::fs::write(&target, content).expect("a file can be copied");
        }
    }
    for (path, (mode, ..)) in moment.iter().skip(1) {
        let target = to.join(path.strip_prefix(from).expect("below it"));
        let rights = std::fs::Permissions::from_mode(mode & 0o7777);
        std::fs::set_permissions(target, rights).expect("a test's own folder");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_written_to_is_copied_as_it_was_at_one_moment() {
        let (from, to) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("one"));
        let below = from.path().join("a");
        std::fs::create_dir(&below).expect("a folder can be made");
        let written = std::thread::spawn(move || {
            // The left one is first, so it is never more than one ahead and never behind.
            for round in 0..5_000 {
                for name in ["left", "right"] {
                    let beside = below.join("beside");
                    std::fs::write(&beside, round.to_string()).expect("ours");
                    std::fs::rename(&beside, below.join(name)).expect("ours");
                }
            }
        });
        let read = |name: &str| {
            let text = std::fs::read_to_string(to.path().join("a").join(name)).unwrap_or_default();
            text.parse().unwrap_or(0)
        };
        while !written.is_finished() {
            copy_tree(from.path(), to.path());
            let (left, right): (i32, i32) = (read("left"), read("right"));
            assert!(left == right || left == right + 1, "{left} and {right} never stood together");
        }
        written.join().expect("it only writes");
    }
}
