//! What an admin says of a model where the price list says something else, or nothing.

use serde::{Deserialize, Serialize};

use crate::{NanoUsd, Tokens};

/// An admin's own values for one model. What is none holds as the price list has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// What it costs.
    pub price: PriceOverride,
    /// What it reads at once.
    pub context: Option<Tokens>,
    /// Whether it reads images.
    pub images: Option<bool>,
    /// Whether it calls tools.
    pub tools: Option<bool>,
    /// Whether it thinks before it answers.
    pub reasoning: Option<bool>,
    /// Whether it answers in a given form.
    pub structured: Option<bool>,
}

/// What an admin says of a model's price. Kinds without a field are written with braces: serde
/// passes over unknown fields of those without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceOverride {
    /// As the price list has it.
    Listed {},
    /// Nobody knows it, whatever the price list says.
    Unpriced {},
    /// This, at every size of the input.
    Set {
        /// For a million tokens of each kind.
        price: MillionPrice,
    },
}

impl Default for PriceOverride {
    fn default() -> Self {
        Self::Listed {}
    }
}

/// Nano-dollars for a million tokens of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MillionPrice {
    /// Of input.
    pub input: NanoUsd,
    /// Of output, reasoning included.
    pub output: NanoUsd,
    /// Of input from the vendor's prompt cache; as input where it is none.
    pub cached: Option<NanoUsd>,
    /// Of input written to that cache; as input where it is none.
    pub write: Option<NanoUsd>,
}

impl MillionPrice {
    /// No price is higher: ten thousand dollars for a million tokens.
    pub const MOST: NanoUsd = NanoUsd(10_000_000_000_000);
    /// A millionth of a dollar: a price is a whole number of these, so that one token costs a
    /// whole number of pico-dollars.
    pub const STEP: NanoUsd = NanoUsd(1_000);

    /// The four prices; those that are none are left out.
    pub fn each(self) -> impl Iterator<Item = NanoUsd> {
        [Some(self.input), Some(self.output), self.cached, self.write].into_iter().flatten()
    }

    /// Whether every price is one that a model can have.
    #[must_use]
    pub fn holds(self) -> bool {
        let is_one =
            |price: NanoUsd| (0..=Self::MOST.0).contains(&price.0) && price.0 % Self::STEP.0 == 0;
        self.each().all(is_one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_below_nothing_beyond_all_prices_or_finer_than_can_be_counted_does_not_hold() {
        let input = |nano| MillionPrice { input: NanoUsd(nano), ..MillionPrice::default() };
        for nano in [0, 1_000, 2_500_000_000, MillionPrice::MOST.0] {
            assert!(input(nano).holds(), "{nano} is a price");
        }
        for nano in [-1, -1_000, 1, MillionPrice::MOST.0 + 1_000, i64::MIN, i64::MAX] {
            assert!(!input(nano).holds(), "{nano} is none");
        }
        let cached = MillionPrice { cached: Some(NanoUsd(-1_000)), ..input(0) };
        let write = MillionPrice { write: Some(NanoUsd(-1_000)), ..input(0) };
        let output = MillionPrice { output: NanoUsd(-1_000), ..input(0) };
        assert!(![cached, write, output].into_iter().any(MillionPrice::holds), "of every kind");
    }
}
