use super::*;
use proptest::prelude::*;

/// $3 and $15 a million, with cache rates, and twice that above 200,000 tokens.
fn prices() -> Prices {
    let base = Rates {
        input: 3_000_000,
        output: 15_000_000,
        cached: Some(300_000),
        write: Some(3_750_000),
        write_long: Some(6_000_000),
        reasoning: None,
    };
    let rates = Rates { input: 6_000_000, output: 22_500_000, ..base };
    Prices { base, tiers: vec![Tier { above: Tokens(200_000), rates }] }
}

fn read(input: u64) -> Usage {
    Usage { input: Tokens(input), ..Usage::default() }
}

#[test]
fn wall_51_cache_writes_of_five_minutes_and_one_hour_are_priced_apart() {
    let short = Usage { cache_write: Tokens(1_000), ..Usage::default() };
    let long = Usage { cache_write_long: Tokens(1_000), ..Usage::default() };
    assert_eq!(prices().cost(&short), NanoUsd(3_750_000), "$3.75 a million");
    assert_eq!(prices().cost(&long), NanoUsd(6_000_000), "$6 a million");
    let thought = Usage { reasoning: Tokens(1_000), ..Usage::default() };
    assert_eq!(prices().cost(&thought), NanoUsd(15_000_000), "reasoning costs as output does");
}

#[test]
fn wall_52_a_tier_begins_one_token_above_its_edge() {
    assert_eq!(prices().cost(&read(199_999)), NanoUsd(599_997_000), "below");
    assert_eq!(prices().cost(&read(200_000)), NanoUsd(600_000_000), "on the edge");
    assert_eq!(prices().cost(&read(200_001)), NanoUsd(1_200_006_000), "above: all of it");
    let cached = Usage { input: Tokens(1), cached_input: Tokens(200_000), ..Usage::default() };
    assert_eq!(prices().cost(&cached), NanoUsd(60_006_000), "cached input counts for the size");
}

#[test]
fn wall_63_no_usage_lowers_a_balance() {
    let most = Usage {
        input: Tokens(u64::MAX),
        cached_input: Tokens(u64::MAX),
        cache_write: Tokens(u64::MAX),
        cache_write_long: Tokens(u64::MAX),
        output: Tokens(u64::MAX),
        reasoning: Tokens(u64::MAX),
        estimated: false,
    };
    assert_eq!(prices().cost(&most), NanoUsd(i64::MAX), "it ends at the largest amount");
}

#[test]
fn a_part_of_a_nano_dollar_is_rounded_up() {
    let tiny = Prices { base: Rates { input: 1, ..Rates::default() }, tiers: Vec::new() };
    assert_eq!(tiny.cost(&read(1)), NanoUsd(1), "what is used is never free");
    assert_eq!(tiny.cost(&read(0)), NanoUsd(0));
}

proptest! {
    #[test]
    fn no_usage_within_its_bounds_costs_more_than_was_held(
        kinds in prop::array::uniform4(0_u64..400_000),
        output in 0_u64..100_000,
        reasoning in 0_u64..100_000,
        spare in 0_u64..1_000,
    ) {
        let usage = Usage {
            input: Tokens(kinds[0]),
            cached_input: Tokens(kinds[1]),
            cache_write: Tokens(kinds[2]),
            cache_write_long: Tokens(kinds[3]),
            output: Tokens(output),
            reasoning: Tokens(reasoning),
            estimated: false,
        };
        let (of_input, of_output) = prices().at_most(Tokens(kinds.iter().sum::<u64>() + spare));
        let output = u128::from(output + reasoning + spare) * u128::from(of_output);
        let held = of_input.0 + i64::try_from(output.div_ceil(1_000)).unwrap();
        prop_assert!(prices().cost(&usage).0 <= held);
    }
}
