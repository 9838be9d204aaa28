//! What all share once their own is used up.

use domain::{ProfileId, RequestId};

use super::*;
use crate::Raise;
use crate::concessions::ConcessionsBody;

const DAY: LimitMeasure = LimitMeasure::Tokens { span: Span::Day };

/// A limit of `own` tokens with a pool, of which this person used `used` and all `drawn`.
fn shared(own: u64, pool: u64, used: u64, drawn: u64) -> Balance {
    let limit = Limit { pool: Some(pool), ..Limit::new(LimitScope::EachProfile {}, DAY, own) };
    Balance { limit, tally: Tally { held: used, spent: 0 }, drawn, ends: UnixMs(1_000) }
}

fn tokens_of(output: u64, least: u64) -> Wish {
    Wish { input: Tokens(0), output: Tokens(output), least: Tokens(least), price: None }
}

#[test]
fn a_call_may_straddle_what_is_ones_own_and_the_pool() {
    let granted = decide(&[shared(100, 50, 80, 0)], &tokens_of(60, 60)).unwrap();
    assert_eq!(granted.output, Tokens(60), "twenty of its own, and forty of the pool");
    let after = shared(100, 50, 80, 0).after(Tally { held: 60, spent: 0 });
    assert_eq!((after.tally.used(), after.drawn), (140, 40), "and that is what they use");
    let granted = decide(&[shared(100, 50, 80, 30)], &tokens_of(60, 10)).unwrap();
    assert_eq!(granted.output, Tokens(40), "its cap shrinks to what is left of both");
}

#[test]
fn what_is_ones_own_is_left_where_others_used_the_pool_up() {
    let granted = decide(&[shared(100, 50, 80, 50)], &tokens_of(60, 10)).unwrap();
    assert_eq!(granted.output, Tokens(20), "nobody takes another's own");
    let overdrawn = decide(&[shared(100, 50, 80, 500)], &tokens_of(60, 10)).unwrap();
    assert_eq!(overdrawn.output, Tokens(20), "nor pays for what a raise that ended left");
    let refused = decide(&[shared(100, 50, 100, 50)], &tokens_of(60, 1)).unwrap_err();
    let Shortfall::Spent { limit, retry_at } = refused else { panic!("{refused:?}") };
    assert_eq!((limit.most, limit.pool), (100, Some(50)), "both are used up");
    assert_eq!(retry_at, UnixMs(1_000), "until they begin anew");
}

#[test]
fn what_fits_into_both_together_only_has_to_wait() {
    let refused = decide(&[shared(100, 50, 0, 50)], &tokens_of(150, 150));
    assert!(matches!(refused, Err(Shortfall::Spent { .. })), "{refused:?}");
    let refused = decide(&[shared(100, 50, 0, 0)], &tokens_of(151, 151));
    assert!(matches!(refused, Err(Shortfall::TooLarge { .. })), "never: {refused:?}");
}

#[test]
fn a_pool_counts_what_each_used_beyond_their_own_and_nothing_else() {
    let used = |spent| Tally { held: 10, spent };
    assert_eq!(drawn([(used(80), 100), (used(90), 100)]), 0, "within their own");
    assert_eq!(drawn([(used(100), 100), (used(95), 100), (used(0), 100)]), 15, "ten and five");
    assert_eq!(drawn([(used(u64::MAX), 0), (used(u64::MAX), 0)]), u64::MAX, "it does not wrap");
}

/// What somebody does in the property below. Times are in milliseconds of one window.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ask { who: usize, least: u64, more: u64 },
    End { which: usize, part: f64 },
    Raise { who: usize, extra: u64, lasts: i64 },
    Later { by: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3_usize, 1..60_u64, 0..80_u64)
            .prop_map(|(who, least, more)| Step::Ask { who, least, more }),
        3 => (any::<usize>(), 0.0..=1.0_f64).prop_map(|(which, part)| Step::End { which, part }),
        1 => (0..3_usize, 1..80_u64, 1..60_i64)
            .prop_map(|(who, extra, lasts)| Step::Raise { who, extra, lasts }),
        2 => (1..40_i64).prop_map(|by| Step::Later { by }),
    ];
    prop::collection::vec(step, 1..80)
}

