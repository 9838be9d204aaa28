//! What the engine asks of the shell around it.
//!
//! The desktop shell answers with real windows; the command line and the
//! tests answer with nothing or with a record of what was asked.

use crate::WindowLabel;

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
}

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
}
