//! Where days and months begin.

use domain::UnixMs;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::Window;

/// The longest name of a time zone, in bytes.
const LONGEST: usize = 60;

/// A time zone of the IANA database, which comes with the program: the same on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    pub(crate) fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The one of this name; none where there is none.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name.len() > LONGEST {
            return None;
        }
        TimeZone::get(name).ok().map(Self)
    }

    /// The name it is known by.
    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day that holds `at`.
    pub(crate) fn day(&self, at: UnixMs) -> Window {
        self.stretch(
            at,
            |now| now.start_of_day().ok(),
            |begins| begins.tomorrow().ok()?.start_of_day().ok(),
        )
    }

    /// The month that holds `at`.
    pub(crate) fn month(&self, at: UnixMs) -> Window {
        let first = |now: &ZonedDateTime| now.first_of_month().ok()?.start_of_day().ok();
        self.stretch(at, first, |begins| {
            begins.last_of_month().ok()?.tomorrow().ok()?.start_of_day().ok()
        })
    }

    /// The year that holds `at`.
    pub(crate) fn year(&self, at: UnixMs) -> Window {
        let first = |now: &ZonedDateTime| now.first_of_year().ok()?.start_of_day().ok();
        self.stretch(at, first, |begins| {
            begins.last_of_year().ok()?.tomorrow().ok()?.start_of_day().ok()
        })
    }

    /// What lies beyond the calendar has no beginning, or no end.
    fn stretch(
        &self,
        at: UnixMs,
        begins: impl Fn(&ZonedDateTime) -> Option<ZonedDateTime>,
        ends: impl Fn(&ZonedDateTime) -> Option<ZonedDateTime>,
    ) -> Window {
        let moment = |zoned: &ZonedDateTime| UnixMs(zoned.timestamp().as_millisecond());
        let now = Timestamp::from_millisecond(at.0).ok();
        let begins = now.and_then(|now| begins(&now.to_zoned_datetime(self.0.clone())));
        let ends = begins.as_ref().and_then(ends).as_ref().map(moment);
        Window {
            begins: begins.as_ref().map_or(UnixMs(i64::MIN), moment),
            ends: ends.unwrap_or(UnixMs(i64::MAX)),
        }
    }
}
