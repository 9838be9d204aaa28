//! What the engine asks of the shell around it.
//!
//! The desktop shell answers with real windows; the command line and the
//! tests answer with nothing or with a record of what was asked.

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
}

/// Saves a file in `folder` without touching any that is there: a taken name gets a number.
/// Only the person's own account can read it.
///
/// # Errors
/// Where it cannot be written.
pub fn save_beside(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = (2..MOST_OF_ONE_NAME).map(|number| format!("{stem} ({number}).{end}"));
    for name in std::iter::once(name.to_owned()).chain(numbered) {
        let path = folder.join(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => {
                let written = std::io::Write::write_all(&mut file, content);
                if written.is_err() {
                    // Half a table under a good name would pass for a whole one.
                    let _ = std::fs::remove_file(&path);
                }
                return written.map(|()| path);
            }
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
}
