//! Streams as they come: whole, cut, split, slow, endless.

use domain::{Author, Dialect, FailureClass, Finish, Prompt, Tokens};
use gateway::{Delta, Framer};
use support::upstream::openai::{self, openai_stream};
use support::upstream::{Gate, Script, Step, Upstream, anthropic};

use crate::desk::Desk;

const TEXT: &str = "Ebb — und Flut: 潮汐 🌊, naïve\n\n`code`";

#[tokio::test]
async fn a_whole_answer_is_heard_in_every_dialect() {
    let upstream = Upstream::start(openai_stream(&["The ", "moon."])).await;
    for dialect in [Dialect::OpenAi, Dialect::BuiltIn] {
        let heard = Desk::of(&upstream.base_url(), dialect).ask().await;
        assert_eq!(heard.text, "The moon.", "{dialect:?}: every piece, once, in order");
        assert_eq!(heard.outcome.finish, Finish::Complete, "{dialect:?}: with its end");
        assert_eq!(heard.outcome.served_model.as_deref(), Some("served-model"), "as it says");
        assert_eq!(heard.outcome.error, None, "{dialect:?}: nothing is wrong");
    }
    upstream.usually(anthropic::anthropic_stream(&["The ", "moon."]));
    let heard = Desk::anthropic(&upstream).ask().await;
    assert_eq!((heard.text.as_str(), heard.outcome.finish), ("The moon.", Finish::Complete), "too");
    let paths: Vec<String> =
        upstream.records().iter().map(|record| record.request.path.clone()).collect();
    let expected = ["/v1/chat/completions", "/v1/chat/completions", "/v1/messages"];
    assert_eq!(paths, expected, "each at its own place");
}

#[tokio::test]
async fn reasoning_is_heard_apart_from_the_answer() {
    let script = Script::chunked_stream()
        .event(openai::reasoning("Let me "))
        .event(openai::reasoning("think."))
        .event(openai::text("The moon."));
    let upstream = Upstream::start(openai::finished(script)).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(
        (heard.reasoning.as_str(), heard.text.as_str()),
        ("Let me think.", "The moon."),
        "it is folded away on the screen"
    );
}

#[tokio::test]
async fn the_output_limit_is_not_a_failure_but_marked() {
    let script = openai::begun(&["Half"]).event(openai::finish("length")).event("[DONE]").end();
    let upstream = Upstream::start(script).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.outcome.finish, Finish::Length, "so that continue is offered");
    assert_eq!(heard.outcome.error, None, "nothing is wrong");
    upstream.usually(anthropic::stopped(anthropic::begun(&["Half"]), "max_tokens"));
    assert_eq!(Desk::anthropic(&upstream).ask().await.outcome.finish, Finish::Length, "the same");
}

#[tokio::test]
async fn a_continued_answer_does_not_double_the_space_at_the_seam() {
    let upstream = Upstream::start(anthropic::anthropic_stream(&["\n", " there was"])).await;
    let mut desk = Desk::anthropic(&upstream);
    desk.call.model = "claude-sonnet-4-5".into();
    desk.call.continue_text = true;
    desk.call.messages.push(Prompt::text(Author::Assistant, "Once upon a time "));
    let heard = desk.ask().await;
    assert_eq!(heard.text, "there was", "the partial already ends with a space");
    let asked = upstream.record(0).await.request.json();
    assert_eq!(asked["messages"][1]["content"], "Once upon a time", "as the API demands");
}

#[tokio::test]
async fn a_continued_answer_that_was_whole_already_ends_quietly() {
    let upstream = Upstream::start(openai_stream(&[])).await;
    let mut desk = Desk::at(&upstream);
    desk.call.continue_text = true;
    desk.call.messages.push(Prompt::text(Author::Assistant, "The moon."));
    assert_eq!(desk.ask().await.outcome.finish, Finish::Complete, "there was nothing to add");
}

