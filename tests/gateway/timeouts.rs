//! Limits: each stage has its own, and only tokens count as life.

use std::time::Duration;

use domain::{FailureClass, Finish};
use gateway::{Billing, Timeouts, Waiting};
use support::upstream::openai;
use support::upstream::{Gate, Script, Step, Upstream};

use crate::desk::{Desk, PATIENT, SOON};

#[tokio::test]
async fn wall_28_no_headers_end_at_their_limit() {
    let upstream = Upstream::start(Script::silent().hold()).await;
    let mut headers = SOON;
    let heard = loop {
        let heard = Desk::at(&upstream).with_timeouts(Timeouts { headers, ..PATIENT }).ask().await;
        if heard.outcome.billing == Billing::Perhaps {
            break heard;
        }
        // A busy machine had not even sent the question by then.
        headers *= 2;
    };
    assert_eq!(heard.class(), Some(FailureClass::Transient), "the next candidate may answer");
    assert_eq!(heard.outcome.finish, Finish::Failed, "nothing was shown");
    upstream.record(0).await.left().await;
}

#[tokio::test]
async fn wall_29_pings_are_not_a_first_token() {
    let pings = Script::stream()
        .bytes(": OPENROUTER PROCESSING\n\n")
        .event(r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#)
        .step(Step::WriteForEver(b": ping\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n".to_vec()));
    let upstream = Upstream::start(pings).await;
    let limits = Timeouts { first_token: SOON, ..PATIENT };
    for desk in [Desk::at(&upstream), Desk::anthropic(&upstream)] {
        let heard = desk.with_timeouts(limits).ask().await;
        assert_eq!(heard.class(), Some(FailureClass::Transient), "a busy silence is silence");
        assert_eq!(
            (heard.text.as_str(), heard.outcome.first_token_ms),
            ("", None),
            "no token came"
        );
    }
    upstream.record(0).await.left().await;
}

#[tokio::test]
async fn wall_30_silence_after_three_chunks_is_a_partial_marked_stalled() {
    let limits = Timeouts { stall: SOON, ..PATIENT };
    let silent = openai::begun(&["one ", "two ", "three"]).hold();
    let pinging = openai::begun(&["one ", "two ", "three"])
        .step(Step::WriteForEver(b"8\r\n: ping\n\n\r\n".to_vec()));
    for script in [silent, pinging] {
        let upstream = Upstream::start(script).await;
        let heard = Desk::at(&upstream).with_timeouts(limits).ask().await;
        assert_eq!(heard.text, "one two three", "what arrived is kept");
        assert_eq!(heard.outcome.finish, Finish::Stalled, "and marked with the reason");
        assert_eq!(heard.class(), Some(FailureClass::Truncated), "never a success");
        upstream.record(0).await.left().await;
    }
}

#[tokio::test]
async fn the_whole_call_has_a_limit_that_tokens_do_not_move() {
    let endless = openai::begun(&[]).step(Step::WriteForEver(
        format!("{:x}\r\ndata: {}\n\n\r\n", openai::text("x").len() + 8, openai::text("x")).into(),
    ));
    let upstream = Upstream::start(endless).await;
    let limits = Timeouts { whole: Duration::from_secs(1), ..PATIENT };
    let heard = Desk::at(&upstream).with_timeouts(limits).ask().await;
    assert_eq!(heard.outcome.finish, Finish::Stalled, "an answer without end is ended");
    assert!(!heard.text.is_empty(), "what arrived is kept");
}

#[tokio::test]
async fn silence_after_the_end_was_announced_is_a_success() {
    let script = openai::begun(&["The moon."]).event(openai::finish("stop")).hold();
    let upstream = Upstream::start(script).await;
    let limits = Timeouts { stall: SOON, ..PATIENT };
    let heard = Desk::at(&upstream).with_timeouts(limits).ask().await;
    assert_eq!(heard.outcome.finish, Finish::Complete, "the provider said that it is whole");
}

#[tokio::test]
async fn a_connection_that_is_never_made_ends_at_its_limit() {
    let never = gateway::GatewayOptions {
        lookup: std::sync::Arc::new(|_| Box::pin(std::future::pending())),
        ..gateway::GatewayOptions::default()
    };
    let mut desk = Desk::of("https://api.example.com/v1", domain::Dialect::OpenAi)
        .with_timeouts(Timeouts { connect: SOON, ..PATIENT });
    desk.gateway = gateway::Gateway::new(never).expect("a client");
    let heard = desk.ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Transient), "it may be reachable later");
    assert_eq!(heard.outcome.billing, Billing::Nothing, "nothing left");
}

#[tokio::test]
async fn a_local_server_that_loads_its_model_is_said_to_do_so_once() {
    let loading = Gate::new();
    let script = openai::finished(
        Script::silent()
            .wait(&loading)
            .bytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"),
    );
    let script = script.bytes(format!("data: {}\n\ndata: [DONE]\n\n", openai::text("Hi"))).cut();
    let upstream = Upstream::start(script).await;
    let limits = Timeouts { loading_notice: SOON, ..PATIENT };
    let desk = Desk::at(&upstream).with_timeouts(limits);
    let heard = desk
        .ask_with(|delta| {
            if *delta == gateway::Delta::Waiting(Waiting::LoadingModel) {
                loading.open();
            }
        })
        .await;
    assert_eq!(heard.waiting, [Waiting::Provider, Waiting::LoadingModel], "each once");
}
