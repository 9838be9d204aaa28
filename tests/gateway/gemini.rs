//! The wall in Gemini's dialect: what differs from the others.

use domain::{Author, Dialect, FailureClass, Finish, Prompt, Tokens};
use serde_json::json;
use support::upstream::gemini::{begun, finished, gemini_stream, models, text, thought};
use support::upstream::{Script, Upstream};

use crate::desk::{Desk, KEY};

fn desk(upstream: &Upstream) -> Desk {
    let address = upstream.address();
    let mut desk = Desk::of(&format!("http://{address}"), Dialect::Gemini);
    desk.call.model = "gemini-2.5-flash".into();
    desk
}

#[tokio::test]
async fn a_question_is_written_as_gemini_wants_it() {
    let upstream = Upstream::start(gemini_stream(&["The ", "moon."])).await;
    let mut desk = desk(&upstream);
    desk.call.system = "Be brief.".into();
    desk.call.max_output = Some(Tokens(100));
    desk.call.messages = vec![
        Prompt::text(Author::User, "What is a tide?"),
        Prompt::text(Author::Assistant, "Water."),
        Prompt::text(Author::User, "Why?"),
    ];
    let heard = desk.ask().await;
    assert_eq!((heard.text.as_str(), heard.outcome.finish), ("The moon.", Finish::Complete));
    assert_eq!(heard.outcome.served_model.as_deref(), Some("served-model"), "as it says");
    let usage = heard.outcome.usage;
    let counts = (usage.input, usage.cached_input, usage.output, usage.estimated);
    assert_eq!(counts, (Tokens(12), Tokens(30), Tokens(5), false), "wall 50: counted once");
    let record = &upstream.records()[0];
    let path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
    assert_eq!(record.request.path, path, "its own place");
    assert_eq!(record.request.header("x-goog-api-key"), Some(KEY), "its own header");
    let expected = json!({
        "contents": [
            {"role": "user", "parts": [{"text": "What is a tide?"}]},
            {"role": "model", "parts": [{"text": "Water."}]},
            {"role": "user", "parts": [{"text": "Why?"}]},
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig":
            {"maxOutputTokens": 100, "thinkingConfig": {"includeThoughts": true}},
    });
    assert_eq!(record.request.json(), expected, "nothing more, nothing less");
}

#[tokio::test]
async fn thoughts_length_refusal_and_a_cut_are_told_apart() {
    let script = finished(text(thought(Script::chunked_stream(), "Hm."), "The moon."), "STOP");
    let upstream = Upstream::start(script).await;
    let heard = desk(&upstream).ask().await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("Hm.", "The moon."));
    for (script, finish, class) in [
        (finished(begun(&["Half"]), "MAX_TOKENS"), Finish::Length, None),
        (finished(begun(&[]), "SAFETY"), Finish::Refused, Some(FailureClass::ContentRefusal)),
        (begun(&["Half"]).cut(), Finish::Cut, Some(FailureClass::Truncated)),
        (begun(&["Half"]).end(), Finish::Cut, Some(FailureClass::Truncated)),
    ] {
        upstream.next(script);
        let heard = desk(&upstream).ask().await;
        assert_eq!((heard.outcome.finish, heard.class()), (finish, class), "{:?}", heard.outcome);
    }
}

#[tokio::test]
async fn wall_08_and_09_googles_waits_and_daily_quotas_are_told_apart() {
    let quota = |id: &str| {
        json!({"error": {"code": 429, "message": "You exceeded your current quota.",
        "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{"quotaId": id}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"},
        ]}})
        .to_string()
    };
    let upstream = Upstream::start(gemini_stream(&["ok"])).await;
    upstream.next(Script::json(429, quota("GenerateRequestsPerMinutePerProject")));
    let heard = desk(&upstream).ask().await;
    assert_eq!(heard.class(), Some(FailureClass::Throttled), "a minute passes");
    let wait = heard.outcome.error.and_then(|error| error.retry_after_ms);
    assert_eq!(wait, Some(38_000), "as RetryInfo says");
    upstream.next(Script::json(429, quota("GenerateRequestsPerDayPerProject-FreeTier")));
    assert_eq!(
        desk(&upstream).ask().await.class(),
        Some(FailureClass::Exhausted),
        "a day does not"
    );
}

#[tokio::test]
async fn failures_of_google_get_their_classes() {
    let upstream = Upstream::start(gemini_stream(&["ok"])).await;
    let said = |code: u16, status: &str, words: &str| {
        let body = json!({"error": {"code": code, "message": words, "status": status}});
        Script::json(code, body.to_string())
    };
    for (script, class) in [
        (
            said(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
            FailureClass::Credential,
        ),
        (
            said(
                400,
                "INVALID_ARGUMENT",
                "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
            ),
            FailureClass::ContextOverflow,
        ),
        (
            said(404, "NOT_FOUND", "models/gemini-9 is not found for API version v1beta"),
            FailureClass::Gone,
        ),
        (said(503, "UNAVAILABLE", "The model is overloaded."), FailureClass::Transient),
        (
            Script::chunked_stream()
                .event(r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#)
                .end(),
            FailureClass::ContentRefusal,
        ),
    ] {
        upstream.next(script);
        let heard = desk(&upstream).ask().await;
        assert_eq!(heard.class(), Some(class), "{}", heard.message());
    }
}

#[tokio::test]
async fn only_models_that_write_are_listed_under_their_short_names() {
    let upstream = Upstream::start(gemini_stream(&["ok"])).await;
    upstream.models(models(&["gemini-3-pro-preview", "gemini-2.5-flash"]));
    let desk = desk(&upstream);
    let listed = desk.gateway.list_models(&desk.grant(), &desk.call.endpoint).await;
    let names = vec!["gemini-2.5-flash".to_owned(), "gemini-3-pro-preview".to_owned()];
    assert_eq!(listed, Ok(names), "as the price list knows them");
}
