//! The one place that reads clocks.
//!
//! Everything below the engine gets its time as an argument, so that tests
//! decide what time it is.

use std::time::Duration;

use domain::UnixMs;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, by the computer's clock, which people and servers may set.
    fn now(&self) -> UnixMs;

    /// How long the computer has been running, which nobody sets.
    fn uptime(&self) -> Uptime;
}

/// Time since the computer started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uptime {
    /// With the time it slept.
    pub total: Duration,
    /// Without it.
    pub awake: Duration,
}

/// The computer's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the lint points to")]
    fn now(&self) -> UnixMs {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        UnixMs(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn uptime(&self) -> Uptime {
        use rustix::time::{ClockId, clock_gettime};
        let read = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
        let awake = read(ClockId::Monotonic);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let total = read(ClockId::Boottime);
        // Elsewhere this clock goes on in sleep or nothing tells; idleness still counts.
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let total = awake;
        Uptime { total, awake }
    }
}
