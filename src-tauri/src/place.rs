//! Where a window stands, and stood when it was last closed.
//!
//! Kept in one small file beside the data: numbers of pixels, nothing that a
//! person wrote. It is read before the first window opens, so it is not behind
//! the door. A place on a screen that is gone is moved onto one that is there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Monitor, PhysicalPosition, PhysicalSize, WebviewWindow};

/// The smallest window in which everything can be reached, in logical pixels.
pub(crate) const LEAST: f64 = 480.0;
/// The file below the data folder.
const FILE: &str = "window.json";

/// Where a window stands, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    /// It fills the screen; the numbers are those from before.
    maximized: bool,
}

/// A screen that is there, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Screen {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    scale: f64,
}

impl Place {
    /// The place of `window`, so that another can take it.
    pub(crate) fn of(window: &WebviewWindow) -> Option<Self> {
        let (at, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
        let maximized = window.is_maximized().unwrap_or(false);
        Some(Self { x: at.x, y: at.y, width: size.width, height: size.height, maximized })
    }

    /// The place that was kept below `data_dir`, on a screen that is there.
    pub(crate) fn kept(data_dir: &Path, handle: &AppHandle) -> Option<Self> {
        let kept: Self = serde_json::from_slice(&fs::read(data_dir.join(FILE)).ok()?).ok()?;
        let screens = handle.available_monitors().unwrap_or_default();
        let screens: Vec<Screen> = screens.iter().map(Screen::from).collect();
        kept.within(&screens)
    }

    /// Keeps the place below `data_dir` for the next run.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub(crate) fn keep(self, data_dir: &Path) -> io::Result<()> {
        let file = data_dir.join(FILE);
        let before = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        write(&file, &serde_json::to_vec(&self.after(before))?)
    }

    /// What to keep of this place after `before`: a window that fills the screen has no size
    /// of its own, so the one from before stays.
    fn after(self, before: Option<Self>) -> Self {
        match before {
            Some(before) if self.maximized => Self { maximized: true, ..before },
            _ => self,
        }
    }

    /// The same place on the screen that shows most of it: no larger than the screen and
    /// wholly inside. None where no screen shows any of it.
    fn within(self, screens: &[Screen]) -> Option<Self> {
        let (area, screen) = screens
            .iter()
            .map(|screen| (screen.shows(self), screen))
            .max_by_key(|(area, _)| *area)?;
        if area == 0 {
            return None;
        }
        let least = screen.least();
        let width = self.width.max(least).min(screen.width);
        let height = self.height.max(least).min(screen.height);
        Some(Self {
            x: inside(self.x, width, screen.x, screen.width),
            y: inside(self.y, height, screen.y, screen.height),
            width,
            height,
            ..self
        })
    }

    pub(crate) fn position(self) -> PhysicalPosition<i32> {
        PhysicalPosition::new(self.x, self.y)
    }

    pub(crate) fn size(self) -> PhysicalSize<u32> {
        PhysicalSize::new(self.width, self.height)
    }

    pub(crate) fn maximized(self) -> bool {
        self.maximized
    }
}

impl Screen {
    /// So many pixels of `place` lie on this screen.
    fn shows(self, place: Place) -> u64 {
        let along = overlap(place.x, place.width, self.x, self.width);
        along * overlap(place.y, place.height, self.y, self.height)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred pixels times a small factor"
    )]
    fn least(self) -> u32 {
        (LEAST * self.scale).round() as u32
    }
}

impl From<&Monitor> for Screen {
    fn from(monitor: &Monitor) -> Self {
        let (at, size) = (monitor.position(), monitor.size());
        let scale = monitor.scale_factor();
        Self { x: at.x, y: at.y, width: size.width, height: size.height, scale }
    }
}

/// How much two stretches share.
fn overlap(one: i32, length: u32, other: i32, room: u32) -> u64 {
    let (one, other) = (i64::from(one), i64::from(other));
    let end = (one + i64::from(length)).min(other + i64::from(room));
    u64::try_from(end - one.max(other)).unwrap_or(0)
}

