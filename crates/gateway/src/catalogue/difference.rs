//! What another price list would change: for whoever decides whether to take it.
//!
//! Prices fall and rise, but seldom by more than ten times at once. Where one
//! does, a unit was confused more often than a vendor changed its mind, so it
//! is named and somebody has to say that it is meant.

use super::{Catalogue, Prices, Rates};

/// A price that changes by more than this many times is doubted.
const DOUBTED: u64 = 10;

/// How one list differs from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Models that only the new list knows.
    pub added: usize,
    /// Models that only the old list knows.
    pub lost: usize,
    /// Models with another price than before.
    pub repriced: usize,
    /// Those among them whose price is more than ten times as high or as low as before.
    pub doubted: Vec<Doubt>,
}

/// A price that changes by more than ten times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The vendor, as the list names it.
    pub vendor: String,
    /// The model.
    pub model: String,
    /// What it costs by the old list, at small inputs.
    pub before: Rates,
    /// What it costs by the new one; nought where that says nothing.
    pub after: Rates,
}

/// What changes where `found` takes the place of `known`.
#[must_use]
pub fn between(known: &Catalogue, found: &Catalogue) -> Difference {
    let rows = |list: &Catalogue, vendor: &str, model: &str| {
        list.vendors.get(vendor).and_then(|rows| rows.get(model)).cloned()
    };
    let mut difference = Difference::default();
    for (vendor, models) in &found.vendors {
        for (model, facts) in models {
            let Some(before) = rows(known, vendor, model) else {
                difference.added += 1;
                continue;
            };
            let Some(before) = &before.prices else { continue };
            if Some(before) != facts.prices.as_ref() {
                difference.repriced += 1;
            }
            // No limit on money counts what has no price any more.
            if facts.prices.as_ref().is_none_or(|after| is_doubted(before, after)) {
                difference.doubted.push(Doubt {
                    vendor: vendor.clone(),
                    model: model.clone(),
                    before: before.base,
                    after: facts.prices.as_ref().map(|after| after.base).unwrap_or_default(),
                });
            }
        }
    }
    let all =
        known.vendors.iter().flat_map(|(vendor, models)| models.keys().map(move |m| (vendor, m)));
    difference.lost = all.filter(|(vendor, model)| rows(found, vendor, model).is_none()).count();
    difference
}

fn is_doubted(before: &Prices, after: &Prices) -> bool {
    let mut pairs = figures(before).into_iter().zip(figures(after));
    pairs.any(|(one, other)| one.max(other) > one.min(other).saturating_mul(DOUBTED))
}

/// What can be compared of any two prices: each kind at small inputs, and the dearest of all.
fn figures(prices: &Prices) -> [u64; 6] {
    let base = &prices.base;
    let dearest = |of: fn(&Rates) -> u64| {
        let tiers = prices.tiers.iter().map(|tier| of(&tier.rates));
        tiers.fold(of(base), u64::max)
    };
    [
        base.input,
        base.output,
        base.cached.unwrap_or(base.input),
        base.write.unwrap_or(base.input),
        dearest(|rates| rates.input),
        dearest(|rates| rates.output),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::{ModelFacts, Tier};
    use domain::Tokens;

    fn list(rows: &[(&str, Option<Prices>)]) -> Catalogue {
        let row = |(model, prices): &(&str, Option<Prices>)| {
            ((*model).to_owned(), ModelFacts { prices: prices.clone(), ..ModelFacts::default() })
        };
        let vendors = BTreeMap::from([("openai".to_owned(), rows.iter().map(row).collect())]);
        Catalogue { date: "2026-11-23".to_owned(), source: String::new(), vendors }
    }

    fn priced(input: u64, output: u64) -> Option<Prices> {
        let base = Rates { input, output, ..Rates::default() };
        Some(Prices { base, tiers: Vec::new() })
    }

    #[test]
    fn what_comes_goes_and_costs_otherwise_is_counted() {
        let known = list(&[("a", priced(10, 20)), ("b", priced(10, 20)), ("c", None)]);
        let found = list(&[("b", priced(11, 20)), ("c", priced(1, 1)), ("d", None)]);
        let expected = Difference { added: 1, lost: 1, repriced: 1, doubted: Vec::new() };
        assert_eq!(between(&known, &found), expected, "a first price is no other price");
        assert_eq!(between(&known, &known), Difference::default(), "nothing changes");
    }

    #[test]
    fn a_price_that_changes_by_more_than_ten_times_is_named() {
        let known = list(&[("a", priced(10, 20))]);
        let doubted = |prices| !between(&known, &list(&[("a", prices)])).doubted.is_empty();
        assert!(!doubted(priced(100, 200)), "ten times happens");
        assert!(!doubted(priced(1, 2)), "and a tenth, too");
        assert!(doubted(priced(101, 200)), "more is doubted");
        assert!(doubted(priced(10, 1)), "less too: it would be booked too cheap");
        assert!(doubted(None), "no limit on money counts what has no price");
        assert!(doubted(priced(0, 20)), "nothing is less than a tenth of something");
        let base = Rates { input: 10, output: 20, ..Rates::default() };
        let rates = Rates { output: 20_000, ..base };
        let tiers = vec![Tier { above: Tokens(200_000), rates }];
        assert!(doubted(Some(Prices { base, tiers })), "above a size, too");
        let cached = Rates { cached: Some(0), ..base };
        assert!(doubted(Some(Prices { base: cached, tiers: Vec::new() })), "from the cache, too");
    }

    #[test]
    fn the_doubted_price_is_told_with_what_it_was() {
        let (known, found) = (list(&[("a", priced(10, 20))]), list(&[("a", priced(1_000, 20))]));
        let [doubt] = <[Doubt; 1]>::try_from(between(&known, &found).doubted).unwrap();
        assert_eq!((doubt.vendor.as_str(), doubt.model.as_str()), ("openai", "a"));
        assert_eq!((doubt.before.input, doubt.after.input), (10, 1_000), "before and after");
    }
}
