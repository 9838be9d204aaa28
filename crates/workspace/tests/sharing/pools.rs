//! What all share once their own is used up: under crowds, restarts, clocks and raises.

use std::sync::Arc;

use domain::{Limit, LimitMeasure, LimitScope, NanoUsd, ProfileId, Role, Span, UnixMs};
use policy::Action;
use workspace::{
    AttemptEnd, Ceiling, Given, Limits, PoolUsed, Prospect, RecordQuery, Refusal, Shortfall,
    Subject, Wish, Workspace, WorkspaceError,
};

use crate::ledger::{DIME, HOUR, cost, crowd, is_spent, model, money, reserve, set};
use crate::support::{DAY, House, NOW, Person};

const CENT: u64 = 10_000_000;
const TODAY: LimitMeasure = LimitMeasure::Money { span: Span::Day };

/// So many cents a day for each, and so many for all.
fn shared(own: u64, pool: u64) -> Limit {
    let limit = money(LimitScope::EachProfile {}, Span::Day, own * CENT);
    Limit { pool: Some(pool * CENT), ..limit }
}

async fn pool_of(workspace: &Workspace, who: ProfileId, now: UnixMs) -> Option<PoolUsed> {
    workspace.limits_of(who, Role::Member, now).await.unwrap()[0].1.pool
}

async fn drawn(house: &House, who: &Person) -> u64 {
    let one = pool_of(&house.workspace, who.profile, NOW).await.unwrap();
    let counted = house.workspace.standings(NOW).await.unwrap().used[0].pool.unwrap();
    assert_eq!(one, counted, "what is kept is what the calls add up to");
    one.used / CENT
}

/// Gives Mira, or whoever asks, so many cents more until then.
async fn raise(house: &House, workspace: &Workspace, who: &Person, cents: u64, until: UnixMs) {
    let subject = Subject::More { measure: TODAY, amount: cents * CENT };
    let grant = who.may_about(Action::RequestMake, who);
    let id = workspace.make_request(&grant, subject, String::new(), NOW).await.unwrap();
    let given = Some(Given { until, amount: Some(cents * CENT) });
    let grant = house.ada.may_here(Action::RequestDecide);
    house.workspace.decide_request(&grant, id, given, NOW).await.unwrap();
}

/// What was said to be nearly used: at how many percent, and whether the event names the pool.
async fn said(house: &House) -> Vec<(u64, Option<bool>)> {
    let query = RecordQuery {
        newest_first: false,
        beyond: None,
        limit: 100,
        actor: None,
        kinds: vec!["limit_nearly_used".to_owned()],
    };
    let events = house.workspace.events(query).await.unwrap();
    let levels = events.iter().map(|event| {
        let text: serde_json::Value = serde_json::from_str(&event.text).unwrap();
        let what = &text["what"];
        let of_pool = what.get("pool").map(|pool| pool.as_bool().unwrap());
        assert_eq!(what["limit"]["pool"], 40 * CENT, "the limit is named with its pool");
        (what["percent"].as_u64().unwrap(), of_pool)
    });
    levels.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_56_at_the_edge_of_a_pool_exactly_as_many_pass_as_it_holds() {
    let house = House::new();
    set(&house, vec![shared(100, 300)]).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (noor, his, _) = house.join("Noor", Role::Member).await;
    // Both at once, a thousand calls each: ten dimes of their own, thirty of the pool.
    let both = tokio::join!(
        crowd(&house, Arc::new(hers), Arc::new(mira)),
        crowd(&house, Arc::new(his), Arc::new(noor)),
    );
    assert!(both.0 >= 10 && both.1 >= 10, "nobody takes another's own: {both:?}");
    assert_eq!(both.0 + both.1, 50, "twice ten, and thirty between them");
    assert_eq!(drawn(&house, &house.ada).await, 300, "to the cent");
    for _ in 0..10 {
        reserve(&house.workspace, &house.ada, DIME, NOW)
            .await
            .expect("what is hers is still there");
    }
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "only it");
}

