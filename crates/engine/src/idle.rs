//! When a desk locks by itself.
//!
//! Counts from the last input in any window of the desk, by clocks that
//! nobody sets; sleep is time without input, and reason enough where the
//! person wants it so. Knows no timer: callers say what time it is.

use std::time::Duration;

use crate::clock::Uptime;

/// A difference between the clocks below this is no sleep.
const SLEEP: Duration = Duration::from_secs(2);

/// What the person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LockRule {
    /// Time without input; none for never.
    pub(crate) after: Option<Duration>,
    pub(crate) on_suspend: bool,
}

/// Remembers when a desk was last used and last looked at.
pub(crate) struct IdleClock {
    pub(crate) rule: LockRule,
    last_input: Duration,
    last_look: Uptime,
}

impl IdleClock {
    pub(crate) fn new(now: Uptime) -> Self {
        let rule = LockRule { after: None, on_suspend: false };
        Self { rule, last_input: now.total, last_look: now }
    }

    /// Somebody is there.
    pub(crate) fn touched(&mut self, now: Uptime) {
        self.last_input = now.total;
    }

    /// How long the desk stays open without further input; none for ever.
    pub(crate) fn locks_in(&self, now: Uptime) -> Option<Duration> {
        let idle = now.total.saturating_sub(self.last_input);
        self.rule.after.map(|after| after.saturating_sub(idle))
    }

    /// True where the desk must lock now.
    pub(crate) fn is_over(&mut self, now: Uptime) -> bool {
        let passed = now.total.saturating_sub(self.last_look.total);
        let slept = passed.saturating_sub(now.awake.saturating_sub(self.last_look.awake)) > SLEEP;
        self.last_look = now;
        (slept && self.rule.on_suspend) || self.locks_in(now) == Some(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn at(total: u64, awake: u64) -> Uptime {
        Uptime { total: Duration::from_secs(total), awake: Duration::from_secs(awake) }
    }

    fn desk(minutes: Option<u64>, on_suspend: bool) -> IdleClock {
        let mut idle = IdleClock::new(at(0, 0));
        let after = minutes.map(|minutes| Duration::from_secs(minutes * MINUTE));
        idle.rule = LockRule { after, on_suspend };
        idle
    }

    #[test]
    fn a_desk_locks_when_its_minutes_without_input_are_over() {
        let mut idle = desk(Some(10), true);
        assert!(!idle.is_over(at(599, 599)), "a second before");
        assert_eq!(idle.locks_in(at(599, 599)), Some(Duration::from_secs(1)), "what is left");
        assert!(idle.is_over(at(600, 600)), "on time");
    }

    #[test]
    fn input_in_any_window_starts_the_minutes_anew() {
        let mut idle = desk(Some(10), true);
        idle.touched(at(540, 540));
        assert!(!idle.is_over(at(600, 600)), "a minute after the last key");
        assert!(idle.is_over(at(1_140, 1_140)), "ten minutes after it");
    }

    #[test]
    fn a_desk_locks_on_waking_though_its_minutes_are_not_over() {
        let mut idle = desk(Some(10), true);
        assert!(!idle.is_over(at(5, 5)), "awake");
        assert!(idle.is_over(at(65, 6)), "after a minute asleep");
    }

    #[test]
    fn sleep_alone_does_not_lock_where_the_person_wants_it_so() {
        assert!(!desk(None, false).is_over(at(3_600, 1)), "never lock");
        assert!(desk(Some(10), false).is_over(at(3_600, 1)), "sleep is time without input");
    }
}
