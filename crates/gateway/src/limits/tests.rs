use super::*;
use domain::{ProviderId, UnixMs};
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn person(n: u8) -> ProfileId {
    ProfileId::new(UnixMs(0), [n; 10])
}

fn model() -> ModelRef {
    ModelRef { provider: ProviderId::new(UnixMs(0), [1; 10]), model: "m".into() }
}

fn limiter(limits: &[(Scope, Measure, u64)]) -> Limiter {
    let mut limiter = Limiter::default();
    let limit = |(scope, measure, most): &(Scope, Measure, u64)| Limit {
        scope: scope.clone(),
        measure: *measure,
        most: *most,
    };
    limiter.set(limits.iter().map(limit).collect());
    limiter
}

/// For as long as the tests run.
fn asker(profile: u8, groups: &[GroupId]) -> &'static Asker {
    let groups = groups.to_vec();
    Box::leak(Box::new(Asker { profile: person(profile), role: Role::Member, groups }))
}

fn touched(model: &ModelRef, profile: u8, tokens: u64) -> Touched<'_> {
    Touched { asker: asker(profile, &[]), route: "quick", model, key: None, tokens }
}

#[test]
fn a_call_counts_at_every_scope_or_at_none() {
    let model = model();
    let key = KeyId::new(UnixMs(0), [9; 10]);
    let mut limiter = limiter(&[
        (Scope::Workspace, Measure::Requests(MINUTE), 10),
        (Scope::Key(key), Measure::AtOnce, 1),
    ]);
    let with_key = Touched { key: Some(key), ..touched(&model, 1, 0) };
    let held = limiter.take(&with_key, Moment(0)).expect("room");
    for _ in 0..20 {
        assert!(limiter.take(&with_key, Moment(0)).is_none(), "the key is busy");
    }
    assert_eq!(limiter.room(&with_key, Moment(0)), Room::Later, "until its call ends");
    for _ in 0..9 {
        assert!(limiter.take(&touched(&model, 1, 0), Moment(0)).is_some(), "refusals took nothing");
    }
    assert!(matches!(limiter.room(&touched(&model, 1, 0), Moment(0)), Room::At(_)), "ten are ten");
    limiter.give_back(held, None);
    assert_eq!(limiter.room(&with_key, Moment(0)), Room::Now, "what never left is given back");
}

#[test]
fn each_person_has_a_count_of_their_own() {
    let model = model();
    let mut limiter = limiter(&[(Scope::EachProfile, Measure::Requests(MINUTE), 1)]);
    assert!(limiter.take(&touched(&model, 1, 0), Moment(0)).is_some(), "the first of one");
    assert!(limiter.take(&touched(&model, 1, 0), Moment(0)).is_none(), "no second");
    assert!(limiter.take(&touched(&model, 2, 0), Moment(0)).is_some(), "the first of another");
}

#[test]
fn tokens_are_held_at_their_upper_bound_and_settled_with_what_was_used() {
    let model = model();
    let mut limiter = limiter(&[(Scope::Model(model.clone()), Measure::Tokens(MINUTE), 100)]);
    let held = limiter.take(&touched(&model, 1, 80), Moment(0)).expect("room");
    assert!(limiter.take(&touched(&model, 1, 30), Moment(0)).is_none(), "80 and 30 are too many");
    limiter.give_back(held, Some(10));
    assert!(limiter.take(&touched(&model, 1, 90), Moment(0)).is_some(), "10 and 90 are not");
    assert_eq!(limiter.room(&touched(&model, 1, 101), Moment(0)), Room::Never, "too large at all");
}

proptest! {
    /// Whatever comes in whatever order, no span of a minute sees more than
    /// the limit, and what is at once never exceeds its own.
    #[test]
    fn limits_hold_at_any_time(
        calls in prop::collection::vec((0_u64..20_000, 1_u64..40, any::<bool>()), 1..150),
    ) {
        let model = model();
        let mut limiter = limiter(&[
            (Scope::Workspace, Measure::Requests(MINUTE), 8),
            (Scope::Route("quick".into()), Measure::Tokens(MINUTE), 100),
            (Scope::Profile(person(1)), Measure::AtOnce, 3),
        ]);
        let mut now = Moment(0);
        let (mut begun, mut running) = (Vec::<(u64, u64)>::new(), Vec::new());
        for (wait, tokens, ends) in calls {
            now = now.plus_ms(wait);
            if ends && let Some(held) = running.pop() {
                limiter.give_back(held, Some(u64::MAX));
            }
            let wanted = touched(&model, 1, tokens);
            let room = limiter.room(&wanted, now);
            match limiter.take(&wanted, now) {
                Some(held) => {
                    prop_assert_eq!(room, Room::Now);
                    running.push(held);
                    begun.push((now.0, tokens));
                }
                None => prop_assert_ne!(room, Room::Now),
            }
            let recent = begun.iter().filter(|(at, _)| at + 60_000 > now.0);
            prop_assert!(recent.clone().count() <= 8, "requests");
            prop_assert!(recent.map(|(_, tokens)| tokens).sum::<u64>() <= 100, "tokens");
            prop_assert!(running.len() <= 3, "at once");
        }
    }
}

#[test]
fn a_group_shares_what_one_limit_gives_it_and_others_do_not_take_part() {
    let (model, group) = (model(), GroupId::from_bytes([5; 16]));
    let mut limiter = limiter(&[(Scope::Group(group), Measure::AtOnce, 2)]);
    let by = |profile| Touched { asker: asker(profile, &[group]), ..touched(&model, profile, 0) };
    let first = limiter.take(&by(1), Moment(0)).expect("room");
    limiter.take(&by(2), Moment(0)).expect("room");
    assert!(limiter.take(&by(3), Moment(0)).is_none(), "two of them are answered already");
    assert!(limiter.take(&touched(&model, 4, 0), Moment(0)).is_some(), "who is in no group");
    limiter.give_back(first, Some(0));
    assert!(limiter.take(&by(3), Moment(0)).is_some(), "one of them is done");
}
