//! What a provider does, by lot, in each of the three dialects.
//!
//! A fault depends on nothing but the dice that draw it, so that a seed gives
//! every turn the same faults again, whatever the threads do meanwhile.

use std::time::Duration;

use domain::Dialect;
use serde_json::json;
use support::dice::Dice;
use support::upstream::openai::{self, error};
use support::upstream::{Gate, Script, Step, anthropic, gemini};

use crate::tools;

/// Every whole answer there is. No two begin alike, so that an answer that
/// was begun anew after something of it was shown is none of them.
pub(super) const WHOLE: [&[&str]; 4] = [
    &["All ", "is ", "well."],
    &["Short."],
    &["Ebb — ", "und ", "Flut: 潮汐 🌊", "."],
    &["The ", "tide ", "goes ", "out ", "and ", "comes ", "in ", "twice ", "a ", "day."],
];
/// What an answer without end says again and again.
pub(super) const ENDLESS: &str = "x ";

macro_rules! ways {
    ($($name:ident),* $(,)?) => {
        /// A way to answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Way {
            /// Nobody listens.
            Refused,
            /// An answer, an event or a body that never ends; dear to play.
            EndlessText, EndlessEvent, EndlessError, EndlessPings,
            $($name),*
        }

        /// Those that are drawn all the time.
        const USUAL: &[Way] = &[$(Way::$name),*];
    };
}

ways! {
    Whole, Bytewise, Slow, NotStreamed, DoneAndOpen, Tools, HalfTools, Length,
    RefusedMidway, ErrorMidway, Stall, Cut, ResetAnywhere, ClosedAnywhere, SilentAnywhere,
    AnyStatus, Throttled, ThrottledLong, ResetHeaders, RetryInfo, Quota, Credential, Gone,
    CallersFault, Overflow, Declined, Page, ErrorAsSuccess, Empty, NotJson, NoHttp, Silence, Pings,
    Redirect, EarlyHints, WrongUsage, TwoChoices, ShortLength, LongLength,
}

/// Those that are drawn seldom.
const DEAR: [Way; 4] = [Way::EndlessText, Way::EndlessEvent, Way::EndlessError, Way::EndlessPings];

/// Every way there is.
pub(super) fn all() -> impl Iterator<Item = Way> {
    [Way::Refused].into_iter().chain(DEAR).chain(USUAL.iter().copied())
}

/// The dear way that this turn's providers play; none in most turns.
pub(super) fn dear(turn: u64) -> Option<Way> {
    let place = usize::try_from(turn / 40).unwrap_or_default();
    (turn % 40 == 7).then(|| DEAR[place % DEAR.len()])
}

/// A script in this dialect, and the way that it is.
pub(super) fn draw(dice: &mut Dice, dialect: Dialect) -> (Way, Script) {
    // Whole answers are a third of all, so that breakers close again.
    let way = match dice.below(3) {
        0 => [Way::Whole, Way::Whole, Way::Bytewise, Way::Slow][dice.below(4)],
        _ => USUAL[dice.below(USUAL.len())],
    };
    (way, play(way, dice, dialect))
}

