//! `cargo xtask soak`: the hostile tests and the real window, again and again.
//!
//! Builds once, unoptimised, so that overflow checks and assertions are in;
//! then every round runs the whole adversarial suite, the gateway's wall with
//! its seeds of chaos, and the journeys in the real window. A failing round is kept and does not end
//! the soak: faults that come once in a hundred runs are what it is for.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::counts::Counts;
use crate::gate::{Depth, Gate, Step};
use crate::place::Place;
use crate::system::Asking;
use crate::trouble::Trouble;

/// What must be there before the first round.
const BEFORE: [Step; 5] = [Step::Deps, Step::UiDeps, Step::UiBuild, Step::Build, Step::Weights];
/// What every round goes through.
const ROUND: [Step; 2] = [Step::Tests, Step::Desktop];

/// A step of a round that failed, with its log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    round: u32,
    title: &'static str,
    log: PathBuf,
}

/// Runs this many rounds, each with so many seeds of chaos.
///
/// # Errors
/// When a log cannot be kept; failing rounds are counted instead.
pub(crate) fn soak(place: &Place, rounds: u32, seeds: u32) -> Result<ExitCode, Trouble> {
    let gate = Gate::new(place, Depth::Soak { seeds }, Asking::new(false))?;
    let before = gate.go_through(&BEFORE);
    if !before.failed.is_empty() {
        println!("\nThe soak could not begin.");
        return Ok(ExitCode::FAILURE);
    }
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    for round in 1..=rounds {
        println!("\nround {round} of {rounds}");
        let passage = gate.go_through(&ROUND);
        counts = counts + passage.counts;
        for step in passage.failed {
            let log = place.notes().join(format!("soak-{round}-{step:?}.log"));
            std::fs::copy(gate.log(step), &log).map_err(Trouble::file(&log))?;
            failures.push(Failure { round, title: step.title(), log });
        }
    }
    println!("{}", closing(rounds, counts, &failures));
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The last words: each failure with its log, then one line of numbers.
fn closing(rounds: u32, counts: Counts, failures: &[Failure]) -> String {
    let failing = failures.iter().map(|Failure { round, title, log }| {
        format!("\n  failed in round {round}: {title} ({})", log.display())
    });
    let Counts { passed, failed } = counts;
    format!(
        "{}\n\nsoak: {rounds} rounds, {passed} passed, {failed} failed",
        failing.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_every_round_and_failures_name_their_log() {
        let fine = closing(3, Counts { passed: 120, failed: 0 }, &[]);
        assert_eq!(fine, "\n\nsoak: 3 rounds, 120 passed, 0 failed", "nothing to look into");
        let failure = Failure { round: 2, title: "journeys", log: PathBuf::from("soak-2.log") };
        let said = closing(3, Counts { passed: 119, failed: 1 }, &[failure]);
        let expected = "\n  failed in round 2: journeys (soak-2.log)\n\n\
                        soak: 3 rounds, 119 passed, 1 failed";
        assert_eq!(said, expected, "the log of the next round would hide what happened");
    }
}
