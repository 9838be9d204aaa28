//! What follows from each class of failure, over the candidates of a route.

use std::sync::Arc;
use std::time::Duration;

use domain::{Choice, FailureClass, Finish, Tokens};
use gateway::{Effort, MeterRefusal, Timeouts, Wishes};
use support::upstream::openai::{self, error, openai_stream};
use support::upstream::{Script, Upstream};
use tokio::time::Instant;

use crate::asker::{Asker, Heard, bearers, candidate, route, with_keys};
use crate::desk::{NOW, PATIENT, SOON, TestMeter};

/// Candidate 1 answers with `script`, candidate 2 with "From two.".
async fn after(script: Script) -> (Heard, usize, usize) {
    let (one, two) = (Upstream::start(script).await, two().await);
    let asker = Asker::new();
    let heard = asker.ask(&route(vec![candidate(1, &one), candidate(2, &two)])).await;
    asker.assert_balanced();
    (heard, one.questions().len(), two.questions().len())
}

async fn two() -> Upstream {
    Upstream::start(openai_stream(&["From ", "two."])).await
}

fn paused(millis: &str) -> Script {
    Script::answer(429, &[("retry-after-ms", millis)], "{}")
}

#[tokio::test]
async fn wall_10_11_12_13_14_21_22_a_failure_before_content_falls_back_invisibly() {
    let html = [("content-type", "text/html")];
    let scripts = [
        (error(529, "overloaded_error", "Overloaded"), FailureClass::Transient),
        (error(500, "server_error", "oops"), FailureClass::Transient),
        (
            Script::chunked_stream()
                .event(r#"{"error":{"message":"x","type":"server_error"}}"#)
                .end(),
            FailureClass::Transient,
        ),
        (Script::json(200, r#"{"error":{"message":"crashed"}}"#), FailureClass::Broken),
        (Script::chunked_stream().event("[DONE]").end(), FailureClass::Broken),
        (Script::json(200, r#"{"choices":[{"message":{"content":null}}]}"#), FailureClass::Broken),
        (Script::answer(200, &html, "<html>login</html>"), FailureClass::Broken),
        (error(404, "model_not_found", "no such model"), FailureClass::Gone),
        (Script::json(410, "{}"), FailureClass::Gone),
        (Script::json(402, "{}"), FailureClass::Exhausted),
        (error(401, "invalid_api_key", "no"), FailureClass::Credential),
        (error(429, "insufficient_quota", "spent"), FailureClass::Exhausted),
        (paused("60000"), FailureClass::Throttled),
    ];
    for (script, class) in scripts {
        let (heard, ones, twos) = after(script.clone()).await;
        assert_eq!(heard.text, "From two.", "only the answer is seen: {script:?}");
        assert_eq!((ones, twos), (1, 1), "one call each: {script:?}");
        assert_eq!(heard.answered.call.finish, Finish::Complete, "{script:?}");
        assert_eq!(heard.class(), None, "which is a success: {script:?}");
        let tries = heard.tries();
        assert_eq!(tries[0], ("Provider 1".into(), None, Some(class)), "{script:?}");
        assert_eq!(tries[1], ("Provider 2".into(), None, None), "the card tells: {script:?}");
        assert_eq!(heard.nexts().len(), 1, "the screen may say who is asked now: {script:?}");
        assert_eq!(heard.answered.choice, Some(Choice::Fallback), "{script:?}");
        assert_eq!(heard.answered.provider_label, "Provider 2", "{script:?}");
    }
}

#[tokio::test]
async fn wall_01_09_a_used_up_key_is_not_asked_again_nor_by_the_next_question() {
    let daily = r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[
        {"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]},{"retryDelay":"1s"}]}}"#;
    for spent in [error(429, "insufficient_quota", "spent"), Script::json(429, daily)] {
        let upstream = Upstream::start(openai_stream(&["ok"])).await;
        upstream.next(spent);
        let route = route(vec![with_keys(candidate(1, &upstream), &["key-a", "key-b"])]);
        let asker = Asker::new();
        for _ in 0..3 {
            assert_eq!(asker.ask(&route).await.text, "ok", "the other key answers");
        }
        let seen = bearers(&upstream);
        let spent = seen.iter().filter(|bearer| bearer.contains("key-a")).count();
        assert_eq!((spent, seen.len()), (1, 4), "parked until its quota is back");
        let health = asker.gateway.health(NOW);
        let mark = health.lanes[0].mark.as_ref().expect("the admin can see it");
        assert_eq!(mark.class, FailureClass::Exhausted, "and why");
    }
}

#[tokio::test]
async fn wall_02_08_a_wait_holds_for_that_key_and_for_no_other() {
    let info = r#"{"error":{"message":"m","details":[{"retryDelay":"0.4s"}]}}"#;
    for script in [paused("400"), Script::json(429, info)] {
        let upstream = Upstream::start(openai_stream(&["ok"])).await;
        upstream.next(script.clone());
        let keys = with_keys(candidate(1, &upstream), &["key-a", "key-b"]);
        let heard = Asker::new().ask(&route(vec![keys])).await;
        assert_eq!(heard.pauses().len(), 0, "the other key is asked at once");
        assert!(bearers(&upstream)[1].contains("key-b"), "that is the other one");

        let upstream = Upstream::start(openai_stream(&["ok"])).await;
        upstream.next(script);
        let asked = Instant::now();
        let heard = Asker::new().ask(&route(vec![candidate(1, &upstream)])).await;
        assert!(asked.elapsed() >= Duration::from_millis(400), "a floor, not a hint");
        assert_eq!(heard.text, "ok", "then it is asked again");
        let pauses = heard.pauses();
        assert_eq!(pauses.len(), 1, "said once: {pauses:?}");
        assert_eq!(pauses[0].class, Some(FailureClass::Throttled), "why");
        assert_eq!(
            (pauses[0].by.provider_label.as_str(), &pauses[0].instead),
            ("Provider 1", &None),
            "who"
        );
        assert!((1..=400).contains(&pauses[0].for_ms), "and how long: {} ms", pauses[0].for_ms);
        assert!(
            heard.answered.call.tries[1].path.as_ref().expect("routed").waited_ms >= 300,
            "card"
        );
    }
}

#[tokio::test]
async fn wall_05_a_wait_of_an_hour_is_not_slept_but_told() {
    let hour = || Script::answer(429, &[("retry-after", "3600")], "{}");
    let upstream = Upstream::start(hour()).await;
    let asker = Asker::new();
    let heard = asker.ask(&route(vec![candidate(1, &upstream)])).await;
    assert_eq!(heard.class(), Some(FailureClass::Throttled), "at once");
    let retry_at = heard.answered.retry_at.expect("known");
    assert!((3_590_000..=3_601_000).contains(&retry_at.since(NOW)), "{retry_at:?}");
    assert!(heard.message().contains("60 minutes"), "{}", heard.message());
    let again = asker.ask(&route(vec![candidate(1, &upstream)])).await;
    assert_eq!(again.class(), Some(FailureClass::Throttled), "the next question is told as well");
    assert_eq!(upstream.questions().len(), 1, "without asking the provider");
    let (heard, ones, twos) = after(hour()).await;
    assert_eq!((heard.text.as_str(), ones, twos), ("From two.", 1, 1), "or the next answers");
}

#[tokio::test]
async fn wall_07_x_should_retry_is_respected() {
    for (value, calls) in [("false", 1), ("true", 4)] {
        let status = if value == "true" { 400 } else { 500 };
        let script = Script::answer(status, &[("x-should-retry", value)], "{}");
        let upstream = Upstream::start(script).await;
        Asker::new().ask(&route(vec![candidate(1, &upstream)])).await;
        assert_eq!(upstream.questions().len(), calls, "x-should-retry: {value}");
    }
}

#[tokio::test]
async fn wall_15_a_refused_key_gives_way_to_the_next_and_is_marked() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(error(401, "invalid_api_key", "no"));
    let asker = Asker::new();
    let route = route(vec![with_keys(candidate(1, &upstream), &["key-a", "key-b"])]);
    let heard = asker.ask(&route).await;
    assert_eq!(heard.text, "ok", "the other key is good");
    assert_eq!(heard.pauses().len(), 0, "and asked without waiting");
    assert_eq!(heard.answered.key_label.as_deref(), Some("key-b"), "the card names it");
    let health = asker.gateway.health(NOW);
    let marked: Vec<_> = health.lanes.iter().map(|lane| lane.mark.is_some()).collect();
    assert_eq!(marked, [true, false], "the admin sees which");
    assert!(asker.ask(&route).await.text == "ok" && upstream.questions().len() == 3, "it rests");
    asker.gateway.forgive(crate::asker::provider(1));
    asker.ask(&route).await;
    assert!(bearers(&upstream)[3].contains("key-a"), "after the admin changed something");
}

#[tokio::test]
async fn wall_16_when_all_keys_are_refused_there_is_one_clear_error() {
    let upstream = Upstream::start(error(401, "invalid_api_key", "no")).await;
    let keys = with_keys(candidate(1, &upstream), &["key-a", "key-b", "key-c"]);
    let heard = Asker::new().ask(&route(vec![keys])).await;
    assert_eq!(upstream.questions().len(), 3, "as many calls as keys");
    assert_eq!(heard.class(), Some(FailureClass::Credential), "one error");
    assert!(heard.message().contains("none of the 3 keys"), "{}", heard.message());
}

#[tokio::test]
async fn wall_17_20_a_wrong_request_is_asked_once() {
    let page = Script::answer(413, &[("content-type", "text/html")], "<h1>413</h1>");
    for script in [error(400, "invalid_request_error", "no"), page, Script::json(422, "{}")] {
        let (heard, ones, twos) = after(script.clone()).await;
        assert_eq!(heard.class(), Some(FailureClass::Caller), "{script:?}");
        assert_eq!((ones, twos), (1, 0), "it is wrong everywhere: {script:?}");
    }
}

#[tokio::test]
async fn a_candidate_that_is_set_up_wrongly_does_not_stand_in_the_way() {
    let (one, two) = (Upstream::start(openai_stream(&["never"])).await, two().await);
    let mut wrong = candidate(1, &one);
    wrong.endpoint.local_allowed = false;
    let asker = Asker::new();
    let heard = asker.ask(&route(vec![wrong, candidate(2, &two)])).await;
    assert_eq!(heard.text, "From two.", "its address is at fault, not the question");
    assert_eq!(one.questions().len(), 0, "nothing was sent");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_18_an_overflow_goes_to_a_larger_model_once() {
    let overflow = || error(400, "context_length_exceeded", "maximum context length is 8192");
    let (one, two) = (Upstream::start(overflow()).await, two().await);
    let mut wide = route(vec![candidate(1, &one), candidate(3, &one)]);
    wide.on_overflow = vec![candidate(4, &one), candidate(2, &two)];
    wide.candidates[0].context = Some(Tokens(8_192));
    wide.on_overflow[0].context = Some(Tokens(4_096));
    let asker = Asker::new();
    let heard = asker.ask(&wide).await;
    assert_eq!(heard.text, "From two.", "the larger one reads it all");
    assert_eq!(one.questions().len(), 1, "neither its sibling nor a smaller one");
    assert_eq!(heard.answered.choice, Some(Choice::LargerContext), "the card says why");
    two.usually(overflow());
    let heard = asker.ask(&wide).await;
    assert_eq!(heard.class(), Some(FailureClass::ContextOverflow), "too long for both");
    assert_eq!((one.questions().len(), two.questions().len()), (2, 2), "once");
}

#[tokio::test]
async fn wall_19_refused_content_goes_to_the_configured_list_only() {
    let refuse = || error(400, "content_filter", "policy");
    let (heard, ones, twos) = after(refuse()).await;
    assert_eq!((ones, twos), (1, 0), "nobody else is asked");
    assert_eq!(heard.answered.call.finish, Finish::Refused, "and the person is told");
    let (one, two) = (Upstream::start(refuse()).await, two().await);
    let mut lenient = route(vec![candidate(1, &one), candidate(3, &one)]);
    lenient.on_refusal = vec![candidate(2, &two)];
    let heard = Asker::new().ask(&lenient).await;
    assert_eq!((heard.text.as_str(), one.questions().len()), ("From two.", 1), "but by the list");
    assert_eq!(heard.answered.choice, Some(Choice::AfterRefusal), "the card says why");
}

#[tokio::test]
async fn wall_23_53_calls_never_exceed_the_budget_and_each_is_booked_once() {
    let upstream = Upstream::start(Script::silent().reset()).await;
    let candidates = (1..=3).map(|n| candidate(n, &upstream)).collect();
    let asker = Asker::new();
    let heard = asker.ask(&route(candidates)).await;
    assert_eq!(upstream.questions().len(), 4, "four calls, whatever there would be to try");
    assert_eq!(heard.answered.call.tries.len(), 4, "all on the card");
    assert_eq!(asker.meter.settled().len(), 4, "all in the ledger");
    assert!(asker.meter.settled().iter().all(|one| !one.decisive), "none is the answer");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_25_a_cycle_visits_each_once() {
    let upstream = Upstream::start(error(404, "model_not_found", "no")).await;
    let mut cycle =
        route(vec![candidate(1, &upstream), candidate(2, &upstream), candidate(1, &upstream)]);
    cycle.on_overflow = vec![candidate(1, &upstream)];
    Asker::new().ask(&cycle).await;
    assert_eq!(upstream.questions().len(), 2, "one and two");
}

#[tokio::test]
async fn wall_28_29_a_silent_candidate_gives_way() {
    let silent = Script::silent().hold();
    let pings = Script::stream().bytes(": ping\n\n: ping\n\n").hold();
    for script in [silent, pings] {
        let (one, two) = (Upstream::start(script).await, two().await);
        let mut first = candidate(1, &one);
        first.timeouts = Timeouts { headers: SOON, first_token: SOON, ..PATIENT };
        let asker = Asker::new();
        let heard = asker.ask(&route(vec![first, candidate(2, &two)])).await;
        assert_eq!(heard.text, "From two.", "the next one answers");
        assert_eq!(heard.tries()[0].2, Some(FailureClass::Transient), "the first did not in time");
        one.record(0).await.left().await;
        asker.assert_balanced();
    }
}

#[tokio::test]
async fn wall_30_31_41_after_the_first_word_there_is_no_silent_restart() {
    let error_midway =
        openai::begun(&["One ", "two"]).event(r#"{"error":{"message":"x","code":500}}"#);
    let scripts = [
        (openai::begun(&["One ", "two"]).hold(), Finish::Stalled),
        (openai::begun(&["One ", "two"]).cut(), Finish::Cut),
        (error_midway.end(), Finish::Failed),
    ];
    for (script, finish) in scripts {
        let (one, two) = (Upstream::start(script.clone()).await, two().await);
        let mut first = candidate(1, &one);
        first.timeouts = Timeouts { stall: SOON, ..PATIENT };
        let asker = Asker::new();
        let heard = asker.ask(&route(vec![first, candidate(2, &two)])).await;
        assert_eq!(heard.text, "One two", "what was shown stays: {script:?}");
        assert_eq!(heard.answered.call.finish, finish, "marked: {script:?}");
        assert!(heard.class().is_some(), "with the reason: {script:?}");
        assert_eq!(two.questions().len(), 0, "nobody else goes on with it: {script:?}");
        assert!(asker.meter.settled()[0].decisive, "it is the answer: {script:?}");
        asker.assert_balanced();
    }
}

#[tokio::test]
async fn wall_44_46_the_card_keeps_status_and_what_may_have_been_billed() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(Script::json(503, "{}"));
    upstream.next(Script::stream().reset());
    let heard = Asker::new().ask(&route(vec![candidate(1, &upstream)])).await;
    let tries = &heard.answered.call.tries;
    assert_eq!(tries[0].http_status, Some(503), "the provider's status");
    let billed: Vec<bool> =
        tries.iter().map(|one| one.path.as_ref().is_some_and(|path| path.perhaps_billed)).collect();
    assert_eq!(billed, [false, true, false], "the reset one may have been");
    assert_eq!(tries[2].failure, None, "and the third answered");
}

#[tokio::test]
async fn wall_60_what_the_ledger_refuses_is_not_sent() {
    let (one, two) = (two().await, two().await);
    let route = route(vec![candidate(1, &one), candidate(2, &two)]);
    let mut asker = Asker::new();
    asker.meter = TestMeter::refusing(MeterRefusal::Unavailable("the disk is full".into()));
    let heard = asker.ask(&route).await;
    assert!(heard.message().contains("could not be written"), "{}", heard.message());
    assert_eq!(asker.meter.reserved().len(), 1, "no second try without a record");
    let spent =
        MeterRefusal::Spent { retry_at: None, message: "Today's budget is used up.".into() };
    asker.meter = TestMeter::refusing(spent);
    let heard = asker.ask(&route).await;
    assert_eq!(heard.message(), "Today's budget is used up.", "in the ledger's words");
    assert_eq!(asker.meter.reserved().len(), 2, "a cheaper candidate might have fitted");
    asker.meter = TestMeter::refusing(MeterRefusal::Denied("A policy keeps you out.".into()));
    let heard = asker.ask(&route).await;
    assert_eq!(heard.message(), "A policy keeps you out.", "in the policy's words");
    assert_eq!(asker.meter.reserved().len(), 2, "another candidate may be allowed");
    assert_eq!(one.questions().len() + two.questions().len(), 0, "nothing was sent");
}

#[tokio::test]
async fn a_candidates_own_terms_go_out_with_its_calls_and_with_no_other() {
    let one = Upstream::start(error(503, "overloaded", "no")).await;
    let two = two().await;
    let mut first = candidate(1, &one);
    (first.temperature, first.max_output) = (Some(0.7), Some(Tokens(20)));
    let mut asker = Asker::new();
    let heard = asker.ask(&route(vec![first, candidate(2, &two)])).await;
    assert_eq!(heard.text, "From two.", "the other one answers");
    let sent = one.questions()[0].request.json();
    assert_eq!((&sent["temperature"], &sent["max_tokens"]), (&0.7.into(), &20.into()), "{sent}");
    let sent = two.questions()[0].request.json();
    assert_eq!(sent["temperature"], serde_json::Value::Null, "its own way: {sent}");
    asker.question.wishes =
        Arc::new(Wishes { temperature: Some(0.1), ..Wishes::clone(&asker.question.wishes) });
    one.usually(openai_stream(&["ok"]));
    let mut first = candidate(1, &one);
    first.temperature = Some(0.7);
    asker.ask(&route(vec![first])).await;
    let sent = one.questions().last().expect("asked again").request.json();
    assert_eq!(sent["temperature"], 0.1, "what the question says goes before: {sent}");
}

#[tokio::test]
async fn wall_61_whatever_way_a_question_leaves_it_was_reserved_before() {
    let (one, two) = (Upstream::start(openai_stream(&["ok"])).await, two().await);
    let mut everywhere =
        route(vec![with_keys(candidate(1, &one), &["key-a", "key-b"]), candidate(3, &one)]);
    everywhere.on_overflow = vec![candidate(2, &two)];
    everywhere.on_refusal = vec![candidate(2, &two)];
    let ways = [
        ("plainly", openai_stream(&["ok"])),
        ("again", error(500, "server_error", "down")),
        ("under another key", error(401, "invalid_api_key", "no")),
        ("to a stand-in", error(404, "model_not_found", "gone")),
        ("to a larger model", error(400, "context_length_exceeded", "maximum context length")),
        ("to the list for refusals", error(400, "content_filter", "policy")),
    ];
    for (way, script) in ways {
        let asker = Asker::new();
        one.next(script);
        let before = one.questions().len() + two.questions().len();
        asker.ask(&everywhere).await;
        let left = one.questions().len() + two.questions().len() - before;
        assert!(left == asker.meter.reserved().len() && left > 0, "{way}: {left} left");
        asker.assert_balanced();
        let mut refused = Asker::new();
        let spent = MeterRefusal::Spent { retry_at: None, message: "Spent.".into() };
        refused.meter = TestMeter::refusing(spent);
        refused.ask(&everywhere).await;
        let after = one.questions().len() + two.questions().len();
        assert_eq!(after, before + left, "{way}: nothing leaves against the meter");
    }
}

#[tokio::test]
async fn a_deadline_ends_the_turn_with_a_clear_error() {
    let upstream = Upstream::start(Script::silent().hold()).await;
    let mut asker = Asker::new();
    asker.question.effort = Effort { deadline: SOON, ..Effort::default() };
    let heard = asker.ask(&route(vec![candidate(1, &upstream)])).await;
    assert_eq!(heard.answered.call.finish, Finish::Failed, "nothing was shown");
    assert!(!heard.message().is_empty(), "it says so");
    assert_eq!(upstream.questions().len(), 1, "the time was up after one");
    asker.assert_balanced();
}

#[tokio::test]
async fn without_candidates_the_person_is_told_what_to_do() {
    let heard = Asker::new().ask(&route(Vec::new())).await;
    assert!(heard.message().contains("admin"), "{}", heard.message());
}
