//! `cargo xtask …`: everything a developer or a fresh machine asks of this tree.
//!
//! `run` builds and opens the application, `test` is the whole gate, `bench`
//! measures. The smaller commands are their building blocks. Few and light
//! dependencies on purpose: this is compiled before anything else.

#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod bench;
mod command;
mod counts;
mod display;
mod gate;
mod licences;
mod memory;
mod mock;
mod peers;
mod place;
mod progress;
mod removals;
mod run;
mod soak;
mod system;
mod table;
mod tools;
mod trouble;
mod ui;
mod weights;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::gate::Depth;
use crate::place::Place;
use crate::progress::Progress;
use crate::system::{Asking, Purpose};
use crate::trouble::Trouble;

/// Builds, runs, checks and measures Carrel.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version, max_term_width = 100)]
struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the application in release and open its window
    Run {
        /// Install missing system packages without asking
        #[arg(long)]
        yes: bool,
    },
    /// The whole gate: format, lints, licences, every test, the real window
    Test {
        /// Only this step; may be given several times
        #[arg(long, value_name = "STEP")]
        only: Vec<gate::Step>,
        /// Install missing system packages without asking
        #[arg(long)]
        yes: bool,
    },
    /// The adversarial suite, the wall with its chaos and the real window, all in full
    Soak {
        /// How often; one round takes two hours on two cores
        #[arg(long, default_value_t = 1, value_name = "N")]
        rounds: u32,
        /// Seeds of chaos in each round, ten thousand turns each
        #[arg(long, default_value_t = 100, value_name = "N")]
        seeds: u32,
        /// Only this part of every round, such as 2/4 for the second of four
        #[arg(long, value_name = "N/M")]
        part: Option<soak::Part>,
    },
    /// Take out each check of a permission, one at a time, and look whether a test fails
    Removals,
    /// Measure in release, write JSON, refresh docs/benchmarks.md
    Bench {
        /// Only refresh the table, from the figures already measured
        #[arg(long, conflicts_with = "peers")]
        table_only: bool,
        /// Install other gateways below the target folder, to be measured beside Carrel
        #[arg(long)]
        peers: bool,
    },
    /// Check for the system packages and tools, and install what is missing
    Deps {
        /// Install without asking
        #[arg(long)]
        yes: bool,
    },
    /// Fetch the built-in model's weights
    Weights,
    /// Install the UI's dependencies and build the screens
    Ui,
    /// Write docs/licences.json from what is built in
    Licences,
}

fn main() -> ExitCode {
    match perform(Options::parse().task) {
        Ok(code) => code,
        Err(trouble) => {
            println!("\n{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<ExitCode, Trouble> {
    let place = Place::find()?;
    match task {
        Task::Run { yes } => return run::run(&place, Asking::new(yes)),
        Task::Test { only, yes } => return gate::run(&place, &only, Asking::new(yes)),
        Task::Soak { rounds, seeds, part } => {
            return soak::soak(&place, rounds, Depth::Soak { seeds, part });
        }
        Task::Removals => return removals::remove_each(&place),
        Task::Bench { table_only: true, .. } => bench::refresh_table(&place)?,
        Task::Bench { table_only: false, peers } => bench::measure(&place, peers)?,
        Task::Deps { yes } => {
            let mut progress = Progress::new(2);
            progress.step("system packages", || system::ensure(Purpose::Test, Asking::new(yes)))?;
            progress.step("tools", || tools::ensure(&place))?;
        }
        Task::Weights => Progress::new(1).step("weights", || weights::ensure(&place))?,
        Task::Licences => Progress::new(1).step("licences", || licences::write(&place))?,
        Task::Ui => {
            let mut progress = Progress::new(2);
            progress.step("dependencies of the screens", || ui::install(&place))?;
            progress.step("screens", || ui::build(&place))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
