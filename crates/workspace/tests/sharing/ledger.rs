//! The ledger against crowds, crashes, clocks and bills.

use std::sync::Arc;

use domain::{
    AttemptId, Finish, GroupId, KeyId, Limit, LimitMeasure, LimitScope, ModelRef, NanoUsd,
    ProviderId, Role, Span, Tokens, TurnId, UnixMs, Usage,
};
use policy::{Action, Grant, ModelFacts, Resource};
use proptest::prelude::*;
use workspace::{
    AttemptEnd, AttemptStart, Ceiling, Granted, Group, Limits, Prospect, RecordQuery, Shortfall,
    Tally, Wish, Workspace, WorkspaceError,
};

use crate::support::{DAY, House, NOW, Person};

/// A tenth of a dollar, whatever the output.
pub(crate) const DIME: Wish = Wish {
    input: Tokens(100),
    output: Tokens(1_000),
    least: Tokens(256),
    price: Some(Ceiling { input: NanoUsd(100_000_000), per_output: 0 }),
};
pub(crate) const HOUR: i64 = DAY / 24;

pub(crate) fn model() -> ModelRef {
    ModelRef { provider: ProviderId::new(NOW, [1; 10]), model: "model-a".into() }
}

fn key() -> KeyId {
    KeyId::from_bytes([3; 16])
}

pub(crate) fn start() -> AttemptStart {
    AttemptStart {
        attempt: AttemptId::new(NOW, sealed::random_bytes()),
        turn: TurnId::new(NOW, [1; 10]),
        program: None,
        model: model(),
        host: "api.example.com".into(),
        request_bytes: 1_234,
        key: Some(key()),
        route: Some("usual".into()),
        number: 1,
        retry_of: None,
        hold: None,
        output_cap: None,
        class: None,
        regions: Vec::new(),
        rules: Vec::new(),
    }
}

fn grant(person: &Person) -> Grant {
    person.may(Action::ModelUse, &Resource::Model { model: model(), facts: ModelFacts::ELSEWHERE })
}

pub(crate) fn cost(attempt: AttemptId, nano: i64) -> AttemptEnd {
    AttemptEnd {
        finish: Some(Finish::Complete),
        usage: Some(Usage { input: Tokens(90), output: Tokens(20), ..Usage::default() }),
        billed: Some(true),
        cost: Some(NanoUsd(nano)),
        ..AttemptEnd::unknown(attempt)
    }
}

pub(crate) fn money(scope: LimitScope, span: Span, most: u64) -> Limit {
    Limit::new(scope, LimitMeasure::Money { span }, most)
}

pub(crate) async fn set(house: &House, limits: Vec<Limit>) {
    let limits = Limits { limits, ..Default::default() };
    let grant = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
}

pub(crate) async fn reserve(
    workspace: &Workspace,
    who: &Person,
    wish: Wish,
    now: UnixMs,
) -> Result<(AttemptId, Granted), WorkspaceError> {
    let start = start();
    let attempt = start.attempt;
    Ok((attempt, workspace.open_attempt(&grant(who), start, wish, now).await?))
}

pub(crate) async fn used(workspace: &Workspace, now: UnixMs) -> Tally {
    workspace.standings(now).await.unwrap().used[0].tally
}

pub(crate) fn is_spent<T>(result: Result<T, WorkspaceError>) -> Option<UnixMs> {
    match result {
        Err(WorkspaceError::Short(Shortfall::Spent { retry_at, .. })) => Some(retry_at),
        Err(other) => panic!("{other:?}"),
        Ok(_) => None,
    }
}

