//! One question on its way to an answer: which try is next.
//!
//! The single place that decides about retrying, falling back, waiting and
//! giving up. Pure: lanes' standings, the time and chance come in, a step
//! comes out; `answer` performs it. The classes and what follows from them
//! are the table of the design.

use std::time::Duration;

use domain::{Choice, FailureClass, KeyId, ProviderId};

use crate::moment::Moment;
use crate::random::fraction;
use crate::route::List;

/// How much may be done for one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Calls over retries and fallbacks together.
    pub tries: u32,
    /// From the question to the end of the answer, queue included.
    pub deadline: Duration,
    /// A longer single pause is not waited for; the person is told when to come back.
    pub longest_wait: Duration,
}

impl Default for Effort {
    /// Four calls, 30 minutes, a pause of one minute.
    fn default() -> Self {
        Self {
            tries: 4,
            deadline: Duration::from_secs(30 * 60),
            longest_wait: Duration::from_secs(60),
        }
    }
}

/// Whether a lane can be called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Ready,
    /// The provider asked for a pause until then, or a limit is reached.
    NotBefore(Moment),
    /// Its breaker is open until then; a person may ask for it earlier.
    Resting(Moment),
    /// Someone finds out whether it is back, or it is full; known by then at the latest.
    Soon(Moment),
    /// Quota used up, key refused, model gone. `probe`: one call may find out
    /// whether that is still so, where there is nobody else to ask.
    Parked {
        until: Moment,
        probe: bool,
    },
    /// It can never take this question.
    Never,
}

/// What to do next. Lanes are places in the list given to `Pursuit::new`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Try {
        lane: usize,
        choice: Choice,
        retry: bool,
    },
    /// `lane` is called then; `instead` could be called at once if the person asks.
    Wait {
        until: Moment,
        lane: usize,
        instead: Option<usize>,
    },
    /// Nothing more will be tried; from then on another question may have better luck.
    GiveUp {
        retry_at: Option<Moment>,
    },
}

/// A lane as the pursuit knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runner {
    pub(crate) list: List,
    pub(crate) candidate: usize,
    pub(crate) provider: ProviderId,
    pub(crate) key: Option<KeyId>,
    /// Tokens that the model reads, where known.
    pub(crate) context: Option<u64>,
}

/// What a failed try said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) class: FailureClass,
    /// What the provider said about trying again, where it did.
    pub(crate) should_retry: Option<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    runner: Runner,
    /// Failures that make the others better.
    penalty: u32,
    barred: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Pursuit {
    entries: Vec<Entry>,
    first_choice: Choice,
    tries_left: u32,
    tried: u32,
    deadline: Moment,
    longest_wait: Duration,
    list: List,
    overflowed: bool,
    refused: bool,
    not_before: Moment,
    backoffs: u32,
    over: bool,
    failures: Vec<(usize, FailureClass)>,
}

/// The first pause drawn before another call after a passing failure, and the longest.
const FIRST_BACKOFF: u64 = 250;
const LONGEST_BACKOFF: u64 = 8_000;

impl Pursuit {
    /// `lanes` in order of preference; `first_choice` is why the first is first.
    pub(crate) fn new(
        lanes: impl IntoIterator<Item = Runner>,
        first_choice: Choice,
        effort: Effort,
        now: Moment,
    ) -> Self {
        let entry = |runner| Entry { runner, penalty: 0, barred: false };
        Self {
            entries: lanes.into_iter().map(entry).collect(),
            first_choice,
            tries_left: effort.tries,
            tried: 0,
            deadline: now.plus(effort.deadline),
            longest_wait: effort.longest_wait,
            list: List::Main,
            overflowed: false,
            refused: false,
            not_before: now,
            backoffs: 0,
            over: false,
            failures: Vec::new(),
        }
    }

    pub(crate) fn deadline(&self) -> Moment {
        self.deadline
    }