#[tokio::test]
async fn wall_31_cut_without_finish_is_a_marked_partial() {
    let begun = openai::begun(&["The mo"]);
    let cut_clean = Script::stream().event(openai::text("The mo")).cut();
    for script in
        [begun.clone().cut(), begun.clone().reset(), begun.bytes("5\r\nda").cut(), cut_clean]
    {
        let upstream = Upstream::start(script).await;
        let desk = Desk::at(&upstream);
        let heard = desk.ask().await;
        assert_eq!(heard.text, "The mo", "what arrived is kept");
        assert_eq!(heard.outcome.finish, Finish::Cut, "and never passes as whole");
        assert_eq!(heard.class(), Some(FailureClass::Truncated), "with a class");
        assert_eq!(desk.meter.settled().len(), 1, "and it is booked once");
        assert_eq!(upstream.questions().len(), 1, "never silently asked again");
    }
    let upstream = Upstream::start(anthropic::begun(&["The mo"]).cut()).await;
    let heard = Desk::anthropic(&upstream).ask().await;
    assert_eq!((heard.text.as_str(), heard.outcome.finish), ("The mo", Finish::Cut), "here too");
}

#[tokio::test]
async fn wall_32_finish_without_done_is_a_success() {
    let script = openai::begun(&["The moon."]).event(openai::finish("stop"));
    let unterminated = Script::stream()
        .event(openai::text("The moon."))
        .bytes(format!("data: {}", openai::finish("stop")));
    for script in [script.clone().end(), script.clone().cut(), script.reset(), unterminated.cut()] {
        let upstream = Upstream::start(script).await;
        let heard = Desk::at(&upstream).ask().await;
        assert_eq!(heard.text, "The moon.", "all of it");
        assert_eq!(heard.outcome.finish, Finish::Complete, "the provider said that it is whole");
    }
}

#[tokio::test]
async fn wall_33_done_with_the_socket_left_open_is_done_at_once() {
    let whole = openai::begun(&["The moon."]).event(openai::finish("stop")).event("[DONE]").hold();
    let upstream = Upstream::start(whole).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.outcome.finish, Finish::Complete, "no limit is awaited: they are a day");
    upstream.record(0).await.left().await;
    let script = openai::begun(&["The moon."]).event("[DONE]").hold();
    upstream.usually(script);
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.outcome.finish, Finish::Complete, "[DONE] alone is a goodbye too");
}

#[tokio::test]
async fn wall_34_characters_split_at_every_byte_stay_whole() {
    let upstream = Upstream::start(openai_stream(&[TEXT]).bytewise()).await;
    assert_eq!(Desk::at(&upstream).ask().await.text, TEXT, "no replacement characters");
    upstream.usually(anthropic::anthropic_stream(&[TEXT]).bytewise());
    assert_eq!(Desk::anthropic(&upstream).ask().await.text, TEXT, "in any dialect");
}

#[tokio::test]
async fn wall_35_every_notation_of_events_is_the_same_answer() {
    let (one, two) = (openai::text("The "), openai::text("moon."));
    let (end, lines) = (openai::finish("stop"), openai::text("!").replace(',', ",\ndata: "));
    for newline in ["\n", "\r\n", "\r"] {
        let body = format!(
            "\u{FEFF}: hello\nid: 1\nretry: 5\ndata:{one}\n\n:\n\ndata: {two}\n\n\
             event: message\ndata: {lines}\n\ndata: {end}\n\ndata:[DONE]\n\n"
        );
        let script = Script::stream().bytes(body.replace('\n', newline)).cut();
        for script in [script.clone(), script.bytewise()] {
            let upstream = Upstream::start(script).await;
            let heard = Desk::at(&upstream).ask().await;
            assert_eq!(heard.text, "The moon.!", "{newline:?}");
            assert_eq!(heard.outcome.finish, Finish::Complete, "{newline:?}");
        }
    }
}

#[tokio::test]
async fn wall_36_an_endless_line_is_capped() {
    let endless = Script::stream()
        .event(openai::text("The mo"))
        .bytes("data: ")
        .step(Step::WriteForEver(vec![b'x'; 64 << 10]));
    let upstream = Upstream::start(endless).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Broken), "no event is that large");
    assert_eq!(heard.text, "The mo", "what came before is kept");
    let record = upstream.record(0).await;
    record.left().await;
    assert!(record.written() < 64 << 20, "it read {} bytes before it left", record.written());
}

