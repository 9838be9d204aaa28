//! What models cost and can do: the price list, and admins' own values over it.

use domain::{MillionPrice, ModelRef, Override, Tokens, UnixMs};
use serde::{Deserialize, Serialize};

/// The largest price file that is read.
pub const MAX_PRICE_FILE_BYTES: usize = gateway::catalogue::import::LARGEST;

/// The price list in use, and every model that is offered here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Catalogue {
    /// The day that the list in use is of, `YYYY-MM-DD`.
    pub date: String,
    /// How many models it knows.
    pub known: u32,
    /// When an admin brought it; none for the one that ships with this Carrel.
    pub imported_at: Option<UnixMs>,
    /// The day that the shipped list is of.
    pub shipped: String,
    /// By provider, in the admin's order.
    pub models: Vec<CatalogueRow>,
}

/// What is known of one model that is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CatalogueRow {
    /// Which model.
    pub model: ModelRef,
    /// Its name for people.
    pub label: String,
    /// False for the built-in models: they are what their files are.
    pub may_change: bool,
    /// What holds.
    pub facts: ModelFacts,
    /// What would hold without an admin's own values.
    pub listed: ModelFacts,
    /// An admin's own values.
    pub own: Option<Override>,
}

/// What a model costs and can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelFacts {
    /// For a million tokens, at small inputs; none where that is not known.
    pub price: Option<MillionPrice>,
    /// True where larger inputs cost more.
    pub tiered: bool,
    /// What it reads at once, where known.
    pub context: Option<Tokens>,
    /// Reads images.
    pub images: bool,
    /// Calls tools.
    pub tools: bool,
    /// Thinks before it answers.
    pub reasoning: bool,
    /// Answers in a given form.
    pub structured: bool,
}

/// An admin's own values for a model, or none to go back to the price list's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SaveOverride {
    /// Which model.
    pub model: ModelRef,
    /// None: as listed again.
    pub own: Option<Override>,
}

/// A newer price list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ImportCatalogue {
    /// LiteLLM's price file, at most 16 MiB of JSON.
    pub text: String,
    /// The day it is of, `YYYY-MM-DD`.
    pub date: String,
    /// Take it although prices change by more than ten times.
    pub accept: bool,
}

/// What a price list would change, and whether it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CatalogueImport {
    /// False where prices are doubted and nobody said that they are meant.
    pub taken: bool,
    /// The day it is of.
    pub date: String,
    /// How many models it knows.
    pub known: u32,
    /// Models that only it knows.
    pub added: u32,
    /// Models that it does not know any more.
    pub lost: u32,
    /// Models with another price than before.
    pub repriced: u32,
    /// Prices that change by more than ten times.
    pub doubted: Vec<DoubtedPrice>,
}

/// A price that changes by more than ten times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DoubtedPrice {
    /// The vendor, as the list names it.
    pub vendor: String,
    /// The model.
    pub model: String,
    /// For a million tokens, by the list in use.
    pub before: MillionPrice,
    /// By the other one.
    pub after: MillionPrice,
}