pub(crate) async fn crowd(house: &House, workspace: Arc<Workspace>, who: Arc<Person>) -> usize {
    let asking: Vec<_> = (0..1_000)
        .map(|_| {
            let (workspace, who) = (Arc::clone(&workspace), Arc::clone(&who));
            tokio::spawn(async move { is_spent(reserve(&workspace, &who, DIME, NOW).await) })
        })
        .collect();
    let mut passed = 0;
    for one in asking {
        passed += usize::from(one.await.unwrap().is_none());
    }
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "the record holds under the crowd");
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_56_of_a_thousand_at_once_exactly_fifty_pass() {
    let house = House::new();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 5_000_000_000)]).await;
    let (person, workspace, _) = house.join("Mira", Role::Member).await;
    let passed = crowd(&house, Arc::new(workspace), Arc::new(person)).await;
    assert_eq!(passed, 50, "fifty dimes are five dollars");
    let held = Tally { held: 5_000_000_000, spent: 0 };
    assert_eq!(used(&house.workspace, NOW).await, held, "all of it is held, and not a cent more");
}

/// Mira, who asks, in a group of her own.
async fn fieldwork(house: &House, members: &[&Person]) -> GroupId {
    let id = GroupId::from_bytes([7; 16]);
    let members = members.iter().map(|one| one.profile).collect();
    let group = Group { id, name: "Fieldwork".to_owned(), members };
    let grant = house.ada.may_here(Action::GroupManage);
    house.workspace.save_group(&grant, group, NOW).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_56_at_the_edge_of_every_scope_exactly_fifty_pass() {
    let house = House::new();
    let (mira, workspace, _) = house.join("Mira", Role::Member).await;
    let (mira, workspace) = (Arc::new(mira), Arc::new(workspace));
    let group = fieldwork(&house, &[&mira]).await;
    let scopes = [
        LimitScope::Role { role: Role::Member },
        LimitScope::Group { group },
        LimitScope::Profile { profile: mira.profile },
        LimitScope::Provider { provider: model().provider },
        LimitScope::Route { route: "usual".into() },
        LimitScope::Model { model: model() },
        LimitScope::Key { key: key() },
    ];
    for (number, scope) in scopes.into_iter().enumerate() {
        // What the scopes before let through counts here, too.
        let most = (number as u64 + 1) * 5_000_000_000;
        set(&house, vec![money(scope.clone(), Span::Month, most)]).await;
        let passed = crowd(&house, Arc::clone(&workspace), Arc::clone(&mira)).await;
        assert_eq!(passed, 50, "{scope:?}: fifty dimes are five dollars");
    }
}

#[tokio::test]
async fn a_call_counts_for_the_groups_its_person_was_in_when_it_left() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (noor, his, _) = house.join("Noor", Role::Member).await;
    let group = fieldwork(&house, &[&mira, &noor]).await;
    set(&house, vec![money(LimitScope::Group { group }, Span::Month, 200_000_000)]).await;
    let (first, _) = reserve(&hers, &mira, DIME, NOW).await.unwrap();
    fieldwork(&house, &[&noor]).await;
    assert_eq!(used(&house.workspace, NOW).await.held, 100_000_000, "she left; her dime stays");
    reserve(&his, &noor, DIME, NOW).await.unwrap();
    let full = reserve(&his, &noor, DIME, NOW).await;
    assert!(is_spent(full).is_some(), "two dimes are all there is");
    reserve(&hers, &mira, DIME, NOW).await.expect("who is in no group is not held by it");
    hers.settle_attempt(cost(first, 30_000_000), NOW).await.unwrap();
    let tally = used(&house.workspace, NOW).await;
    assert_eq!((tally.held, tally.spent), (100_000_000, 30_000_000), "settled where it was held");
    assert!(is_spent(reserve(&his, &noor, DIME, NOW).await).is_some(), "seven cents are no dime");
    let price = Some(Ceiling { input: NanoUsd(70_000_000), per_output: 0 });
    reserve(&his, &noor, Wish { price, ..DIME }, NOW).await.expect("but they are there");
}

