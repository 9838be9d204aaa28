//! What the engine asks of the shell around it.
//!
//! The desktop shell answers with real windows; the command line and the
//! tests answer with nothing or with a record of what was asked.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::api::Failure;
use crate::{App, WindowLabel};

/// A shell around the engine.
pub trait Host: Send + Sync {
    /// A desk was locked: destroy these windows, whatever they show, and see
    /// to it that a chooser is open afterwards.
    fn close_windows(&self, windows: &[WindowLabel]);

    /// A label that was never used before; none where there are no windows.
    /// The engine binds it to a desk before the window exists, so that the
    /// window cannot ask anything before it is known whose it is.
    fn next_window(&self) -> Option<WindowLabel>;

    /// Open the window of a label from `next_window`.
    ///
    /// # Errors
    /// Where the window system refuses.
    fn open_window(&self, label: &WindowLabel) -> std::io::Result<()>;

    /// Open a checked http, https or mailto address outside of Carrel.
    ///
    /// # Errors
    /// Where the system has nothing to open it with.
    fn open_link(&self, url: &str) -> std::io::Result<()>;

    /// Save a file where the person finds it, under this name or one beside it; says where.
    ///
    /// # Errors
    /// Where it cannot be written, or there is no such place.
    fn save_file(&self, name: &str, content: &[u8]) -> std::io::Result<PathBuf>;

    /// Begin such a file, for what is too large to be held at once.
    ///
    /// # Errors
    /// Where it cannot be written, or there is no such place.
    fn begin_file(&self, name: &str) -> std::io::Result<Box<dyn NewFile>>;
}

/// A file that is being written for the person. Dropped before it is kept, it is gone.
pub trait NewFile: Send {
    /// Write what comes next.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()>;

    /// All of it is written: let it have its name, or one beside it; says where.
    ///
    /// # Errors
    /// Where it cannot be kept; then it is gone.
    fn keep(self: Box<Self>) -> std::io::Result<PathBuf>;
}

/// Saves a file in `folder` without touching any that is there: a taken name gets a number.
/// Only the person's own account can read it.
///
/// # Errors
/// Where it cannot be written.
pub fn save_beside(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
    let (mut file, path) = create_beside(folder, name)?;
    let written = file.write_all(content);
    if written.is_err() {
        // Half a table under a good name would pass for a whole one.
        let _ = std::fs::remove_file(&path);
    }
    written.map(|()| path)
}

/// Begins a file that is to have this name in `folder`, or one beside it. Until it is kept, it
/// is called `.part`, so that half of it passes for nothing.
///
/// # Errors
/// Where it cannot be written.
pub fn begin_beside(folder: &Path, name: &str) -> std::io::Result<Box<dyn NewFile>> {
    let (file, path) = create_beside(folder, &format!("{name}.part"))?;
    let (folder, name) = (folder.to_owned(), name.to_owned());
    Ok(Box::new(Unfinished { file, path, folder, name }))
}

struct Unfinished {
    file: File,
    path: PathBuf,
    folder: PathBuf,
    name: String,
}

impl NewFile for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)
    }

    fn keep(mut self: Box<Self>) -> std::io::Result<PathBuf> {
        // A disk may say only now that it is full.
        self.file.sync_all()?;
        // The name is taken first, so that nobody else's file is replaced.
        let (_, path) = create_beside(&self.folder, &self.name)?;
        let named = std::fs::rename(&self.path, &path);
        match named {
            Ok(()) => self.path = PathBuf::new(),
            Err(_) => drop(std::fs::remove_file(&path)),
        }
        named.map(|()| path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Of one that was kept, nothing is left to remove.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A new file, and where it is.
fn create_beside(folder: &Path, name: &str) -> std::io::Result<(File, PathBuf)> {
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = (2..MOST_OF_ONE_NAME).map(|number| format!("{stem} ({number}).{end}"));
    for name in std::iter::once(name.to_owned()).chain(numbered) {
        let path = folder.join(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists))
}

impl App {
    /// Saves a file for the person, and says where it is.
    pub(crate) fn save_file(&self, name: &str, content: &[u8]) -> Result<String, Failure> {
        let path = self.host.save_file(name, content).map_err(|error| {
            let why = "The file could not be saved in your folder of downloads.";
            Failure::invalid(format!("{why} {error}"))
        })?;
        Ok(path.display().to_string())
    }
}

const MOST_OF_ONE_NAME: u32 = 1_000;

/// A shell without windows.
#[derive(Debug, Default)]
pub struct NoWindows;

impl Host for NoWindows {
    fn close_windows(&self, _windows: &[WindowLabel]) {}

    fn next_window(&self) -> Option<WindowLabel> {
        None
    }

    fn open_window(&self, _label: &WindowLabel) -> std::io::Result<()> {
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }

    fn open_link(&self, _url: &str) -> std::io::Result<()> {
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }

    fn save_file(&self, _name: &str, _content: &[u8]) -> std::io::Result<PathBuf> {
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }

    fn begin_file(&self, _name: &str) -> std::io::Result<Box<dyn NewFile>> {
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_never_takes_anothers_place() {
        let folder = tempfile::tempdir().unwrap();
        let save =
            |content: &str| save_beside(folder.path(), "use.csv", content.as_bytes()).unwrap();
        let (first, second) = (save("first"), save("second"));
        assert_eq!(first.file_name().unwrap(), "use.csv");
        assert_eq!(second.file_name().unwrap(), "use (2).csv");
        assert_eq!(std::fs::read_to_string(first).unwrap(), "first", "it is as it was");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(second).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "for its owner alone");
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn half_a_file_has_no_good_name_and_is_gone_where_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = begin_beside(folder.path(), "record.tar").unwrap();
        first.write(b"half").unwrap();
        assert_eq!(names(folder.path()), ["record.tar.part"], "not yet what it will be");
        drop(first);
        assert_eq!(names(folder.path()), [""; 0], "nothing is left");
    }

    #[test]
    fn a_file_that_is_kept_is_whole_and_takes_nobodys_place() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("record.tar"), "another's").unwrap();
        let mut file = begin_beside(folder.path(), "record.tar").unwrap();
        file.write(b"one ").unwrap();
        file.write(b"two").unwrap();
        let path = file.keep().unwrap();
        assert_eq!(path.file_name().unwrap(), "record (2).tar", "beside it");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "one two", "all of it");
        assert_eq!(names(folder.path()), ["record (2).tar", "record.tar"], "and nothing else");
    }
}