fn person(number: usize) -> ProfileId {
    ProfileId::from_bytes([u8::try_from(number).unwrap(); 16])
}

/// Three people with a limit of `OWN` each and a pool.
struct Pool {
    limit: Limit,
    given: ConcessionsBody,
    tallies: [Tally; 3],
    /// Calls under way: whose, and how much is held for them.
    under_way: Vec<(usize, u64)>,
    /// The most that was each one's own until now.
    widest: [u64; 3],
    now: UnixMs,
}

const OWN: u64 = 100;

impl Pool {
    fn own(&self, who: usize) -> u64 {
        self.given.most_of(&self.limit, person(who), self.now)
    }

    /// What all use beyond `own`, each of theirs.
    fn beyond(&self, own: impl Fn(usize) -> u64) -> u64 {
        drawn(self.tallies.iter().enumerate().map(|(who, tally)| (*tally, own(who))))
    }

    fn ask(&mut self, who: usize, least: u64, more: u64) {
        let (pool, own) = (self.limit.pool.unwrap(), self.own(who));
        let balance = Balance {
            limit: self.given.raised(&self.limit, person(who), self.now),
            tally: self.tallies[who],
            drawn: self.beyond(|who| self.own(who)),
            ends: UnixMs(1_000),
        };
        let left = own.saturating_sub(balance.tally.used()) + pool.saturating_sub(balance.drawn);
        let Ok(granted) = decide(std::slice::from_ref(&balance), &tokens_of(least + more, least))
        else {
            assert!(least > left, "refused only where it does not fit: {balance:?}");
            return;
        };
        let held = granted.tokens.0;
        assert_eq!(held, left.min(least + more), "no token less than fits: {balance:?}");
        let told = balance.clone().after(Tally { held, spent: 0 });
        self.tallies[who] = told.tally;
        self.under_way.push((who, held));
        let drawn = self.beyond(|who| self.own(who));
        assert_eq!(told.drawn, drawn, "what one call adds is what all use by then");
        let takes = drawn > balance.drawn;
        assert!(!takes || drawn <= pool, "{drawn} of a pool of {pool}");
        assert!(told.tally.used() <= own + pool || !takes, "more than one's own and the pool");
    }

    fn end(&mut self, which: usize, part: f64) {
        if self.under_way.is_empty() {
            return;
        }
        let (who, held) = self.under_way.swap_remove(which % self.under_way.len());
        let spent = (held as f64 * part) as u64;
        self.tallies[who] = self.tallies[who].less_held(held).plus(Tally { held: 0, spent });
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Ask { who, least, more } => self.ask(who, least, more),
            Step::End { which, part } => self.end(which, part),
            Step::Later { by } => self.now = self.now.plus(by),
            Step::Raise { who, extra, lasts } => {
                let id = RequestId::new(self.now, [1; 10]);
                let until = self.now.plus(lasts);
                let raise = Raise { id, profile: person(who), measure: DAY, extra, until };
                self.given.raises.push(raise);
            }
        }
        for who in 0..3 {
            self.widest[who] = self.widest[who].max(self.own(who));
        }
        let beyond = self.beyond(|who| self.widest[who]);
        assert!(beyond <= self.limit.pool.unwrap(), "{step:?}: {beyond} beyond all that was given");
    }
}

proptest! {
    #[test]
    fn nobody_overshoots_a_pool_whatever_is_asked_ends_is_given_and_runs_out(
        steps in steps(),
        pool in 1..200_u64,
    ) {
        let limit = Limit::new(LimitScope::EachProfile {}, DAY, OWN);
        let mut all = Pool {
            limit: Limit { pool: Some(pool), ..limit },
            given: ConcessionsBody::default(),
            tallies: [Tally::default(); 3],
            under_way: Vec::new(),
            widest: [OWN; 3],
            now: UnixMs(0),
        };
        let mut raised = false;
        for step in steps {
            raised |= matches!(step, Step::Raise { .. });
            all.step(step);
            prop_assert!(raised || all.beyond(|_| OWN) <= pool, "never, where nothing is given");
        }
    }
}
