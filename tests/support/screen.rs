//! A virtual display whose screen is looked at without asking anyone.
//!
//! Xvfb keeps its screen in a file (`-fbdir`), in the format of xwd, so that
//! looking costs the window nothing but the reading of a file.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Pixels of four bytes.
const SCREEN: &str = "1280x800x24";
const PIXELS: usize = 1_280 * 800;
/// A caret that blinks is smaller than this, a changed word is larger.
const BLINKING: usize = 120;

/// A running Xvfb; ends when dropped.
pub struct Screen {
    server: Child,
    folder: TempDir,
    /// Its name, for `DISPLAY`.
    pub display: String,
}

impl Screen {
    /// Starts a display that nobody else uses.
    ///
    /// # Errors
    /// Where Xvfb is not there or does not come up.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp", "-fbdir"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        let out = server.stdout.take().ok_or_else(|| io::Error::other("Xvfb has no output"))?;
        BufReader::new(out).read_line(&mut number)?;
        if number.trim().is_empty() {
            return Err(io::Error::other("Xvfb did not come up"));
        }
        Ok(Self { server, folder, display: format!(":{}", number.trim()) })
    }

    /// What the screen shows now.
    ///
    /// # Errors
    /// Where the server's file cannot be read.
    pub fn look(&self) -> io::Result<Picture> {
        Picture::read(&self.folder.path().join("Xvfb_screen0"))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// The pixels of a screen.
#[derive(PartialEq, Eq)]
pub struct Picture(Vec<u8>);

impl Picture {
    fn read(file: &Path) -> io::Result<Self> {
        let mut bytes = fs::read(file)?;
        // The pixels are the end of the file; before them stand header and colours.
        let begin = bytes
            .len()
            .checked_sub(PIXELS * 4)
            .ok_or_else(|| io::Error::other("the screen is cut short"))?;
        Ok(Self(bytes.split_off(begin)))
    }

    /// Whether both show the same, but for a blinking caret.
    #[must_use]
    pub fn shows_the_same_as(&self, other: &Self) -> bool {
        let pairs = self.0.chunks_exact(4).zip(other.0.chunks_exact(4));
        pairs.filter(|(one, other)| one != other).take(BLINKING).count() < BLINKING
    }

    /// Whether more than one colour is on it.
    #[must_use]
    pub fn is_painted(&self) -> bool {
        let mut pixels = self.0.chunks_exact(4);
        let first = pixels.next();
        pixels.filter(|pixel| Some(*pixel) != first).take(BLINKING).count() == BLINKING
    }
}