#[tokio::test]
async fn an_endless_answer_that_is_no_stream_is_capped() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"a\":\"";
    let endless = Script::silent().bytes(head).step(Step::WriteForEver(vec![b'x'; 64 << 10]));
    let upstream = Upstream::start(endless).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Broken), "memory stays flat here as well");
    upstream.record(0).await.left().await;
}

#[test]
fn wall_37_a_large_event_byte_by_byte_takes_linear_time() {
    let event = format!("data: {}\n\n", "x".repeat(1 << 20));
    let mut framer = Framer::new(2 << 20);
    let mut seen = Vec::new();
    // A quadratic reader would look at 550,000,000,000 bytes and be killed.
    for byte in event.as_bytes().chunks(1) {
        framer.push(byte, &mut |event| seen.push(event.data.len())).expect("below the limit");
    }
    assert_eq!(seen, vec![1 << 20], "one event, whole");
}

#[tokio::test]
async fn wall_37_a_large_event_in_small_pieces_arrives_whole() {
    let text = "tide ".repeat(200_000);
    let event = format!("data: {}\n\n", openai::text(&text));
    let pieces = event.as_bytes().chunks(1_000);
    let script = pieces.fold(Script::stream(), |script, piece| script.bytes(piece));
    let upstream = Upstream::start(script.event("[DONE]").cut()).await;
    assert_eq!(Desk::at(&upstream).ask().await.text, text, "a million characters in one event");
}

#[tokio::test]
async fn wall_38_a_model_that_wants_a_tool_it_was_not_given_is_told_apart() {
    let call = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"get_weather","arguments":null}}]}}]}"#;
    let script = Script::chunked_stream()
        .event(call)
        .event(openai::finish("tool_calls"))
        .event("[DONE]")
        .end();
    let upstream = Upstream::start(script).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Broken), "there is no answer to show");
    assert!(heard.message().contains("get_weather"), "{}", heard.message());
}

