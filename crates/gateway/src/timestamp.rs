//! RFC 3339 timestamps, as Anthropic's reset headers carry them.
//!
//! Whole seconds are enough; a fraction is read over.

use domain::UnixMs;

/// The time that `text` such as `2026-11-23T19:00:00Z` or `…+02:00` names.
pub(crate) fn rfc3339(text: &str) -> Option<UnixMs> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if !separators.iter().all(|&(at, sign)| bytes.get(at) == Some(&sign)) {
        return None;
    }
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to).and_then(digits);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24;
    if !in_range || minute > 59 || second > 60 {
        return None;
    }
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let local = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(UnixMs((local - offset_seconds(zone)?) * 1_000))
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn offset_seconds(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (digits(hours)? * 3_600 + digits(minutes)? * 60))
}

/// Howard Hinnant's `days_from_civil` for years from 0 on.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-23T19:30:00.123Z", 1_795_462_200),
            ("2026-11-23T21:30:00+02:00", 1_795_462_200),
        ] {
            assert_eq!(rfc3339(text), Some(UnixMs(seconds * 1_000)), "{text}");
        }
    }

    #[test]
    fn what_is_no_timestamp_is_none() {
        for text in ["", "2026", "2026-13-01T00:00:00Z", "2026-11-23T19:30:00", "é026-11-23T19:30Z"]
        {
            assert_eq!(rfc3339(text), None, "{text:?} must not become a time");
        }
    }
}
