mod pools;

use domain::{LimitScope, Span};
use proptest::prelude::*;

use super::*;

/// A thousandth of a dollar for the input, and a millionth for each token of output.
const PRICE: Ceiling = Ceiling { input: NanoUsd(1_000_000), per_output: 1_000_000 };

const WISH: Wish =
    Wish { input: Tokens(500), output: Tokens(2_000), least: Tokens(256), price: Some(PRICE) };

fn balance(measure: LimitMeasure, most: u64, held: u64, spent: u64) -> Balance {
    let limit = Limit::new(LimitScope::Workspace {}, measure, most);
    Balance { limit, tally: Tally { held, spent }, drawn: 0, ends: UnixMs(1_000) }
}

fn money(most: u64, held: u64, spent: u64) -> Balance {
    balance(LimitMeasure::Money { span: Span::Day }, most, held, spent)
}

fn tokens(most: u64, held: u64, spent: u64) -> Balance {
    balance(LimitMeasure::Tokens { span: Span::Day }, most, held, spent)
}

#[test]
fn a_call_with_room_everywhere_gets_its_own_cap() {
    let granted = decide(&[money(10_000_000, 0, 0), tokens(9_000, 0, 0)], &WISH).unwrap();
    let expected =
        Granted { output: Tokens(2_000), money: Some(NanoUsd(3_000_000)), tokens: Tokens(2_500) };
    assert_eq!(granted, expected, "the whole of what it may use is held");
}

