//! Looking at a folder without changing it: what is not private or not ours.

use rustix::fs::{AtFlags, CWD, FileType};
use rustix::io::Errno;
use std::io::ErrorKind;
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
///
/// What disappears while it is looked at is no trouble: a Carrel that runs
/// takes its half-made backups away.
#[must_use]
pub fn examine(folder: &Path) -> Vec<Trouble> {
    let mut found = match std::fs::read_dir(folder) {
        Ok(_) => look_through(vec![folder.to_path_buf()]),
        Err(error) => vec![not_listed(folder, &error)],
    };
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn look_through(mut listed: Vec<PathBuf>) -> Vec<Trouble> {
    let mut found = Vec::new();
    while let Some(path) = listed.pop() {
        match look(&path) {
            Ok(Looked::Well(FileType::Directory)) => match std::fs::read_dir(&path) {
                Ok(entries) => listed.extend(entries.flatten().map(|entry| entry.path())),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => found.push(not_listed(&path, &error)),
            },
            Ok(Looked::Well(_)) | Err(Errno::NOENT) => {}
            Ok(Looked::Ill(sentence)) => {
                found.push(Trouble { path, sentence: sentence.to_owned() });
            }
            Err(error) => {
                found.push(Trouble { path, sentence: format!("Cannot be looked at: {error}.") });
            }
        }
    }
    found
}

fn not_listed(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble { path: path.to_path_buf(), sentence: format!("Cannot be listed: {error}.") }
}

enum Looked {
    Well(FileType),
    Ill(&'static str),
}

fn look(path: &Path) -> Result<Looked, Errno> {
    let state = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = FileType::from_raw_mode(state.st_mode);
    Ok(match kind {
        FileType::Symlink => Looked::Ill("Is a link. Remove it; Carrel follows none."),
        FileType::RegularFile | FileType::Directory
            if state.st_uid != rustix::process::geteuid().as_raw() =>
        {
            Looked::Ill("Belongs to another user. Remove it, or make it yours.")
        }
        FileType::RegularFile | FileType::Directory if state.st_mode & LOOSE != 0 => {
            Looked::Ill("Others on this computer can reach it. Take their rights away (chmod go=).")
        }
        FileType::RegularFile | FileType::Directory => Looked::Well(kind),
        _ => Looked::Ill("Is neither a file nor a folder. Remove it."),
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

    #[test]
    fn what_disappears_while_it_is_looked_at_is_no_trouble() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look_through(vec![folder.path().join("listed, then gone")]), []);
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        assert_eq!(examine(&missing).len(), 1);
    }
}
