//! The key goes where it belongs and nowhere else; nor does the question.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Dialect, FailureClass, ModelRef};
use gateway::{Billing, Gateway, GatewayOptions, Lookup};
use support::upstream::openai::{self, error, openai_stream};
use support::upstream::{Script, Upstream, anthropic};

use crate::asker::{Asker, candidate, route, with_keys};
use crate::desk::{Desk, KEY, grant_for};

#[tokio::test]
async fn the_key_travels_in_its_dialects_header() {
    let upstream = Upstream::start(openai_stream(&["x"])).await;
    Desk::at(&upstream).ask().await;
    let request = &upstream.record(0).await.request;
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()), "OpenAI");
    upstream.usually(anthropic::anthropic_stream(&["x"]));
    Desk::anthropic(&upstream).ask().await;
    let request = &upstream.record(1).await.request;
    assert_eq!(request.header("x-api-key"), Some(KEY), "Anthropic");
    assert_eq!(request.header("authorization"), None, "and no second place");
}

#[tokio::test]
async fn wall_75_a_key_echoed_by_the_provider_is_redacted_everywhere() {
    let echo = format!("Incorrect API key provided: {KEY}. See https://x.test/?key={KEY}");
    let in_stream = serde_json::json!({"error": {"message": echo, "code": KEY}}).to_string();
    let as_model = serde_json::json!({"model": KEY, "choices": [{"delta": {"content": "x"}}]});
    let tool = serde_json::json!({"choices": [{"delta": {"tool_calls": [
        {"index": 0, "id": "a", "function": {"name": KEY, "arguments": ""}}]}}]});
    let scripts = [
        error(401, "invalid_api_key", &echo),
        error(400, KEY, &echo),
        error(500, "server_error", &echo),
        Script::json(200, &in_stream),
        Script::chunked_stream().event(&in_stream).end(),
        Script::chunked_stream().event(as_model.to_string()).end(),
        Script::chunked_stream().event(tool.to_string()).event("[DONE]").end(),
    ];
    for script in scripts {
        let upstream = Upstream::start(script).await;
        let desk = Desk::at(&upstream);
        let heard = desk.ask().await;
        let seen = format!("{:?} {:?}", heard.outcome, desk.meter.settled());
        assert!(!seen.contains("0123456789abcdef"), "the key must not be seen: {seen}");
        let calls = format!("{:?} {:?}", desk.call, desk.meter.reserved());
        assert!(!calls.contains("canary"), "nor printed with the call: {calls}");
    }
}

#[tokio::test]
async fn wall_76_a_redirect_is_not_followed() {
    let elsewhere = Upstream::start(openai_stream(&["stolen"])).await;
    for status in [301, 302, 307, 308] {
        let location = format!("{}/chat/completions", elsewhere.base_url());
        let upstream =
            Upstream::start(Script::answer(status, &[("location", &location)], "")).await;
        let heard = Desk::at(&upstream).ask().await;
        assert_eq!(heard.class(), Some(FailureClass::Caller), "HTTP {status}");
        assert!(heard.message().contains("redirect"), "{}", heard.message());
        upstream.models(Script::answer(status, &[("location", &location)], ""));
        let desk = Desk::at(&upstream);
        let listed = desk.gateway.list_models(&desk.grant(), &desk.call.endpoint).await;
        assert!(listed.is_err(), "nor while listing models");
    }
    assert_eq!(elsewhere.records().len(), 0, "neither key nor question went there");
}

#[tokio::test]
async fn wall_77_a_private_address_is_refused_unless_allowed() {
    let upstream = Upstream::start(openai_stream(&["x"])).await;
    let mut desk = Desk::at(&upstream);
    desk.call.endpoint.local_allowed = false;
    let heard = desk.ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Caller), "an admin must allow it");
    let listed = desk.gateway.list_models(&desk.grant(), &desk.call.endpoint).await;
    assert!(listed.is_err(), "for listing too");
    assert_eq!(upstream.records().len(), 0, "nothing was sent");
    assert_eq!(desk.meter.reserved().len(), 0, "nothing was reserved");
}

