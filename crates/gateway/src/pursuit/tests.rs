use super::*;
use domain::UnixMs;
use proptest::prelude::*;

const NOW: Moment = Moment(1_000);

fn provider(n: u8) -> ProviderId {
    ProviderId::new(UnixMs(0), [n; 10])
}

fn key(n: u8) -> KeyId {
    KeyId::new(UnixMs(0), [n; 10])
}

/// `n` candidates of different providers, one key each.
fn several(n: u8) -> Vec<Runner> {
    (0..n).map(|n| runner(List::Main, n, n)).collect()
}

fn runner(list: List, candidate: u8, key_number: u8) -> Runner {
    Runner {
        list,
        candidate: usize::from(candidate),
        provider: provider(candidate),
        key: Some(key(key_number)),
        context: None,
    }
}

fn pursuit(runners: Vec<Runner>) -> Pursuit {
    Pursuit::new(runners, Choice::First, Effort::default(), NOW)
}

fn fails(class: FailureClass) -> Failed {
    Failed { class, should_retry: None }
}

/// Plays a pursuit in which every lane is ready and every call of lane `n`
/// fails as `classes[n]` says; waits are waited for. The lanes called, in order.
fn called(mut pursuit: Pursuit, classes: &[FailureClass]) -> Vec<usize> {
    let (mut now, mut order) = (NOW, Vec::new());
    let standings = vec![Standing::Ready; classes.len()];
    loop {
        match pursuit.next(&standings, true, now) {
            Step::Try { lane, .. } => {
                order.push(lane);
                pursuit.begin();
                pursuit.learn(lane, fails(classes[lane]), now, u64::MAX);
            }
            Step::Wait { until, .. } => now = until,
            Step::GiveUp { .. } => return order,
        }
    }
}

use FailureClass::{
    Broken, Caller, ContentRefusal, ContextOverflow, Credential, Exhausted, Gone, Transient,
};

#[test]
fn wall_10_23_passing_failures_go_round_within_the_budget() {
    assert_eq!(called(pursuit(several(1)), &[Transient]), [0; 4], "the only one, four times");
    assert_eq!(called(pursuit(several(3)), &[Transient; 3]), [0, 1, 2, 0], "next, next, again");
    assert_eq!(called(pursuit(several(2)), &[Broken, Transient]), [0, 1, 0, 1], "broken is alike");
}

#[test]
fn wall_10_a_pause_with_full_jitter_comes_first() {
    let mut pursuit = pursuit(several(2));
    pursuit.learn(0, fails(Transient), NOW, u64::MAX / 2);
    assert_eq!(
        pursuit.next(&[Standing::Ready; 2], true, NOW),
        Step::Wait { until: Moment(1_124), lane: 1, instead: Some(1) },
        "half of 250 ms was drawn"
    );
    let next = Step::Try { lane: 1, choice: Choice::Fallback, retry: false };
    assert_eq!(pursuit.next(&[Standing::Ready; 2], true, Moment(1_124)), next, "then the next");
}

#[test]
fn wall_15_16_a_refused_key_gives_way_to_the_next_at_once() {
    let keys = vec![runner(List::Main, 0, 1), runner(List::Main, 0, 2), runner(List::Main, 0, 3)];
    assert_eq!(called(pursuit(keys), &[Credential; 3]), [0, 1, 2], "each key once, no more");
    let mut one = pursuit(several(2));
    one.learn(0, fails(Credential), NOW, u64::MAX);
    let next = Step::Try { lane: 1, choice: Choice::Fallback, retry: false };
    assert_eq!(one.next(&[Standing::Ready; 2], true, NOW), next, "without a pause");
}

#[test]
fn wall_01_a_used_up_key_is_never_asked_again() {
    let same_key =
        vec![runner(List::Main, 0, 1), runner(List::Main, 0, 1), runner(List::Main, 1, 2)];
    assert_eq!(called(pursuit(same_key), &[Exhausted; 3]), [0, 2], "nor for its other models");
}

#[test]
fn wall_17_20_a_callers_fault_ends_it() {
    assert_eq!(called(pursuit(several(3)), &[Caller; 3]), [0], "one call");
}

