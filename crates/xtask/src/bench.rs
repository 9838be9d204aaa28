//! `cargo xtask bench`: measures in release, and keeps docs/benchmarks.md true.
//!
//! A bench of the package `journeys` writes its figures as JSON lines into a
//! file `<group>.json` below the folder that `CARREL_BENCH_DIR` names:
//!
//! ```json
//! {"name":"cold start to the chooser","unit":"ms","median":212.0,"p95":240.5,"target":"≤ 400","note":"real window"}
//! ```
//!
//! `name` and `unit` are required; a figure without `median` was not measured,
//! and its note says why. `target` begins with `≤`, `<=`,
//! `≥` or `>=` and a number in `unit`; it is compared with `p95` where its text
//! says `p95`, else with the median. The file's name is the heading its rows
//! stand under. `CARREL_BENCH_APP` names the folder of the application in
//! release: `carrel-desktop`, `carrel`, `carrel-local-model` and `models/`;
//! `CARREL_BENCH_PEERS` names the folder of the gateways to measure beside.

use std::path::Path;
use std::process::Command;

use crate::command::{asked, shown};
use crate::display;
use crate::peers;
use crate::place::{Place, ensure_dir};
use crate::progress::Progress;
use crate::run::build_app;
use crate::system::{self, Asking, Purpose};
use crate::table::{Figure, render, replace_between};
use crate::trouble::Trouble;

/// Builds, measures in a virtual display, and refreshes the table.
///
/// # Errors
/// When a build or a bench fails; the table then stays as it was.
pub(crate) fn measure(place: &Place, with_peers: bool) -> Result<(), Trouble> {
    let mut progress = Progress::new(if with_peers { 8 } else { 7 });
    progress.step("system packages", || system::ensure(Purpose::Test, Asking::new(false)))?;
    if with_peers {
        progress.step("other gateways", || peers::install(place))?;
    }
    build_app(place, &mut progress)?;
    progress.step("measure", || run_benches(place))?;
    progress.step("refresh the table", || refresh_table(place))
}

fn run_benches(place: &Place) -> Result<(), Trouble> {
    let figures = place.figures();
    if figures.exists() {
        std::fs::remove_dir_all(&figures).map_err(Trouble::file(&figures))?;
    }
    ensure_dir(&figures)?;
    let load = figures.join("load");
    std::fs::write(&load, load_now()).map_err(Trouble::file(&load))?;
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "xvfb-run", "-a", "-s", display::SERVER]);
    session.args(["cargo", "bench", "--locked", "--package", "journeys", "--benches"]);
    session.current_dir(&place.root).env("NO_AT_BRIDGE", "1");
    session.env("CARREL_BENCH_DIR", &figures).env("CARREL_BENCH_APP", place.app());
    session.env("CARREL_MODELS_DIR", place.models()).env("CARREL_BENCH_PEERS", place.peers());
    shown(&mut session)
}

/// Puts the measured figures between the marks in docs/benchmarks.md.
///
/// # Errors
/// When there are no figures, or one of them cannot be read.
pub(crate) fn refresh_table(place: &Place) -> Result<(), Trouble> {
    let groups = read_groups(&place.figures())?;
    if groups.is_empty() {
        return Err(Trouble::Mend("No bench wrote a figure; run `cargo xtask bench`.".to_owned()));
    }
    let page = place.root.join("docs/benchmarks.md");
    let text = std::fs::read_to_string(&page).map_err(Trouble::file(&page))?;
    let table = render(&machine(place), &groups);
    let no_marks = || Trouble::Mend(format!("{} has lost its marks.", page.display()));
    let text = replace_between(&text, &table).ok_or_else(no_marks)?;
    std::fs::write(&page, text).map_err(Trouble::file(&page))
}

/// Each file of figures with its heading, in the order of their names.
fn read_groups(folder: &Path) -> Result<Vec<(String, Vec<Figure>)>, Trouble> {
    let mut groups = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(groups);
    };
    for file in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let lines = std::fs::read_to_string(&file).map_err(Trouble::file(&file))?;
        let figures = lines.lines().filter(|line| !line.trim().is_empty()).map(|line| {
            serde_json::from_str(line).map_err(|error| Trouble::File {
                path: file.display().to_string(),
                cause: error.into(),
            })
        });
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        groups.push((name, figures.collect::<Result<_, _>>()?));
    }
    groups.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(groups)
}

/// One line about where and on what this was measured.
fn machine(place: &Place) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = value(&cpu, "model name", ':').unwrap_or(std::env::consts::ARCH);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = value(&memory, "MemTotal", ':').and_then(|kb| kb.split(' ').next()?.parse().ok());
    let memory = memory.map_or_else(String::new, |kb: u64| format!(", {} GiB", kb >> 20));
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = value(&system, "PRETTY_NAME", '=').unwrap_or(std::env::consts::OS);
    let rust = asked(Command::new("rustc").arg("--version")).unwrap_or_default();
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty"]).current_dir(&place.root);
    let commit = asked(&mut git).unwrap_or_default();
    let load = std::fs::read_to_string(place.figures().join("load")).unwrap_or_default();
    format!(
        "{cores} × {cpu}{memory}, {}, {}, commit {}; load before the run: {}.",
        system.trim_matches('"'),
        rust.trim(),
        commit.trim(),
        load.trim()
    )
}

fn value<'a>(text: &'a str, key: &str, separator: char) -> Option<&'a str> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(separator));
    pairs.find(|(found, _)| found.trim() == key).map(|(_, value)| value.trim())
}

fn load_now() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
