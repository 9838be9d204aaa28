use domain::UnixMs;

use super::*;

const DAY: i64 = 86_400_000;

fn usage(now: i64, cost: i64) -> Usage {
    Usage {
        edges: (0..=10).map(|day| UnixMs(day * DAY)).collect(),
        now: UnixMs(now),
        time_zone: "UTC".to_owned(),
        models: Vec::new(),
        rows: Vec::new(),
        total: Sums { cost: NanoUsd(cost), ..Sums::default() },
        by_model: Vec::new(),
        by_person: HashMap::new(),
        by_turn: HashMap::new(),
    }
}

#[test]
fn a_pace_is_told_once_a_tenth_is_over_and_until_the_end() {
    assert_eq!(at_this_pace(&usage(DAY - 1, 700)), None, "too early to say");
    assert_eq!(at_this_pace(&usage(DAY, 700)), Some(NanoUsd(7_000)), "ten such days");
    assert_eq!(at_this_pace(&usage(5 * DAY, 700)), Some(NanoUsd(1_400)), "half of it is over");
    assert_eq!(at_this_pace(&usage(10 * DAY, 700)), None, "what is over goes nowhere");
}

#[test]
fn a_pace_beyond_all_numbers_is_not_told() {
    assert_eq!(at_this_pace(&usage(DAY, i64::MAX)), None, "rather than a wrong one");
}
