//! How long a provider asks to wait, in all the ways they say it.
//!
//! An explicit wait (`retry-after-ms`, `Retry-After`, Google's `RetryInfo`)
//! comes before what the rate-limit headers let one infer.

use domain::UnixMs;
use reqwest::header::HeaderMap;

use crate::timestamp::rfc3339;

/// The explicit wait in milliseconds; `from_body` is what `RetryInfo` said.
pub(crate) fn explicit(headers: &HeaderMap, from_body: Option<u64>, now: UnixMs) -> Option<u64> {
    text(headers, "retry-after-ms")
        .and_then(millis)
        .or_else(|| text(headers, "retry-after").and_then(|value| retry_after(value, headers, now)))
        .or(from_body)
}

/// The wait that a 429's rate-limit headers imply: the longest reset of a
/// limit that is used up, or of any where they do not say which.
pub(crate) fn implied(headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    let limits: Vec<(u64, bool)> = headers
        .iter()
        .filter_map(|(name, value)| {
            let remaining = remaining_name(name.as_str())?;
            let wait = reset(value.to_str().ok()?, now)?;
            let left = text(headers, &remaining).and_then(|left| left.parse::<f64>().ok());
            Some((wait, left.is_some_and(|left| left <= 0.0)))
        })
        .collect();
    let used_up = limits.iter().filter(|(_, used_up)| *used_up).map(|(wait, _)| *wait).max();
    used_up.or_else(|| limits.iter().map(|(wait, _)| *wait).max())
}

