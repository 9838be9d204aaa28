//! In which order a route's lanes are tried.
//!
//! Pure: what is known of each lane and some chance in, an order and the
//! reason for its first out. Lanes that cannot be called now come last but
//! stay: health may change while others are tried.

use std::cmp::Ordering;

use domain::Choice;

use crate::Strategy;
use crate::random::fraction;

/// What is known of a lane when a question arrives.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// The candidate it belongs to.
    pub(crate) candidate: usize,
    pub(crate) callable: bool,
    /// Its part of the candidate's weight: keys share it.
    pub(crate) weight: f64,
    /// Median first-token time.
    pub(crate) latency_ms: Option<u32>,
    pub(crate) in_flight: u32,
    /// What this question would cost, in nano-dollars.
    pub(crate) price: Option<i64>,
    /// It answered in this chat before.
    pub(crate) same_chat: bool,
}

/// The lanes' numbers, best first, and why the first is the first.
pub(crate) fn order(
    strategy: Strategy,
    lanes: &[Facts],
    draw: &mut dyn FnMut() -> u64,
) -> (Vec<usize>, Choice) {
    let mut ranked: Vec<(usize, Facts)> = lanes.iter().copied().enumerate().collect();
    let choice = match strategy {
        // Another candidate is not as good here, so a chat returns to the
        // first as soon as it is back; only the key is kept.
        Strategy::Ordered => {
            ranked.sort_by_key(|(_, lane)| (lane.candidate, !lane.same_chat));
            Choice::First
        }
        Strategy::Weighted => {
            // Efraimidis and Spirakis (2006): the order of u^(1/weight) is a draw by weight.
            let mut lots: Vec<(f64, (usize, Facts))> = ranked
                .into_iter()
                .map(|lane| (fraction(draw()).powf(1.0 / lane.1.weight), lane))
                .collect();
            lots.sort_by(|(one, a), (other, b)| {
                (a.1.weight <= 0.0).cmp(&(b.1.weight <= 0.0)).then(other.total_cmp(one))
            });
            ranked = lots.into_iter().map(|(_, lane)| lane).collect();
            Choice::Weight
        }
        Strategy::LeastLatency => {
            // Nothing known counts as quick: otherwise it would never be known.
            better_of_two(&mut ranked, draw, |lane| f64::from(lane.latency_ms.unwrap_or(0)));
            Choice::Latency
        }
        Strategy::LeastBusy => {
            better_of_two(&mut ranked, draw, |lane| {
                (f64::from(lane.in_flight) + 1.0) / lane.weight
            });
            Choice::Load
        }
        Strategy::Cheapest => {
            ranked.sort_by_key(|(_, lane)| (lane.price.is_none(), lane.price, lane.in_flight));
            Choice::Price
        }
    };
    ranked.sort_by_key(|(_, lane)| !lane.callable);
    let stays = ranked.iter().position(|(_, lane)| lane.same_chat && lane.callable);
    let choice = match stays {
        Some(place) if strategy != Strategy::Ordered => {
            let lane = ranked.remove(place);
            ranked.insert(0, lane);
            Choice::SameChat
        }
        _ => choice,
    };
    (ranked.into_iter().map(|(number, _)| number).collect(), choice)
}

