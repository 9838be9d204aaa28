//! Routes: whom a question is put to, where that is more than one model.

use serde::{Deserialize, Serialize};

use crate::{ModelRef, RouteId, Tokens};

/// How the first candidate is chosen among those that policy allows and that
/// are healthy. A fallback follows the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// As listed.
    #[default]
    Ordered,
    /// By lot, according to each candidate's weight.
    Weighted,
    /// The better of two drawn at random, by median first-token time.
    LeastLatency,
    /// The better of two drawn at random, by answers under way for each weight.
    LeastBusy,
    /// By price; a candidate without a price comes last.
    Cheapest,
}

/// One candidate of a route, as an admin wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RouteStep {
    /// Which model.
    pub model: ModelRef,
    /// Its part where the strategy draws or counts answers under way, 0 to 1,000; one of 0
    /// only stands in.
    pub weight: u32,
    /// Its longest answer in tokens; none for the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub max_output: Option<Tokens>,
    /// How freely it chooses words, in hundredths from 0 to 200; none for the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional = nullable))]
    pub temperature: Option<u16>,
}

impl RouteStep {
    /// The largest weight.
    pub const MOST_WEIGHT: u32 = 1_000;
    /// The largest temperature, in hundredths.
    pub const MOST_TEMPERATURE: u16 = 200;

    /// A candidate like any other.
    #[must_use]
    pub fn new(model: ModelRef) -> Self {
        Self { model, weight: 1, max_output: None, temperature: None }
    }
}

/// Whom a person puts a question to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// Whoever a route names.
    Route {
        /// Which route.
        route: RouteId,
    },
    /// One model, and where it cannot answer those that stand in for it.
    Model {
        /// Which model.
        model: ModelRef,
    },
}