#[test]
fn wall_07_what_the_provider_says_about_trying_again_is_respected() {
    let mut never = pursuit(several(1));
    never.learn(0, Failed { class: Transient, should_retry: Some(false) }, NOW, 0);
    assert_eq!(never.next(&[Standing::Ready], true, NOW), Step::GiveUp { retry_at: None }, "no");
    let mut again = pursuit(several(1));
    again.learn(0, Failed { class: Caller, should_retry: Some(true) }, NOW, 0);
    let retry = Step::Try { lane: 0, choice: Choice::Retry, retry: true };
    assert_eq!(again.next(&[Standing::Ready], true, NOW), retry, "yes");
}

#[test]
fn wall_18_overflow_goes_to_the_larger_list_once() {
    let mut runners = several(2);
    runners.extend([runner(List::OnOverflow, 2, 2), runner(List::OnOverflow, 3, 3)]);
    assert_eq!(called(pursuit(runners.clone()), &[ContextOverflow; 4]), [0, 2], "once");
    assert_eq!(
        called(pursuit(runners.clone()), &[ContextOverflow, Gone, Gone, Gone]),
        [0, 2, 3],
        "and stays in it"
    );
    runners[0].context = Some(8_000);
    runners[2].context = Some(4_000);
    assert_eq!(called(pursuit(runners), &[ContextOverflow; 4]), [0, 3], "a larger one");
    assert_eq!(called(pursuit(several(2)), &[ContextOverflow; 2]), [0], "or nobody");
}

#[test]
fn wall_19_a_refusal_goes_to_the_configured_list_only() {
    let mut runners = several(2);
    assert_eq!(called(pursuit(runners.clone()), &[ContentRefusal; 2]), [0], "not to the next");
    runners.push(runner(List::OnRefusal, 2, 2));
    assert_eq!(called(pursuit(runners), &[ContentRefusal; 3]), [0, 2], "only there");
}

#[test]
fn wall_21_25_what_is_gone_is_visited_once() {
    assert_eq!(called(pursuit(several(3)), &[Gone; 3]), [0, 1, 2], "each once");
}

#[test]
fn wall_05_a_wait_beyond_the_cap_is_not_slept_through() {
    let pursuit = pursuit(several(1));
    let hour = NOW.plus_ms(3_600_000);
    let step = pursuit.next(&[Standing::NotBefore(hour)], true, NOW);
    assert_eq!(step, Step::GiveUp { retry_at: Some(hour) }, "the person is told when");
}

#[test]
fn wall_08_26_when_all_cool_down_the_soonest_is_waited_for() {
    let pursuit = pursuit(several(3));
    let standings = [
        Standing::NotBefore(Moment(39_000)),
        Standing::Resting(Moment(6_000)),
        Standing::Parked { until: Moment(900_000), probe: true },
    ];
    assert_eq!(
        pursuit.next(&standings, true, NOW),
        Step::Wait { until: Moment(6_000), lane: 1, instead: Some(1) },
        "and may be asked at once, if the person wants to"
    );
    assert_eq!(
        pursuit.next(&standings[..1], true, NOW),
        Step::Wait { until: Moment(39_000), lane: 0, instead: None },
        "but a provider's own pause is kept"
    );
}

#[test]
fn a_parked_lane_is_asked_where_there_is_nobody_else() {
    let mut pursuit = pursuit(several(1));
    let parked = |probe| [Standing::Parked { until: Moment(900_000), probe }];
    let probe = Step::Try { lane: 0, choice: Choice::Probe, retry: false };
    assert_eq!(pursuit.next(&parked(true), true, NOW), probe, "they may have topped up");
    let refused = Step::GiveUp { retry_at: Some(Moment(900_000)) };
    assert_eq!(pursuit.next(&parked(false), true, NOW), refused, "but not every second");
    pursuit.begin();
    assert_eq!(pursuit.next(&parked(true), true, NOW), refused, "nor twice for one question");
}

#[test]
fn wall_24_a_retry_needs_the_workspaces_budget_and_a_fallback_does_not() {
    let mut pursuit = pursuit(several(2));
    pursuit.learn(0, fails(Transient), NOW, 0);
    let next = Step::Try { lane: 1, choice: Choice::Fallback, retry: false };
    assert_eq!(pursuit.next(&[Standing::Ready; 2], false, NOW), next, "another provider is free");
    pursuit.learn(1, fails(Transient), NOW, 0);
    let step = pursuit.next(&[Standing::Ready; 2], false, NOW);
    assert_eq!(step, Step::GiveUp { retry_at: None }, "the same again is not");
    let mut rests = self::pursuit(several(2));
    rests.learn(0, fails(Transient), NOW, 0);
    let standings = [Standing::Ready, Standing::Resting(Moment(3_000))];
    assert_eq!(
        rests.next(&standings, false, NOW),
        Step::Wait { until: Moment(3_000), lane: 1, instead: Some(1) },
        "so another is waited for"
    );
}

