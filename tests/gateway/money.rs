//! Reserve, then settle: once, on every path, with what is known.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use domain::{Dialect, Finish, Tokens, Usage};
use gateway::{Billing, Delta, Leaving};
use support::upstream::openai::{self, openai_stream};
use support::upstream::{Gate, Script, Upstream, anthropic};

use crate::desk::Desk;

#[tokio::test]
async fn the_hold_is_made_before_a_byte_leaves_and_covers_the_question() {
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let mut desk = Desk::at(&upstream);
    desk.call.max_output = Some(Tokens(77));
    desk.ask().await;
    let (reserved, settled) = (desk.meter.reserved(), desk.meter.settled());
    assert_eq!(reserved[0].attempt, settled[0].attempt, "the same attempt");
    assert!(reserved[0].input_at_most >= settled[0].usage.input, "an upper bound");
    assert_eq!(reserved[0].output_at_most, Tokens(77), "the cap that was sent");
    let sent = upstream.record(0).await.request.json();
    assert_eq!(sent["max_tokens"], 77, "the provider enforces it");
    assert_eq!(sent["stream_options"]["include_usage"], true, "usage is asked for");
}

#[tokio::test]
async fn a_smaller_cap_that_was_granted_is_the_one_that_goes_out() {
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let mut desk = Desk::at(&upstream);
    desk.call.max_output = Some(Tokens(5_000));
    *desk.meter.most_output.lock().expect("free") = Some(Tokens(300));
    desk.ask().await;
    assert_eq!(desk.meter.reserved()[0].output_at_most, Tokens(5_000), "what was wished");
    let sent = upstream.record(0).await.request.json();
    assert_eq!(sent["max_tokens"], 300, "the provider enforces what is held");
}

#[tokio::test]
async fn every_call_goes_out_with_a_cap_in_every_dialect() {
    for dialect in [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini] {
        let upstream = Upstream::start(Script::json(500, "{}")).await;
        let desk = Desk::of(&upstream.base_url(), dialect);
        desk.ask().await;
        let held = desk.meter.reserved()[0].output_at_most;
        let sent = upstream.record(0).await.request.json().to_string();
        assert!(sent.contains(&format!("okens\":{}", held.0)), "{dialect:?}: {sent}");
    }
}

#[tokio::test]
async fn the_departure_is_noted_before_the_question_is_out() {
    let upstream = Arc::new(Upstream::start(openai_stream(&["The moon."])).await);
    let desk = Desk::at(&upstream);
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let (noting, listening) = (Arc::clone(&arrived), Arc::clone(&upstream));
    *desk.meter.leaving.lock().expect("free") = Leaving::new(move || {
        noting.lock().expect("free").push(listening.questions().len());
        Ok(())
    });
    desk.ask().await;
    assert_eq!(*arrived.lock().expect("free"), [0], "once, and before anything arrived");
}

#[tokio::test]
async fn a_departure_that_cannot_be_noted_does_not_happen() {
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let desk = Desk::at(&upstream);
    *desk.meter.leaving.lock().expect("free") =
        Leaving::new(|| Err(std::io::ErrorKind::StorageFull.into()));
    let heard = desk.ask().await;
    assert!(heard.message().starts_with("The record of this call"), "{}", heard.message());
    assert_eq!(upstream.questions().len(), 0, "no question arrived");
    let settled = desk.meter.settled();
    assert_eq!((settled.len(), settled[0].billing), (1, Billing::Nothing), "and it is released");
}

#[tokio::test]
async fn wall_47_no_usage_is_estimated_and_marked() {
    let script = openai::begun(&["The moon pulls at the sea."])
        .event(openai::finish("stop"))
        .event("[DONE]")
        .end();
    let upstream = Upstream::start(script).await;
    let usage = Desk::at(&upstream).ask().await.outcome.usage;
    assert!(usage.estimated, "the card says that Carrel counted");
    assert!(usage.input > Tokens(0) && usage.output > Tokens(0), "unknown is never zero");
}

#[tokio::test]
async fn wall_49_cumulative_usage_counts_once() {
    let script = openai::begun(&["a"])
        .event(openai::usage(12, 1))
        .event(openai::usage(12, 2))
        .event(openai::usage(12, 3));
    let script = script.event(openai::finish("stop")).event("[DONE]").end();
    let upstream = Upstream::start(script).await;
    let expected = Usage { input: Tokens(12), output: Tokens(3), ..Usage::default() };
    assert_eq!(Desk::at(&upstream).ask().await.outcome.usage, expected, "the last statement");
}