    /// Calls that were made so far.
    pub(crate) fn calls(&self) -> u32 {
        self.tried
    }

    /// What to do now; `standings` has one for each lane.
    pub(crate) fn next(&self, standings: &[Standing], may_retry: bool, now: Moment) -> Step {
        let give_up = Step::GiveUp { retry_at: self.retry_at(standings, now) };
        if self.over || self.tries_left == 0 || now >= self.deadline {
            return give_up;
        }
        let open: Vec<(usize, Standing, u32)> = self
            .entries
            .iter()
            .zip(standings)
            .enumerate()
            .filter(|(_, (entry, _))| !entry.barred && entry.runner.list == self.list)
            .filter(|(_, (entry, _))| entry.penalty == 0 || may_retry)
            .map(|(lane, (entry, standing))| (lane, *standing, entry.penalty))
            .collect();
        let best = |wanted: &dyn Fn(Standing) -> bool| {
            let fitting = open.iter().filter(|(_, standing, _)| wanted(*standing));
            fitting.min_by_key(|(lane, _, penalty)| (*penalty, *lane)).copied()
        };
        let waitable = open.iter().filter_map(|(lane, standing, penalty)| match standing {
            Standing::NotBefore(at) | Standing::Resting(at) | Standing::Soon(at) => {
                Some((*at, *penalty, *lane))
            }
            Standing::Ready | Standing::Parked { .. } | Standing::Never => None,
        });
        let ready = best(&|standing| standing == Standing::Ready);
        let (at, lane, penalty) = match (ready, waitable.min()) {
            (Some((lane, _, penalty)), _) => (self.not_before, lane, penalty),
            (None, Some((at, penalty, lane))) => (at.max(self.not_before), lane, penalty),
            (None, None) => {
                let parked =
                    best(&|standing| matches!(standing, Standing::Parked { probe: true, .. }));
                return match parked {
                    Some((lane, ..)) if self.tried == 0 => {
                        Step::Try { lane, choice: Choice::Probe, retry: false }
                    }
                    _ => give_up,
                };
            }
        };
        if at >= self.deadline || at.since(now) > millis(self.longest_wait) {
            return give_up;
        }
        let retry = penalty > 0;
        if at > now {
            let early =
                best(&|standing| matches!(standing, Standing::Ready | Standing::Resting(_)));
            return Step::Wait { until: at, lane, instead: early.map(|(lane, ..)| lane) };
        }
        match ready {
            Some(_) => Step::Try { lane, choice: self.choice(lane, retry), retry },
            // Its time has come but its standing is older: look again.
            None => Step::Wait { until: now.plus_ms(1), lane, instead: None },
        }
    }

    /// A call is made.
    pub(crate) fn begin(&mut self) {
        self.tries_left = self.tries_left.saturating_sub(1);
        self.tried += 1;
    }

    /// The person does not want to wait out the pause after a failure.
    pub(crate) fn hurry(&mut self, now: Moment) {
        self.not_before = now;
    }

    /// This lane cannot take the question (the ledger, its address); nothing was sent.
    pub(crate) fn refused(&mut self, lane: usize, class: FailureClass) {
        self.failures.push((lane, class));
        self.bar(|place, _| place == lane);
    }

