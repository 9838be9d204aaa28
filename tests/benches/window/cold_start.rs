//! From starting the process to a chooser that stands still on the screen.
//!
//! No WebDriver: it would start the webview in another way and add its own
//! time. The screen of a virtual display is looked at every few milliseconds;
//! the start ends with the first picture that looks like the last one.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use support::desktop::{binary, models_dir};
use support::people::Carrel;
use support::screen::Screen;

use super::memory;
use crate::Outcome;
use crate::figures::{Figure, Samples, Sheet, now};

const STARTS: usize = 16;
/// The screen is looked at this often; a figure may be too large by as much.
const LOOK: Duration = Duration::from_millis(8);
/// A screen that did not change for so long is finished.
const STILL: Duration = Duration::from_millis(1_500);
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn measure(sheet: &mut Sheet) -> Outcome {
    let folder = tempfile::tempdir()?;
    let carrel = Carrel::start(folder.path()).await;
    let admin = carrel.first_run().await;
    admin.confirm_code().await;
    carrel.join(&admin, "Jonas", "jonas").await.confirm_code().await;
    carrel.app.close().await;

    let (mut took, mut first) = (Samples::default(), Duration::ZERO);
    for start in 0..STARTS {
        let screen = Screen::start()?;
        let began = now();
        let window = Window::open(folder.path(), &screen)?;
        let shown = until_still(&screen, began)?;
        if start == 0 {
            first = shown;
        } else {
            took.push_ms(shown);
        }
        if start + 1 == STARTS {
            memory::note(sheet, folder.path(), "at the chooser, right after the start")?;
        }
        drop(window);
    }
    let note = format!(
        "{} starts of the process with its files in the page cache, to the last change of the screen, looked at every {} ms; the very first took {:.0} ms",
        took.len(),
        LOOK.as_millis(),
        first.as_secs_f64() * 1e3
    );
    let figure = Figure::of("cold start to the chooser", "ms", &took);
    Ok(sheet.add(&figure.target("≤ 400").note(&note))?)
}

/// When the screen changed for the last time, counted from `began`.
fn until_still(screen: &Screen, began: Instant) -> Outcome<Duration> {
    let (mut shown, mut since) = (screen.look()?, Duration::ZERO);
    loop {
        std::thread::sleep(LOOK);
        let (picture, at) = (screen.look()?, began.elapsed());
        if !picture.shows_the_same_as(&shown) {
            (shown, since) = (picture, at);
        } else if shown.is_painted() && at.saturating_sub(since) > STILL {
            return Ok(since);
        } else if at > PATIENCE {
            return Err("the window stayed empty".into());
        }
    }
}

/// The application, started as a person would.
struct Window(Child);

impl Window {
    fn open(data_dir: &Path, screen: &Screen) -> Outcome<Self> {
        let application = Command::new(binary("carrel-desktop"))
            .env("CARREL_DATA_DIR", data_dir)
            .env("CARREL_LOCAL_MODEL", binary("carrel-local-model"))
            .env("CARREL_MODELS_DIR", models_dir())
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY")
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self(application))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // What it started is in its group; already gone is as good.
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        drop(self.0.wait());
    }
}
