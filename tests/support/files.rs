//! Copying a data folder as it lies on the disk at this moment.

use std::path::Path;

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
