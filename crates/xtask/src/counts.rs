//! How many tests passed and failed, read from what the runners say.

use std::iter::Sum;
use std::ops::Add;

use serde::Deserialize;

/// Outcomes of a number of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// What held.
    pub(crate) passed: u64,
    /// What did not.
    pub(crate) failed: u64,
}

impl Counts {
    /// A step that is one check by itself.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// A runner that failed without counting a failure still failed.
    pub(crate) fn at_least_failed(self) -> Self {
        Self { failed: self.failed.max(1), ..self }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// The last summary line of nextest, such as
/// `Summary [ 1.0s] 35 tests run: 33 passed (1 slow), 1 failed, 1 timed out, 0 skipped`.
pub(crate) fn nextest(said: &str) -> Option<Counts> {
    let summary = said.lines().rfind(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, outcomes) = summary.split_once("run: ")?;
    let number = |word: &str| {
        let mut found = outcomes.split(", ").filter_map(|outcome| {
            let (number, rest) = outcome.trim().split_once(' ')?;
            rest.starts_with(word).then(|| number.parse::<u64>().ok())?
        });
        found.next().unwrap_or(0)
    };
    let failed = number("failed") + number("timed out") + number("exec failed");
    Some(Counts { passed: number("passed"), failed })
}

/// Vitest's report in JSON.
pub(crate) fn vitest(report: &str) -> Option<Counts> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        num_passed_tests: u64,
        num_failed_tests: u64,
    }
    let report: Report = serde_json::from_str(report).ok()?;
    Some(Counts { passed: report.num_passed_tests, failed: report.num_failed_tests })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_fail_in_nextest_is_counted() {
        let said = "Summary [ 0s] 1 tests run: 1 passed, printed by a test\n\
                    Summary [ 20s] 38 tests run: 33 passed (1 slow, 1 flaky), 2 failed, \
                    1 exec failed, 2 timed out, 4 skipped\n";
        assert_eq!(nextest(said), Some(Counts { passed: 33, failed: 5 }), "a hang is a failure");
        let fine = "Summary [   1.066s] 35 tests run: 35 passed, 0 skipped";
        assert_eq!(nextest(fine), Some(Counts { passed: 35, failed: 0 }), "the usual line");
        let cut = "Summary [   1.0s] 12/35 tests run: 11 passed, 1 failed, 0 skipped";
        assert_eq!(
            nextest(cut),
            Some(Counts { passed: 11, failed: 1 }),
            "a run that was cut short"
        );
        assert_eq!(nextest("error: could not compile"), None, "no tests ran");
    }

    #[test]
    fn a_runner_that_fails_without_a_count_fails() {
        let none = Counts::default().at_least_failed();
        assert_eq!(none, Counts { passed: 0, failed: 1 }, "silence is not success");
        let report = vitest(r#"{"numPassedTests":4,"numFailedTests":1,"success":false}"#);
        assert_eq!(report, Some(Counts { passed: 4, failed: 1 }), "vitest counts itself");
    }
}
