//! `cargo xtask test`: everything that must hold before a change lands.
//!
//! Goes through all steps even when one fails, so that one run shows all there
//! is to mend; only what cannot work after a failure is left out. The last
//! line counts: single tests where a runner counts them, else the step itself.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::ValueEnum;

use crate::command::{logged, shown};
use crate::counts::{self, Counts};
use crate::display;
use crate::place::{Place, ensure_dir};
use crate::progress::Progress;
use crate::soak::Part;
use crate::system::{self, Asking, Purpose};
use crate::trouble::Trouble;
use crate::{licences, memory, mock, tools, ui, weights};

/// The advisory database is not asked: the gate needs no network but packages.
const DENY: &str = "deny --offline --workspace --config .deny.toml check licenses bans sources";

/// Clippy as the workspace's compiler, as `cargo clippy` sets it, so that what it read is what
/// runs, and nothing is compiled once for it and once more to run (docs/decisions/0027).
const CLIPPY_COMPILES: [(&str, &str); 2] = [
    ("RUSTC_WORKSPACE_WRAPPER", "clippy-driver"),
    ("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"),
];

/// How much of the hostile suites runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// A sample of them among all other tests, in minutes.
    Sample,
    /// All of them and nothing else, in hours: `CARREL_SOAK=1`.
    Soak {
        /// How many seeds of chaos: `CARREL_CHAOS_SEEDS`.
        seeds: u32,
        /// Which part of them, where one sitting is too short for all.
        part: Option<Part>,
    },
}

/// What soaks beyond the adversarial suite and the wall: two verifiers, and the ledger and a plain
/// list, that must always agree.
const AGREEMENT: &str =
    "test(carrel_and_the_script_agree) or test(no_history_raises_a_balance_or_overshoots_a_hold)";

impl Depth {
    /// Which tests run, and with which of nextest's profiles. The hostile suites are the
    /// adversarial one and the gateway's wall, of which chaos is a part.
    fn tests(self) -> (String, &'static str) {
        match self {
            Self::Sample => ("not binary(desktop)".to_owned(), "default"),
            Self::Soak { .. } => {
                (format!("binary(adversarial) or binary(wall) or {AGREEMENT}"), "soak")
            }
        }
    }

    /// Which part of the tests runs; none where all of them do.
    pub(crate) fn part(self) -> Option<Part> {
        match self {
            Self::Sample => None,
            Self::Soak { part, .. } => part,
        }
    }

    /// The same for nextest, which takes every fourth test for a part of four.
    fn partition(self) -> Option<String> {
        self.part().map(|part| format!("--partition=slice:{part}"))
    }

    fn environment(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Sample => Vec::new(),
            Self::Soak { seeds, .. } => {
                vec![("CARREL_SOAK", "1".to_owned()), ("CARREL_CHAOS_SEEDS", seeds.to_string())]
            }
        }
    }
}

/// A step of the gate, in the order they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// System packages, tools and crates
    Deps,
    /// rustfmt
    Format,
    /// npm ci, and pip for a client of the tests
    UiDeps,
    /// svelte-check, oxlint, prettier
    UiCheck,
    /// vitest
    UiTest,
    /// The screens, as the application embeds them
    UiBuild,
    /// Licences, bans and sources of all dependencies
    Deny,
    /// The whole workspace, read by clippy on the way, warnings denied
    Build,
    /// The built-in model's weights
    Weights,
    /// Unit and integration tests, journeys, the adversarial sample
    Tests,
    /// Journeys in the real window
    Desktop,
}

impl Step {
    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Deps => "system packages, tools, crates",
            Self::Format => "format",
            Self::UiDeps => "dependencies of screens and mock",
            Self::UiCheck => "svelte-check, oxlint, prettier",
            Self::UiTest => "vitest",
            Self::UiBuild => "build the screens",
            Self::Deny => "licences, bans, sources",
            Self::Build => "clippy builds the workspace",
            Self::Weights => "the built-in model's weights",
            Self::Tests => "unit and integration tests, journeys, adversarial",
            Self::Desktop => "journeys in the real window",
        }
    }

    /// What must have worked for this step to mean anything.
    fn needs(self) -> &'static [Self] {
        match self {
            Self::UiCheck | Self::UiTest | Self::UiBuild => &[Self::UiDeps],
            Self::Tests => &[Self::Build],
            Self::Desktop => &[Self::UiBuild, Self::Build],
            _ => &[],
        }
    }
}

