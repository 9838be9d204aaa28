//! Failures that the provider states, or that stand in the way of asking.

use domain::{Dialect, FailureClass, Finish};
use gateway::{Billing, MeterRefusal};
use support::upstream::openai::{self, error, openai_stream};
use support::upstream::{Script, Upstream, anthropic};

use crate::desk::{Desk, Heard, TestMeter};

async fn heard(script: Script) -> (Heard, usize) {
    let upstream = Upstream::start(script).await;
    let heard = Desk::at(&upstream).ask().await;
    (heard, upstream.questions().len())
}

async fn class(script: Script) -> Option<FailureClass> {
    heard(script).await.0.class()
}

#[tokio::test]
async fn wall_01_an_exhausted_quota_says_what_to_do() {
    let (heard, calls) = heard(error(429, "insufficient_quota", "You exceeded your quota")).await;
    assert_eq!(heard.class(), Some(FailureClass::Exhausted), "waiting does not help");
    assert!(heard.message().contains("used up"), "{}", heard.message());
    assert_eq!((calls, heard.outcome.billing), (1, Billing::Nothing), "one call, no bill");
}

#[tokio::test]
async fn wall_03_04_08_waits_are_reported_in_milliseconds() {
    let waits = [
        (vec![("retry-after", "9"), ("retry-after-ms", "1500")], "{}", Some(1_500)),
        (vec![("retry-after", "2")], "{}", Some(2_000)),
        (vec![("retry-after", "Mon, 23 Nov 2026 19:30:30 GMT")], "{}", Some(30_000)),
        (vec![("retry-after", "Mon, 23 Nov 2020 19:30:30 GMT")], "{}", Some(0)),
        (vec![("x-ratelimit-reset-requests", "6m0s")], "{}", Some(360_000)),
        (vec![], r#"{"error":{"message":"m","details":[{"retryDelay":"38s"}]}}"#, Some(38_000)),
        (vec![], "{}", None),
    ];
    for (headers, body, wait) in waits {
        let (heard, _) = heard(Script::answer(429, &headers, body)).await;
        let error = heard.outcome.error.as_ref().expect("throttled");
        assert_eq!(error.class, FailureClass::Throttled, "{headers:?} {body}");
        assert_eq!(error.retry_after_ms, wait, "{headers:?} {body}");
        assert_eq!(error.http_status, Some(429), "{headers:?} {body}");
    }
}

#[tokio::test]
async fn wall_06_resets_are_read_in_every_notation_and_only_where_no_wait_is_named() {
    let minute = "1795462260";
    let resets = [
        (vec![("x-ratelimit-reset", "6m0s")], 360_000),
        (vec![("x-ratelimit-reset-requests", "12")], 12_000),
        (vec![("x-ratelimit-reset-tokens", "0.5")], 500),
        (vec![("ratelimit-reset", "20ms")], 20),
        (vec![("x-ratelimit-reset", minute)], 60_000),
        (vec![("x-ratelimit-reset", "1795462260000")], 60_000),
        (vec![("anthropic-ratelimit-requests-reset", "2026-11-23T19:31:00Z")], 60_000),
        (vec![("x-ratelimit-reset", minute), ("retry-after", "2")], 2_000),
        (
            vec![
                ("x-ratelimit-reset-requests", "1s"),
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-tokens", "6m0s"),
                ("x-ratelimit-remaining-tokens", "900"),
            ],
            1_000,
        ),
    ];
    for (headers, wait) in resets {
        let (heard, calls) = heard(Script::answer(429, &headers, "{}")).await;
        let error = heard.outcome.error.expect("throttled");
        assert_eq!(error.retry_after_ms, Some(wait), "{headers:?}");
        assert_eq!((error.class, calls), (FailureClass::Throttled, 1), "{headers:?}");
    }
}

#[tokio::test]
async fn wall_09_a_days_quota_is_exhausted_although_it_names_a_wait() {
    let body = r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[
        {"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
        {"retryDelay":"38s"}]}}"#;
    assert_eq!(
        class(Script::json(429, body)).await,
        Some(FailureClass::Exhausted),
        "till tomorrow"
    );
}

#[tokio::test]
async fn wall_11_an_error_event_before_content_shows_nothing() {
    let openai = Script::chunked_stream()
        .event(r#"{"error":{"message":"overloaded","type":"server_error"}}"#)
        .hold();
    let (heard, calls) = heard(openai).await;
    assert_eq!(heard.class(), Some(FailureClass::Transient), "so a fallback can be invisible");
    assert_eq!((heard.text.as_str(), heard.outcome.first_token_ms), ("", None), "nothing shown");
    assert_eq!((calls, heard.outcome.billing), (1, Billing::Nothing), "and nothing billed");
    let event = serde_json::json!({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}});
    let upstream = Upstream::start(anthropic::event(Script::chunked_stream(), &event).hold()).await;
    let heard = Desk::anthropic(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Transient), "Anthropic's way");
}

