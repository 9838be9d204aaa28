//! The shell of the command line: no windows, and standard output for what is saved.

use std::io::{Result, Write, stdout};
use std::path::PathBuf;

use engine::{Host, NewFile, NoWindows, WindowLabel};

/// A terminal around the engine.
#[derive(Debug)]
pub(crate) struct Terminal;

impl Host for Terminal {
    fn close_windows(&self, windows: &[WindowLabel]) {
        NoWindows.close_windows(windows);
    }

    fn next_window(&self) -> Option<WindowLabel> {
        NoWindows.next_window()
    }

    fn open_window(&self, label: &WindowLabel) -> Result<()> {
        NoWindows.open_window(label)
    }

    fn open_link(&self, url: &str) -> Result<()> {
        NoWindows.open_link(url)
    }

    fn save_file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        NoWindows.save_file(name, content)
    }

    fn begin_file(&self, _name: &str) -> Result<Box<dyn NewFile>> {
        Ok(Box::new(Output))
    }
}

struct Output;

impl NewFile for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        stdout().write_all(bytes)
    }

    fn keep(self: Box<Self>) -> Result<PathBuf> {
        stdout().flush()?;
        Ok(PathBuf::from("-"))
    }
}
