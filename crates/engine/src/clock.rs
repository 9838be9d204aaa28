//! The one place that reads the wall clock.
//!
//! Everything below the engine gets its time as an argument, so that tests
//! decide what time it is.

use domain::UnixMs;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, by the computer's clock.
    fn now(&self) -> UnixMs;
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
}
