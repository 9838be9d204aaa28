//! How much of the traffic may be retries.
//!
//! In an outage every client retries at once, and the retries keep the
//! provider down. So retries are a tenth of the last minute's calls at most,
//! but never fewer than ten, for a workspace with little traffic. (Finagle's
//! retry budget; Google SRE book, "Handling Overload".)

use crate::moment::Moment;
use crate::window::Window;

const MINUTE: u64 = 60_000;
const ALWAYS: u64 = 10;
/// One retry for this many calls.
const SHARE: u64 = 10;

/// Counts calls and retries of the last minute.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    calls: Window,
    retries: Window,
}

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self { calls: Window::new(MINUTE), retries: Window::new(MINUTE) }
    }

    /// A call that is no retry.
    pub(crate) fn note_call(&mut self, now: Moment) {
        self.calls.add(now, 1);
    }

    /// A retry that is made.
    pub(crate) fn note_retry(&mut self, now: Moment) {
        self.retries.add(now, 1);
    }

    /// True where one more retry is within the budget.
    pub(crate) fn allows(&mut self, now: Moment) -> bool {
        let most = ALWAYS.max(self.calls.sum(now) / SHARE);
        self.retries.sum(now) < most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(calls: u64) -> usize {
        let mut budget = RetryBudget::new();
        (0..calls).for_each(|_| budget.note_call(Moment(1)));
        (0..10_000)
            .take_while(|_| {
                let allowed = budget.allows(Moment(2));
                budget.note_retry(Moment(2));
                allowed
            })
            .count()
    }

    #[test]
    fn wall_24_retries_are_a_tenth_of_the_traffic_but_never_under_ten() {
        assert_eq!(granted(1_000), 100, "a dead provider is not kept down by retries");
        assert_eq!(granted(1), 10, "one person may always try again");
    }

    #[test]
    fn a_spent_budget_is_back_after_a_minute() {
        let mut budget = RetryBudget::new();
        (0..10).for_each(|_| budget.note_retry(Moment(1)));
        assert!(!budget.allows(Moment(59_000)), "spent");
        assert!(budget.allows(Moment(62_000)), "and new");
    }
}