/// Sorts by score and puts the better of two drawn lanes first: nearly as
/// good as the best, without everybody running to it at once (Mitzenmacher, 2001).
fn better_of_two(
    lanes: &mut Vec<(usize, Facts)>,
    draw: &mut dyn FnMut() -> u64,
    score: impl Fn(&Facts) -> f64,
) {
    let by_score = |one: &(usize, Facts), other: &(usize, Facts)| -> Ordering {
        score(&one.1).total_cmp(&score(&other.1))
    };
    lanes.sort_by(by_score);
    let callable: Vec<usize> = lanes
        .iter()
        .enumerate()
        .filter_map(|(place, (_, lane))| lane.callable.then_some(place))
        .collect();
    let drawn = |random: u64, from: &[usize]| -> Option<usize> {
        from.get((fraction(random) * from.len() as f64) as usize).copied()
    };
    let Some(first) = drawn(draw(), &callable) else { return };
    let others: Vec<usize> = callable.into_iter().filter(|place| *place != first).collect();
    let second = drawn(draw(), &others).unwrap_or(first);
    // The list is sorted, so the smaller place has the better score.
    let better = lanes.remove(first.min(second));
    lanes.insert(0, better);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Randomness;

    fn lane() -> Facts {
        Facts { callable: true, weight: 1.0, ..Facts::default() }
    }

    fn firsts(strategy: Strategy, lanes: &[Facts], rounds: usize) -> Vec<usize> {
        let random = Randomness::seeded(7);
        let mut counts = vec![0; lanes.len()];
        for _ in 0..rounds {
            let (order, _) = order(strategy, lanes, &mut || random.draw());
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..lanes.len()).collect::<Vec<_>>(), "each once");
            counts[order[0]] += 1;
        }
        counts
    }

    #[test]
    fn listed_order_stays_but_for_what_cannot_be_called() {
        let lanes = [
            Facts { candidate: 0, callable: false, ..lane() },
            Facts { candidate: 1, ..lane() },
            Facts { candidate: 1, same_chat: true, ..lane() },
            Facts { candidate: 2, ..lane() },
        ];
        let (order, choice) = order(Strategy::Ordered, &lanes, &mut || 0);
        assert_eq!(order, [2, 1, 3, 0], "a chat keeps its key, not its fallback");
        assert_eq!(choice, Choice::First, "the first that can be called");
        let returned =
            [Facts { candidate: 0, ..lane() }, Facts { candidate: 1, same_chat: true, ..lane() }];
        let (order, _) = super::order(Strategy::Ordered, &returned, &mut || 0);
        assert_eq!(order, [0, 1], "a chat returns to the first as soon as it is back");
    }

    #[test]
    fn lots_fall_by_weight() {
        let lanes = [6.0, 3.0, 1.0, 0.0].map(|weight| Facts { weight, ..lane() });
        let counts = firsts(Strategy::Weighted, &lanes, 10_000);
        for (count, expected) in counts.iter().zip([6_000, 3_000, 1_000, 0]) {
            assert!(i32::abs(*count as i32 - expected) < 200, "{counts:?}");
        }
    }

    #[test]
    fn the_quicker_of_two_is_taken_and_the_slowest_of_three_never() {
        let lanes = [900, 100, 500].map(|ms| Facts { latency_ms: Some(ms), ..lane() });
        let counts = firsts(Strategy::LeastLatency, &lanes, 3_000);
        assert_eq!(counts[0], 0, "whatever two are drawn, there is a better one");
        assert!(
            counts[1] > 1_800 && counts[2] > 800,
            "two of three pairs hold the best: {counts:?}"
        );
        let unknown = [Facts { latency_ms: Some(1), ..lane() }, lane()];
        assert_eq!(firsts(Strategy::LeastLatency, &unknown, 50), [0, 50], "the unknown is tried");
    }

    #[test]
    fn the_idle_one_of_two_is_taken_by_its_weight() {
        let busy = |in_flight, weight| Facts { in_flight, weight, ..lane() };
        assert_eq!(
            firsts(Strategy::LeastBusy, &[busy(3, 1.0), busy(2, 1.0)], 50),
            [0, 50],
            "by load"
        );
        assert_eq!(
            firsts(Strategy::LeastBusy, &[busy(5, 4.0), busy(2, 1.0)], 50),
            [50, 0],
            "by part"
        );
    }

    #[test]
    fn the_cheapest_is_first_and_the_unpriced_last() {
        let lanes = [None, Some(30), Some(20)].map(|price| Facts { price, ..lane() });
        let (order, choice) = order(Strategy::Cheapest, &lanes, &mut || 0);
        assert_eq!((order, choice), (vec![2, 1, 0], Choice::Price), "unknown is not zero");
    }

    #[test]
    fn a_chat_stays_where_its_prompt_cache_is_while_that_is_healthy() {
        let lanes = |callable| {
            [
                Facts { price: Some(1), ..lane() },
                Facts { price: Some(9), same_chat: true, callable, ..lane() },
            ]
        };
        let (healthy, choice) = order(Strategy::Cheapest, &lanes(true), &mut || 0);
        assert_eq!((healthy, choice), (vec![1, 0], Choice::SameChat), "it stays");
        let (ill, choice) = order(Strategy::Cheapest, &lanes(false), &mut || 0);
        assert_eq!((ill, choice), (vec![0, 1], Choice::Price), "and moves when it must");
    }
}
