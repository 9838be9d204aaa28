//! Outages: breakers, probes, retry budgets, and what a screen learns of them.

use std::sync::Arc;
use std::time::Duration;

use domain::{BreakerState, Choice, FailureClass};
use gateway::{BreakerRules, Delta, Effort, GatewayOptions, QueueRules, Waiting};
use support::upstream::openai::{error, openai_stream, openai_stream_held};
use support::upstream::{Gate, Script, Upstream};

use crate::asker::{Asker, candidate, route};
use crate::desk::NOW;

/// Opens after two failures and rests long enough not to end within a test.
fn quick_to_open() -> GatewayOptions {
    let breaker = BreakerRules {
        volume: 2,
        rest: Duration::from_secs(600),
        longest_rest: Duration::from_secs(600),
        ..BreakerRules::default()
    };
    GatewayOptions { breaker, ..GatewayOptions::default() }
}

/// The same, with a rest that ends within a test.
fn quick_to_rest(rest: Duration) -> GatewayOptions {
    let options = quick_to_open();
    let breaker = BreakerRules { rest, longest_rest: rest, ..options.breaker };
    GatewayOptions { breaker, ..options }
}

#[tokio::test]
async fn wall_70_an_outage_costs_the_dead_provider_one_probe_a_window() {
    let dead = Upstream::start(error(500, "server_error", "down")).await;
    let good = Upstream::start(openai_stream(&["ok"])).await;
    let asker = Asker::with(quick_to_open());
    let route = route(vec![candidate(1, &dead), candidate(2, &good)]);
    for _ in 0..30 {
        assert_eq!(asker.ask(&route).await.text, "ok", "nobody notices");
    }
    assert_eq!(dead.questions().len(), 2, "two failures opened the breaker; then it rests");
    let health = asker.gateway.health(NOW);
    assert_eq!(health.lanes[0].breaker, BreakerState::Open, "a screen can show it");
    assert_eq!(health.lanes[0].failing_percent, Some(100), "and how bad it is");
    assert_eq!(health.lanes[1].failing_percent, Some(0), "the other is fine");
    assert!(health.lanes[1].p50_first_token_ms <= health.lanes[1].p95_first_token_ms, "and quick");
    let last = asker.ask(&route).await;
    assert_eq!(last.answered.choice, Some(Choice::Fallback), "the first was passed over");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_13_an_empty_answer_is_retried_counts_for_the_breaker_and_is_kept_nowhere() {
    let empty = || Script::chunked_stream().event("[DONE]").end();
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(empty());
    let route = route(vec![candidate(1, &upstream)]);
    let asker = Asker::new();
    let heard = asker.ask(&route).await;
    assert_eq!(heard.text, "ok", "it is asked again, unseen");
    assert_eq!(heard.tries()[0].2, Some(FailureClass::Broken), "and the card tells why");
    for asked in 3..6 {
        assert_eq!(asker.ask(&route).await.text, "ok", "the same question");
        assert_eq!(upstream.questions().len(), asked, "is answered by the provider each time");
    }
    let mut asker = Asker::with(quick_to_open());
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    upstream.usually(empty());
    let heard = asker.ask(&route).await;
    assert_eq!(heard.class(), Some(FailureClass::Broken), "nothing can be shown");
    let health = asker.gateway.health(NOW);
    assert_eq!(health.lanes[0].breaker, BreakerState::Open, "two empty answers are two failures");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_69_a_result_from_before_it_opened_is_ignored() {
    let (upstream, go_on) =
        (Upstream::start(error(500, "server_error", "down")).await, Gate::new());
    upstream.next(openai_stream_held(&["A long "], &go_on, &["answer."]));
    let mut asker = Asker::with(quick_to_open());
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    let route = route(vec![candidate(1, &upstream)]);
    let early = asker.ask(&route);
    let meanwhile = async {
        upstream.record(0).await;
        let heard = asker.ask(&route).await;
        assert_eq!(heard.class(), Some(FailureClass::Transient), "two tries, two failures");
        let state = asker.gateway.health(NOW).lanes[0].breaker;
        assert_eq!(state, BreakerState::Open, "and it is open");
        go_on.open();
    };
    let (early, ()) = tokio::join!(early, meanwhile);
    assert_eq!(early.text, "A long answer.", "the one that had begun before ends well");
    let health = asker.gateway.health(NOW);
    assert_eq!(health.lanes[0].breaker, BreakerState::Open, "which says nothing about now");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_26_67_when_all_rest_the_soonest_is_probed_and_restored() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    for _ in 0..2 {
        upstream.next(error(500, "server_error", "down"));
    }
    let mut asker = Asker::with(quick_to_rest(Duration::from_millis(300)));
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    let route = route(vec![candidate(1, &upstream)]);
    let heard = asker.ask(&route).await;
    assert_eq!(heard.class(), Some(FailureClass::Transient), "two tries, two failures");
    let heard = asker.ask(&route).await;
    assert_eq!(heard.text, "ok", "it waits for the probe's time rather than fail at once");
    let pause = heard.pauses()[0];
    assert_eq!(pause.class, Some(FailureClass::Transient), "the screen says why it waits");
    assert!(pause.instead.is_some(), "and that the person may try at once");
    let path = heard.answered.call.tries[0].path.clone().expect("routed");
    assert_eq!(path.breaker, BreakerState::Probing, "the card says that it was a probe");
    let health = asker.gateway.health(NOW);
    assert_eq!(health.lanes[0].breaker, BreakerState::Restoring, "by and by");
}

#[tokio::test]
async fn a_probe_that_begins_to_answer_lets_the_next_question_pass() {
    let (upstream, finish) = (Upstream::start(openai_stream(&["ok"])).await, Gate::new());
    for _ in 0..2 {
        upstream.next(error(500, "server_error", "down"));
    }
    upstream.next(openai_stream_held(&["A long "], &finish, &["answer."]));
    let mut asker = Asker::with(quick_to_rest(Duration::from_millis(50)));
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    let route = route(vec![candidate(1, &upstream)]);
    asker.ask(&route).await;
    let arrived = Gate::new();
    let probing = asker.ask_with(&route, |delta| {
        if matches!(delta, Delta::Text(_)) {
            arrived.open();
        }
    });
    let next = async {
        arrived.passed().await;
        let heard = asker.ask(&route).await;
        finish.open();
        heard
    };
    let (probe, next) = tokio::join!(probing, next);
    assert_eq!((next.text.as_str(), next.pauses().len()), ("ok", 0), "it is back, so go on");
    assert_eq!(probe.text, "A long answer.", "and the probe is an answer like any other");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_68_a_probe_that_meets_a_callers_fault_is_neutral() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    for _ in 0..2 {
        upstream.next(error(500, "server_error", "down"));
    }
    upstream.next(error(400, "invalid_request_error", "no"));
    let mut asker = Asker::with(quick_to_rest(Duration::from_millis(100)));
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    let route = route(vec![candidate(1, &upstream)]);
    asker.ask(&route).await;
    let heard = asker.ask(&route).await;
    assert_eq!(heard.class(), Some(FailureClass::Caller), "the probe was wrong itself");
    assert_eq!(asker.gateway.health(NOW).lanes[0].breaker, BreakerState::Open, "nothing proved");
    let heard = asker.ask(&route).await;
    assert_eq!((heard.text.as_str(), heard.pauses().len()), ("ok", 0), "the next probes at once");
}

#[tokio::test]
async fn a_person_who_does_not_want_to_wait_is_asked_for_nobody_else() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    for _ in 0..2 {
        upstream.next(error(500, "server_error", "down"));
    }
    let mut asker = Asker::with(quick_to_rest(Duration::from_secs(50)));
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    let route = route(vec![candidate(1, &upstream)]);
    asker.ask(&route).await;
    let skip = asker.controls.skip.clone();
    let heard = asker
        .ask_with(&route, |delta| {
            if matches!(delta, Delta::Waiting(Waiting::Pause(_))) {
                skip.skip();
            }
        })
        .await;
    assert_eq!(heard.text, "ok", "fifty seconds were not waited for");
    assert_eq!(heard.answered.choice, Some(Choice::Asked), "the card says why");
}

#[tokio::test]
async fn a_provider_s_own_pause_cannot_be_skipped() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(Script::answer(429, &[("retry-after-ms", "400")], "{}"));
    let asker = Asker::new();
    let skip = asker.controls.skip.clone();
    let asked = tokio::time::Instant::now();
    let watch = |_: &Delta| skip.skip();
    let heard = asker.ask_with(&route(vec![candidate(1, &upstream)]), watch).await;
    assert_eq!(heard.text, "ok", "it answers");
    assert!(asked.elapsed() >= Duration::from_millis(400), "not before the provider wants to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wall_24_a_thousand_clients_load_a_dead_upstream_by_a_tenth_more() {
    const CLIENTS: usize = 1_000;
    let all_there = Gate::new();
    let upstream = Upstream::start(Script::silent().wait(&all_there).reset()).await;
    // No breaker, no queue: only the budget is in the way.
    let breaker = BreakerRules { volume: u64::MAX, ..BreakerRules::default() };
    let queue = QueueRules { at_once: CLIENTS, deep: CLIENTS };
    let asker =
        Arc::new(Asker::with(GatewayOptions { breaker, queue, ..GatewayOptions::default() }));
    let route = Arc::new(route(vec![candidate(1, &upstream)]));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (asker, route) = (Arc::clone(&asker), Arc::clone(&route));
            tokio::spawn(async move { asker.ask(&route).await.class() })
        })
        .collect();
    upstream.record(CLIENTS - 1).await;
    all_there.open();
    for client in clients {
        let class = client.await.expect("no panic");
        assert_eq!(class, Some(FailureClass::Transient), "each gets a clear error");
    }
    let calls = upstream.questions().len();
    assert!(calls > CLIENTS, "some try again: {calls}");
    assert!(calls <= CLIENTS + CLIENTS / 10, "{calls} calls of {CLIENTS} clients");
    asker.assert_balanced();
}

