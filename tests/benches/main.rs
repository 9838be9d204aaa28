//! Measures what docs/benchmarks.md states; `cargo xtask bench` runs it.
//!
//! Each group of figures is measured in a process of its own, so that none
//! warms or crowds another. `cargo bench -p journeys --bench figures -- gateway`
//! measures one group and prints its figures. What cannot be measured here is
//! written down as such, with the reason.

#![expect(clippy::print_stdout, reason = "a bench speaks on standard output")]

mod desks;
mod direct;
mod figures;
mod gateway;
mod held;
mod policy;
mod programs;
mod record;
mod sending;
mod serve;
mod vault;
mod window;

use std::error::Error;
use std::process::{Command, ExitCode};

use crate::figures::Sheet;

/// How a group ends.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The groups, by the names of their files of figures.
const GROUPS: [&str; 8] =
    ["gateway", "policy", "record", "sending", "serve", "programs", "vault", "real-window"];

fn main() -> ExitCode {
    let named: Vec<String> =
        std::env::args().skip(1).filter(|name| GROUPS.contains(&name.as_str())).collect();
    let failed = match named.as_slice() {
        [] => GROUPS.iter().filter(|group| !measured_apart(group)).count(),
        named => named.iter().filter(|group| !measured(group)).count(),
    };
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures a group in a process of its own.
fn measured_apart(group: &str) -> bool {
    println!("\n{group}");
    let run = std::env::current_exe().and_then(|this| Command::new(this).arg(group).status());
    run.is_ok_and(|status| status.success())
}

/// Measures a group in this process.
fn measured(group: &str) -> bool {
    let outcome = tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(Box::pin(measure(group))));
    if let Err(error) = &outcome {
        println!("{group} could not be measured: {error}");
    }
    outcome.is_ok()
}

async fn measure(group: &str) -> Outcome {
    let mut sheet = Sheet::begin(group)?;
    match group {
        "gateway" => Box::pin(gateway::measure(&mut sheet)).await,
        "policy" => policy::measure(&mut sheet),
        "record" => Box::pin(record::measure(&mut sheet)).await,
        "sending" => Box::pin(sending::measure(&mut sheet)).await,
        "serve" => Box::pin(serve::measure(&mut sheet)).await,
        "programs" => Box::pin(programs::measure(&mut sheet)).await,
        "vault" => Box::pin(vault::measure(&mut sheet)).await,
        _ => Box::pin(window::measure(&mut sheet)).await,
    }
}
