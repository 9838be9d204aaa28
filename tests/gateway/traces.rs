//! What a log may learn: each turn and each attempt, never a key or a word.
//!
//! Listens to everything that any crate says at any level, while providers
//! echo keys and content in every place where they can.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{AttemptId, Author, Dialect, Finish, Prompt};
use gateway::{ApiKey, Delta, ToolChoice, Wishes};
use serde_json::json;
use support::upstream::openai::{self, error, openai_stream};
use support::upstream::{Script, Upstream, anthropic, gemini};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::asker::{Asker, candidate, route, with_keys};
use crate::desk::{Desk, KEY, PATIENT, SOON};
use crate::tools::offering;

/// Everything that was said, and the spans by themselves.
#[derive(Default)]
struct Heard {
    everything: String,
    spans: Vec<Span>,
}

#[derive(Clone, Default)]
struct Span {
    name: &'static str,
    id: u64,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
    closed: bool,
}

impl Span {
    fn says(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }
}

#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Heard>>);

impl Ear {
    /// Listens on this thread until the guard is dropped.
    fn listen(&self) -> DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spans(&self, name: &str) -> Vec<Span> {
        self.heard().spans.iter().filter(|span| span.name == name).cloned().collect()
    }

    fn note(&self, id: u64, fields: BTreeMap<&'static str, String>) {
        let mut heard = self.heard();
        heard.everything.push_str(&format!("{fields:?}\n"));
        let span = heard.spans.iter_mut().rev().find(|span| span.id == id && !span.closed);
        if let Some(span) = span {
            span.fields.extend(fields);
        }
    }
}

/// The fields of one record, as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl<S: Subscriber> Layer<S> for Ear {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let parent = context.current_span().id().map(Id::into_u64);
        let (name, id) = (attributes.metadata().name(), id.into_u64());
        self.heard().everything.push_str(&format!("{name}\n"));
        self.heard().spans.push(Span { name, id, parent, ..Span::default() });
        self.note(id, fields.0);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.note(id.into_u64(), fields.0);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.heard().everything.push_str(&format!(
            "{:?} {:?}\n",
            event.metadata().target(),
            fields.0
        ));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let (id, mut heard) = (id.into_u64(), self.heard());
        if let Some(span) = heard.spans.iter_mut().rev().find(|span| span.id == id) {
            span.closed = true;
        }
    }
}

/// Words that only the question, its instructions, an answer or a tool has.
const WORDS: [&str; 5] = ["quahog", "gannet", "murmuration", "isobath", "bathymetry"];

/// Ways to give back a key and words of the question, with how the turn then ends.
fn echoes() -> Vec<Script> {
    let echo = format!(
        "Incorrect API key provided: {KEY} or sk-key-a-0123456789 for quahog. \
         See https://x.test/v1?key={KEY}&q=quahog"
    );
    let said = json!({"error": {"message": echo, "code": KEY, "param": "quahog"}}).to_string();
    let location = format!("https://x.test/{KEY}?key={KEY}&q=quahog");
    let tool = openai::tool(&json!({"index": 0, "id": "a", "function":
        {"name": "get_tide", "arguments": "{\"isobath\":\"bathymetry\"}"}}));
    let served = json!({"model": KEY, "choices": [{"delta": {"content": "gannet"}}]});
    vec![
        error(401, "invalid_api_key", &echo),
        error(400, KEY, &echo),
        error(404, "model_not_found", &echo),
        error(413, "too_large", &echo),
        error(429, "rate_limit_exceeded", &echo),
        error(429, "insufficient_quota", &echo),
        error(500, "server_error", &echo),
        error(400, "context_length_exceeded", &echo),
        error(400, "content_filter", &echo),
        Script::answer(302, &[("location", &location)], &echo),
        Script::answer(502, &[("content-type", "text/html"), ("x-key", KEY)], &echo),
        Script::json(200, &said),
        Script::chunked_stream().event(&said).end(),
        openai::begun(&["gannet "]).event(&said).end(),
        openai::begun(&["gannet "]).cut(),
        openai::begun(&["gannet "]).hold(),
        Script::silent().reset(),
        Script::silent().hold(),
        Script::silent().bytes(format!("HTTP/1.1 200 {KEY} quahog\r\n{KEY}\r\n\r\n")).cut(),
        Script::chunked_stream().event(served.to_string()).event("[DONE]").end(),
        Script::chunked_stream().event(openai::reasoning("murmuration")).event("[DONE]").end(),
        openai::called(openai::begun(&[]).event(tool)),
        openai_stream(&["gannet ", "murmuration"]),
    ]
}

fn asker() -> Asker {
    let mut asker = Asker::new();
    asker.question.system = "Speak of a gannet.".into();
    asker.question.messages = vec![Prompt::text(Author::User, "What is a quahog?")];
    asker.question.wishes = offering(ToolChoice::Free);
    asker.question.effort.longest_wait = SOON;
    asker
}

fn assert_nothing_leaked(ear: &Ear, which: &str) {
    let heard = ear.heard();
    for secret in ["0123456789", "canary"].iter().chain(&WORDS) {
        let line = heard.everything.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged: {which}");
    }
}

