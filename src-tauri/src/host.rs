//! What the engine asks of the desktop: close, open, show elsewhere.

use std::path::PathBuf;

use engine::{Host, NewFile, WindowLabel};
use tauri::{AppHandle, Manager, WebviewWindow};

use crate::place::Place;
use crate::windows;

/// The desktop around the engine.
pub(crate) struct DesktopHost {
    handle: AppHandle,
}

impl DesktopHost {
    pub(crate) fn new(handle: AppHandle) -> Self {
        Self { handle }
    }

    /// Opens a window that shows the chooser.
    pub(crate) fn open_chooser(&self, place: Option<Place>) -> tauri::Result<WebviewWindow> {
        windows::open(&self.handle, &windows::next_label(), place)
    }

    /// Where a person finds what is saved for them.
    fn downloads(&self) -> std::io::Result<PathBuf> {
        let paths = self.handle.path();
        let folder = paths.download_dir().or_else(|_| paths.home_dir());
        let folder = folder.map_err(std::io::Error::other)?;
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Host for DesktopHost {
    fn close_windows(&self, labels: &[WindowLabel]) {
        let closing: Vec<WebviewWindow> = labels
            .iter()
            .filter_map(|label| self.handle.get_webview_window(label.as_str()))
            .collect();
        if closing.is_empty() {
            return;
        }
        let place = closing.first().and_then(Place::of);
        // Opened before the others close: a shell without windows would end.
        let others = self.handle.webview_windows().len() > closing.len();
        if !others && let Err(error) = self.open_chooser(place) {
            tracing::error!(%error, "no chooser could be opened");
        }
        for window in closing {
            windows::let_go(&window);
            if let Err(error) = window.destroy() {
                tracing::error!(%error, "a locked window could not be closed");
            }
        }
    }

    fn next_window(&self) -> Option<WindowLabel> {
        Some(windows::next_label())
    }

    fn open_window(&self, label: &WindowLabel) -> std::io::Result<()> {
        windows::open(&self.handle, label, None).map(drop).map_err(std::io::Error::other)
    }

    fn open_link(&self, url: &str) -> std::io::Result<()> {
        open::that_detached(url)
    }

    fn save_file(&self, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
        engine::save_beside(&self.downloads()?, name, content)
    }

    fn begin_file(&self, name: &str) -> std::io::Result<Box<dyn NewFile>> {
        engine::begin_beside(&self.downloads()?, name)
    }
}