#[tokio::test]
async fn wall_12_a_success_that_is_an_error_is_an_error() {
    let body = r#"{"error":{"message":"model crashed"}}"#;
    let typed = Script::json(200, body);
    let untyped = Script::answer(200, &[], body);
    let as_stream = Script::answer(200, &[("content-type", "text/event-stream")], body);
    for script in [typed, untyped, as_stream] {
        let (heard, _) = heard(script).await;
        assert_eq!(heard.class(), Some(FailureClass::Broken), "200 proves nothing");
        assert_eq!(heard.outcome.finish, Finish::Failed, "and nothing is shown");
        assert!(heard.message().contains("model crashed"), "{}", heard.message());
    }
}

#[tokio::test]
async fn wall_13_an_empty_answer_is_a_failure() {
    let null = r#"{"choices":[{"index":0,"delta":{"content":null},"finish_reason":"stop"}]}"#;
    let scripts = [
        Script::answer(200, &[], ""),
        Script::chunked_stream().end(),
        Script::chunked_stream().event("[DONE]").end(),
        Script::chunked_stream().event(r#"{"choices":[]}"#).event("[DONE]").end(),
        Script::chunked_stream().event(null).event("[DONE]").end(),
        Script::json(200, r#"{"choices":[]}"#),
        Script::json(200, "{}"),
        Script::stream().cut(),
    ];
    for script in scripts {
        let (heard, _) = heard(script.clone()).await;
        assert_eq!(heard.class(), Some(FailureClass::Broken), "{script:?}");
        assert_eq!(heard.outcome.finish, Finish::Failed, "{script:?}");
    }
    let upstream = Upstream::start(anthropic::anthropic_stream(&[])).await;
    assert_eq!(Desk::anthropic(&upstream).ask().await.class(), Some(FailureClass::Broken), "too");
}

#[tokio::test]
async fn wall_14_a_web_page_is_no_answer_and_is_not_shown() {
    let page = "\n<!DOCTYPE html><html><h1>Hotel login</h1></html>";
    let html = [("content-type", "text/html; charset=utf-8")];
    for status in [200, 502] {
        let (heard, _) = heard(Script::answer(status, &html, page)).await;
        let expected = if status == 200 { FailureClass::Broken } else { FailureClass::Transient };
        assert_eq!(heard.class(), Some(expected), "HTTP {status}");
        assert!(
            !heard.message().contains("Hotel") && !heard.message().contains('<'),
            "{}",
            heard.message()
        );
    }
    assert_eq!(class(Script::answer(200, &[], page)).await, Some(FailureClass::Broken), "untyped");
}

#[tokio::test]
async fn wall_15_a_refused_key_is_the_keys_fault() {
    for status in [401, 403] {
        let (heard, calls) = heard(error(status, "invalid_api_key", "Incorrect API key")).await;
        assert_eq!(heard.class(), Some(FailureClass::Credential), "HTTP {status}");
        assert!(heard.message().contains("key"), "{}", heard.message());
        assert_eq!(calls, 1, "asking again would be refused again");
    }
}

#[tokio::test]
async fn wall_17_20_a_wrong_request_is_asked_once() {
    let (heard, calls) = heard(error(400, "invalid_request_error", "Unsupported parameter")).await;
    assert_eq!((heard.class(), calls), (Some(FailureClass::Caller), 1), "it stays wrong");
    assert!(heard.message().contains("Unsupported parameter"), "{}", heard.message());
    let page = Script::answer(413, &[("content-type", "text/html")], "<h1>413 Too Large</h1>");
    let (heard, calls) = self::heard(page).await;
    assert_eq!((heard.class(), calls), (Some(FailureClass::Caller), 1), "a proxy's refusal too");
    assert!(heard.message().contains("too large"), "{}", heard.message());
}

#[tokio::test]
async fn wall_18_19_overflow_and_refusal_have_classes_of_their_own() {
    let overflow = error(400, "context_length_exceeded", "maximum context length is 8192 tokens");
    assert_eq!(class(overflow).await, Some(FailureClass::ContextOverflow), "a longer model helps");
    let (heard, _) = heard(error(400, "content_filter", "triggering the policy")).await;
    assert_eq!(heard.class(), Some(FailureClass::ContentRefusal), "another model may not help");
    assert_eq!(heard.outcome.finish, Finish::Refused, "and the message is marked so");
    let midway =
        openai::begun(&["I"]).event(openai::finish("content_filter")).event("[DONE]").end();
    let (heard, _) = self::heard(midway).await;
    assert_eq!(heard.outcome.finish, Finish::Refused, "in the middle of an answer too");
    let upstream = Upstream::start(anthropic::stopped(anthropic::begun(&["I"]), "refusal")).await;
    let heard = Desk::anthropic(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::ContentRefusal), "Anthropic's way");
}

#[tokio::test]
async fn wall_21_a_missing_model_is_gone() {
    let (heard, _) = heard(error(404, "model_not_found", "The model does not exist")).await;
    assert_eq!(heard.class(), Some(FailureClass::Gone), "the catalogue is wrong");
    assert!(heard.message().contains("test-model"), "{}", heard.message());
}

#[tokio::test]
async fn wall_22_payment_required_with_a_wait_is_only_a_pause() {
    assert_eq!(class(Script::json(402, "{}")).await, Some(FailureClass::Exhausted), "no money");
    let paused = Script::answer(402, &[("retry-after", "5")], "{}");
    assert_eq!(class(paused).await, Some(FailureClass::Throttled), "the provider says when");
}

#[tokio::test]
async fn wall_44_the_status_is_kept_when_it_fails_before_the_first_byte() {
    for status in [400_u16, 401, 429, 500, 503, 529] {
        let (heard, _) = heard(Script::json(status, "{}")).await;
        let error = heard.outcome.error.expect("a failure");
        assert_eq!(error.http_status, Some(status), "the card on the answer shows it");
        assert_eq!(heard.outcome.tries[0].http_status, Some(status), "and the record of the try");
    }
}

#[tokio::test]
async fn wall_45_a_request_that_met_a_closing_connection_is_replayed_once_for_free() {
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let desk = Desk::at(&upstream);
    keep_a_connection(&desk).await;
    upstream.next(Script::silent().reset());
    let heard = desk.ask().await;
    assert_eq!(heard.text, "The moon.", "the person notices nothing");
    let questions = upstream.questions();
    assert_eq!(questions.len(), 2, "the reset one and its replay");
    assert_eq!(questions[0].connection, 0, "the first went out on the kept connection");
    assert_eq!(questions[1].connection, 1, "the second on a new one");
    assert_eq!(questions[0].request.body, questions[1].request.body, "the same question");
    assert_eq!((desk.meter.reserved().len(), desk.meter.settled().len()), (1, 1), "one attempt");
}

#[tokio::test]
async fn wall_45_the_replay_is_not_replayed() {
    let upstream = Upstream::start(Script::silent().reset()).await;
    let desk = Desk::at(&upstream);
    keep_a_connection(&desk).await;
    let heard = desk.ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Transient), "it is the provider's trouble");
    assert_eq!(upstream.questions().len(), 2, "once, not for ever");
}