#[test]
fn the_clearest_failure_is_the_one_that_tells_the_person_most() {
    let mut mixed = pursuit(several(3));
    for (lane, class) in [(1, Transient), (0, Exhausted), (2, Gone)] {
        mixed.learn(lane, fails(class), NOW, 0);
    }
    assert_eq!(mixed.clearest(), Some(1), "of the candidate they would rather have had");
    let mut final_one = pursuit(several(2));
    final_one.learn(0, fails(Transient), NOW, 0);
    final_one.learn(1, fails(Caller), NOW, 0);
    assert_eq!(final_one.clearest(), Some(1), "what ended it");
    let mut keys = pursuit(vec![runner(List::Main, 0, 1), runner(List::Main, 0, 2)]);
    keys.learn(0, fails(Transient), NOW, 0);
    keys.learn(1, fails(Credential), NOW, 0);
    assert_eq!(keys.clearest(), Some(0), "one bad key is not why the others failed");
}

fn any_standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        4 => Just(Standing::Ready),
        1 => (0_u64..200_000).prop_map(|at| Standing::NotBefore(Moment(at))),
        1 => (0_u64..200_000).prop_map(|at| Standing::Resting(Moment(at))),
        1 => (0_u64..200_000).prop_map(|at| Standing::Soon(Moment(at))),
        1 => (0_u64..200_000, any::<bool>())
            .prop_map(|(at, probe)| Standing::Parked { until: Moment(at), probe }),
        1 => Just(Standing::Never),
    ]
}

fn any_class() -> impl Strategy<Value = FailureClass> {
    prop::sample::select(vec![
        Transient,
        FailureClass::Throttled,
        Exhausted,
        Credential,
        Caller,
        ContextOverflow,
        ContentRefusal,
        Gone,
        Broken,
        FailureClass::Truncated,
    ])
}

proptest! {
    /// Whatever fails and whatever rests: calls stay within the budget, waits
    /// within cap and deadline, nothing barred is called, and it ends.
    #[test]
    fn wall_23_every_pursuit_ends_within_its_bounds(
        script in prop::collection::vec(
            (prop::collection::vec(any_standing(), 5), any_class(), any::<u64>(), any::<bool>()),
            1..60,
        ),
        deadline_ms in 1_u64..300_000,
    ) {
        let mut runners = several(3);
        runners.extend([runner(List::OnOverflow, 3, 3), runner(List::OnRefusal, 4, 4)]);
        let effort = Effort { deadline: Duration::from_millis(deadline_ms), ..Effort::default() };
        let mut pursuit = Pursuit::new(runners, Choice::First, effort, NOW);
        let (mut now, mut calls, mut never_again) = (NOW, 0, Vec::new());
        for (standings, class, random, may_retry) in script {
            match pursuit.next(&standings, may_retry, now) {
                Step::Try { lane, retry, .. } => {
                    calls += 1;
                    prop_assert!(calls <= 4, "the budget");
                    prop_assert!(now < pursuit.deadline(), "the deadline");
                    prop_assert!(!never_again.contains(&lane), "it said no");
                    prop_assert!(!retry || may_retry, "the workspace's budget");
                    prop_assert!(
                        matches!(standings[lane], Standing::Ready | Standing::Parked { probe: true, .. }),
                        "it could not be called"
                    );
                    pursuit.begin();
                    pursuit.learn(lane, fails(class), now, random);
                    if matches!(class, Exhausted | Credential | Gone) {
                        never_again.push(lane);
                    }
                }
                Step::Wait { until, .. } => {
                    prop_assert!(until > now, "it makes progress");
                    prop_assert!(until.since(now) <= 60_000 && until < pursuit.deadline(), "bounds");
                    now = until;
                }
                Step::GiveUp { retry_at } => {
                    prop_assert!(retry_at.is_none_or(|at| at > now), "never in the past");
                }
            }
        }
    }
}
