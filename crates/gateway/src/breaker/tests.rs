use super::*;
use proptest::prelude::*;

/// A breaker that opened at 1,000 ms, and so rests until 6,000.
fn opened() -> Breaker {
    let mut breaker = Breaker::new(BreakerRules::default());
    for _ in 0..5 {
        let ticket = breaker.admit(Moment(1_000), false).expect("closed");
        breaker.report(ticket, Verdict::Failing, Moment(1_000));
    }
    assert_eq!(breaker.passage(Moment(1_000)), Passage::Resting(Moment(6_000)), "it opened");
    breaker
}

#[test]
fn few_failures_or_few_among_many_do_not_open() {
    let mut breaker = Breaker::new(BreakerRules::default());
    let mut say = |verdict, times, at| {
        for _ in 0..times {
            let ticket = breaker.admit(Moment(at), false).expect("closed");
            breaker.report(ticket, verdict, Moment(at));
        }
        breaker.passage(Moment(at))
    };
    assert_eq!(say(Verdict::Failing, 4, 0), Passage::Free, "four calls prove nothing");
    assert_eq!(say(Verdict::Failing, 4, 60_000), Passage::Free, "nor do old failures count");
    assert_eq!(say(Verdict::Healthy, 9, 61_000), Passage::Free, "nine work");
    assert_eq!(say(Verdict::Failing, 4, 62_000), Passage::Free, "eight of seventeen are too few");
    assert_eq!(say(Verdict::Neutral, 40, 62_000), Passage::Free, "a caller's fault is neutral");
}

#[test]
fn wall_67_one_probe_at_a_time_and_a_lost_probe_recovers() {
    let mut breaker = opened();
    assert_eq!(breaker.admit(Moment(5_999), false), None, "it rests");
    assert!(breaker.admit(Moment(6_000), false).is_some(), "the probe");
    assert_eq!(breaker.admit(Moment(6_001), false), None, "one at a time");
    assert_eq!(breaker.passage(Moment(6_001)), Passage::Wait(Moment(66_000)), "the lease");
    assert!(breaker.admit(Moment(66_000), false).is_some(), "the first was lost");
}

#[test]
fn wall_68_a_probe_that_finds_out_nothing_is_neutral() {
    let mut breaker = opened();
    let probe = breaker.admit(Moment(6_000), false).expect("the probe");
    breaker.report(probe, Verdict::Neutral, Moment(6_100));
    assert_eq!(breaker.passage(Moment(6_100)), Passage::Probe, "neither closed nor resting");
    let probe = breaker.admit(Moment(6_100), false).expect("again");
    breaker.report(probe, Verdict::Failing, Moment(6_200));
    assert_eq!(breaker.passage(Moment(6_200)), Passage::Resting(Moment(16_200)), "twice the rest");
}

#[test]
fn wall_69_results_from_before_it_opened_do_not_count() {
    let mut breaker = Breaker::new(BreakerRules::default());
    let old = breaker.admit(Moment(0), false).expect("closed");
    for _ in 0..5 {
        let ticket = breaker.admit(Moment(0), false).expect("closed");
        breaker.report(ticket, Verdict::Failing, Moment(0));
    }
    breaker.report(old, Verdict::Healthy, Moment(1));
    assert_eq!(breaker.passage(Moment(1)), Passage::Resting(Moment(5_000)), "still open");
    let lost = breaker.admit(Moment(5_000), false).expect("the probe");
    let second = breaker.admit(Moment(65_000), false).expect("its lease is over");
    breaker.report(lost, Verdict::Failing, Moment(65_001));
    breaker.report(old, Verdict::Failing, Moment(65_001));
    breaker.report(second, Verdict::Healthy, Moment(65_002));
    assert_eq!(breaker.shown(), BreakerState::Restoring, "only the second counts");
}

#[test]
fn it_restores_by_and_by() {
    let mut breaker = opened();
    let probe = breaker.admit(Moment(6_000), false).expect("the probe");
    breaker.report(probe, Verdict::Healthy, Moment(6_100));
    let first = breaker.admit(Moment(6_100), false).expect("one");
    let second = breaker.admit(Moment(6_100), false).expect("two");
    assert_eq!(breaker.admit(Moment(6_100), false), None, "not all at once");
    breaker.report(first, Verdict::Healthy, Moment(6_200));
    assert!(breaker.admit(Moment(6_200), false).is_some(), "more, as it answers");
    breaker.report(second, Verdict::Failing, Moment(6_300));
    assert_eq!(breaker.shown(), BreakerState::Open, "and back at the first failure");
    let mut breaker = opened();
    let probe = breaker.admit(Moment(6_000), false).expect("the probe");
    breaker.report(probe, Verdict::Healthy, Moment(6_000));
    for _ in 0..4 {
        let ticket = breaker.admit(Moment(6_000), false).expect("restoring");
        breaker.report(ticket, Verdict::Healthy, Moment(6_000));
    }
    assert_eq!(breaker.shown(), BreakerState::Closed, "2, 4, 8, 16, all");
}

#[test]
fn a_person_may_ask_before_the_rest_is_over_but_only_once() {
    let mut breaker = opened();
    assert!(breaker.admit(Moment(1_001), true).is_some(), "they said: now");
    assert_eq!(breaker.admit(Moment(1_002), true), None, "one probe at a time");
}

proptest! {
    /// Whatever happens in whatever order: never two live probes, and after
    /// the longest rest and a lease somebody may call again.
    #[test]
    fn wall_67_70_it_never_probes_twice_and_never_stays_shut(
        steps in prop::collection::vec((0_u64..20_000, 0_u8..6), 1..200),
    ) {
        let rules = BreakerRules::default();
        let mut breaker = Breaker::new(rules);
        let mut now = Moment(0);
        let mut held: Vec<Ticket> = Vec::new();
        let mut probed_at: Option<Moment> = None;
        for (wait, action) in steps {
            now = now.plus_ms(wait);
            match action {
                0..=2 => {
                    let probes = matches!(breaker.passage(now), Passage::Probe);
                    if let Some(ticket) = breaker.admit(now, false) {
                        held.push(ticket);
                        if probes {
                            if let Some(before) = probed_at {
                                prop_assert!(now >= before.plus(rules.lease), "two live probes");
                            }
                            probed_at = Some(now);
                        }
                    }
                }
                _ => {
                    let verdict = match action {
                        3 => Verdict::Failing,
                        4 => Verdict::Healthy,
                        _ => Verdict::Neutral,
                    };
                    if let Some(ticket) = held.pop() {
                        let was = breaker.era;
                        breaker.report(ticket, verdict, now);
                        if ticket.era == was {
                            probed_at = None;
                        }
                    }
                }
            }
        }
        let later = now.plus(rules.longest_rest).plus(rules.lease);
        prop_assert!(
            matches!(breaker.passage(later), Passage::Free | Passage::Probe),
            "a lost call must not shut it for good"
        );
    }
}