#[tokio::test]
async fn days_begin_where_the_admin_says_and_what_is_under_way_is_settled_all_the_same() {
    let house = House::new();
    let each = || vec![money(LimitScope::EachProfile {}, Span::Day, 200_000_000)];
    set(&house, each()).await;
    // 23:00 in UTC is the next day in Lisbon's summer, and the same one in the Azores.
    let evening = UnixMs((NOW.0 / DAY) * DAY + 23 * HOUR);
    let (early, _) = reserve(&house.workspace, &house.ada, DIME, evening).await.unwrap();
    let zoned = |zone: &str| {
        let time_zone = Some(zone.to_owned());
        Limits { limits: each(), time_zone, ..Limits::default() }
    };
    let grant = house.ada.may_here(Action::BudgetSet);
    let east = zoned("Pacific/Kiritimati");
    house.workspace.set_limits(&grant, east, evening).await.unwrap();
    let tally = used(&house.workspace, evening).await;
    assert_eq!(tally.held, 100_000_000, "fourteen hours ahead it is one day, too: it counts");
    let later = evening.plus(11 * HOUR + 1);
    let tally = used(&house.workspace, later).await;
    assert_eq!(tally.held, 0, "there midnight is at ten in the morning of UTC");
    house.workspace.settle_attempt(cost(early, 30_000_000), later).await.unwrap();
    let tally = used(&house.workspace, evening).await;
    assert_eq!((tally.held, tally.spent), (0, 30_000_000), "its own day has it");
    let gone = LimitScope::Group { group: GroupId::from_bytes([1; 16]) };
    let limits = Limits { limits: vec![money(gone, Span::Day, 1)], ..Limits::default() };
    let refused = house.workspace.set_limits(&grant, limits, evening).await;
    assert!(matches!(refused, Err(WorkspaceError::NotFound)), "of a group that is not there");
    let nowhere = house.workspace.set_limits(&grant, zoned("Atlantis/Capital"), evening).await;
    assert!(matches!(nowhere, Err(WorkspaceError::NoSuchZone)), "{nowhere:?}");
}

#[tokio::test]
async fn a_limit_that_is_nearly_used_is_said_once_for_each_level() {
    let house = House::new();
    let limits = Limits {
        limits: vec![money(LimitScope::Workspace {}, Span::Month, 1_000_000_000)],
        warn_at: vec![50, 80],
        ..Limits::default()
    };
    let grant = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
    let (mut levels, mut attempts) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        attempts.push(reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap().0);
        levels.push(house.workspace.standings(NOW).await.unwrap().used[0].warned);
    }
    let expected = [[None; 4].as_slice(), &[Some(50); 3], &[Some(80); 3]].concat();
    assert_eq!(levels, expected, "from the call on that reaches it");
    for attempt in attempts {
        house.workspace.settle_attempt(cost(attempt, 50_000_000), NOW).await.unwrap();
    }
    for _ in 0..4 {
        reserve(&house.workspace, &house.ada, DIME, NOW).await.expect("half of it was given back");
    }
    let query = RecordQuery {
        newest_first: false,
        beyond: None,
        limit: 100,
        actor: None,
        kinds: vec!["limit_nearly_used".to_owned()],
    };
    let said = house.workspace.events(query).await.unwrap();
    let percents: Vec<u64> = said
        .iter()
        .map(|event| {
            let text: serde_json::Value = serde_json::from_str(&event.text).unwrap();
            text["what"]["percent"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(percents, [50, 80], "and not again with every call");
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "two events of one call follow each other: {report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_57_a_members_very_first_calls_are_held_against_their_limit() {
    let house = House::new();
    set(&house, vec![money(LimitScope::EachProfile {}, Span::Day, 5_000_000_000)]).await;
    for name in ["Mira", "Noor"] {
        let (person, workspace, _) = house.join(name, Role::Member).await;
        let passed = crowd(&house, Arc::new(workspace), Arc::new(person)).await;
        assert_eq!(passed, 50, "{name}: nobody begins without a limit, nor shares another's");
    }
}

#[tokio::test]
async fn all_scopes_are_taken_from_or_none() {
    let house = House::new();
    let tight = money(LimitScope::Provider { provider: model().provider }, Span::Day, 150_000_000);
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 5_000_000_000), tight]).await;
    reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    let events = house.workspace.verify_audit().await.unwrap().events;
    let refused = reserve(&house.workspace, &house.ada, DIME, NOW).await;
    assert!(is_spent(refused).is_some(), "five cents are left at the provider");
    let held = Tally { held: 100_000_000, spent: 0 };
    assert_eq!(used(&house.workspace, NOW).await, held, "the workspace's limit gave nothing");
    let after = house.workspace.verify_audit().await.unwrap().events;
    assert_eq!(after, events, "and no intent stands in the record");
}

