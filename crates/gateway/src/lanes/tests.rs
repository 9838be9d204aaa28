use super::*;
use crate::limits::Asker;
use domain::{ModelRef, ProfileId, UnixMs};

fn provider() -> ProviderId {
    ProviderId::new(UnixMs(0), [1; 10])
}

fn lane(model: &str, key: u8) -> LaneId {
    let key = Some(KeyId::new(UnixMs(0), [key; 10]));
    LaneId { provider: provider(), model: model.into(), key }
}

struct Table {
    lanes: Lanes,
    model: ModelRef,
}

impl Table {
    fn new() -> Self {
        let model = ModelRef { provider: provider(), model: "m".into() };
        Self { lanes: Lanes::new(BreakerRules::default()), model }
    }

    fn standing(&mut self, id: &LaneId, at: u64) -> Standing {
        self.lanes.standing(id, &touched(&self.model), Moment(at))
    }

    fn call(&mut self, id: &LaneId, at: u64, class: Option<FailureClass>, wait: Option<u64>) {
        let boarding =
            self.lanes.board(id, &touched(&self.model), Moment(at), false).expect("callable");
        let verdict = if class.is_none() { Verdict::Healthy } else { Verdict::Neutral };
        let error = class.map(|class| error(class, wait));
        let landing = Landing { verdict, error, first_token_ms: Some(9), tokens: Some(1) };
        self.lanes.leave(id, boarding, landing, Moment(at), 0);
    }
}

fn touched(model: &ModelRef) -> Touched<'_> {
    let profile = ProfileId::new(UnixMs(0), [3; 10]);
    let asker = Asker { profile, role: domain::Role::Member, groups: Vec::new() };
    Touched { asker: Box::leak(Box::new(asker)), route: "r", model, key: None, tokens: 1 }
}

fn error(class: FailureClass, wait: Option<u64>) -> CallError {
    CallError {
        class,
        http_status: None,
        retry_after_ms: wait,
        should_retry: None,
        message: format!("{class:?}"),
    }
}

#[test]
fn wall_02_a_wait_is_a_floor_for_that_key_and_no_other() {
    let mut table = Table::new();
    table.call(&lane("m", 1), 0, Some(FailureClass::Throttled), Some(2_000));
    assert_eq!(table.standing(&lane("m", 1), 1_999), Standing::NotBefore(Moment(2_000)), "floor");
    assert_eq!(table.standing(&lane("m", 2), 0), Standing::Ready, "the other key at once");
    assert_eq!(table.standing(&lane("m", 1), 2_000), Standing::Ready, "and this one then");
}

#[test]
fn wall_01_09_a_used_up_key_is_parked_for_all_its_models() {
    let mut table = Table::new();
    table.call(&lane("m", 1), 0, Some(FailureClass::Exhausted), Some(38_000));
    for model in ["m", "another"] {
        assert_eq!(
            table.standing(&lane(model, 1), 60_000),
            Standing::Parked { until: Moment(600_000), probe: true },
            "a day's quota is not back after 38 s: {model}"
        );
    }
    assert_eq!(table.standing(&lane("m", 2), 0), Standing::Ready, "another key is not");
}

#[test]
fn a_parked_key_is_asked_again_now_and_then_and_freed_by_an_answer() {
    let mut table = Table::new();
    let id = lane("m", 1);
    table.call(&id, 0, Some(FailureClass::Credential), None);
    let parked = |probe| Standing::Parked { until: Moment(3_600_000), probe };
    assert_eq!(table.standing(&id, 19_999), parked(false), "not at once");
    assert_eq!(table.standing(&id, 20_000), parked(true), "they may have entered another");
    let probe = table.lanes.board(&id, &touched(&table.model), Moment(20_000), false);
    assert_eq!(table.standing(&id, 20_001), parked(false), "one at a time");
    let answered =
        Landing { verdict: Verdict::Healthy, error: None, first_token_ms: None, tokens: Some(1) };
    table.lanes.leave(&id, probe.expect("callable"), answered, Moment(20_002), 0);
    assert_eq!(table.standing(&id, 20_003), Standing::Ready, "it works again");
}