#[tokio::test]
async fn wall_50_cached_input_is_counted_once_in_both_dialects() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":49,"completion_tokens":5,
        "total_tokens":54,"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":7}}}"#;
    let script = openai::begun(&["The moon."])
        .event(openai::finish("stop"))
        .event(usage.replace('\n', " "))
        .event("[DONE]")
        .end();
    let expected = Usage {
        input: Tokens(12),
        cached_input: Tokens(30),
        cache_write: Tokens(7),
        cache_write_long: Tokens(0),
        output: Tokens(5),
        ..Usage::default()
    };
    let upstream = Upstream::start(script).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.outcome.usage, expected, "OpenAI counts the cache inside");
    upstream.usually(anthropic::anthropic_stream(&["The moon."]));
    let heard = Desk::anthropic(&upstream).ask().await;
    assert_eq!(heard.outcome.usage, expected, "Anthropic outside; the same call is the same bill");
}

#[tokio::test]
async fn wall_59_a_cancel_that_races_the_end_settles_once() {
    let upstream = Upstream::start(openai_stream(&["The ", "moon."])).await;
    for race in 0..60 {
        let desk = Desk::at(&upstream);
        let heard = desk
            .ask_with(|delta| match (delta, race % 3) {
                // At the first delta, at the last one, or beside the stream.
                (Delta::Waiting(_), 0) => desk.cancel.cancel(),
                (Delta::Text(text), 1) if text == "moon." => desk.cancel.cancel(),
                _ => {}
            })
            .await;
        assert_eq!(desk.meter.settled().len(), 1, "race {race}: once");
        assert_eq!(desk.meter.dropped().len(), 0, "race {race}: in the usual way");
        let whole = heard.text == "The moon.";
        match heard.outcome.finish {
            Finish::Complete => assert!(whole, "race {race}: whole means whole"),
            finish => assert_eq!(finish, Finish::Stopped, "race {race}: or stopped"),
        }
    }
}

#[tokio::test]
async fn a_dropped_call_is_settled_once_and_closes_its_connection() {
    let upstream = Upstream::start(openai::begun(&["The moon "]).hold()).await;
    let desk = Desk::at(&upstream);
    let arrived = Gate::new();
    {
        let asking = desk.ask_with(|delta| {
            if matches!(delta, Delta::Text(_)) {
                arrived.open();
            }
        });
        tokio::select! {
            _ = asking => unreachable!("the stream is held open"),
            () = arrived.passed() => {}
        }
    }
    let dropped = desk.meter.dropped();
    assert_eq!(dropped.len(), 1, "the hold does not leak");
    assert_eq!(desk.meter.settled().len(), 0, "and is not booked twice");
    assert_eq!(dropped[0].finish, Finish::Interrupted, "as what it is");
    assert_eq!(dropped[0].billing, Billing::Used, "tokens had arrived");
    assert!(dropped[0].usage.output > Tokens(0), "and are counted");
    upstream.record(0).await.left().await;
}

#[tokio::test]
async fn a_call_dropped_before_anything_left_releases_its_hold() {
    let upstream = Upstream::start(Script::silent().hold()).await;
    let desk = Desk::at(&upstream);
    let mut asking = Box::pin(desk.ask());
    // One turn: it reserves and begins to connect.
    assert!(is_pending(asking.as_mut()).await, "nobody has answered yet");
    drop(asking);
    let dropped = desk.meter.dropped();
    assert_eq!(dropped.len(), 1, "settled by the drop");
    assert_eq!(
        (dropped[0].billing, dropped[0].usage),
        (Billing::Nothing, Usage::default()),
        "free"
    );
}

#[tokio::test]
async fn a_call_dropped_while_it_settles_hands_over_the_same_report() {
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let desk = Desk::at(&upstream);
    desk.meter.stuck.store(true, Ordering::Release);
    tokio::select! {
        _ = desk.ask() => unreachable!("settling is stuck"),
        () = desk.meter.settling.passed() => {}
    }
    let dropped = desk.meter.dropped();
    assert_eq!(dropped.len(), 1, "settling is idempotent, so telling it again is safe");
    assert_eq!(dropped[0].finish, Finish::Complete, "the answer was whole");
    assert_eq!(dropped[0].usage.output, Tokens(5), "with the provider's count");
}

/// Polls once; true where it is still pending.
async fn is_pending<F: Future + Unpin>(mut future: F) -> bool {
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut future).poll(cx).is_pending())
    })
    .await
}