/// Runs the steps in `only`, or all of them.
///
/// # Errors
/// When not even the log folder can be made; failing steps are counted instead.
pub(crate) fn run(place: &Place, only: &[Step], asking: Asking) -> Result<ExitCode, Trouble> {
    let wanted = |step: &&Step| only.is_empty() || only.contains(step);
    let steps: Vec<Step> = Step::value_variants().iter().filter(wanted).copied().collect();
    let Passage { failed, counts } = Gate::new(place, Depth::Sample, asking)?.go_through(&steps);
    let failing: Vec<_> =
        failed.iter().map(|step| format!("\n  failed: {}", step.title())).collect();
    println!("{}\n\n{} passed, {} failed", failing.concat(), counts.passed, counts.failed);
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The gate over one tree.
pub(crate) struct Gate<'a> {
    place: &'a Place,
    depth: Depth,
    asking: Asking,
}

/// How one way through some of its steps went.
pub(crate) struct Passage {
    /// Steps that failed, or were left out because of one that did.
    pub(crate) failed: Vec<Step>,
    /// What all of them counted.
    pub(crate) counts: Counts,
}

impl<'a> Gate<'a> {
    /// A gate that keeps its logs in the tree's target folder.
    ///
    /// # Errors
    /// When that folder cannot be made.
    pub(crate) fn new(place: &'a Place, depth: Depth, asking: Asking) -> Result<Self, Trouble> {
        ensure_dir(&place.notes())?;
        Ok(Self { place, depth, asking })
    }

    /// Performs these steps in order, whatever fails.
    pub(crate) fn go_through(&self, steps: &[Step]) -> Passage {
        let mut progress = Progress::new(steps.len());
        let mut failed = Vec::new();
        let mut counts = Vec::new();
        for &step in steps {
            if let Some(lacking) = step.needs().iter().find(|needed| failed.contains(*needed)) {
                progress.skip(step.title(), lacking.title());
                failed.push(step);
                continue;
            }
            let mut count = Counts::default();
            let outcome = progress.step(step.title(), || self.perform(step, &mut count));
            if outcome.is_err() {
                failed.push(step);
            }
            counts.push(count);
        }
        Passage { failed, counts: counts.into_iter().sum() }
    }

    fn perform(&self, step: Step, count: &mut Counts) -> Result<(), Trouble> {
        let outcome = match step {
            Step::Deps => self.deps(),
            Step::UiDeps => {
                ui::install(self.place)?;
                mock::install(self.place)
            }
            Step::Weights => weights::ensure(self.place),
            Step::Format => self.cargo(step, "fmt --all -- --check --color=never"),
            Step::Deny => self.cargo(step, DENY).and_then(|()| licences::check(self.place)),
            Step::Build => self.cargo(step, "build --locked --workspace --all-targets"),
            Step::UiCheck => self.keep(step, ui::npm(self.place, &["run", "check"])),
            Step::UiTest => self.keep(step, self.vitest()),
            Step::UiBuild => self.keep(step, ui::npm(self.place, &["run", "build"])),
            Step::Tests => self.keep(step, self.tests()),
            Step::Desktop => self.keep(step, self.desktop()),
        };
        *count = self.count(step, outcome.is_ok());
        if let Err(trouble) = &outcome {
            println!("{trouble}");
        }
        outcome
    }

    fn deps(&self) -> Result<(), Trouble> {
        system::ensure(Purpose::Test, self.asking)?;
        tools::ensure(self.place)?;
        let mut fetch = Command::new("cargo");
        shown(fetch.args(["fetch", "--locked", "--quiet"]).current_dir(&self.place.root))
    }

    fn cargo(&self, step: Step, line: &str) -> Result<(), Trouble> {
        let mut cargo = Command::new("cargo");
        cargo.args(line.split(' '));
        self.keep(step, cargo)
    }

