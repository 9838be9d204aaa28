//! `cargo xtask soak`: the hostile tests and the real window, again and again.
//!
//! Builds once, unoptimised, so that overflow checks and assertions are in;
//! then every round runs the whole adversarial suite, the gateway's wall with
//! its seeds of chaos, and the journeys in the real window; or every fourth
//! test of them, where one sitting is too short. A failing round is kept and
//! does not end the soak: faults that come once in a hundred runs are what it
//! is for.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use crate::counts::Counts;
use crate::gate::{Depth, Gate, Step};
use crate::place::Place;
use crate::system::Asking;
use crate::trouble::Trouble;

/// What must be there before the first round.
const BEFORE: [Step; 5] = [Step::Deps, Step::UiDeps, Step::UiBuild, Step::Build, Step::Weights];
/// What every round goes through.
const ROUND: [Step; 2] = [Step::Tests, Step::Desktop];

/// One of several parts of equally many tests that together are a round, written `2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    number: u32,
    of: u32,
}

impl FromStr for Part {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(number, of)| {
            Some(Self { number: number.parse().ok()?, of: of.parse().ok()? })
        });
        parts
            .filter(|part| (1..=part.of).contains(&part.number))
            .ok_or("a part is written 2/4: the second of four")
    }
}

impl fmt::Display for Part {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{}/{}", self.number, self.of)
    }
}

/// A step of a round that failed, with its log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    round: u32,
    title: &'static str,
    log: PathBuf,
}

/// Runs this many rounds at this depth.
///
/// # Errors
/// When a log cannot be kept; failing rounds are counted instead.
pub(crate) fn soak(place: &Place, rounds: u32, depth: Depth) -> Result<ExitCode, Trouble> {
    let gate = Gate::new(place, depth, Asking::new(false))?;
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
    println!("{}", closing(rounds, depth.part(), counts, &failures));
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The last words: each failure with its log, then one line of numbers.
fn closing(rounds: u32, part: Option<Part>, counts: Counts, failures: &[Failure]) -> String {
    let failing = failures.iter().map(|Failure { round, title, log }| {
        format!("\n  failed in round {round}: {title} ({})", log.display())
    });
    let Counts { passed, failed } = counts;
    let which = part.map_or_else(String::new, |part| format!(" of part {part}"));
    format!(
        "{}\n\nsoak: {rounds} rounds{which}, {passed} passed, {failed} failed",
        failing.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_every_round_and_failures_name_their_log() {
        let fine = closing(3, None, Counts { passed: 120, failed: 0 }, &[]);
        assert_eq!(fine, "\n\nsoak: 3 rounds, 120 passed, 0 failed", "nothing to look into");
        let failure = Failure { round: 2, title: "journeys", log: PathBuf::from("soak-2.log") };
        let said = closing(3, None, Counts { passed: 119, failed: 1 }, &[failure]);
        let expected = "\n  failed in round 2: journeys (soak-2.log)\n\n\
                        soak: 3 rounds, 119 passed, 1 failed";
        assert_eq!(said, expected, "the log of the next round would hide what happened");
    }

    #[test]
    fn a_part_is_one_of_its_many_and_the_last_line_says_which() {
        let part: Part = "2/4".parse().unwrap();
        let said = closing(1, Some(part), Counts { passed: 30, failed: 0 }, &[]);
        let expected = "\n\nsoak: 1 rounds of part 2/4, 30 passed, 0 failed";
        assert_eq!(said, expected, "nobody takes a part for the whole");
        assert_eq!("4/4".parse::<Part>().map(|part| part.to_string()), Ok("4/4".to_owned()));
        for wrong in ["", "2", "0/4", "5/4", "0/0", "1/", "a/b", "-1/4", "1/2/3"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong:?} is no part");
        }
    }
}