/// Where a stretch of `length` begins, moved into the room where it sticks out.
fn inside(at: i32, length: u32, start: i32, room: u32) -> i32 {
    let last = i64::from(start) + i64::from(room) - i64::from(length);
    let moved = i64::from(at).min(last).max(i64::from(start));
    i32::try_from(moved).unwrap_or(start)
}

/// Replaces `file` as a whole, readable by this user only; follows no link.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let new: PathBuf = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(bytes)?;
    fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAPTOP: Screen = Screen { x: 0, y: 0, width: 1_920, height: 1_080, scale: 1.0 };
    const BESIDE: Screen = Screen { x: 1_920, y: -200, width: 2_560, height: 1_440, scale: 1.0 };

    fn place(x: i32, y: i32, width: u32, height: u32) -> Place {
        Place { x, y, width, height, maximized: false }
    }

    #[test]
    fn a_window_comes_back_inside_a_screen_that_is_there() {
        for (kept, screens, shown, why) in [
            (place(100, 80, 900, 700), &[LAPTOP][..], Some(place(100, 80, 900, 700)), "as it was"),
            (
                place(2_100, 0, 900, 700),
                &[LAPTOP, BESIDE],
                Some(place(2_100, 0, 900, 700)),
                "on the second screen",
            ),
            (place(2_100, 0, 900, 700), &[LAPTOP], None, "that screen is gone"),
            (
                place(1_700, 900, 900, 700),
                &[LAPTOP],
                Some(place(1_020, 380, 900, 700)),
                "pulled in",
            ),
            (place(-300, -50, 900, 700), &[LAPTOP], Some(place(0, 0, 900, 700)), "pulled in"),
            (place(0, 0, 4_000, 3_000), &[LAPTOP], Some(place(0, 0, 1_920, 1_080)), "too large"),
            (place(10, 10, 3, 4), &[LAPTOP], Some(place(10, 10, 480, 480)), "too small to use"),
            (
                place(0, 0, u32::MAX, u32::MAX),
                &[LAPTOP],
                Some(place(0, 0, 1_920, 1_080)),
                "nonsense",
            ),
            (place(i32::MIN, 0, 900, 700), &[LAPTOP], None, "nowhere"),
            (place(10, 10, 900, 700), &[], None, "no screen is known"),
        ] {
            assert_eq!(kept.within(screens), shown, "{kept:?}: {why}");
        }
    }

    #[test]
    fn a_window_that_fills_the_screen_keeps_the_size_it_had_before() {
        let before = place(100, 80, 900, 700);
        let full = Place { maximized: true, ..place(0, 0, 1_920, 1_080) };
        assert_eq!(full.after(Some(before)), Place { maximized: true, ..before }, "for later");
        assert_eq!(full.after(None), full, "nothing else is known");
        assert_eq!(before.after(Some(full)), before, "its own size counts again");
    }

    #[test]
    fn what_is_kept_is_read_again_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = place(-5, 80, 900, 700);
        kept.keep(folder.path()).expect("it is kept");
        kept.keep(folder.path()).expect("and again");
        let bytes = fs::read(folder.path().join(FILE)).expect("the file is there");
        let read: Place = serde_json::from_slice(&bytes).expect("it is whole");
        assert_eq!(read, kept, "as it was kept");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "like everything in that folder");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_files_place_is_not_written_through() {
        let (folder, outside) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let target = outside.path().join("theirs");
        fs::write(&target, "theirs").expect("a file");
        for name in ["window.json", "window.new"] {
            std::os::unix::fs::symlink(&target, folder.path().join(name)).expect("a link");
        }
        place(0, 0, 900, 700).keep(folder.path()).expect("it is kept");
        assert_eq!(fs::read(&target).expect("a file"), b"theirs", "nothing outside is touched");
    }
}