/// Lists the models, and gives the client the turns it needs to keep the connection.
async fn keep_a_connection(desk: &Desk) {
    let listed = desk.gateway.list_models(&desk.grant(), &desk.call.endpoint).await;
    assert_eq!(listed, Ok(vec!["test-model".to_owned()]), "a first request");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn wall_46_a_reset_after_sending_may_have_been_billed() {
    for script in [Script::silent().reset(), Script::silent().cut(), Script::stream().reset()] {
        let (heard, calls) = heard(script).await;
        assert_eq!(calls, 1, "asking again by itself could cost twice");
        assert_eq!(heard.class(), Some(FailureClass::Transient), "a later try may work");
        assert_eq!(heard.outcome.billing, Billing::Perhaps, "nobody can know");
        assert!(heard.outcome.usage.estimated, "booked by estimate");
        assert!(heard.message().contains("may have been billed"), "{}", heard.message());
    }
}

#[tokio::test]
async fn nothing_listening_costs_nothing_and_says_so() {
    let upstream = Upstream::start(Script::silent()).await;
    let base_url = upstream.base_url();
    drop(upstream);
    let heard = loop {
        // The listener is gone as soon as its task was told so.
        tokio::task::yield_now().await;
        let heard = Desk::of(&base_url, Dialect::OpenAi).ask().await;
        if heard.outcome.billing == Billing::Nothing {
            break heard;
        }
    };
    assert_eq!(heard.class(), Some(FailureClass::Transient), "it may be started");
    assert!(heard.message().contains("Is Testing running?"), "{}", heard.message());
}

#[tokio::test]
async fn an_error_body_without_end_is_not_read_to_the_end() {
    use support::upstream::Step;
    let endless = Script::silent()
        .bytes("HTTP/1.1 500 No\r\ncontent-type: text/plain\r\n\r\n")
        .step(Step::WriteForEver(vec![b'x'; 16 << 10]));
    let upstream = Upstream::start(endless).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Transient), "the status is enough");
    let record = upstream.record(0).await;
    record.left().await;
    assert!(record.written() < 32 << 20, "it read {} bytes of an error", record.written());
}

#[tokio::test]
async fn wall_60_a_refused_reservation_sends_nothing() {
    let upstream = Upstream::start(openai_stream(&["never"])).await;
    for refusal in [
        MeterRefusal::Unavailable("the disk is full".into()),
        MeterRefusal::Spent { retry_at: None, message: "Today's budget is used up.".into() },
    ] {
        let mut desk = Desk::at(&upstream);
        desk.meter = TestMeter::refusing(refusal.clone());
        let heard = desk.ask().await;
        assert_eq!(heard.outcome.meter, Some(refusal), "the reason is handed on");
        assert!(heard.outcome.error.is_some(), "and told");
        assert_eq!(desk.meter.settled().len() + desk.meter.dropped().len(), 0, "nothing to settle");
    }
    assert_eq!(upstream.records().len(), 0, "without a record nothing happens");
}