#[tokio::test]
async fn wall_77_a_name_that_rebinds_to_a_private_address_gains_nothing() {
    let upstream = Upstream::start(openai_stream(&["x"])).await;
    let port = upstream.address().port();
    for private in ["127.0.0.1", "10.0.0.7", "::1", "::ffff:127.0.0.1", "169.254.169.254"] {
        let base_url = format!("https://rebinding.example:{port}/v1");
        let mut desk = Desk::of(&base_url, Dialect::OpenAi);
        desk.call.endpoint.local_allowed = false;
        let (gateway, lookups) = resolving_to(private);
        desk.gateway = gateway;
        let heard = desk.ask().await;
        assert_eq!(heard.class(), Some(FailureClass::Caller), "{private}");
        assert_eq!(heard.outcome.billing, Billing::Nothing, "{private}: nothing left");
        assert_eq!(lookups.load(Ordering::Acquire), 1, "{private}: judged where it connects");
    }
    assert_eq!(upstream.records().len(), 0, "nobody was reached");
}

#[tokio::test]
async fn wall_77_an_allowed_local_name_may_not_lead_outside() {
    let mut desk = Desk::of("http://my-server.local:9/v1", Dialect::OpenAi);
    let (gateway, _) = resolving_to("93.184.216.34");
    desk.gateway = gateway;
    let heard = desk.ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Caller), "the key would travel unencrypted");
}

#[tokio::test]
async fn wall_77_the_built_in_model_is_on_this_machine() {
    let desk = Desk::of("http://10.0.0.7:9/v1", Dialect::BuiltIn);
    assert_eq!(desk.ask().await.class(), Some(FailureClass::Caller), "text must not leave it");
}

fn resolving_to(address: &'static str) -> (Gateway, Arc<AtomicUsize>) {
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    let lookup: Lookup = Arc::new(move |_| {
        counted.fetch_add(1, Ordering::AcqRel);
        Box::pin(async move { Ok(vec![address.parse::<IpAddr>().expect("an address")]) })
    });
    let options = GatewayOptions { lookup, ..GatewayOptions::default() };
    (Gateway::new(options).expect("a client"), lookups)
}

#[tokio::test]
async fn a_grant_for_another_model_sends_nothing() {
    let upstream = Upstream::start(openai_stream(&["x"])).await;
    let desk = Desk::at(&upstream);
    let other = ModelRef { model: "another".into(), ..desk.call.model_ref() };
    let mut sink = |_| {};
    let outcome = desk
        .gateway
        .stream(&grant_for(other), &desk.meter, desk.call.clone(), desk.cancel.clone(), &mut sink)
        .await;
    assert!(outcome.error.is_some(), "a grant is for one thing");
    assert_eq!(upstream.records().len(), 0, "nothing was sent");
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_said_to_be_wrong() {
    let upstream = Upstream::start(openai::models(&[])).await;
    let mut desk = Desk::at(&upstream);
    desk.call.endpoint.key = Some(gateway::ApiKey::new("sk-\u{1F511}\nx".into()));
    let heard = desk.ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Credential), "the key is at fault");
    assert_eq!(upstream.records().len(), 0, "nothing was sent");
}

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn wall_75_the_log_tells_each_try_and_neither_key_nor_question() {
    let echo = format!("Incorrect API key provided: {KEY} or sk-key-a-0123456789");
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    upstream.next(error(401, "invalid_api_key", &echo));
    upstream.next(error(500, "server_error", &echo));
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let heard = {
        let _guard = tracing::subscriber::set_default(subscriber);
        let keys = with_keys(candidate(1, &upstream), &["key-a", "key-b"]);
        Asker::new().ask(&route(vec![keys])).await
    };
    assert_eq!(heard.text, "The moon.", "the third try answered");
    let log = String::from_utf8(log.0.lock().expect("one thread").clone()).expect("text");
    for told in ["attempt{", "Provider 1", "model-1", "everyday", "key-b", "number=3", "Retry"] {
        assert!(log.contains(told), "{told} is missing: {log}");
    }
    for secret in ["0123456789", "canary", "What is a tide", "The moon"] {
        assert!(!log.contains(secret), "{secret} was logged: {log}");
    }
}