/// The script of that way.
pub(super) fn play(way: Way, dice: &mut Dice, dialect: Dialect) -> Script {
    let answer = WHOLE[dice.below(WHOLE.len())];
    let whole = finished(dialect, begun(dialect, answer));
    let half = begun(dialect, &answer[..1 + dice.below(answer.len())]);
    let anywhere = dice.below(whole.size() + 1);
    match way {
        Way::Refused => Script::silent().reset(),
        Way::Whole => whole,
        Way::Bytewise => whole.bytewise(),
        Way::Slow => slow(dice, dialect, answer),
        Way::NotStreamed => not_streamed(dialect, &answer.concat()),
        Way::DoneAndOpen => whole.hold(),
        Way::Tools => tools::called(dialect, tools::one_call(dialect, tools::begun(dialect))),
        Way::HalfTools => tools::one_call(dialect, tools::begun(dialect)).cut(),
        Way::Length => ended(dialect, half, "length", "max_tokens", "MAX_TOKENS"),
        Way::RefusedMidway => ended(dialect, half, "content_filter", "refusal", "SAFETY"),
        Way::ErrorMidway => {
            let said = json!({"type": "error",
                "error": {"type": "api_error", "message": "died", "code": 500}});
            anthropic::event(half, &said).end()
        }
        Way::Stall => half.hold(),
        Way::Cut => half.cut(),
        Way::ResetAnywhere => whole.broken_at(anywhere, Step::Reset),
        Way::ClosedAnywhere => whole.broken_at(anywhere, Step::Close),
        Way::SilentAnywhere => whole.broken_at(anywhere, Step::Hold),
        Way::AnyStatus => any_status(dice),
        Way::Throttled => Script::answer(429, &[("retry-after-ms", "30")], "{}"),
        Way::ThrottledLong => Script::answer(429, &[("retry-after", "3600")], "{}"),
        Way::ResetHeaders => Script::answer(429, &[("x-ratelimit-reset-requests", "20ms")], "{}"),
        Way::RetryInfo => {
            let said = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED",
                "message": "quota", "details": [{"retryDelay": "0.02s"}]}});
            Script::json(429, said.to_string())
        }
        Way::Quota => error(429, "insufficient_quota", "spent"),
        Way::Credential => error([401, 403][dice.below(2)], "invalid_api_key", "no"),
        Way::Gone => error([404, 410][dice.below(2)], "model_not_found", "no such model"),
        Way::CallersFault => error(400, "invalid_request_error", "wrong"),
        Way::Overflow => {
            error(400, "context_length_exceeded", "maximum context length is 9 tokens")
        }
        Way::Declined => error(400, "content_filter", "policy"),
        Way::Page => {
            let html = [("content-type", "text/html")];
            Script::answer([200, 502][dice.below(2)], &html, "<html>login</html>")
        }
        Way::ErrorAsSuccess => Script::json(200, r#"{"error":{"message":"crashed"}}"#),
        Way::Empty => [
            Script::chunked_stream().event("[DONE]").end(),
            Script::answer(200, &[], ""),
            Script::json(200, r#"{"choices":[{"message":{"content":null}}]}"#),
            Script::stream().cut(),
        ][dice.below(4)]
        .clone(),
        Way::NotJson => Script::chunked_stream().event("{not json").end(),
        Way::NoHttp => Script::silent().bytes("\u{1}\u{2} no HTTP at all\r\n\r\n").cut(),
        Way::Silence => Script::silent().hold(),
        Way::Pings => Script::stream().bytes(": ping\n\n: ping\n\n").hold(),
        Way::Redirect => {
            Script::answer([301, 302, 307, 308][dice.below(4)], &[("location", "/x")], "")
        }
        Way::EarlyHints => {
            Script::silent().bytes("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n").then(whole)
        }
        Way::WrongUsage => wrong_usage(dice, dialect, answer),
        Way::TwoChoices => two_choices(answer),
        Way::ShortLength => with_length(&answer.concat(), -9),
        Way::LongLength => with_length(&answer.concat(), 9).hold(),
        Way::EndlessText => begun(dialect, &[]).step(Step::WriteForEver(endless(dialect))),
        Way::EndlessEvent => begun(dialect, &[])
            .bytes("ffffffff\r\ndata: ")
            .step(Step::WriteForEver(vec![b'x'; 64 << 10])),
        Way::EndlessError => Script::silent()
            .bytes("HTTP/1.1 500 No\r\ncontent-type: text/plain\r\n\r\n")
            .step(Step::WriteForEver(vec![b'x'; 16 << 10])),
        Way::EndlessPings => {
            begun(dialect, &[]).step(Step::WriteForEver(b"8\r\n: ping\n\n\r\n".to_vec()))
        }
    }
}

/// The beginning of an answer in the dialect.
fn begun(dialect: Dialect, chunks: &[&str]) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::begun(chunks),
        Dialect::Gemini => gemini::begun(chunks),
        Dialect::OpenAi | Dialect::BuiltIn => openai::begun(chunks),
    }
}

fn finished(dialect: Dialect, script: Script) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::finished(script),
        Dialect::Gemini => gemini::finished(script, "STOP"),
        Dialect::OpenAi | Dialect::BuiltIn => openai::finished(script),
    }
}