    /// Runs in the surroundings of the gate; what was said is shown if it fails.
    fn keep(&self, step: Step, mut command: Command) -> Result<(), Trouble> {
        if command.get_current_dir().is_none() {
            command.current_dir(&self.place.root);
        }
        command.env("PATH", tools::path(self.place)).env("CARGO_TERM_COLOR", "never");
        command.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
        command.envs(CLIPPY_COMPILES);
        command.env("CARREL_MODELS_DIR", self.place.models());
        command.env("CARREL_WEIGHTS", self.place.models().join(weights::FILE));
        command.envs(self.depth.environment());
        let log = self.log(step);
        logged(&mut command, &log).inspect_err(|_| {
            println!("{}", std::fs::read_to_string(&log).unwrap_or_default());
        })
    }

    fn vitest(&self) -> Command {
        let reporters = ["run", "test", "--", "--reporter=default", "--reporter=json"];
        let mut npm = ui::npm(self.place, &reporters);
        npm.arg(format!("--outputFile.json={}", self.vitest_report().display()));
        npm
    }

    fn tests(&self) -> Command {
        let (which, profile) = self.depth.tests();
        let mut cargo = Command::new("cargo");
        cargo.args(["nextest", "run", "--locked", "--workspace", "-E", &which]);
        cargo.args(["--profile", profile]).args(self.depth.partition());
        if let Depth::Soak { .. } = self.depth {
            cargo.envs(memory::folder().map(|folder| ("TMPDIR", folder)));
        }
        cargo
    }

    /// The settings that the real window was measured to need. No rendering
    /// variable of WebKit's: with one, its pictures hang. The whole workspace
    /// is named, since a single package would be built anew with other features.
    fn desktop(&self) -> Command {
        let mut session = Command::new("dbus-run-session");
        session.args(["--", "xvfb-run", "-a", "-s", display::SERVER]);
        session.args(["cargo", "nextest", "run", "--locked", "--workspace"]);
        session.args(["-E", "binary(desktop)", "--profile", "desktop"]);
        session.args(self.depth.partition());
        session.env("NO_AT_BRIDGE", "1");
        session
    }

    fn count(&self, step: Step, passed: bool) -> Counts {
        let read = |file: PathBuf| std::fs::read_to_string(file).unwrap_or_default();
        let counted = match step {
            Step::Tests | Step::Desktop => counts::nextest(&read(self.log(step))),
            Step::UiTest => counts::vitest(&read(self.vitest_report())),
            _ => Some(Counts::one(passed)),
        };
        let counted = counted.unwrap_or_default();
        if passed { counted } else { counted.at_least_failed() }
    }

    fn vitest_report(&self) -> PathBuf {
        self.place.notes().join("vitest.json")
    }

    /// Where a step's program says what it says.
    pub(crate) fn log(&self, step: Step) -> PathBuf {
        let name =
            step.to_possible_value().map_or_else(String::new, |value| value.get_name().into());
        self.place.notes().join(format!("{name}.log"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soak_runs_every_hostile_suite_in_full() {
        let soak = Depth::Soak { seeds: 7, part: None };
        let (which, profile) = soak.tests();
        for suite in [
            "binary(adversarial)",
            "binary(wall)",
            "test(carrel_and_the_script_agree)",
            "test(no_history_raises_a_balance_or_overshoots_a_hold)",
        ] {
            assert!(which.contains(suite), "{suite}: whatever asks whether this is a soak");
        }
        assert_eq!(profile, "soak", "with hours of patience");
        let expected = [("CARREL_SOAK", "1".to_owned()), ("CARREL_CHAOS_SEEDS", "7".to_owned())];
        assert_eq!(soak.environment(), expected, "which the tests ask for");
        assert!(Depth::Sample.environment().is_empty(), "and the gate sets neither");
    }

    #[test]
    fn a_part_of_a_soak_is_named_to_nextest_and_the_whole_is_not() {
        let soak = |part: Option<&str>| Depth::Soak {
            seeds: 7,
            part: part.map(|text| text.parse().unwrap()),
        };
        let second = soak(Some("2/4")).partition();
        assert_eq!(second.as_deref(), Some("--partition=slice:2/4"), "every fourth test");
        assert_eq!(soak(None).partition(), None, "all of them");
        assert_eq!(Depth::Sample.partition(), None, "the gate leaves nothing out");
    }
}
