//! The same sums as a table that spreadsheets read (RFC 4180).

use crate::api::{Failure, ReadUsage, UsageOf, UsagePeriod};
use crate::cells::{dollars, harmless, moment};
use crate::usage::Shown;

const HEAD: [&str; 13] = [
    "begins_utc",
    "person",
    "profile",
    "provider",
    "model",
    "answers",
    "failed",
    "fallbacks",
    "tokens_in",
    "tokens_out",
    "usd",
    "usd_held",
    "calls_without_known_price",
];

/// A line for each day (of a year, each month), person and model.
pub(super) fn written(shown: &Shown<'_>) -> Result<Vec<u8>, Failure> {
    let mut table =
        ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |_| Failure::internal("the table could not be written");
    table.write_record(HEAD).map_err(failed)?;
    for row in &shown.usage.rows {
        let Some(model) = shown.model(row.model) else { continue };
        let begins = shown.usage.edges.get(row.part).copied().unwrap_or_default();
        let name = shown.member(row.profile).map(|one| one.name.clone()).unwrap_or_default();
        let sums = &row.sums;
        table
            .write_record([
                moment(begins),
                harmless(&name),
                row.profile.to_string(),
                harmless(model.provider.as_deref().unwrap_or_default()),
                harmless(&model.model.model),
                sums.answers.to_string(),
                sums.failed.to_string(),
                sums.fallbacks.to_string(),
                sums.input.0.to_string(),
                sums.output.0.to_string(),
                dollars(sums.cost.0),
                dollars(sums.held.0),
                sums.unpriced.to_string(),
            ])
            .map_err(failed)?;
    }
    table.into_inner().map_err(|_| Failure::internal("the table could not be written"))
}

/// "Carrel usage 2026-11.csv"; of others, that it is theirs.
pub(super) fn file_name(usage: &workspace::Usage, request: ReadUsage) -> String {
    // The middle of the first part lies in its day wherever the zone is.
    let first = usage.edges.first().copied().unwrap_or_default();
    let day = moment(first.plus(12 * 60 * 60 * 1_000));
    let length = match request.period {
        UsagePeriod::Week => 10,
        UsagePeriod::Month => 7,
        UsagePeriod::Year => 4,
    };
    let period: String = day.chars().take(length).collect();
    let whose = match request.of {
        UsageOf::Me {} => "",
        UsageOf::Group { .. } => "of a group ",
        UsageOf::Everyone {} => "of everyone ",
    };
    format!("Carrel usage {whose}{period}.csv")
}