/// A gateway whose only candidate failed until its breaker opened.
async fn with_an_open_breaker(upstream: &Upstream) -> (Asker, gateway::Route) {
    for _ in 0..2 {
        upstream.next(error(500, "server_error", "down"));
    }
    let mut asker = Asker::with(quick_to_open());
    asker.question.effort = Effort { tries: 2, ..asker.question.effort };
    let route = route(vec![candidate(1, upstream)]);
    asker.ask(&route).await;
    assert_eq!(asker.gateway.health(NOW).lanes[0].breaker, BreakerState::Open, "as prepared");
    (asker, route)
}

#[tokio::test]
async fn a_person_who_tries_now_probes_an_open_breaker_and_what_they_learn_holds_for_all() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    let (asker, route) = with_an_open_breaker(&upstream).await;
    let lane = &asker.gateway.health(NOW).lanes[0];
    let until = lane.breaker_until.expect("a screen counts down to the next probe");
    assert!(until > NOW && until <= NOW.plus(600_000), "the whole rest: {until:?}");
    let failure = lane.last_failure.clone().expect("what happened last");
    assert!(failure.message.contains("HTTP 500"), "in words: {failure:?}");
    upstream.next(error(503, "overloaded", "still down"));
    let failed = asker.probe(&route).await;
    assert_eq!(failed.call.error.map(|error| error.http_status), Some(Some(503)), "the truth");
    assert_eq!(failed.calls, 1, "one real call");
    assert_eq!(asker.gateway.health(NOW).lanes[0].breaker, BreakerState::Open, "rests on");
    let answered = asker.probe(&route).await;
    assert_eq!((answered.calls, answered.call.error), (1, None), "it is back");
    let lane = asker.gateway.health(NOW).lanes[0].clone();
    assert_eq!(lane.breaker, BreakerState::Restoring, "for everybody");
    assert_eq!(lane.last_failure, None, "an answer since");
    assert_eq!(asker.ask(&route).await.text, "ok", "the next question passes");
    asker.assert_balanced();
}

