//! `cargo xtask removals`: takes each check of a permission out, and looks whether a test fails.
//!
//! A copy of the tree is changed so that an environment variable names the
//! checks that let everyone through; it is built once. Then the tests that
//! should miss it run once for each check: for what a use case asks, with the
//! gate before it gone, too, since whoever may not do something must be refused
//! by the use case itself. Nothing of this is in Carrel.

mod copy;
mod sites;

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::command::asked;
use crate::place::Place;
use crate::progress::Progress;
use crate::trouble::Trouble;

use sites::Site;

/// Names the checks that are gone.
const REMOVED: &str = "CARREL_REMOVED_CHECKS";
/// The check of every command before its request is read.
const GATE: &str = "gate";
/// Runs at once.
const WORKERS: usize = 2;

/// Checks of one kind, and the tests that miss them.
struct Suite {
    sources: &'static str,
    /// What a line with such a check has.
    calls: &'static [&'static str],
    /// The program of the tests, below `folder`.
    program: &'static str,
    folder: &'static str,
    tests: &'static str,
    /// What is gone besides: what is asked before would hide that a check is missing.
    besides: &'static str,
}

/// Whether the person may.
const USE_CASES: Suite = Suite {
    sources: "crates/engine/src",
    calls: &[".allow(", ".allow_own("],
    program: "adversarial",
    folder: "tests",
    tests: "refusals::",
    besides: GATE,
};
/// Whether the grant is for this, and still holds.
const GRANTS: Suite = Suite {
    sources: "crates/workspace/src",
    calls: &[".check(grant, ", ".still_allows("],
    program: "sharing",
    folder: "crates/workspace",
    tests: "grants::",
    besides: "",
};

/// Removes one check after the other.
///
/// # Errors
/// When the copy cannot be made or built.
pub(crate) fn remove_each(place: &Place) -> Result<ExitCode, Trouble> {
    let mut progress = Progress::new(4);
    let tree = place.target.join("removals");
    progress.step("a copy whose checks can be taken out", || copy::make(place, &tree))?;
    let programs = progress.step("its tests", || build(place, &tree))?;
    let mut all_missed = true;
    for (suite, title) in [(USE_CASES, "what use cases ask"), (GRANTS, "what grants are for")] {
        all_missed &= progress.step(title, || take_out_each(&suite, &tree, &programs))?;
    }
    Ok(if all_missed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a test failed for each check of these.
fn take_out_each(suite: &Suite, tree: &Path, programs: &Programs) -> Result<bool, Trouble> {
    let sites = sites::found(tree, suite)?;
    let (sites, idle): (Vec<_>, Vec<_>) = sites.into_iter().partition(Site::can_refuse);
    let of_program = |name: &str| {
        let known = programs.get(name).cloned();
        known.ok_or_else(|| Trouble::Mend(format!("cargo built no tests named {name}")))
    };
    let tests = Tests { program: of_program(suite.program)?, folder: tree.join(suite.folder) };
    tests.hold(suite)?;
    let unnoticed = tests.unnoticed(suite, &sites);
    for site in &unnoticed {
        println!("\n  nobody noticed {site}");
    }
    let (all, left) = (sites.len(), unnoticed.len());
    let missed = all - left;
    let idle = idle.len();
    println!(
        "\nremovals: {all} checks, {missed} missed when gone, {left} not; {idle} more refuse nobody"
    );
    Ok(unnoticed.is_empty())
}

/// Programs of tests by their names.
type Programs = HashMap<String, PathBuf>;

/// Builds the copy's tests.
fn build(place: &Place, tree: &Path) -> Result<Programs, Trouble> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--locked", "--no-run"]);
    cargo.args([USE_CASES, GRANTS].iter().flat_map(|suite| ["--test", suite.program]));
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let said = asked(cargo.current_dir(tree).env("CARGO_TARGET_DIR", &place.target))?;
    let built = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let named = built.filter_map(|line| {
        let program = line["executable"].as_str().map(PathBuf::from)?;
        Some((line["target"]["name"].as_str()?.to_owned(), program))
    });
    Ok(named.collect())
}

/// The tests, with checks in them that can be gone.
struct Tests {
    program: PathBuf,
    folder: PathBuf,
}

impl Tests {
    /// Tests that fail anyway show nothing.
    fn hold(&self, suite: &Suite) -> Result<(), Trouble> {
        for gone in ["", suite.besides] {
            if !self.pass(suite.tests, gone)? {
                let which = if gone.is_empty() { "as they are" } else { "without the gate" };
                return Err(Trouble::Mend(format!("the tests {} fail {which}", suite.tests)));
            }
        }
        if suite.besides == GATE && self.pass("authorisation::", GATE)? {
            return Err(Trouble::Mend("nobody noticed that the gate is gone".to_owned()));
        }
        Ok(())
    }

    fn unnoticed<'a>(&self, suite: &Suite, sites: &'a [Site]) -> Vec<&'a Site> {
        let left = Mutex::new(sites.iter().collect::<VecDeque<_>>());
        let unnoticed = Mutex::new(Vec::new());
        let work = || {
            while let Some(site) = { lock(&left).pop_front() } {
                let gone = format!("{} {}", suite.besides, site.name());
                // What cannot be run has shown nothing.
                if self.pass(suite.tests, &gone).unwrap_or(true) {
                    lock(&unnoticed).push(site);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(work);
            }
        });
        let mut unnoticed: Vec<&Site> = lock(&unnoticed).drain(..).collect();
        unnoticed.sort();
        unnoticed
    }

    /// Whether these tests pass with these checks gone. The first failure is enough.
    fn pass(&self, tests: &str, gone: &str) -> Result<bool, Trouble> {
        let mut command = Command::new(&self.program);
        command.arg(tests).current_dir(&self.folder).env(REMOVED, gone).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = command.spawn().map_err(Trouble::file(&self.program))?;
        let lines = running.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        let failed = lines.map_while(Result::ok).any(|line| line.ends_with("... FAILED"));
        if failed {
            // It may have ended by itself.
            drop(running.kill());
        }
        let status = running.wait().map_err(Trouble::file(&self.program))?;
        Ok(!failed && status.success())
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
