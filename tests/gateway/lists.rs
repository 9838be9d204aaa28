//! Listing models.

use domain::FailureClass;
use support::upstream::openai::{error, openai_stream};
use support::upstream::{Script, Step, Upstream, anthropic, openai};

use crate::desk::{Desk, KEY};

async fn listed(desk: &Desk) -> Result<Vec<String>, FailureClass> {
    let endpoint = &desk.call.endpoint;
    desk.gateway.list_models(&desk.grant(), endpoint).await.map_err(|error| error.class)
}

#[tokio::test]
async fn models_are_listed_sorted_in_both_dialects() {
    let upstream = Upstream::start(openai_stream(&[])).await;
    upstream.models(openai::models(&["b", "a", "b"]));
    assert_eq!(listed(&Desk::at(&upstream)).await, Ok(vec!["a".into(), "b".into()]), "no doubles");
    let request = &upstream.record(0).await.request;
    assert_eq!(request.path, "/v1/models", "OpenAI's place");
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()), "and key");
    upstream.models(anthropic::models(&["claude"]));
    assert_eq!(listed(&Desk::anthropic(&upstream)).await, Ok(vec!["claude".into()]), "Anthropic");
    let request = &upstream.record(1).await.request;
    assert_eq!(request.path, "/v1/models?limit=1000", "all on one page");
    assert_eq!(request.header("x-api-key"), Some(KEY), "its own header");
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"), "and version");
}

#[tokio::test]
async fn every_shape_of_a_list_is_understood() {
    let upstream = Upstream::start(openai_stream(&[])).await;
    for body in [r#"["a"]"#, r#"[{"id":"a"}]"#, r#"{"models":[{"name":"a"}]}"#] {
        upstream.models(Script::json(200, body));
        assert_eq!(listed(&Desk::at(&upstream)).await, Ok(vec!["a".into()]), "{body}");
    }
    upstream.models(Script::json(200, r#"{"object":"list","data":null}"#));
    assert_eq!(listed(&Desk::at(&upstream)).await, Ok(vec![]), "Ollama without a model");
}

#[tokio::test]
async fn what_is_no_list_is_a_clear_failure() {
    let upstream = Upstream::start(openai_stream(&[])).await;
    for (script, class) in [
        (error(401, "invalid_api_key", "no"), FailureClass::Credential),
        (Script::answer(200, &[], "<html>login</html>"), FailureClass::Broken),
        (Script::json(200, "{}"), FailureClass::Broken),
        (Script::json(200, "not json"), FailureClass::Broken),
        (Script::json(200, r#"{"error":{"message":"no"}}"#), FailureClass::Broken),
        (Script::answer(404, &[], "404 page not found"), FailureClass::Caller),
        (Script::silent().reset(), FailureClass::Transient),
    ] {
        upstream.models(script.clone());
        assert_eq!(listed(&Desk::at(&upstream)).await, Err(class), "{script:?}");
    }
}

#[tokio::test]
async fn an_endless_list_is_capped() {
    let upstream = Upstream::start(openai_stream(&[])).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"data\":[\"";
    upstream.models(Script::silent().bytes(head).step(Step::WriteForEver(vec![b'x'; 64 << 10])));
    assert_eq!(listed(&Desk::at(&upstream)).await, Err(FailureClass::Broken), "memory stays flat");
    upstream.record(0).await.left().await;
}

#[tokio::test]
async fn names_that_no_model_has_are_left_out() {
    let upstream = Upstream::start(openai_stream(&[])).await;
    let long = "x".repeat(300);
    upstream.models(openai::models(&["good", "", "two\nlines", &long, KEY]));
    assert_eq!(listed(&Desk::at(&upstream)).await, Ok(vec!["good".into()]), "they are tricks");
}