#[tokio::test]
async fn wall_39_azures_empty_first_choices_are_no_trouble() {
    let script = Script::chunked_stream()
        .event(r#"{"choices":[],"model":"","prompt_filter_results":[{"prompt_index":0}]}"#)
        .event(r#"{"choices":[{"index":0,"finish_reason":null}]}"#)
        .event(openai::text("The moon."))
        .event(r#"{"choices":[{"index":0,"content_filter_offsets":{}}]}"#);
    let upstream = Upstream::start(openai::finished(script)).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(
        (heard.text.as_str(), heard.outcome.finish),
        ("The moon.", Finish::Complete),
        "chunks without a delta say nothing"
    );
}

#[tokio::test]
async fn wall_40_a_compressed_stream_is_shown_event_by_event() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut compressed = |data: String| {
        encoder.write_all(format!("data: {data}\n\n").as_bytes()).expect("in memory");
        encoder.flush().expect("in memory");
        std::mem::take(encoder.get_mut())
    };
    let (first, second) = (compressed(openai::text("The ")), compressed(openai::text("moon.")));
    let last = compressed("[DONE]".into());
    let seen = Gate::new();
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n";
    let script =
        Script::silent().bytes(head).bytes(first).wait(&seen).bytes(second).bytes(last).cut();
    let upstream = Upstream::start(script).await;
    let heard = Desk::at(&upstream)
        .ask_with(|delta| {
            if *delta == Delta::Text("The ".into()) {
                seen.open();
            }
        })
        .await;
    assert_eq!(heard.text, "The moon.", "the first word does not wait for the second");
    let asked = upstream.record(0).await;
    assert_eq!(asked.request.header("accept-encoding"), Some("identity"), "it was not asked for");
}

#[tokio::test]
async fn wall_41_an_error_in_the_middle_keeps_what_arrived() {
    let tokens: Vec<String> = (0..50).map(|n| format!("{n} ")).collect();
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let error = r#"{"error":{"message":"upstream died","type":"server_error","code":500}}"#;
    let upstream = Upstream::start(openai::begun(&words).event(error).hold()).await;
    let desk = Desk::at(&upstream);
    let heard = desk.ask().await;
    assert_eq!(heard.text, tokens.concat(), "fifty tokens");
    assert_eq!(heard.outcome.finish, Finish::Failed, "marked");
    assert_eq!(heard.class(), Some(FailureClass::Transient), "with the provider's reason");
    let settled = desk.meter.settled();
    assert_eq!(settled.len(), 1, "booked once");
    assert!(settled[0].usage.output > Tokens(20) && settled[0].usage.estimated, "by estimate");
    upstream.record(0).await.left().await;
}

#[tokio::test]
async fn wall_42_cancelling_closes_the_providers_connection_at_once() {
    for script in [openai::begun(&["The "]).hold(), Script::silent().hold()] {
        let upstream = Upstream::start(script).await;
        let desk = Desk::at(&upstream);
        let asking = desk.ask();
        let stopping = async {
            let record = upstream.record(0).await;
            desk.cancel.cancel();
            record.left().await;
        };
        let (heard, ()) = tokio::join!(asking, stopping);
        assert_eq!(heard.outcome.finish, Finish::Stopped, "as the person wished");
        assert_eq!(heard.outcome.error, None, "which is no failure");
        assert_eq!(desk.meter.settled().len(), 1, "released and booked, once");
        assert!(desk.meter.settled()[0].usage.input > Tokens(0), "the question had left");
    }
}

#[tokio::test]
async fn cancelling_before_anything_left_costs_nothing() {
    let upstream = Upstream::start(openai_stream(&["never"])).await;
    let desk = Desk::at(&upstream);
    desk.cancel.cancel();
    let heard = desk.ask().await;
    assert_eq!(heard.outcome.finish, Finish::Stopped, "at once");
    assert_eq!(heard.outcome.billing, gateway::Billing::Nothing, "no byte left");
    assert_eq!(upstream.records().len(), 0, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wall_43_a_slow_reader_holds_the_provider_back() {
    const EVENTS: usize = 2_000;
    const SIZE: usize = 64 << 10;
    let blocked = Gate::new();
    let large = openai::text(&"x".repeat(SIZE));
    let flood = (0..EVENTS)
        .fold(Script::stream().step(Step::MarkBlocked(blocked.clone())), |script, _| {
            script.event(&large)
        });
    let upstream = Upstream::start(flood.cut()).await;
    let desk = Desk::at(&upstream);
    let slow = |delta: &Delta| {
        if matches!(delta, Delta::Text(_)) && !blocked.is_open() {
            // Reads nothing more until the provider has to wait.
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(blocked.passed());
            });
            desk.cancel.cancel();
        }
    };
    let heard = desk.ask_with(slow).await;
    let taken = upstream.record(0).await.written();
    assert!(taken < (EVENTS * SIZE / 4) as u64, "{taken} bytes were taken ahead of the reader");
    assert_eq!(heard.outcome.finish, Finish::Stopped, "the test ends it there");
}

#[tokio::test]
async fn a_finished_answers_connection_is_used_again() {
    let upstream = Upstream::start(openai_stream(&["one"])).await;
    let desk = Desk::at(&upstream);
    for _ in 0..50 {
        desk.ask().await;
        tokio::task::yield_now().await;
    }
    let connections = upstream.questions().iter().map(|record| record.connection).max();
    assert!(connections < Some(49), "a new handshake for each question is slow: {connections:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_shown_all_the_same() {
    let body = r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant",
        "content":"The moon."},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,
        "completion_tokens":3,"total_tokens":12}}"#;
    let upstream = Upstream::start(Script::json(200, body)).await;
    let heard = Desk::at(&upstream).ask().await;
    assert_eq!(heard.text, "The moon.", "some servers ignore `stream`");
    assert_eq!(heard.outcome.usage.output, Tokens(3), "with its usage");
}
