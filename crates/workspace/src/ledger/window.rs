//! The ledger's time: which window a call falls into.
//!
//! Windows are stretches of the calendar. The time that places a call never
//! runs back: a clock that is set back opens nothing, and after that the
//! ledger goes on at the clock's pace, so that no window lasts for ever.

use domain::{Span, UnixMs};

use super::Zone;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The end of the year 9998: the calendar ends with the next one, and every month has an end. No
/// clock that is right shows more.
const LATEST: i64 = 253_370_764_799_999;
/// By so much a clock may be set right without the ledger going its own way.
const CORRECTION: i64 = MINUTE;

/// The ledger's time, and what the computer's clock said then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) ledger: UnixMs,
    pub(crate) wall: UnixMs,
}

impl Pace {
    /// The time now, after `last`.
    pub(crate) fn after(last: Option<Self>, wall: UnixMs) -> Self {
        let wall = UnixMs(wall.0.clamp(0, LATEST));
        let Some(last) = last else { return Self { ledger: wall, wall } };
        let passed = i64::try_from(wall.since(last.wall)).unwrap_or(0);
        let ledger = if last.ledger.since(wall) <= CORRECTION.unsigned_abs() {
            last.ledger.max(wall)
        } else {
            last.ledger.plus(passed)
        };
        Self { ledger, wall }
    }

    /// A time of the ledger by the computer's clock.
    pub(crate) fn by_the_clock(self, ledger: UnixMs) -> UnixMs {
        self.wall.plus(ledger.0.saturating_sub(self.ledger.0))
    }
}

/// A stretch of the ledger's time; its end is the next one's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) begins: UnixMs,
    pub(crate) ends: UnixMs,
}

impl Window {
    /// The one that holds `at`. Days and months are those of `zone`, as long as the clocks there
    /// make them; minutes and hours are the same everywhere, nearly.
    pub(crate) fn around(span: Span, at: UnixMs, zone: &Zone) -> Self {
        let length = match span {
            Span::Minute => MINUTE,
            Span::Hour => HOUR,
            Span::Day => return zone.day(at),
            Span::Month => return zone.month(at),
        };
        let begins = at.0.div_euclid(length).saturating_mul(length);
        Self { begins: UnixMs(begins), ends: UnixMs(begins.saturating_add(length)) }
    }