/// What the provider says about trying again, as OpenAI's servers do.
pub(crate) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match text(headers, "x-should-retry")? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A Google duration such as `38s` or `1.5s`, in milliseconds.
pub(crate) fn google_duration(value: &str) -> Option<u64> {
    seconds(value.strip_suffix('s')?)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// For the name of a reset header, the name of the header that says what is left.
fn remaining_name(name: &str) -> Option<String> {
    let known = name.starts_with("x-ratelimit-")
        || name.starts_with("ratelimit-")
        || name.starts_with("anthropic-ratelimit-");
    (known && name.contains("reset")).then(|| name.replace("reset", "remaining"))
}

fn retry_after(value: &str, headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    if let Some(wait) = seconds(value) {
        return Some(wait);
    }
    let at = http_date(value)?;
    // The server's own clock where it says it, so that ours may be wrong.
    let server_now = text(headers, "date").and_then(http_date).unwrap_or(now);
    Some(at.since(server_now))
}

fn http_date(value: &str) -> Option<UnixMs> {
    let at = httpdate::parse_http_date(value).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(UnixMs(i64::try_from(since.as_millis()).ok()?))
}

/// A reset as seconds (`12`, `0.5`), a duration (`6m0s`), an epoch in seconds
/// or milliseconds, or a timestamp.
fn reset(value: &str, now: UnixMs) -> Option<u64> {
    const YEAR_2001: f64 = 1e9;
    const YEAR_2001_MS: f64 = 1e12;
    if let Some(number) = finite(value) {
        let at = |millis: f64| UnixMs(millis as i64).since(now);
        return Some(match number {
            n if n >= YEAR_2001_MS => at(n),
            n if n >= YEAR_2001 => at(n * 1_000.0),
            n => (n.max(0.0) * 1_000.0) as u64,
        });
    }
    duration(value).or_else(|| rfc3339(value).map(|at| at.since(now)))
}

fn finite(value: &str) -> Option<f64> {
    value.parse::<f64>().ok().filter(|number| number.is_finite())
}

fn millis(value: &str) -> Option<u64> {
    finite(value).map(|number| number.max(0.0) as u64)
}

fn seconds(value: &str) -> Option<u64> {
    finite(value).map(|number| (number.max(0.0) * 1_000.0) as u64)
}

/// A duration as Go prints it: `6m0s`, `1h2m3.5s`, `20ms`.
fn duration(value: &str) -> Option<u64> {
    let mut rest = value;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_len = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        let millis = match unit {
            "d" => 86_400_000.0,
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1_000.0,
            "ms" => 1.0,
            "us" | "µs" => 0.001,
            "ns" => 0.000_001,
            _ => return None,
        };
        total += finite(number)? * millis;
        rest = tail;
    }
    (total > 0.0 || !value.is_empty()).then_some(total as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const NOW: UnixMs = UnixMs(1_795_462_200_000);

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("plain text");
                (HeaderName::from_static(name), value)
            })
            .collect()
    }

    #[test]
    fn wall_03_milliseconds_are_preferred_over_seconds() {
        let headers = headers(&[("retry-after", "9"), ("retry-after-ms", "1500")]);
        assert_eq!(explicit(&headers, Some(7), NOW), Some(1_500), "the finer statement rules");
    }

    #[test]
    fn wall_04_a_date_is_read_and_a_past_one_means_now() {
        let future = headers(&[("retry-after", "Mon, 23 Nov 2026 19:30:30 GMT")]);
        assert_eq!(explicit(&future, None, NOW), Some(30_000), "thirty seconds ahead");
        let past = headers(&[("retry-after", "Mon, 23 Nov 2020 19:30:30 GMT")]);
        assert_eq!(explicit(&past, None, NOW), Some(0), "a past date is no reason to wait");
    }

    #[test]
    fn wall_04_a_date_is_read_against_the_servers_clock() {
        let skewed = headers(&[
            ("date", "Mon, 23 Nov 2026 21:30:00 GMT"),
            ("retry-after", "Mon, 23 Nov 2026 21:30:05 GMT"),
        ]);
        assert_eq!(explicit(&skewed, None, NOW), Some(5_000), "two clocks differ by two hours");
    }

    #[test]
    fn wall_06_resets_come_in_every_notation() {
        for (value, wait) in [
            ("6m0s", 360_000),
            ("1h2m3.5s", 3_723_500),
            ("20ms", 20),
            ("12", 12_000),
            ("0.5", 500),
            ("1795462260", 60_000),
            ("1795462260000", 60_000),
            ("2026-11-23T19:31:00Z", 60_000),
            ("-3", 0),
        ] {
            let headers = headers(&[("x-ratelimit-reset", value)]);
            assert_eq!(implied(&headers, NOW), Some(wait), "{value}");
        }
    }

    #[test]
    fn wall_07_x_should_retry_is_read() {
        for (value, said) in [("true", Some(true)), ("false", Some(false)), ("perhaps", None)] {
            let headers = headers(&[("x-should-retry", value)]);
            assert_eq!(should_retry(&headers), said, "{value}");
        }
    }

    #[test]
    fn the_limit_that_is_used_up_decides() {
        let headers = headers(&[
            ("x-ratelimit-reset-requests", "2s"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
            ("x-ratelimit-remaining-tokens", "9000"),
        ]);
        assert_eq!(implied(&headers, NOW), Some(2_000), "the other limit has room");
    }

    #[test]
    fn nonsense_is_no_wait() {
        for value in ["", "soon", "nan", "inf", "1e999", "5 parsecs", "é"] {
            let map = HeaderMap::from_iter([(
                HeaderName::from_static("retry-after"),
                HeaderValue::from_bytes(value.as_bytes()).expect("visible bytes"),
            )]);
            assert_eq!(explicit(&map, None, NOW), None, "{value:?}");
        }
        assert_eq!(duration(""), None, "no text is no duration");
    }

    #[test]
    fn a_huge_wait_saturates() {
        let headers = headers(&[("retry-after", "1e300")]);
        assert_eq!(explicit(&headers, None, NOW), Some(u64::MAX), "no overflow, no panic");
    }

    #[test]
    fn googles_duration_is_read() {
        assert_eq!(google_duration("38s"), Some(38_000), "as RetryInfo says it");
        assert_eq!(google_duration("38"), None, "without a unit it means nothing");
    }
}