#[tokio::test]
async fn wall_75_a_trace_has_each_attempt_once_and_neither_key_nor_word() {
    for script in echoes() {
        let (one, two) =
            (Upstream::start(script.clone()).await, Upstream::start(script.clone()).await);
        let (ear, asker) = (Ear::default(), asker());
        let limits = gateway::Timeouts { headers: SOON, first_token: SOON, stall: SOON, ..PATIENT };
        let listed = |mut one: gateway::Candidate| {
            one.timeouts = limits;
            one
        };
        let keys = with_keys(candidate(1, &one), &["key-a", "key-b"]);
        let mut listening = route(vec![listed(keys), listed(candidate(2, &two))]);
        listening.on_overflow = vec![listed(candidate(3, &two))];
        let heard = {
            let _guard = ear.listen();
            asker.ask(&listening).await
        };
        let which = format!("{script:?}");
        assert_nothing_leaked(&ear, &which);

        let call = &heard.answered.call;
        let spans = ear.spans("attempt");
        let traced: Vec<&str> = spans.iter().map(|span| span.says("attempt")).collect();
        let tried: Vec<String> = call.tries.iter().map(|one| one.attempt.to_string()).collect();
        assert_eq!(traced, tried, "each attempt once, in order: {which}");
        let reserved = asker.meter.reserved().len();
        assert_eq!(spans.len(), reserved, "and none that was not reserved: {which}");
        for (span, one) in spans.iter().zip(&call.tries) {
            let path = one.path.as_ref().expect("a routed try has a path");
            assert_eq!(span.says("provider"), path.provider_label, "{which}");
            assert_eq!(span.says("key"), path.key_label.as_deref().unwrap_or(""), "{which}");
            assert_eq!(span.says("model"), one.model.model, "{which}");
            assert_eq!(span.says("waited_ms"), path.waited_ms.to_string(), "{which}");
            assert_eq!(span.says("took_ms"), path.took_ms.to_string(), "{which}");
            assert_eq!(span.says("class"), shown(one.failure), "{which}");
            assert_eq!(span.says("status"), number(one.http_status), "{which}");
            assert!(span.closed && !span.says("finish").is_empty(), "it ended: {which}");
        }

        let turns = ear.spans("turn");
        assert_eq!(turns.len(), 1, "one question, one turn: {which}");
        let turn = &turns[0];
        assert!(spans.iter().all(|span| span.parent == Some(turn.id)), "the attempts are its own");
        assert_eq!(turn.says("tries"), call.tries.len().to_string(), "{which}");
        assert_eq!(turn.says("finish"), format!("{:?}", call.finish), "{which}");
        assert_eq!(
            turn.says("class"),
            shown(call.error.as_ref().map(|error| error.class)),
            "{which}"
        );
        assert_eq!(turn.says("tokens"), call.usage.total().0.to_string(), "{which}");
        assert_eq!(turn.says("route"), "everyday", "{which}");
        assert!(turn.closed && !turn.says("took_ms").is_empty(), "{which}");
    }
}

fn shown(value: Option<impl Debug>) -> String {
    value.map_or_else(String::new, |value| format!("{value:?}"))
}

fn number(value: Option<u16>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[tokio::test]
async fn wall_75_a_single_call_is_traced_in_every_dialect_without_its_words() {
    let scripts = [
        (Dialect::OpenAi, openai_stream(&["gannet"])),
        (Dialect::Anthropic, anthropic::anthropic_stream(&["gannet"])),
        (Dialect::Gemini, gemini::gemini_stream(&["gannet"])),
    ];
    for (dialect, script) in scripts {
        let upstream = Upstream::start(script).await;
        let mut desk = Desk::of(&format!("http://{}", upstream.address()), dialect);
        desk.call.endpoint.key = Some(ApiKey::new(KEY.into()));
        desk.call.messages = vec![Prompt::text(Author::User, "What is a quahog?")];
        desk.call.wishes = Arc::new(Wishes::default());
        let ear = Ear::default();
        let heard = {
            let _guard = ear.listen();
            desk.ask().await
        };
        assert_eq!(heard.outcome.finish, Finish::Complete, "{dialect:?}");
        assert_nothing_leaked(&ear, &format!("{dialect:?}"));
        let spans = ear.spans("attempt");
        assert_eq!(spans.len(), 1, "{dialect:?}: a call without a route is one attempt");
        let span = &spans[0];
        let id: AttemptId = desk.call.attempt;
        assert_eq!(span.says("attempt"), id.to_string(), "{dialect:?}");
        assert_eq!(
            (span.says("finish"), span.says("billing")),
            ("Complete", "Used"),
            "{dialect:?}"
        );
        let usage = heard.outcome.usage;
        let input = usage.total().0 - usage.output.0 - usage.reasoning.0;
        assert_eq!(span.says("input_tokens"), input.to_string(), "{dialect:?}");
        let output = usage.output.0 + usage.reasoning.0;
        assert_eq!(span.says("output_tokens"), output.to_string(), "{dialect:?}");
    }
}

#[tokio::test]
async fn a_dropped_turn_leaves_spans_that_say_nothing_of_an_end() {
    let upstream = Upstream::start(openai::begun(&["gannet "]).hold()).await;
    let (ear, asker) = (Ear::default(), asker());
    let route = route(vec![candidate(1, &upstream)]);
    let arrived = support::upstream::Gate::new();
    {
        let _guard = ear.listen();
        let asking = asker.ask_with(&route, |delta| {
            if matches!(delta, Delta::Text(_)) {
                arrived.open();
            }
        });
        tokio::select! {
            _ = asking => unreachable!("the stream is held open"),
            () = arrived.passed() => {}
        }
    }
    for name in ["turn", "attempt"] {
        let spans = ear.spans(name);
        assert_eq!(spans.len(), 1, "one {name}");
        assert!(spans[0].closed && spans[0].says("finish").is_empty(), "{name}: it was dropped");
    }
    assert_nothing_leaked(&ear, "dropped");
}