#[tokio::test]
async fn a_limit_is_free_again_in_its_next_window_and_says_when() {
    let house = House::new();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Hour, 100_000_000)]).await;
    let (attempt, _) = reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    let end = cost(attempt, 60_000_000);
    house.workspace.settle_attempt(end, NOW).await.unwrap();
    let retry_at = is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).unwrap();
    let full = retry_at.0 % HOUR == 0 && (1..=HOUR.unsigned_abs()).contains(&retry_at.since(NOW));
    assert!(full, "the next full hour: {retry_at:?}");
    let early = reserve(&house.workspace, &house.ada, DIME, UnixMs(retry_at.0 - 1)).await;
    assert!(is_spent(early).is_some(), "a millisecond before, it is not");
    reserve(&house.workspace, &house.ada, DIME, retry_at).await.unwrap();
}

#[tokio::test]
async fn wall_64_a_clock_set_back_does_not_open_a_window_again() {
    let house = House::new();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 100_000_000)]).await;
    reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    for back in [HOUR, 40 * DAY, NOW.0] {
        let refused = reserve(&house.workspace, &house.ada, DIME, UnixMs(NOW.0 - back)).await;
        assert!(is_spent(refused).is_some(), "{back} ms back");
    }
    let later = reserve(&house.workspace, &house.ada, DIME, NOW.plus(31 * DAY)).await;
    assert!(later.is_ok(), "and next month comes all the same");
}

#[tokio::test]
async fn what_was_billed_beyond_the_hold_is_flagged_and_blocks_the_next_call() {
    let house = House::new();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 500_000_000)]).await;
    let (attempt, _) = reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    house.workspace.settle_attempt(cost(attempt, 700_000_000), NOW).await.unwrap();
    let standings = house.workspace.standings(NOW).await.unwrap();
    assert_eq!(standings.used[0].tally.spent, 700_000_000, "all of it is booked");
    assert_eq!(standings.overruns, 1, "and an admin sees that it was more than was held");
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "blocked");
    let pins = house.workspace.pins();
    house.workspace.close().await;
    let (again, _) = house.open(&house.ada, &pins).unwrap();
    assert!(
        is_spent(reserve(&again, &house.ada, DIME, NOW).await).is_some(),
        "after a restart too"
    );
}

#[tokio::test]
async fn a_limit_that_comes_later_counts_what_was_used_before() {
    let house = House::new();
    let (first, _) = reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    let (second, _) = reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    house.workspace.settle_attempt(cost(first, 70_000_000), NOW).await.unwrap();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 250_000_000)]).await;
    assert!(
        is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(),
        "seven cents and a dime under way leave eight"
    );
    house.workspace.settle_attempt(cost(second, 20_000_000), NOW).await.unwrap();
    reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
}

#[tokio::test]
async fn a_limit_that_was_lifted_for_a_while_counts_what_was_used_meanwhile() {
    let house = House::new();
    let limit = money(LimitScope::Workspace {}, Span::Month, 250_000_000);
    set(&house, vec![limit.clone()]).await;
    reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    set(&house, Vec::new()).await;
    reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    set(&house, vec![limit]).await;
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "both");
}