#[test]
fn what_an_admin_changed_is_forgiven() {
    let mut table = Table::new();
    table.call(&lane("m", 1), 0, Some(FailureClass::Exhausted), None);
    table.call(&lane("m", 2), 0, Some(FailureClass::Gone), None);
    table.lanes.forgive(provider());
    for key in [1, 2] {
        assert_eq!(table.standing(&lane("m", key), 1), Standing::Ready, "key {key}");
    }
    table.call(&lane("m", 1), 0, Some(FailureClass::Gone), None);
    table.lanes.forgive(ProviderId::new(UnixMs(0), [7; 10]));
    let standing = table.standing(&lane("m", 1), 1);
    assert!(matches!(standing, Standing::Parked { .. }), "another provider is another matter");
}

#[test]
fn a_parked_lane_is_not_probed_where_a_limit_has_no_room() {
    let mut table = Table::new();
    let id = lane("m", 1);
    table.call(&id, 0, Some(FailureClass::Credential), None);
    let scope = crate::Scope::Workspace;
    let measure = crate::Measure::AtOnce;
    table.lanes.limiter.set(vec![crate::Limit { scope, measure, most: 0 }]);
    assert_eq!(
        table.standing(&id, 30_000),
        Standing::Parked { until: Moment(3_600_000), probe: false },
        "what is said to be callable can be called"
    );
}

#[test]
fn the_health_says_why_and_until_when_and_keeps_no_call() {
    let mut table = Table::new();
    table.call(&lane("m", 1), 0, Some(FailureClass::Throttled), Some(2_000));
    table.call(&lane("m", 2), 0, None, None);
    let running = table.lanes.board(&lane("m", 2), &touched(&table.model), Moment(0), false);
    let health = table.lanes.health(Moment(500), UnixMs(10_000));
    let mark = health[0].mark.as_ref().expect("it is paused");
    assert_eq!((mark.class, mark.until), (FailureClass::Throttled, UnixMs(11_500)), "until when");
    assert_eq!(health[1].mark, None, "the other is fine");
    assert_eq!(
        (health[1].in_flight, health[1].p50_first_token_ms, health[1].failing_percent),
        (1, Some(9), Some(0)),
        "one under way, one answered"
    );
    let boarding = running.expect("callable");
    table.lanes.leave(&lane("m", 2), boarding, Landing::unseen(None), Moment(0), 0);
    assert_eq!(table.lanes.health(Moment(0), UnixMs(0))[1].in_flight, 0, "given back");
}

#[test]
fn a_list_of_models_proves_a_key_and_nothing_else() {
    let mut table = Table::new();
    table.call(&lane("m", 1), 0, Some(FailureClass::Credential), None);
    table.call(&lane("m", 2), 0, Some(FailureClass::Exhausted), None);
    table.call(&lane("m", 3), 0, Some(FailureClass::Gone), None);
    for key in [1, 2, 3] {
        table.lanes.accepted(provider(), lane("m", key).key);
    }
    assert_eq!(table.standing(&lane("m", 1), 1), Standing::Ready, "the key is good");
    for key in [2, 3] {
        let standing = table.standing(&lane("m", key), 1);
        assert!(matches!(standing, Standing::Parked { .. }), "only a call tells: key {key}");
    }
}

#[test]
fn another_key_in_the_place_of_one_starts_anew_alone() {
    let mut table = Table::new();
    table.call(&lane("m", 1), 0, Some(FailureClass::Credential), None);
    table.call(&lane("m", 2), 0, Some(FailureClass::Credential), None);
    table.lanes.forgive_key(provider(), lane("m", 1).key.expect("a key"));
    assert_eq!(table.standing(&lane("m", 1), 1), Standing::Ready, "it is another now");
    let standing = table.standing(&lane("m", 2), 1);
    assert!(matches!(standing, Standing::Parked { .. }), "its neighbour is not");
}

#[test]
fn the_last_failure_is_kept_with_its_time_until_the_next_answer() {
    let mut table = Table::new();
    let id = lane("m", 1);
    table.call(&id, 100, Some(FailureClass::Broken), None);
    table.call(&id, 200, Some(FailureClass::Caller), None);
    let failure = table.lanes.health(Moment(500), UnixMs(10_000))[0].last_failure.clone();
    let wanted = LastFailure { at: UnixMs(9_600), message: "Broken".to_owned() };
    assert_eq!(failure, Some(wanted), "a question's own fault says nothing of the provider");
    table.call(&id, 600, None, None);
    assert_eq!(table.lanes.health(Moment(700), UnixMs(0))[0].last_failure, None, "it answered");
}