/// The end of an answer, for the reason as each dialect calls it.
fn ended(dialect: Dialect, script: Script, of: &str, anthropic: &str, gemini: &str) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::stopped(script, anthropic),
        Dialect::Gemini => gemini::finished(script, gemini),
        Dialect::OpenAi | Dialect::BuiltIn => {
            script.event(openai::finish(of)).event("[DONE]").end()
        }
    }
}

fn words(dialect: Dialect, script: Script, words: &str) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::text(script, words),
        Dialect::Gemini => gemini::text(script, words),
        Dialect::OpenAi | Dialect::BuiltIn => script.event(openai::text(words)),
    }
}

/// A few milliseconds before each piece.
fn slow(dice: &mut Dice, dialect: Dialect, answer: &[&str]) -> Script {
    let script = answer.iter().fold(begun(dialect, &[]), |script, chunk| {
        let (gate, opens) = (Gate::new(), 1 + dice.below(12) as u64);
        let opening = gate.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(opens)).await;
            opening.open();
        });
        words(dialect, script.wait(&gate), chunk)
    });
    finished(dialect, script)
}

/// One JSON value where events were asked for.
fn not_streamed(dialect: Dialect, text: &str) -> Script {
    let usage = json!({"input_tokens": 12, "output_tokens": 5});
    let body = match dialect {
        Dialect::Anthropic => json!({"type": "message", "role": "assistant", "usage": usage,
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}),
        Dialect::Gemini => json!({"candidates": [{"finishReason": "STOP", "index": 0,
            "content": {"parts": [{"text": text}], "role": "model"}}]}),
        Dialect::OpenAi | Dialect::BuiltIn => json!({"choices": [{"index": 0,
            "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}),
    };
    Script::json(200, body.to_string())
}

/// Any final status but 200, with or without a body that explains it.
fn any_status(dice: &mut Dice) -> Script {
    let status = 201 + u16::try_from(dice.below(399)).unwrap_or_default();
    match dice.below(3) {
        0 => Script::json(status, "{}"),
        1 => Script::json(status, r#"{"type":"error","error":{"type":"overloaded_error"}}"#),
        _ => Script::answer(status, &[("x-should-retry", "true")], "no"),
    }
}

/// An answer in events whose stated length is off by so many bytes.
fn with_length(text: &str, off: isize) -> Script {
    let body = format!("data: {}\n\ndata: {}\n\n", openai::text(text), openai::finish("stop"));
    let length = body.len().saturating_add_signed(off);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream";
    Script::silent().bytes(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}"))
}

/// A whole answer that says nonsense about what it used.
fn wrong_usage(dice: &mut Dice, dialect: Dialect, answer: &[&str]) -> Script {
    let count =
        [json!(-5), json!(0), json!("many"), json!(null), json!(3_000_000)][dice.below(5)].clone();
    let script = begun(dialect, answer);
    match dialect {
        Dialect::Anthropic => anthropic::event(
            anthropic::event(
                script,
                &json!({"type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"input_tokens": count, "output_tokens": count}}),
            ),
            &json!({"type": "message_stop"}),
        )
        .end(),
        Dialect::Gemini => script
            .event(
                json!({"candidates": [{"finishReason": "STOP", "index": 0}], "usageMetadata":
                    {"promptTokenCount": count, "candidatesTokenCount": count}})
                .to_string(),
            )
            .end(),
        Dialect::OpenAi | Dialect::BuiltIn => {
            let usage = json!({"prompt_tokens": count, "completion_tokens": count,
                "total_tokens": count});
            let usage = json!({"choices": [], "usage": usage}).to_string();
            script.event(openai::finish("stop")).event(usage).event("[DONE]").end()
        }
    }
}

/// Two answers at once, where one was asked for; in the dialect that has them.
fn two_choices(answer: &[&str]) -> Script {
    let script = answer.iter().fold(openai::begun(&[]), |script, chunk| {
        let other = json!({"choices": [{"index": 1, "delta": {"content": "Nobody asked. "}}]});
        script.event(other.to_string()).event(openai::text(chunk))
    });
    openai::finished(script)
}

/// A piece of an answer, as it stands in a chunked body.
fn endless(dialect: Dialect) -> Vec<u8> {
    words(dialect, Script::chunked_stream(), ENDLESS).last_bytes()
}
