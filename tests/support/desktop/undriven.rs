//! The application as people start it: no driver, only keys and a screen.
//!
//! A driver makes the webview begin in another way (see `windows.rs` of the
//! shell), so what holds for its storage is shown here. Keys go through the
//! display's own test extension; what happened is seen in its pixels.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tempfile::TempDir;

use super::driver::{binary, models_dir};
use super::{LOOK, PATIENCE};
use crate::screen::{Picture, Screen};

/// A picture that stays the same over so many looks shows a screen at rest.
const AT_REST: usize = 24;

/// One run of the application, with a home of its own.
pub struct Undriven {
    application: Child,
    screen: Screen,
    home: TempDir,
}

impl Undriven {
    /// Starts the application over `data_dir` on a display of its own and gives
    /// its window the keyboard.
    ///
    /// # Panics
    /// Where the display, the application or its window does not come up.
    pub async fn start(data_dir: &Path) -> Self {
        let screen = Screen::start().expect("a display");
        let home = tempfile::tempdir().expect("a home");
        let mut application = Command::new(binary("carrel-desktop"));
        for (name, folder) in [
            ("HOME", ""),
            ("TMPDIR", "tmp"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_STATE_HOME", "state"),
        ] {
            let folder = home.path().join(folder);
            std::fs::create_dir_all(&folder).expect("a folder in the new home");
            application.env(name, folder);
        }
        let application = application
            .env("CARREL_DATA_DIR", data_dir)
            .env("CARREL_PORT", "0")
            .env("CARREL_LOCAL_MODEL", binary("carrel-local-model"))
            .env("CARREL_MODELS_DIR", models_dir())
            .env("DISPLAY", &screen.display)
            .env_remove("TAURI_WEBVIEW_AUTOMATION")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY")
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the application starts");
        let window = Self { application, screen, home };
        window.at_rest().await;
        window.take_keyboard();
        window
    }

    /// The home folder, with all that programs usually write to.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.home.path().to_path_buf()
    }

    /// Presses keys by their X names (`Right`, `ctrl+l`) and waits for the screen to come to
    /// rest after it changed.
    pub async fn press(&self, keys: &[&str]) -> Picture {
        let before = self.picture();
        self.hand(&[&["key", "--clearmodifiers"], keys].concat());
        self.after(&before).await
    }

    /// Types text and waits until it can be seen.
    pub async fn type_text(&self, text: &str) -> Picture {
        let before = self.picture();
        self.hand(&["type", "--clearmodifiers", text]);
        self.after(&before).await
    }

    /// The window that shows now gets the keyboard; there is no window manager to give it.
    pub fn take_keyboard(&self) {
        self.hand(&["search", "--sync", "--onlyvisible", "--name", "^Carrel$", "windowfocus"]);
    }

    /// Waits until a painted screen stays as it is.
    pub async fn at_rest(&self) -> Picture {
        self.seen("the screen to come to rest", |_| true).await
    }

    /// Waits until the screen rests and shows something else than `before`.
    pub async fn after(&self, before: &Picture) -> Picture {
        self.seen("the screen to change", |now| !now.shows_the_same_as(before)).await
    }

    /// Ends the application as a power cut would; its home stays.
    pub fn kill(&mut self) {
        self.end();
    }

    async fn seen(&self, what: &str, wanted: impl Fn(&Picture) -> bool) -> Picture {
        let give_up = tokio::time::Instant::now() + PATIENCE;
        let (mut last, mut same) = (self.picture(), 0);
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.picture();
            same = if now.shows_the_same_as(&last) { same + 1 } else { 0 };
            last = now;
            if same >= AT_REST && last.is_painted() && wanted(&last) {
                return last;
            }
            assert!(tokio::time::Instant::now() < give_up, "waited for {what}");
        }
    }

    fn picture(&self) -> Picture {
        self.screen.look().expect("the display's file can be read")
    }

    fn hand(&self, orders: &[&str]) {
        let mut xdotool = Command::new("xdotool");
        xdotool.args(orders).env("DISPLAY", &self.screen.display).env_remove("XAUTHORITY");
        let done = xdotool.output().expect("xdotool is installed by `cargo xtask test`");
        assert!(done.status.success(), "{orders:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn end(&mut self) {
        // What it started is in its group; already gone is as good.
        if let Some(group) = i32::try_from(self.application.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
            let _ = self.application.wait();
            while test_kill_process_group(group).is_ok() {
                std::thread::yield_now();
            }
        }
    }
}

impl Drop for Undriven {
    fn drop(&mut self) {
        self.end();
    }
}
