//! Circuit breaker for one model under one key.
//!
//! Counts outcomes in a sliding window and answers "may I call?". After too
//! many failures calls rest; then one leased probe finds out whether the
//! provider is back, and a growing number of calls follows it. Knows no clock
//! and no network: callers pass `now`, so tests are instant.

use std::time::Duration;

use domain::BreakerState;

use crate::moment::Moment;
use crate::window::Window;

/// When a breaker opens and how it closes again.
#[derive(Clone, Copy, Debug)]
pub struct BreakerRules {
    /// How far back outcomes count.
    pub window: Duration,
    /// Fewer outcomes than this decide nothing.
    pub volume: u64,
    /// Opens when at least this many of a hundred failed.
    pub percent: u64,
    /// The first rest; doubles with each probe that fails.
    pub rest: Duration,
    /// The longest rest.
    pub longest_rest: Duration,
    /// A probe that says nothing for this long is given up.
    pub lease: Duration,
    /// After this long without a failure, all calls pass again.
    pub restore: Duration,
}

impl Default for BreakerRules {
    /// Half of at least five calls within 30 s; rests from 5 s to a minute.
    fn default() -> Self {
        Self {
            window: Duration::from_secs(30),
            volume: 5,
            percent: 50,
            rest: Duration::from_secs(5),
            longest_rest: Duration::from_secs(60),
            lease: Duration::from_secs(60),
            restore: Duration::from_secs(30),
        }
    }
}

/// What a call says about its provider's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Healthy,
    Failing,
    /// Nothing: the caller's fault, a cancelled call, a call that never left.
    Neutral,
}

/// The right to one call; belongs to the time in which it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    era: u64,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Free,
    /// The rest is over; the next call is the probe.
    Probe,
    /// Resting; may be asked earlier only if a person wants it.
    Resting(Moment),
    /// Another call is finding out; at this time its lease is over.
    Wait(Moment),
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed,
    Open { until: Moment },
    Probing { lease: Moment },
    Restoring { at_once: u32, running: u32, until: Moment },
}

/// More calls at once than this need no more care.
const RESTORED: u32 = 16;

#[derive(Debug)]
pub(crate) struct Breaker {
    rules: BreakerRules,
    state: State,
    /// Changes with every opening, probe and restoring; older tickets say nothing.
    era: u64,
    healthy: Window,
    failing: Window,
    /// Rests in a row.
    rests: u32,
}

impl Breaker {
    pub(crate) fn new(rules: BreakerRules) -> Self {
        let span = u64::try_from(rules.window.as_millis()).unwrap_or(u64::MAX);
        Self {
            rules,
            state: State::Closed,
            era: 0,
            healthy: Window::new(span),
            failing: Window::new(span),
            rests: 0,
        }
    }

    pub(crate) fn passage(&self, now: Moment) -> Passage {
        match self.state {
            State::Closed => Passage::Free,
            State::Open { until } if until > now => Passage::Resting(until),
            State::Open { .. } => Passage::Probe,
            State::Probing { lease } if lease > now => Passage::Wait(lease),
            State::Probing { .. } => Passage::Probe,
            State::Restoring { at_once, running, until } if until > now && running >= at_once => {
                Passage::Wait(until)
            }
            State::Restoring { .. } => Passage::Free,
        }
    }

    /// Takes the right to call; none where calls rest. `asked` is a person's
    /// wish not to wait: it makes the probe of a breaker that still rests.
    pub(crate) fn admit(&mut self, now: Moment, asked: bool) -> Option<Ticket> {
        match self.passage(now) {
            Passage::Wait(_) => return None,
            Passage::Resting(_) if !asked => return None,
            Passage::Resting(_) | Passage::Probe => {
                self.era += 1;
                self.state = State::Probing { lease: now.plus(self.rules.lease) };
            }
            Passage::Free => {
                if let State::Restoring { running, until, .. } = &mut self.state {
                    if *until > now {
                        *running += 1;
                    } else {
                        self.close();
                    }
                }
            }
        }
        Some(Ticket { era: self.era })
    }

    /// Takes note of what became of a call; a ticket of an older era says nothing.
    pub(crate) fn report(&mut self, ticket: Ticket, verdict: Verdict, now: Moment) {
        if ticket.era != self.era {
            return;
        }
        match (&mut self.state, verdict) {
            (State::Open { .. }, _) => {}
            (State::Closed, verdict) => self.count(verdict, now),
            // The probe found out nothing: the next call is the probe.
            (State::Probing { .. }, Verdict::Neutral) => self.state = State::Open { until: now },
            (State::Probing { .. }, Verdict::Failing) => self.open(now),
            (State::Probing { .. }, Verdict::Healthy) => {
                self.era += 1;
                let until = now.plus(self.rules.restore);
                self.state = State::Restoring { at_once: 2, running: 0, until };
            }
            (State::Restoring { .. }, Verdict::Failing) => self.open(now),
            (State::Restoring { at_once, running, until }, verdict) => {
                *running = running.saturating_sub(1);
                if verdict == Verdict::Healthy {
                    *at_once = at_once.saturating_mul(2);
                }
                if *at_once > RESTORED || *until <= now {
                    self.close();
                }
            }
        }
    }

    pub(crate) fn shown(&self) -> BreakerState {
        match self.state {
            State::Closed => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::Probing { .. } => BreakerState::Probing,
            State::Restoring { .. } => BreakerState::Restoring,
        }
    }

    /// When the state changes by itself: the next probe may be made, its lease is over, all
    /// calls pass again. None while healthy.
    pub(crate) fn until(&self) -> Option<Moment> {
        match self.state {
            State::Closed => None,
            State::Open { until } | State::Restoring { until, .. } => Some(until),
            State::Probing { lease } => Some(lease),
        }
    }

    /// Failures among a hundred calls of the window; none without calls.
    pub(crate) fn failing_percent(&mut self, now: Moment) -> Option<u8> {
        let failed = self.failing.sum(now);
        let all = failed.saturating_add(self.healthy.sum(now));
        let percent = failed.saturating_mul(100).checked_div(all)?;
        u8::try_from(percent).ok()
    }

    fn count(&mut self, verdict: Verdict, now: Moment) {
        match verdict {
            Verdict::Neutral => return,
            Verdict::Healthy => self.healthy.add(now, 1),
            Verdict::Failing => self.failing.add(now, 1),
        }
        let failed = self.failing.sum(now);
        let all = failed.saturating_add(self.healthy.sum(now));
        let many = failed.saturating_mul(100) >= all.saturating_mul(self.rules.percent);
        if verdict == Verdict::Failing && all >= self.rules.volume && many {
            self.open(now);
        }
    }

    fn open(&mut self, now: Moment) {
        let doubled = self.rules.rest.saturating_mul(1 << self.rests.min(16));
        let rest = doubled.min(self.rules.longest_rest);
        self.rests = self.rests.saturating_add(1);
        self.era += 1;
        self.state = State::Open { until: now.plus(rest) };
    }

    fn close(&mut self) {
        let rules = self.rules;
        let era = self.era;
        *self = Self { era, ..Self::new(rules) };
    }
}

#[cfg(test)]
mod tests;
