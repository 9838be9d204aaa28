//! What a call costs, and what it can cost at most.
//!
//! Rates are whole pico-dollars (10⁻¹²) for one token, as every published
//! price is; sums are exact and rounded up to nano-dollars once, at the end.

use domain::{NanoUsd, Tokens, Usage};
use serde::{Deserialize, Serialize};

/// The prices of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// For inputs below every tier.
    #[serde(flatten)]
    pub base: Rates,
    /// For larger inputs, smallest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

/// Pico-dollars for one token of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Input.
    pub input: u64,
    /// Output.
    pub output: u64,
    /// Input from the vendor's prompt cache; as input where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<u64>,
    /// Input written to that cache for minutes; as input where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<u64>,
    /// Input written to it for an hour; as for minutes where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_long: Option<u64>,
    /// Reasoning; as output where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
}

/// Rates for calls whose whole input is larger than a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// They hold from one token more than this.
    pub above: Tokens,
    /// For all of the call, not for the part above alone.
    #[serde(flatten)]
    pub rates: Rates,
}

impl Prices {
    /// What a call with this usage costs, rounded up.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> NanoUsd {
        let written = usage.cache_write.0.saturating_add(usage.cache_write_long.0);
        let input = usage.input.0.saturating_add(usage.cached_input.0).saturating_add(written);
        let rates = self.rates_for(Tokens(input));
        nano([
            (usage.input, rates.input),
            (usage.cached_input, rates.cached.unwrap_or(rates.input)),
            (usage.cache_write, rates.short_write()),
            (usage.cache_write_long, rates.long_write()),
            (usage.output, rates.output),
            (usage.reasoning, rates.thought()),
        ])
    }

    /// What a call with so much input costs at most, each token at its dearest kind and tier:
    /// for the input, and in pico-dollars for each token of output.
    #[must_use]
    pub fn at_most(&self, input: Tokens) -> (NanoUsd, u64) {
        let reachable = self.tiers.iter().filter(|tier| input > tier.above);
        let all = || std::iter::once(&self.base).chain(reachable.clone().map(|tier| &tier.rates));
        let of_input = all().map(Rates::dearest_input).max().unwrap_or_default();
        let of_output = all().map(|rates| rates.output.max(rates.thought())).max();
        (nano([(input, of_input)]), of_output.unwrap_or_default())
    }

    fn rates_for(&self, input: Tokens) -> Rates {
        let reached = self.tiers.iter().rev().find(|tier| input > tier.above);
        reached.map_or(self.base, |tier| tier.rates)
    }
}

impl Rates {
    fn short_write(&self) -> u64 {
        self.write.unwrap_or(self.input)
    }

    fn long_write(&self) -> u64 {
        self.write_long.unwrap_or_else(|| self.short_write())
    }

    fn dearest_input(&self) -> u64 {
        let cached = self.cached.unwrap_or(0);
        self.input.max(cached).max(self.short_write()).max(self.long_write())
    }

    fn thought(&self) -> u64 {
        self.reasoning.unwrap_or(self.output)
    }
}

/// The sum of tokens at their rates in nano-dollars, rounded up; the largest amount there is
/// instead of more than that.
fn nano<const N: usize>(parts: [(Tokens, u64); N]) -> NanoUsd {
    let pico = parts
        .into_iter()
        .map(|(tokens, rate)| u128::from(tokens.0) * u128::from(rate))
        .fold(0_u128, u128::saturating_add);
    NanoUsd(i64::try_from(pico.div_ceil(1_000)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
