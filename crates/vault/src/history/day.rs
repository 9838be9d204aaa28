//! Table `day`: the rows of each day, so that a filter by date seeks instead of reading.
//!
//! The range of a day may be too wide (an import, a clock that jumped), never too narrow.

use domain::UnixMs;
use rusqlite::{Connection, Transaction};
use std::ops::RangeInclusive;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) fn include(tx: &Transaction<'_>, at: UnixMs, row: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO day (day, first_row, last_row) VALUES (?1, ?2, ?2)
         ON CONFLICT (day) DO UPDATE SET first_row = min(first_row, ?2), last_row = max(last_row, ?2)",
    )?
    .execute((at.0.div_euclid(DAY_MS), row))?;
    Ok(())
}

/// The rows among which all messages of `from <= created_at < until` are.
pub(crate) fn rows(
    connection: &Connection,
    from: Option<UnixMs>,
    until: Option<UnixMs>,
) -> rusqlite::Result<RangeInclusive<i64>> {
    if from.is_none() && until.is_none() {
        return Ok(i64::MIN..=i64::MAX);
    }
    let (first, last): (Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT min(first_row), max(last_row) FROM day WHERE day BETWEEN ?1 AND ?2",
        )?
        .query_row(
            (
                from.map_or(i64::MIN, |from| from.0.div_euclid(DAY_MS)),
                until.map_or(i64::MAX, |until| until.0.div_euclid(DAY_MS)),
            ),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    // No such day: an empty range.
    Ok(first.unwrap_or(1)..=last.unwrap_or(0))
}
