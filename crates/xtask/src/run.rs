//! `cargo xtask run`: from a fresh machine to an open window.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use crate::command::{Attendant, shown};
use crate::display::{self, Picture, VirtualDisplay};
use crate::place::{Place, ensure_dir};
use crate::progress::Progress;
use crate::system::{self, Asking, Purpose, in_ci};
use crate::trouble::Trouble;
use crate::{ui, weights};

/// The application's programs, with the packages they are built from.
const PROGRAMS: [(&str, &str); 3] = [
    ("carrel-desktop", "carrel-desktop"),
    ("carrel", "carrel"),
    ("local-model", "carrel-local-model"),
];

/// A window is looked at this often, for at most a minute.
const LOOK: Duration = Duration::from_millis(300);
const LOOKS: usize = 200;

/// Builds everything and opens the window.
///
/// # Errors
/// With the next step, where a part is missing or a build fails.
pub(crate) fn run(place: &Place, asking: Asking) -> Result<ExitCode, Trouble> {
    let seen = display::present();
    let purpose = if seen { Purpose::Run } else { Purpose::RunUnseen };
    let mut progress = Progress::new(6);
    progress.step("system packages", || system::ensure(purpose, asking))?;
    build_app(place, &mut progress)?;
    progress.step("open the window", || if seen { open(place) } else { open_unseen(place) })
}

/// The four steps from sources to `target/carrel/`.
pub(crate) fn build_app(place: &Place, progress: &mut Progress) -> Result<(), Trouble> {
    progress.step("dependencies of the screens", || ui::install(place))?;
    progress.step("screens", || ui::build(place))?;
    progress.step("application, in release (many minutes the first time)", || build(place))?;
    progress.step("the built-in model's weights", || {
        // Without them the application runs and says how to get them.
        weights::ensure(place).or_else(|trouble| {
            println!("{trouble}");
            Ok(())
        })
    })
}

fn build(place: &Place) -> Result<(), Trouble> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked"]).current_dir(&place.root);
    cargo.args(PROGRAMS.iter().flat_map(|(package, _)| ["--package", package]));
    shown(&mut cargo)?;
    ensure_dir(&place.app())?;
    for (_, program) in PROGRAMS {
        let program = program_file(program);
        let built = place.target.join("release").join(&program);
        weights::link(&built, &place.app().join(&program))?;
    }
    Ok(())
}

fn program_file(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

fn desktop(place: &Place) -> PathBuf {
    place.app().join(program_file("carrel-desktop"))
}

fn open(place: &Place) -> Result<ExitCode, Trouble> {
    println!("Carrel is open. This ends when you close it.");
    shown(&mut Command::new(desktop(place)))?;
    Ok(ExitCode::SUCCESS)
}

fn open_unseen(place: &Place) -> Result<ExitCode, Trouble> {
    println!("There is no display here, so Carrel opens on a virtual one.");
    let display = VirtualDisplay::start(place)?;
    let mut window = display.open(&desktop(place))?;
    let picture = wait_until_painted(&display, &mut window)?;
    let file = place.app().join("screenshot.png");
    picture.save(&file)?;
    println!("A picture of the running window: {}", file.display());
    if !in_ci() {
        println!("Carrel keeps running; Ctrl+C ends it.");
        drop(window.0.wait());
    }
    Ok(ExitCode::SUCCESS)
}

/// Two equal pictures in a row mean that nothing is still being drawn.
fn wait_until_painted(
    display: &VirtualDisplay,
    window: &mut Attendant,
) -> Result<Picture, Trouble> {
    let mut before = None;
    for _ in 0..LOOKS {
        sleep(LOOK);
        if let Ok(Some(status)) = window.0.try_wait() {
            let program = "carrel-desktop".to_owned();
            return Err(Trouble::Failed { program, status: status.to_string() });
        }
        let now = display.picture()?;
        if now.painted() && before.as_ref() == Some(&now) {
            return Ok(now);
        }
        before = Some(now);
    }
    Err(Trouble::Mend("The window stayed empty for a minute. Try --safe-rendering.".to_owned()))
}