    /// Takes note of a call that failed before anything was shown.
    pub(crate) fn learn(&mut self, lane: usize, failed: Failed, now: Moment, random: u64) {
        let Some(runner) = self.entries.get(lane).map(|entry| entry.runner) else { return };
        self.failures.push((lane, failed.class));
        self.not_before = now;
        if failed.should_retry == Some(false) {
            self.bar(|_, other| other.candidate == runner.candidate);
        }
        match failed.class {
            FailureClass::Caller if failed.should_retry == Some(true) => {
                self.back_off(runner, now, random);
            }
            FailureClass::Transient | FailureClass::Broken | FailureClass::Truncated => {
                self.back_off(runner, now, random);
            }
            FailureClass::Throttled => {
                if let Some(entry) = self.entries.get_mut(lane) {
                    entry.penalty += 1;
                }
            }
            FailureClass::Exhausted | FailureClass::Credential => {
                self.bar(|_, other| other.provider == runner.provider && other.key == runner.key);
            }
            FailureClass::Gone => self.bar(|_, other| other.candidate == runner.candidate),
            FailureClass::Caller => self.over = true,
            FailureClass::ContextOverflow => {
                self.bar(|_, other| {
                    other.context.is_some_and(|context| runner.context >= Some(context))
                });
                let again = self.overflowed;
                self.overflowed = true;
                self.move_to(List::OnOverflow, lane, again);
            }
            FailureClass::ContentRefusal => {
                let again = self.refused;
                self.refused = true;
                self.move_to(List::OnRefusal, lane, again);
            }
        }
    }

    /// The failure, by its place among all so far, that tells the person most:
    /// what ended it, or that of the candidate they would rather have had.
    pub(crate) fn clearest(&self) -> Option<usize> {
        let last = self.failures.last()?;
        if matches!(
            last.1,
            FailureClass::Caller | FailureClass::ContextOverflow | FailureClass::ContentRefusal
        ) {
            return Some(self.failures.len() - 1);
        }
        let rank = |(place, (lane, class)): &(usize, &(usize, FailureClass))| {
            let candidate = self.entries.get(*lane).map(|entry| entry.runner.candidate);
            let preferred = self.entries.iter().position(|e| Some(e.runner.candidate) == candidate);
            (preferred, *class == FailureClass::Credential, std::cmp::Reverse(*place))
        };
        self.failures.iter().enumerate().min_by_key(rank).map(|(place, _)| place)
    }

    fn choice(&self, lane: usize, retry: bool) -> Choice {
        match self.list {
            _ if retry => Choice::Retry,
            List::OnOverflow => Choice::LargerContext,
            List::OnRefusal => Choice::AfterRefusal,
            List::Main if lane == 0 => self.first_choice,
            List::Main => Choice::Fallback,
        }
    }

    /// Full jitter: anything from nothing to the bound is drawn, so that those
    /// who failed together do not return together (AWS, "Exponential Backoff And Jitter").
    fn back_off(&mut self, runner: Runner, now: Moment, random: u64) {
        let bound = FIRST_BACKOFF.saturating_mul(1 << self.backoffs.min(16)).min(LONGEST_BACKOFF);
        self.backoffs += 1;
        self.not_before = now.plus_ms((fraction(random) * bound as f64) as u64);
        for entry in &mut self.entries {
            if entry.runner.candidate == runner.candidate {
                entry.penalty += 1;
            }
        }
    }

    /// Goes on with another list, where it has anybody and was not used yet.
    fn move_to(&mut self, list: List, lane: usize, again: bool) {
        self.bar(|place, _| place == lane);
        let anybody = self.entries.iter().any(|e| e.runner.list == list && !e.barred);
        if again || !anybody {
            self.over = true;
        }
        self.list = list;
    }

    fn bar(&mut self, which: impl Fn(usize, &Runner) -> bool) {
        for (place, entry) in self.entries.iter_mut().enumerate() {
            entry.barred |= which(place, &entry.runner);
        }
    }

    /// When anybody of the route may be called again; none if somebody may be now.
    fn retry_at(&self, standings: &[Standing], now: Moment) -> Option<Moment> {
        let listed = self.entries.iter().zip(standings);
        let times = listed.filter(|(entry, _)| entry.runner.list == List::Main).filter_map(
            |(_, standing)| match standing {
                Standing::Ready => Some(now),
                Standing::NotBefore(at)
                | Standing::Resting(at)
                | Standing::Soon(at)
                | Standing::Parked { until: at, .. } => Some(*at),
                Standing::Never => None,
            },
        );
        times.min().filter(|at| *at > now)
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