#[tokio::test]
async fn a_pool_says_that_it_is_used_up_holds_after_a_restart_and_begins_anew() {
    let house = House::new();
    set(&house, vec![shared(10, 20)]).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    for _ in 0..3 {
        reserve(&hers, &mira, DIME, NOW).await.expect("a dime of her own, two of the pool");
    }
    let refused = reserve(&hers, &mira, DIME, NOW).await;
    let Err(WorkspaceError::Short(Shortfall::Spent { limit, retry_at })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((limit.most, limit.pool), (10 * CENT, Some(20 * CENT)), "it names both");
    assert_eq!(retry_at.0 % DAY, 0, "and the next day");
    let pins = house.workspace.pins();
    house.workspace.close().await;
    let (again, _) = house.open(&house.ada, &pins).unwrap();
    let asked = Prospect { model: model(), key: None, wish: DIME };
    let in_the_way = again.shortfalls(Role::Admin, vec![asked], NOW).await.unwrap();
    assert_eq!(in_the_way, [None], "hers is left to her");
    reserve(&again, &house.ada, DIME, NOW).await.unwrap();
    assert!(is_spent(reserve(&again, &house.ada, DIME, NOW).await).is_some(), "and no more");
    for back in [HOUR, 40 * DAY] {
        let refused = reserve(&again, &house.ada, DIME, UnixMs(NOW.0 - back)).await;
        assert!(is_spent(refused).is_some(), "{back} ms back: the clock opens nothing");
    }
    for _ in 0..3 {
        reserve(&again, &house.ada, DIME, retry_at).await.expect("another day, another pool");
    }
    assert!(is_spent(reserve(&again, &house.ada, DIME, retry_at).await).is_some(), "as large");
}

#[tokio::test]
async fn refusals_under_a_clock_set_ahead_and_back_leave_everybody_in_the_pool() {
    let house = House::new();
    set(&house, vec![shared(10, 20)]).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    for _ in 0..3 {
        reserve(&hers, &mira, DIME, NOW).await.expect("a dime of her own, two of the pool");
    }
    let price = Some(Ceiling { input: NanoUsd(1_000_000_000), per_output: 0 });
    let dollar = Wish { price, ..DIME };
    for (workspace, who) in [(&house.workspace, &house.ada), (&hers, &mira)] {
        let ahead = reserve(workspace, who, dollar, NOW.plus(DAY)).await;
        let is_too_large = matches!(ahead, Err(WorkspaceError::Short(Shortfall::TooLarge { .. })));
        assert!(is_too_large, "nothing is taken, and the ledger's time stays: {ahead:?}");
        if who.profile == house.ada.profile {
            reserve(&house.workspace, who, DIME, NOW).await.expect("what is hers");
        }
    }
    let refused = reserve(&house.workspace, &house.ada, DIME, NOW).await;
    assert!(is_spent(refused).is_some(), "the day is as it was: Mira has used the pool up");
    assert_eq!(drawn(&house, &mira).await, 20, "and everybody sees it");
}

#[tokio::test]
async fn what_a_call_gives_back_is_everybodys_again_and_a_bill_beyond_its_hold_is_counted() {
    let house = House::new();
    set(&house, vec![shared(10, 20)]).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let mut attempts = Vec::new();
    for _ in 0..3 {
        attempts.push(reserve(&hers, &mira, DIME, NOW).await.unwrap().0);
    }
    assert_eq!(drawn(&house, &mira).await, 20, "all of it is held");
    hers.settle_attempt(cost(attempts[0], 40_000_000), NOW).await.unwrap();
    assert_eq!(drawn(&house, &mira).await, 14, "six cents came back");
    hers.settle_attempt(AttemptEnd::never_left(attempts[1]), NOW).await.unwrap();
    assert_eq!(drawn(&house, &mira).await, 4, "and what never left");
    hers.settle_attempt(cost(attempts[2], 500_000_000), NOW).await.unwrap();
    assert_eq!(drawn(&house, &mira).await, 44, "a bill is a bill");
    reserve(&house.workspace, &house.ada, DIME, NOW).await.expect("her own");
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "no more");
}