#[tokio::test]
async fn which_limit_is_in_the_way_is_read_from_its_sum_not_from_every_call() {
    let house = House::new();
    set(&house, vec![money(LimitScope::EachProfile {}, Span::Month, 300_000_000)]).await;
    let in_the_way = async || {
        let asked = Prospect { model: model(), key: None, wish: DIME };
        let role = house.ada.role;
        house.workspace.shortfalls(role, vec![asked], NOW).await.unwrap().remove(0)
    };
    assert_eq!(in_the_way().await, None, "no call was made yet");
    for _ in 0..3 {
        reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    }
    assert!(matches!(in_the_way().await, Some(Shortfall::Spent { .. })), "three dimes are held");
    // Years of calls would have to be read for nothing.
    house.tamper(&house.ada, |tx| tx.execute("DELETE FROM attempt", []).map(|_| ())).await;
    assert!(matches!(in_the_way().await, Some(Shortfall::Spent { .. })), "the sum says so");
}

#[tokio::test]
async fn a_limit_set_by_another_admin_holds_for_whoever_is_at_work() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    reserve(&hers, &mira, DIME, NOW).await.unwrap();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 150_000_000)]).await;
    assert!(is_spent(reserve(&hers, &mira, DIME, NOW).await).is_some(), "her next call knows it");
}

#[tokio::test]
async fn wall_54_a_call_without_a_price_is_blocked_or_shown_never_free() {
    let house = House::new();
    let unknown = Wish { price: None, ..DIME };
    reserve(&house.workspace, &house.ada, unknown, NOW).await.unwrap();
    let standings = house.workspace.standings(NOW).await.unwrap();
    assert_eq!(standings.unpriced, 1, "allowed, and an admin sees that it is not counted");
    let limits = Limits { limits: Vec::new(), block_unpriced: true, ..Default::default() };
    let grant = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
    let refused = reserve(&house.workspace, &house.ada, unknown, NOW).await;
    assert!(
        matches!(refused, Err(WorkspaceError::Short(Shortfall::Unpriced))),
        "blocked by policy: {refused:?}"
    );
    reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
}

#[tokio::test]
async fn wall_63_no_bill_and_no_clock_gives_anything_back() {
    let house = House::new();
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, 5_000_000_000)]).await;
    let mut spent = 0;
    for (nano, tokens) in [(i64::MIN, u64::MAX), (-1, 0), (0, 7), (i64::MAX, u64::MAX)] {
        let (attempt, _) = reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
        let usage = Usage { input: Tokens(tokens), output: Tokens(tokens), ..Usage::default() };
        let end = AttemptEnd { usage: Some(usage), ..cost(attempt, nano) };
        house.workspace.settle_attempt(end, UnixMs(i64::MAX)).await.unwrap();
        let tally = used(&house.workspace, NOW).await;
        assert!(tally.spent >= spent, "{nano}: {tally:?} after {spent}");
        spent = tally.spent;
    }
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "and every event can still be verified: {report:?}");
    for wall in [i64::MIN, 0, i64::MAX] {
        let asked = reserve(&house.workspace, &house.ada, DIME, UnixMs(wall)).await;
        // The year 9998 is a new month; what went before is not.
        assert_eq!(asked.is_ok(), wall == i64::MAX, "{wall}: {asked:?}");
    }
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "nor does a clock spoil the record: {report:?}");
}

