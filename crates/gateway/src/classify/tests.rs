//! The classes against what the dialects really send.

use super::*;
use FailureClass::{
    Broken, Caller, ContentRefusal, ContextOverflow, Credential, Exhausted, Gone, Throttled,
    Transient,
};

fn class(status: u16, body: &str) -> FailureClass {
    let error = ProviderError::parse(body.as_bytes());
    let has_wait = error.as_ref().is_some_and(|error| error.retry_ms.is_some());
    classify(Stated { status, error: error.as_ref(), has_wait })
}

fn check(cases: &[(u16, &str, FailureClass)]) {
    for (status, body, expected) in cases {
        assert_eq!(class(*status, body), *expected, "{status} {body}");
    }
}

#[test]
fn what_a_caller_wrote_parks_nobodys_key() {
    let repeated = |name: &str| {
        format!(
            r#"{{"error":{{"message":"Invalid schema for response_format '{name}': strict is set","type":"invalid_request_error","code":null}}}}"#
        )
    };
    for name in ["insufficient_quota", "out of credits", "invalid_api_key"] {
        assert_eq!(class(400, &repeated(name)), Caller, "{name} is a name that the caller chose");
    }
    check(&[
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
            Exhausted,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
            Credential,
        ),
    ]);
}

#[test]
fn wall_01_a_spent_quota_is_told_from_a_busy_minute() {
    check(&[
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            Exhausted,
        ),
        (
            429,
            r#"{"error":{"message":"Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 30000","type":"tokens","code":"rate_limit_exceeded"}}"#,
            Throttled,
        ),
        (
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit"}}"#,
            Throttled,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
            Exhausted,
        ),
        (403, r#"{"error":{"code":403,"message":"Key limit exceeded (total limit)"}}"#, Exhausted),
        (429, "", Throttled),
    ]);
}

#[test]
fn wall_08_09_a_days_quota_is_exhausted_whatever_wait_it_names() {
    let google = |quota: &str| {
        format!(
            r#"{{"error":{{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{{"violations":[{{"quotaId":"{quota}"}}]}},{{"retryDelay":"38s"}}]}}}}"#
        )
    };
    check(&[
        (429, &google("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), Throttled),
        (429, &google("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), Exhausted),
        (
            429,
            r#"{"error":{"message":"Rate limit reached for model `llama` on tokens per day (TPD): Limit 100000. Please try again in 7m12s","type":"tokens","code":"rate_limit_exceeded"}}"#,
            Exhausted,
        ),
        (
            429,
            r#"{"error":{"code":429,"message":"Rate limit exceeded: free-models-per-day"}}"#,
            Exhausted,
        ),
    ]);
}

#[test]
fn wall_10_an_overloaded_provider_is_a_passing_trouble() {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    check(&[(529, body, Transient), (200, body, Transient), (503, "", Transient)]);
    check(&[(500, "", Transient), (502, "<html>", Transient), (408, "", Transient)]);
    check(&[(
        503,
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
        Transient,
    )]);
}

#[test]
fn wall_12_an_error_inside_a_success_is_read_by_its_words() {
    check(&[
        (200, r#"{"error":{"message":"something"}}"#, Broken),
        (200, r#"{"error":{"code":502,"message":"Provider returned error"}}"#, Transient),
        (200, r#"{"error":{"message":"slow down","type":"rate_limit_exceeded"}}"#, Throttled),
        (
            200,
            r#"{"error":{"message":"The server had an error","type":"server_error"}}"#,
            Transient,
        ),
        (200, r#"{"error":"something broke"}"#, Broken),
    ]);
}

#[test]
fn wall_15_a_key_that_is_not_accepted_is_recognised_under_any_status() {
    check(&[
        (401, "", Credential),
        (
            401,
            r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#,
            Credential,
        ),
        (
            403,
            r#"{"type":"error","error":{"type":"permission_error","message":"not allowed"}}"#,
            Credential,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
            Credential,
        ),
        (
            400,
            r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***1"}"#,
            Credential,
        ),
    ]);
}

#[test]
fn wall_17_20_a_wrong_request_is_the_callers_fault() {
    check(&[
        (
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens'","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
            Caller,
        ),
        (
            422,
            r#"{"detail":[{"loc":["body","x"],"msg":"Extra inputs are not permitted"}]}"#,
            Caller,
        ),
        (413, "<html><h1>413 Request Entity Too Large</h1></html>", Caller),
        (
            413,
            r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
            Caller,
        ),
        (404, "<html>nginx</html>", Caller),
        (
            404,
            r#"{"error":{"message":"Invalid URL (POST /v1/v1/chat)","type":"invalid_request_error"}}"#,
            Caller,
        ),
        (301, "", Caller),
    ]);
}

#[test]
fn wall_18_a_conversation_that_is_too_long_is_recognised_in_every_dialect() {
    check(&[
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            ContextOverflow,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
            ContextOverflow,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"}}"#,
            ContextOverflow,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
            ContextOverflow,
        ),
        (
            400,
            r#"{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error"}}"#,
            ContextOverflow,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"The input token count (1048577) exceeds the maximum number of tokens allowed","status":"INVALID_ARGUMENT"}}"#,
            ContextOverflow,
        ),
        (
            400,
            r#"{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}"#,
            ContextOverflow,
        ),
        (
            500,
            r#"{"error":{"message":"This model's maximum context length is 4096"}}"#,
            ContextOverflow,
        ),
        (200, r#"{"error":{"message":"maximum context length is 4096"}}"#, ContextOverflow),
    ]);
}

#[test]
fn wall_19_a_declined_content_is_recognised_in_every_dialect() {
    check(&[
        (
            400,
            r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            ContentRefusal,
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"Your chosen model requires moderation and your input was flagged for \"violence\""}}"#,
            ContentRefusal,
        ),
        (
            400,
            r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#,
            ContentRefusal,
        ),
        (
            400,
            r#"{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}"#,
            ContentRefusal,
        ),
    ]);
}

#[test]
fn wall_21_a_missing_model_is_told_from_a_missing_page() {
    check(&[
        (
            404,
            r#"{"error":{"message":"The model `gpt-9` does not exist or you do not have access to it.","code":"model_not_found"}}"#,
            Gone,
        ),
        (
            404,
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-9"}}"#,
            Gone,
        ),
        (404, r#"{"error":{"message":"model \"x\" not found, try pulling it first"}}"#, Gone),
        (
            404,
            r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
            Gone,
        ),
        (400, r#"{"error":{"message":"x is not a valid model ID","code":400}}"#, Gone),
        (
            400,
            r#"{"error":{"message":"The model `x` has been decommissioned","code":"model_decommissioned"}}"#,
            Gone,
        ),
        (410, "", Gone),
    ]);
}

#[test]
fn wall_22_payment_required_differs_with_and_without_a_wait() {
    let answer = |has_wait| classify(Stated { status: 402, error: None, has_wait });
    assert_eq!(answer(false), Exhausted, "somebody must pay first");
    assert_eq!(answer(true), Throttled, "the provider says when to come back");
}