#[tokio::test]
async fn a_pool_that_comes_later_counts_what_everybody_used_before() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    for _ in 0..3 {
        reserve(&hers, &mira, DIME, NOW).await.unwrap();
    }
    set(&house, vec![shared(10, 30)]).await;
    let stands = pool_of(&house.workspace, house.ada.profile, NOW).await.unwrap();
    assert_eq!(stands.used, 20 * CENT, "read from the calls, as nobody asked yet");
    // Mira does not ask again, and has no sum until somebody else does.
    for _ in 0..2 {
        reserve(&house.workspace, &house.ada, DIME, NOW).await.expect("one of hers, one of all");
    }
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "Mira's");
    assert_eq!(drawn(&house, &mira).await, 30, "two and one");
    // Years of calls would have to be read for nothing.
    house.tamper(&house.ada, |tx| tx.execute("DELETE FROM attempt", []).map(|_| ())).await;
    let kept = pool_of(&house.workspace, house.ada.profile, NOW).await.unwrap();
    assert_eq!(kept.used, 30 * CENT, "it is read from each one's sum");
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "so, too");
}

#[tokio::test]
async fn a_raise_is_ones_own_and_once_over_what_was_used_of_it_is_the_pools() {
    let house = House::new();
    set(&house, vec![shared(10, 20)]).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let end = NOW.plus(HOUR);
    raise(&house, &hers, &mira, 10, end).await;
    for _ in 0..3 {
        reserve(&hers, &mira, DIME, NOW).await.expect("two of her own by now, one of the pool");
    }
    assert_eq!(drawn(&house, &mira).await, 10, "the raise is hers");
    let later = pool_of(&house.workspace, mira.profile, end).await.unwrap();
    assert_eq!(later.used, 20 * CENT, "when it is over, what she used of it counts as shared");
    assert!(is_spent(reserve(&hers, &mira, DIME, end).await).is_some(), "so nothing is left");
    reserve(&house.workspace, &house.ada, DIME, end).await.expect("but everybody's own");
    let full = reserve(&house.workspace, &house.ada, DIME, end).await;
    assert!(is_spent(full).is_some(), "nobody is given the same twice");
}

#[tokio::test]
async fn a_pool_that_is_nearly_used_is_said_once_for_each_level_beside_the_own_limit() {
    let house = House::new();
    let limits =
        Limits { limits: vec![shared(20, 40)], warn_at: vec![50, 75], ..Limits::default() };
    let grant = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let mut levels = Vec::new();
    for _ in 0..5 {
        reserve(&hers, &mira, DIME, NOW).await.unwrap();
        levels.push(pool_of(&hers, mira.profile, NOW).await.unwrap().warned);
    }
    assert_eq!(levels, [None, None, None, Some(50), Some(75)], "whoever asks sees it");
    for _ in 0..2 {
        reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    }
    let said = said(&house).await;
    let (own, pool) = (None, Some(true));
    let expected = [(50, own), (75, own), (50, pool), (75, pool), (50, own), (75, own)];
    assert_eq!(said, expected, "Mira's own, the pool's for all, and Ada's own");
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "and the record holds");
}

#[tokio::test]
async fn where_nobody_has_anything_of_their_own_only_the_pool_is_said_to_be_nearly_used() {
    let house = House::new();
    let limits = Limits { limits: vec![shared(0, 40)], warn_at: vec![50], ..Limits::default() };
    let grant = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
    for _ in 0..4 {
        reserve(&house.workspace, &house.ada, DIME, NOW).await.unwrap();
    }
    assert_eq!(said(&house).await, [(50, Some(true))], "nothing is never nearly used");
    assert!(is_spent(reserve(&house.workspace, &house.ada, DIME, NOW).await).is_some(), "all");
}

#[tokio::test]
async fn a_pool_of_what_is_shared_already_is_not_signed() {
    let house = House::new();
    let limit = money(LimitScope::Workspace {}, Span::Day, 5);
    let limits = Limits { limits: vec![Limit { pool: Some(5), ..limit }], ..Default::default() };
    let grant = house.ada.may_here(Action::BudgetSet);
    let set = house.workspace.set_limits(&grant, limits, NOW).await;
    let reason = match &set {
        Err(WorkspaceError::Refused { reason, .. }) => Some(*reason),
        _ => None,
    };
    assert_eq!(reason, Some(Refusal::NotAllowed), "nobody could read it: {set:?}");
}
