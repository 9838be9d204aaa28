//! What stands in the cells of tables that are written out.
//!
//! A cell that a spreadsheet would run as a formula begins with an apostrophe,
//! as OWASP advises ("CSV Injection").

use domain::UnixMs;

/// The text as a cell that is no formula.
pub(crate) fn harmless(text: &str) -> String {
    // Where people write decimal commas, spreadsheets part cells at semicolons.
    let text = text.replace([';', '\t', '\r', '\n'], " ");
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text,
    }
}

/// All nine places: sums of this column are exact.
pub(crate) fn dollars(nano: i64) -> String {
    let (sign, nano) = (if nano < 0 { "-" } else { "" }, nano.unsigned_abs());
    format!("{sign}{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000)
}

/// As RFC 3339 writes it, to the second.
pub(crate) fn moment(at: UnixMs) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// As RFC 3339 writes it, to the millisecond.
pub(crate) fn exact_moment(at: UnixMs) -> String {
    written(at, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

fn written(at: UnixMs, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|moment| moment.strftime(form).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_as_a_formula() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(harmless("Mira = admin"), "Mira = admin", "in the middle it is a word");
        assert_eq!(harmless("x;=1\ny"), "x =1 y", "and no other cell begins there");
    }

    #[test]
    fn money_keeps_every_place() {
        assert_eq!(dollars(1_234_000_005), "1.234000005");
        assert_eq!(dollars(0), "0.000000000");
        assert_eq!(dollars(-5), "-0.000000005");
    }

    #[test]
    fn moments_are_written_as_everyone_reads_them() {
        let at = UnixMs(1_795_716_062_003);
        assert_eq!(moment(at), "2026-11-26T18:01:02Z");
        assert_eq!(exact_moment(at), "2026-11-26T18:01:02.003Z");
        assert_eq!(exact_moment(UnixMs(i64::MAX)), "", "what no calendar knows");
    }
}