#[tokio::test]
async fn wall_62_limits_with_an_unknown_field_are_refused() {
    let known = serde_json::json!({ "limits": [], "block_unpriced": false });
    assert!(serde_json::from_value::<Limits>(known.clone()).is_ok(), "the known ones are read");
    let mut strange = known;
    strange["monthly_euro"] = 5.into();
    assert!(serde_json::from_value::<Limits>(strange).is_err(), "an unknown one is an error");
    for (scope, measure) in [
        (r#"{"kind":"workspace","except":"ada"}"#, r#"{"kind":"money","span":"month"}"#),
        (r#"{"kind":"workspace"}"#, r#"{"kind":"money","span":"month","of":"each"}"#),
        (r#"{"kind":"each_profile"}"#, r#"{"kind":"at_once","span":"month"}"#),
    ] {
        let limit = format!(r#"{{"scope":{scope},"measure":{measure},"most":5}}"#);
        assert!(serde_json::from_str::<Limit>(&limit).is_err(), "nor within a limit: {limit}");
    }
}

#[tokio::test]
async fn a_member_cannot_set_limits() {
    let house = House::new();
    let (_mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_here(Action::BudgetSet);
    let set = hers.set_limits(&grant, Limits::default(), NOW).await;
    assert!(matches!(set, Err(WorkspaceError::WrongGrant)), "with another's permission: {set:?}");
}

/// How one of many calls at once ends.
#[derive(Clone, Copy, Debug)]
enum Fate {
    NeverLeft,
    Lost,
    Billed(i64),
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        1 => Just(Fate::NeverLeft),
        1 => Just(Fate::Lost),
        3 => (0..100_000_000_i64).prop_map(Fate::Billed),
    ];
    prop::collection::vec(fate, 1..80)
}

/// Runs all of them at once under a limit of `most`, and settles each twice at once.
async fn at_once(fates: Vec<Fate>, most: u64) {
    let house = Arc::new(House::new());
    set(&house, vec![money(LimitScope::Workspace {}, Span::Month, most)]).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (mira, hers) = (Arc::new(mira), Arc::new(hers));
    let asking: Vec<_> = fates
        .into_iter()
        .enumerate()
        .map(|(number, fate)| {
            let (house, mira, hers) = (Arc::clone(&house), Arc::clone(&mira), Arc::clone(&hers));
            tokio::spawn(async move {
                // Two people, each through a connection of their own to one file.
                let (workspace, who) =
                    if number % 2 == 0 { (&house.workspace, &house.ada) } else { (&*hers, &*mira) };
                let asked = reserve(workspace, who, DIME, NOW).await;
                let Ok((attempt, _)) = asked else {
                    assert!(is_spent(asked).is_some(), "refused for want of money only");
                    return 0;
                };
                let (end, spent) = match fate {
                    Fate::NeverLeft => (AttemptEnd::never_left(attempt), 0),
                    Fate::Lost => (AttemptEnd::unknown(attempt), 100_000_000),
                    Fate::Billed(nano) => (cost(attempt, nano), nano),
                };
                let again = end.clone();
                let (one, other) = tokio::join!(
                    workspace.settle_attempt(end, NOW),
                    workspace.settle_attempt(again, NOW)
                );
                assert!(one.unwrap() != other.unwrap(), "settled once, whoever comes first");
                spent
            })
        })
        .collect();
    let mut sum = 0;
    for one in asking {
        sum += one.await.unwrap();
    }
    let tally = used(&house.workspace, NOW).await;
    let spent = u64::try_from(sum).unwrap();
    assert_eq!(tally, Tally { held: 0, spent }, "the sum of the bills, and nothing held");
    assert!(spent <= most, "within the limit");
    assert!(kept_sums(&house).await.contains(&(0, sum)), "the sum that is kept is the same");
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "the record holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_begin_and_end_at_once_lose_and_invent_nothing() {
    let fates = (0..200_i64).map(|number| match number % 5 {
        0 => Fate::NeverLeft,
        1 => Fate::Lost,
        _ => Fate::Billed(number * 100_000),
    });
    at_once(fates.collect(), 1_000_000_000).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn whatever_ends_at_once_is_booked_once_and_never_beyond_the_limit(
        fates in fates(),
        dimes in 1..40_u64,
    ) {
        let most = dimes * 100_000_000;
        tokio::runtime::Runtime::new().unwrap().block_on(at_once(fates, most));
    }
}

/// Held and spent of every sum in the file.
async fn kept_sums(house: &House) -> Vec<(i64, i64)> {
    let (to, from) = std::sync::mpsc::channel();
    house
        .tamper(&house.ada, move |tx| {
            let mut statement = tx.prepare("SELECT held, spent FROM tally")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            to.send(rows.collect::<Result<Vec<_>, _>>()?).unwrap();
            Ok(())
        })
        .await;
    from.recv().unwrap()
}
