//! How long to wait after wrong passphrases. Pure: values and a time in, values out.
//!
//! Five tries are free; then the wait doubles from 2 s to 15 min. It is kept
//! as a length from a point in time: a clock that was set back moves the point
//! and leaves the length, so it can only make the wait longer.

use domain::UnixMs;

/// Tries before the first wait.
const FREE: u32 = 5;
const FIRST_WAIT_MS: i64 = 2_000;
const LONGEST_WAIT_MS: i64 = 15 * 60 * 1_000;

/// The tries at one desk since its last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    pub(super) failures: u32,
    /// From when the wait counts.
    pub(super) since: UnixMs,
    /// Its length in milliseconds.
    pub(super) wait: i64,
}

impl Tries {
    /// When the next try is allowed; none for now.
    pub(super) fn retry_at(self, now: UnixMs) -> Option<UnixMs> {
        let at = self.seen_at(now).over_at();
        (now < at).then_some(at)
    }

    /// The same after a look at the clock: a point in the future is moved to now.
    pub(super) fn seen_at(self, now: UnixMs) -> Self {
        Self { since: self.since.min(now), ..self }
    }

    /// One more try. It counts as wrong until a success clears everything, so that tries
    /// made at the same time in several windows all count.
    pub(super) fn one_more(self, now: UnixMs) -> Self {
        let failures = self.failures.saturating_add(1);
        Self { failures, since: now, wait: wait_after(failures) }
    }

    fn over_at(self) -> UnixMs {
        self.since.plus(self.wait)
    }
}

fn wait_after(failures: u32) -> i64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(over) => FIRST_WAIT_MS
            .checked_shl(over.min(20))
            .map_or(LONGEST_WAIT_MS, |wait| wait.min(LONGEST_WAIT_MS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(failures: u32, now: UnixMs) -> Tries {
        (0..failures).fold(Tries::default(), |tries, _| tries.one_more(now))
    }

    #[test]
    fn five_tries_are_free_and_then_the_wait_doubles_to_a_quarter_of_an_hour() {
        let now = UnixMs(1_000_000);
        let waits: Vec<u64> = (0..=17)
            .map(|failures| after(failures, now).retry_at(now).map_or(0, |at| at.since(now)))
            .collect();
        let wanted = [
            0, 0, 0, 0, 0, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000,
            900_000, 900_000, 900_000, 900_000,
        ];
        assert_eq!(waits, wanted, "typing errors cost nothing, guessing costs ever more");
    }

    #[test]
    fn a_million_failures_do_not_overflow_into_a_free_try() {
        let now = UnixMs(0);
        let tries =
            Tries { failures: u32::MAX - 1, ..Tries::default() }.one_more(now).one_more(now);
        assert_eq!(tries.retry_at(now), Some(UnixMs(LONGEST_WAIT_MS)), "the longest wait holds");
    }

    #[test]
    fn a_clock_that_was_ahead_for_years_locks_nobody_out_for_years() {
        let tries = after(6, UnixMs(10_i64.pow(13)));
        let now = UnixMs(1_000);
        assert_eq!(tries.retry_at(now), Some(UnixMs(5_000)), "the wait keeps its length");
    }

    proptest! {
        /// Whatever the clock does between looks, a try is allowed only after it was seen to
        /// run forward for the whole wait.
        #[test]
        fn a_clock_set_back_never_shortens_the_wait(
            failures in 5_u32..20,
            start in 0_i64..10_i64.pow(13),
            jumps in prop::collection::vec(-2_000_000_i64..400_000, 1..40),
        ) {
            let mut tries = after(failures, UnixMs(start));
            let (mut now, mut forward) = (start, 0_i64);
            for jump in jumps {
                now = now.saturating_add(jump).max(0);
                forward = if jump < 0 { forward } else { forward.saturating_add(jump) };
                tries = tries.seen_at(UnixMs(now));
                if tries.retry_at(UnixMs(now)).is_none() {
                    prop_assert!(forward >= tries.wait, "{forward} of {} ms", tries.wait);
                }
            }
        }

        #[test]
        fn more_failures_never_mean_a_shorter_wait(failures in 0_u32..100, now in 0_i64..10_i64.pow(13)) {
            let now = UnixMs(now);
            let (less, more) = (after(failures, now), after(failures + 1, now));
            prop_assert!(less.retry_at(now) <= more.retry_at(now), "guessing must not pay");
        }
    }
}
