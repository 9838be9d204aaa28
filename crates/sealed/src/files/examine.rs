//! Looking at a folder without changing it: what is not private or not ours.

use rustix::fs::{AtFlags, CWD, FileType};
use std::path::{Path, PathBuf};

use super::LOOSE;

/// Something below the folder that should not be as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What was looked at.
    pub path: PathBuf,
    /// What is wrong with it and what to do, for people.
    pub sentence: String,
}

/// Everything below `folder` that others can reach, that belongs to someone
/// else, or that is neither a file nor a directory.
#[must_use]
pub fn examine(folder: &Path) -> Vec<Trouble> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(path) = left.pop() {
        match look(&path) {
            Ok(None) => {}
            Ok(Some(sentence)) => {
                found.push(Trouble { path, sentence: sentence.to_owned() });
                continue;
            }
            Err(error) => {
                found.push(Trouble { path, sentence: format!("Cannot be looked at: {error}.") });
                continue;
            }
        }
        if path.is_dir() {
            match std::fs::read_dir(&path) {
                Ok(entries) => left.extend(entries.flatten().map(|entry| entry.path())),
                Err(error) => {
                    found.push(Trouble { path, sentence: format!("Cannot be listed: {error}.") })
                }
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn look(path: &Path) -> Result<Option<&'static str>, rustix::io::Errno> {
    let state = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = FileType::from_raw_mode(state.st_mode);
    Ok(match kind {
        FileType::Symlink => Some("Is a link. Remove it; Carrel follows none."),
        FileType::RegularFile | FileType::Directory
            if state.st_uid != rustix::process::geteuid().as_raw() =>
        {
            Some("Belongs to another user. Remove it, or make it yours.")
        }
        FileType::RegularFile | FileType::Directory if state.st_mode & LOOSE != 0 => {
            Some("Others on this computer can reach it. Take their rights away (chmod go=).")
        }
        FileType::RegularFile | FileType::Directory => None,
        _ => Some("Is neither a file nor a folder. Remove it."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn loose_files_and_planted_links_are_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        std::fs::set_permissions(at, PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::write(at.join("loose"), "x").unwrap();
        std::fs::set_permissions(at.join("loose"), PermissionsExt::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", at.join("planted")).unwrap();
        let names: Vec<_> = examine(at).into_iter().map(|trouble| trouble.path).collect();
        assert_eq!(names, [at.join("loose"), at.join("planted")], "both, and nothing else");
        let mode = std::fs::metadata(at.join("loose")).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o644, "an examination changes nothing");
    }
}
