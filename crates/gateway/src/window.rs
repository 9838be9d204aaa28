//! A sum over the last stretch of time.
//!
//! Time is cut into sixty slices. A slice counts until all of it is out of
//! the window, so the sum is never too small.

use std::collections::VecDeque;

use crate::moment::Moment;

const SLICES: u64 = 60;

#[derive(Clone, Debug)]
pub(crate) struct Window {
    slice_ms: u64,
    slices: VecDeque<(u64, u64)>,
}

impl Window {
    pub(crate) fn new(span_ms: u64) -> Self {
        Self { slice_ms: span_ms.div_ceil(SLICES).max(1), slices: VecDeque::new() }
    }

    pub(crate) fn add(&mut self, now: Moment, amount: u64) {
        self.forget(now);
        let slice = now.0 / self.slice_ms;
        match self.slices.back_mut() {
            Some((last, sum)) if *last >= slice => *sum = sum.saturating_add(amount),
            _ => self.slices.push_back((slice, amount)),
        }
    }

    /// Takes `amount` back from the slice in which it was added at `then`.
    pub(crate) fn take_back(&mut self, then: Moment, amount: u64) {
        let slice = then.0 / self.slice_ms;
        if let Some((_, sum)) = self.slices.iter_mut().rev().find(|(known, _)| *known <= slice) {
            *sum = sum.saturating_sub(amount);
        }
    }

    pub(crate) fn sum(&mut self, now: Moment) -> u64 {
        self.forget(now);
        self.slices.iter().fold(0, |all, (_, sum)| all.saturating_add(*sum))
    }

    /// When the sum will be `most` or less.
    pub(crate) fn at_most(&mut self, now: Moment, most: u64) -> Moment {
        let mut left = self.sum(now);
        let mut when = now;
        for (slice, sum) in &self.slices {
            if left <= most {
                break;
            }
            left = left.saturating_sub(*sum);
            when = Moment((slice + SLICES + 1).saturating_mul(self.slice_ms));
        }
        when
    }

    fn forget(&mut self, now: Moment) {
        let current = now.0 / self.slice_ms;
        while self.slices.front().is_some_and(|(slice, _)| slice + SLICES < current) {
            self.slices.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_never_forgets_too_early_and_says_when_there_is_room(
            adds in prop::collection::vec((0_u64..200_000, 1_u64..50), 1..80),
            most in 0_u64..200,
        ) {
            let mut adds = adds;
            adds.sort_unstable();
            let mut window = Window::new(60_000);
            let mut now = 0;
            for (at, amount) in &adds {
                window.add(Moment(*at), *amount);
                now = *at;
            }
            let exact: u64 =
                adds.iter().filter(|(at, _)| at + 60_000 > now).map(|(_, amount)| amount).sum();
            prop_assert!(window.sum(Moment(now)) >= exact, "a limit is never exceeded");
            let room = window.at_most(Moment(now), most);
            prop_assert!(window.clone().sum(room) <= most, "there is room when it says so");
            prop_assert!(room.since(Moment(now)) <= 62_000, "and not later than the window");
        }
    }
}
