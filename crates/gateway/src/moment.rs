//! Time as the deciders see it: milliseconds since the gateway began.
//!
//! A `Moment` never runs backwards, whatever the wall clock does. A computer
//! that slept is noticed by the wall clock having run ahead; that much is
//! added, so that a pause of an hour is over after a night with the lid closed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::UnixMs;
use tokio::time::Instant;

/// Milliseconds since the gateway began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

impl Moment {
    /// This moment plus `span`; stays at the limit instead of overflowing.
    pub(crate) fn plus(self, span: Duration) -> Self {
        self.plus_ms(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn plus_ms(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment, never negative.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Less than this is a clock being set right, not a computer that slept.
const SLEPT: u64 = 5_000;

/// Reads moments off the runtime's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    began: Instant,
    first_seen: OnceLock<(UnixMs, u64)>,
    slept_ms: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), first_seen: OnceLock::new(), slept_ms: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.awake_ms().saturating_add(self.slept_ms.load(Ordering::Acquire)))
    }

    /// Takes note of the wall clock; a backward step changes nothing.
    pub(crate) fn witness(&self, wall: UnixMs) {
        let awake = self.awake_ms();
        let (first, then) = *self.first_seen.get_or_init(|| (wall, awake));
        let ahead = wall.since(first).saturating_sub(awake.saturating_sub(then));
        if ahead >= SLEPT {
            self.slept_ms.fetch_max(ahead, Ordering::AcqRel);
        }
    }

    fn awake_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn wall_64_a_night_asleep_counts_and_a_clock_set_back_does_not() {
        let clock = Clock::new();
        clock.witness(UnixMs(1_000_000));
        tokio::time::advance(Duration::from_secs(1)).await;
        clock.witness(UnixMs(1_001_000 + 3_600_000));
        assert_eq!(clock.now(), Moment(3_601_000), "an hour passed while nobody ran");
        clock.witness(UnixMs(-5));
        assert_eq!(clock.now(), Moment(3_601_000), "time never runs backwards");
        clock.witness(UnixMs(i64::MAX));
        assert!(clock.now().plus(Duration::MAX) >= clock.now(), "and never overflows");
    }
}