#[test]
fn the_cap_shrinks_to_what_is_left_while_that_makes_sense() {
    let granted = decide(&[money(10_000_000, 4_000_000, 4_500_000)], &WISH).unwrap();
    assert_eq!(granted.output, Tokens(500), "$0.0015 is left, of which $0.001 is the input's");
    assert_eq!(granted.money, Some(NanoUsd(1_500_000)), "not a nano-dollar more than is left");
    let granted = decide(&[tokens(5_000, 0, 4_100), money(10_000_000, 0, 0)], &WISH).unwrap();
    assert_eq!(granted.output, Tokens(400), "the tightest limit decides");
    let refused = decide(&[money(10_000_000, 4_000_000, 4_744_001)], &WISH).unwrap_err();
    let Shortfall::Spent { retry_at, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(retry_at, UnixMs(1_000), "255 tokens are no answer; the next window has more");
}

#[test]
fn an_overdrawn_limit_leaves_nothing_and_never_less() {
    for spent in [5_000, 5_001, u64::MAX] {
        let refused = decide(&[tokens(5_000, u64::MAX, spent)], &WISH);
        assert!(matches!(refused, Err(Shortfall::Spent { .. })), "{spent}: {refused:?}");
    }
}

#[test]
fn what_never_fits_is_told_from_what_has_to_wait() {
    let refused = decide(&[tokens(10, 0, 0)], &WISH);
    assert!(matches!(refused, Err(Shortfall::TooLarge { .. })), "no window is that large");
    let both = [money(10_000_000, 0, 10_000_000), tokens(10, 0, 0)];
    assert!(matches!(decide(&both, &WISH), Err(Shortfall::TooLarge { .. })), "waiting is no use");
    let late = Balance { ends: UnixMs(9_000), ..tokens(5_000, 0, 5_000) };
    let refused = decide(&[late, money(10_000_000, 0, 10_000_000)], &WISH).unwrap_err();
    let Shortfall::Spent { retry_at, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(retry_at, UnixMs(9_000), "room is needed at both");
}

#[test]
fn what_costs_nothing_passes_a_limit_on_money_that_is_used_up() {
    let here = Wish { price: Some(Ceiling::FREE), ..WISH };
    let granted = decide(&[money(0, 0, 0)], &here).unwrap();
    assert_eq!(granted.money, Some(NanoUsd(0)), "this machine sends no bill");
    let unknown = decide(&[money(0, 0, 0)], &Wish { price: None, ..WISH }).unwrap();
    assert_eq!(unknown.money, None, "wall 54: unknown is not zero, and is not counted as such");
}

const HELD: Entry = Entry {
    state: State::Held,
    hold: Some(NanoUsd(3_000)),
    hold_tokens: 900,
    cost: None,
    tokens: None,
};
const MONEY: LimitMeasure = LimitMeasure::Money { span: Span::Month };

#[test]
fn an_entry_counts_for_what_is_known_of_it() {
    let booked = Entry { state: State::Booked, cost: Some(NanoUsd(700)), tokens: Some(40), ..HELD };
    let unknown = Entry { state: State::Unknown, ..HELD };
    let released = Entry { state: State::Released, ..HELD };
    for (entry, held, spent) in
        [(HELD, 3_000, 0), (booked, 0, 700), (unknown, 0, 3_000), (released, 0, 0)]
    {
        assert_eq!(entry.counts(MONEY), Tally { held, spent }, "{entry:?}");
    }
    let unpriced = Entry { cost: None, ..booked };
    assert_eq!(unpriced.counts(MONEY).spent, 3_000, "without a cost the hold counts");
}

#[test]
fn what_is_billed_beyond_the_hold_is_flagged() {
    let over = Entry { state: State::Booked, cost: Some(NanoUsd(3_500)), ..HELD };
    assert_eq!(over.overrun(), Some(NanoUsd(500)), "by so much");
    assert_eq!(over.counts(MONEY).spent, 3_500, "and all of it is booked");
    let exact = Entry { cost: Some(NanoUsd(3_000)), ..over };
    assert_eq!(exact.overrun(), None, "as much as was held is in order");
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(-1), Just(0), any::<i64>(), 0..10_000_i64]
}

proptest! {
    #[test]
    fn wall_63_nothing_that_a_provider_says_gives_anything_back(
        costs in prop::collection::vec((amounts(), any::<u64>(), 0..4_usize), 1..30),
    ) {
        let states = [State::Held, State::Booked, State::Unknown, State::Released];
        let mut sum = Tally::default();
        for (cost, tokens, state) in costs {
            let entry = Entry {
                state: states[state],
                cost: Some(NanoUsd(cost)),
                hold: Some(NanoUsd(cost.wrapping_neg())),
                tokens: Some(tokens),
                ..HELD
            };
            for measure in [MONEY, LimitMeasure::Tokens { span: Span::Day }] {
                let after = sum.plus(entry.counts(measure));
                prop_assert!(after.spent >= sum.spent, "spent only grows: {entry:?}");
                prop_assert_eq!(after.less_held(u64::MAX).spent, after.spent, "releasing, too");
                sum = after;
            }
        }
    }

    #[test]
    fn a_grant_never_exceeds_what_any_limit_leaves(
        limits in prop::collection::vec((0..3_usize, 0..9_000_u64, 0..5_000_u64, 0..5_000_u64), 0..6),
        input in 0..3_000_u64,
        output in 0..3_000_u64,
        least in 0..500_u64,
        per_input in 0..4_000_i64,
        per_output in 0..4_000_000_u64,
    ) {
        let measures = [
            LimitMeasure::Requests { span: Span::Day },
            LimitMeasure::Tokens { span: Span::Day },
            MONEY,
        ];
        let balances: Vec<_> = limits
            .iter()
            .map(|(measure, most, held, spent)| balance(measures[*measure], *most, *held, *spent))
            .collect();
        let price = Ceiling { input: NanoUsd(per_input), per_output };
        let wish = Wish {
            input: Tokens(input),
            output: Tokens(output),
            least: Tokens(least),
            price: Some(price),
        };
        let fits = |output: u64| balances.iter().all(|balance| {
            let left = balance.limit.most
                .saturating_sub(balance.tally.held)
                .saturating_sub(balance.tally.spent);
            let wanted = match balance.limit.measure {
                LimitMeasure::Requests { .. } => 1,
                LimitMeasure::Tokens { .. } => input + output,
                _ => u64::try_from(price.at(Tokens(output)).0).unwrap(),
            };
            wanted <= left
        });
        match decide(&balances, &wish) {
            Ok(granted) => {
                prop_assert!(fits(granted.output.0), "{granted:?}");
                prop_assert!(granted.output.0 >= least.min(output), "an answer worth its input");
                let larger = granted.output.0 < output;
                prop_assert!(!larger || !fits(granted.output.0 + 1), "and no token less than fits");
            }
            Err(_) => prop_assert!(!fits(least.min(output)), "refused only where it does not fit"),
        }
    }
}