    /// Whether a call at this time falls into it.
    pub(crate) fn holds(self, at: UnixMs) -> bool {
        self.begins <= at && at < self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;
    use proptest::prelude::*;

    fn starts(span: Span, at: i64) -> i64 {
        Window::around(span, UnixMs(at), &Zone::utc()).begins.0
    }

    #[test]
    fn windows_are_those_of_the_calendar() {
        // 2026-11-26T18:01:02.003Z
        let at = 1_795_716_062_003;
        assert_eq!(starts(Span::Minute, at), 1_795_716_060_000, "18:01");
        assert_eq!(starts(Span::Hour, at), 1_795_716_000_000, "18:00");
        assert_eq!(starts(Span::Day, at), 1_795_651_200_000, "midnight in UTC");
        let november = Window::around(Span::Month, UnixMs(at), &Zone::utc());
        assert_eq!(november.begins.0, 1_793_491_200_000, "2026-11-01");
        assert_eq!(november.ends.0, 1_796_083_200_000, "2026-12-01");
        // 2028-02-29T12:00Z
        let leap = Window::around(Span::Month, UnixMs(1_835_438_400_000), &Zone::utc());
        assert_eq!(leap.ends.0 - leap.begins.0, 29 * DAY, "a leap February");
        let january = Window::around(Span::Month, UnixMs(0), &Zone::utc());
        assert_eq!((january.begins.0, january.ends.0), (0, 31 * DAY), "January 1970");
    }

    #[test]
    fn wall_64_a_clock_set_back_opens_nothing_and_stops_nothing() {
        let (start, hour) = (1_795_716_062_003, HOUR);
        let first = Pace::after(None, UnixMs(start));
        let back = Pace::after(Some(first), UnixMs(start - 40 * DAY));
        assert_eq!(back.ledger, first.ledger, "October does not come again");
        let later = Pace::after(Some(back), UnixMs(start - 40 * DAY + hour));
        assert_eq!(later.ledger.0, start + hour, "an hour is an hour: no window lasts for ever");
        assert_eq!(
            later.by_the_clock(UnixMs(later.ledger.0 + 5)),
            UnixMs(start - 40 * DAY + hour + 5),
            "and people read times by their clock"
        );
        let nudged = Pace::after(Some(first), UnixMs(start - 500));
        assert_eq!(nudged.ledger, first.ledger, "half a second is a clock being set right");
        let caught_up = Pace::after(Some(nudged), UnixMs(start + 10));
        assert_eq!(caught_up.ledger.0, start + 10, "which leaves no trace");
    }

    fn clocks() -> impl Strategy<Value = i64> {
        prop_oneof![
            Just(i64::MIN),
            Just(i64::MAX),
            Just(0),
            any::<i64>(),
            1_700_000_000_000..1_900_000_000_000_i64,
        ]
    }

    proptest! {
        #[test]
        fn the_ledgers_time_never_runs_back_whatever_the_clock_says(
            walls in prop::collection::vec(clocks(), 1..40),
        ) {
            let mut last: Option<Pace> = None;
            for wall in walls {
                let now = Pace::after(last, UnixMs(wall));
                if let Some(last) = last {
                    prop_assert!(now.ledger >= last.ledger, "{last:?} then {now:?}");
                }
                for span in Span::ALL {
                    let window = Window::around(span, now.ledger, &Zone::utc());
                    prop_assert!(window.begins <= now.ledger, "{span:?}: {window:?}");
                    prop_assert!(
                        now.ledger < window.ends || window.ends.0 == i64::MAX,
                        "{span:?}: {window:?}"
                    );
                }
                last = Some(now);
            }
        }

        #[test]
        fn a_window_is_the_same_for_every_moment_in_it_wherever(
            at in 0..4_000_000_000_000_i64, part in 0.0..1.0_f64, place in 0..ZONES.len(),
        ) {
            let zone = Zone::named(ZONES[place]).expect("it exists");
            for span in Span::ALL {
                let window = Window::around(span, UnixMs(at), &zone);
                prop_assert!(window.holds(UnixMs(at)));
                let length = window.ends.0 - window.begins.0;
                let inside = window.begins.0 + ((length - 1) as f64 * part) as i64;
                prop_assert_eq!(Window::around(span, UnixMs(inside), &zone), window);
                let next = Window::around(span, window.ends, &zone);
                prop_assert_eq!(next.begins, window.ends, "no gap and no overlap");
            }
        }
    }

    /// Summer time, half and quarter hours, midnights that do not happen, a day that did not.
    const ZONES: [&str; 7] = [
        "UTC",
        "Europe/Lisbon",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Santiago",
    ];

    #[test]
    fn a_day_is_as_long_as_the_clocks_of_the_place_make_it() {
        let lisbon = Zone::named("Europe/Lisbon").unwrap();
        let hours = |at: i64| {
            let window = Window::around(Span::Day, UnixMs(at), &lisbon);
            (window.ends.0 - window.begins.0) / HOUR
        };
        // 2026-03-29, 2026-10-25 and 2026-07-01, at noon in UTC.
        assert_eq!(hours(1_774_785_600_000), 23, "clocks go forward");
        assert_eq!(hours(1_792_929_600_000), 25, "and back");
        assert_eq!(hours(1_782_907_200_000), 24, "and mostly neither");
        // 2026-07-01 begins at 23:00 of the day before in UTC.
        let july = Window::around(Span::Month, UnixMs(1_782_907_200_000), &lisbon);
        assert_eq!(july.begins.0, 1_782_860_400_000, "the month begins where the people are");
    }
}
