//! Reading LiteLLM's price file (`model_prices_and_context_window.json`).
//!
//! Rows of the known vendors are taken; a row that makes no sense is left out
//! and counted. A list that lost much of what is known is refused whole: a
//! half-loaded file would leave models unpriced, or at another's price.
//!
//! Source: <https://github.com/BerriAI/litellm>, MIT licence.

use std::collections::BTreeMap;

use domain::{Tokens, UnixMs};
use serde_json::{Map, Value};

use super::{Catalogue, HOSTS, ModelFacts, Prices, Rates, Tier};
use crate::timestamp::rfc3339;

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 16 << 20;
/// No token costs a dollar.
const DEAREST: f64 = 1.0;
/// Sizes at which the file names tiers of their own, in thousands of tokens.
const TIERS: [u64; 4] = [128, 200, 256, 272];

/// Why a price file is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Not the file it should be.
    #[error("This is not LiteLLM's price file: {0}. Nothing was changed.")]
    Unreadable(String),
    /// More than [`LARGEST`] bytes.
    #[error("A price file has at most 16 MiB. Nothing was changed.")]
    TooLarge,
    /// Much of what is known is not in it.
    #[error(
        "This list knows {found} models with a price where the one in use knows {known}. Nothing was changed."
    )]
    Shrunken {
        /// Models with a price in the file.
        found: usize,
        /// Models with a price in the list in use.
        known: usize,
    },
    /// No day.
    #[error("A price list is of a day, such as 2026-11-23. Nothing was changed.")]
    Date,
}

/// Reads a price file, made on the day `date` (`YYYY-MM-DD`), to stand in for `known`.
///
/// A tenth of the known models may be missing; whether changed prices are meant, see
/// [`super::difference`].
///
/// # Errors
/// [`ImportError`]; `known` then stays in use.
pub fn read(file: &[u8], date: &str, known: &Catalogue) -> Result<Catalogue, ImportError> {
    if file.len() > LARGEST {
        return Err(ImportError::TooLarge);
    }
    if day(date).is_none() {
        return Err(ImportError::Date);
    }
    let rows: Map<String, Value> =
        serde_json::from_slice(file).map_err(|error| ImportError::Unreadable(error.to_string()))?;
    let mut vendors: BTreeMap<String, BTreeMap<String, ModelFacts>> = BTreeMap::new();
    for (name, row) in &rows {
        if let Some((vendor, model, facts)) = row.as_object().and_then(|row| entry(name, row)) {
            vendors.entry(vendor.to_owned()).or_default().insert(model.to_owned(), facts);
        }
    }
    let source = "LiteLLM model_prices_and_context_window.json".to_owned();
    let found = Catalogue { date: date.to_owned(), source, vendors };
    refuse_shrunken(&found, known)?;
    Ok(found)
}

/// A tenth may go: vendors retire models. A vendor that was known may not go.
fn refuse_shrunken(found: &Catalogue, known: &Catalogue) -> Result<(), ImportError> {
    let shrunken = ImportError::Shrunken { found: found.priced(), known: known.priced() };
    let lost = known.vendors.keys().any(|vendor| !found.vendors.contains_key(vendor));
    let less = |found: usize, known: usize| found * 10 < known * 9;
    if lost
        || found.is_empty()
        || less(found.len(), known.len())
        || less(found.priced(), known.priced())
    {
        return Err(shrunken);
    }
    Ok(())
}

fn entry<'a>(
    name: &'a str,
    row: &Map<String, Value>,
) -> Option<(&'static str, &'a str, ModelFacts)> {
    let vendor = row.get("litellm_provider")?.as_str()?;
    let (_, vendor) = HOSTS.iter().find(|(_, known)| *known == vendor)?;
    if !matches!(row.get("mode")?.as_str()?, "chat" | "responses") {
        return None;
    }
    let model = name.strip_prefix(vendor).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    let says = |field: &str| row.get(field).and_then(Value::as_bool).unwrap_or(false);
    let tokens = |field: &str| row.get(field).and_then(Value::as_u64).map(Tokens);
    let facts = ModelFacts {
        context: tokens("max_input_tokens"),
        max_output: tokens("max_output_tokens"),
        images: says("supports_vision"),
        tools: says("supports_function_calling"),
        reasoning: says("supports_reasoning"),
        structured: says("supports_response_schema"),
        retires: row
            .get("deprecation_date")
            .and_then(Value::as_str)
            .filter(|text| day(text).is_some())
            .map(str::to_owned),
        prices: prices(row),
    };
    Some((vendor, model, facts))
}

/// The beginning of the day that `text`, `YYYY-MM-DD`, names, in UTC.
#[must_use]
pub fn day(text: &str) -> Option<UnixMs> {
    (text.len() == 10).then(|| rfc3339(&format!("{text}T00:00:00Z"))).flatten()
}

fn prices(row: &Map<String, Value>) -> Option<Prices> {
    let base = Rates {
        input: rate(row, "input_cost_per_token")??,
        output: rate(row, "output_cost_per_token")??,
        cached: rate(row, "cache_read_input_token_cost")?,
        write: rate(row, "cache_creation_input_token_cost")?,
        write_long: rate(row, "cache_creation_input_token_cost_above_1hr")?,
        reasoning: rate(row, "output_cost_per_reasoning_token")?,
    };
    // Free trials end and typing errors happen: a list says what is free by leaving it out.
    if base.input == 0 && base.output == 0 {
        return None;
    }
    let mut tiers = Vec::new();
    for thousands in TIERS {
        let at = |field: &str| rate(row, &format!("{field}_above_{thousands}k_tokens"));
        let (input, output) = (at("input_cost_per_token")?, at("output_cost_per_token")?);
        if input.is_none() && output.is_none() {
            continue;
        }
        let rates = Rates {
            input: input.unwrap_or(base.input),
            output: output.unwrap_or(base.output),
            cached: at("cache_read_input_token_cost")?.or(base.cached),
            write: at("cache_creation_input_token_cost")?.or(base.write),
            ..base
        };
        tiers.push(Tier { above: Tokens(thousands * 1_000), rates });
    }
    Some(Prices { base, tiers })
}

/// A rate in pico-dollars. `None` for one that makes no sense, `Some(None)` where none is said.
#[expect(clippy::option_option, reason = "a senseless rate and a missing one differ")]
fn rate(row: &Map<String, Value>, field: &str) -> Option<Option<u64>> {
    let Some(value) = row.get(field).filter(|value| !value.is_null()) else { return Some(None) };
    let dollars = value.as_f64().filter(|dollars| (0.0..DEAREST).contains(dollars))?;
    // Up to 10¹², which a float holds exactly.
    Some(Some((dollars * 1e12).round() as u64))
}

#[cfg(test)]
mod tests;