#[tokio::test]
async fn a_pause_that_the_provider_asked_for_is_not_cut_short_by_trying_now() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(Script::answer(429, &[("retry-after", "3600")], "{}"));
    let asker = Asker::new();
    let route = route(vec![candidate(1, &upstream)]);
    asker.ask(&route).await;
    let refused = asker.probe(&route).await;
    assert_eq!((refused.calls, upstream.questions().len()), (0, 1), "nothing was sent");
    assert!(refused.retry_at.is_some(), "from when it may be asked");
    let message = refused.call.error.expect("why").message;
    assert!(message.contains("asks for a pause of 60 minutes"), "{message}");
}

#[tokio::test]
async fn a_key_without_quota_can_be_tried_and_an_answer_frees_it() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(error(429, "insufficient_quota", "you exceeded your quota"));
    let asker = Asker::new();
    let route = route(vec![candidate(1, &upstream)]);
    asker.ask(&route).await;
    assert!(asker.gateway.health(NOW).lanes[0].mark.is_some(), "it is parked for an hour");
    asker.gateway.accepted(route.candidates[0].endpoint.provider, None);
    assert!(asker.gateway.health(NOW).lanes[0].mark.is_some(), "a list costs no quota");
    assert_eq!(asker.probe(&route).await.call.error, None, "the account was topped up");
    assert_eq!(asker.gateway.health(NOW).lanes[0].mark, None, "so it is free again");
}

#[tokio::test]
async fn who_was_passed_over_is_told_with_the_reason_and_nobody_else_is() {
    let dead = Upstream::start(error(500, "server_error", "down")).await;
    let good = Upstream::start(openai_stream(&["ok"])).await;
    let asker = Asker::with(quick_to_open());
    let alone = route(vec![candidate(1, &dead)]);
    asker.ask(&alone).await;
    let both = route(vec![candidate(1, &dead), candidate(2, &good)]);
    let heard = asker.ask(&both).await;
    let [skipped] = heard.answered.skipped.as_slice() else { panic!("one: {heard:?}") };
    assert_eq!(skipped.provider_label, "Provider 1", "who");
    assert_eq!(skipped.note, "It failed too often and is paused.", "why");
    assert!(skipped.until.is_some_and(|until| until > NOW), "until when");
    let other = route(vec![candidate(2, &good), candidate(1, &dead)]);
    assert_eq!(asker.ask(&other).await.answered.skipped, [], "who comes later was not passed over");
    let nobody = asker.ask(&alone).await;
    assert_eq!(nobody.answered.calls, 0, "all rest for longer than anybody waits");
    assert_eq!(nobody.answered.skipped.len(), 1, "and the card can still say who");
}

#[tokio::test]
async fn a_pause_tells_what_was_tried_before_it() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(Script::answer(429, &[("retry-after-ms", "50")], "{}"));
    let asker = Asker::new();
    let heard = asker.ask(&route(vec![candidate(1, &upstream)])).await;
    let [tried] = heard.pauses()[0].tries.as_slice() else { panic!("one: {heard:?}") };
    assert_eq!(tried.http_status, Some(429), "what came of it");
    let path = tried.path.as_ref().expect("routed");
    assert!(path.at.is_some_and(|at| at >= NOW), "and when it was sent");
}
