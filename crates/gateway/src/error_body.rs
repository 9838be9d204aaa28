//! A provider's error as it stands in a body or an event.
//!
//! Every provider has its own shape, and compatible servers mix them, so one
//! reader takes them all: an object under `error`, a string there, a bare
//! `message` or `detail`, Google's array and details.

use serde_json::Value;

use crate::wait::google_duration;

/// What a provider said about a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProviderError {
    /// Its status, where the body names one (errors inside a stream).
    pub(crate) status: Option<u16>,
    /// Its `type`, `status` or `reason`, such as `overloaded_error`.
    pub(crate) kind: String,
    /// Its `code`, such as `context_length_exceeded`.
    pub(crate) code: String,
    /// Its words, unredacted: not to be shown as they are.
    pub(crate) message: String,
    /// Google's `RetryInfo`, in milliseconds.
    pub(crate) retry_ms: Option<u64>,
    /// Names of the quotas that were exceeded.
    pub(crate) quotas: String,
}

impl ProviderError {
    /// Reads a body; none where it is no JSON that speaks of an error.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        Self::from_value(&serde_json::from_slice(body).ok()?)
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Array(list) => list.first().and_then(Self::from_value),
            Value::Object(object) => match object.get("error") {
                Some(Value::String(message)) => {
                    Some(Self { message: message.clone(), ..Self::from_fields(value) })
                }
                Some(inner @ Value::Object(_)) => Some(Self::from_fields(inner)),
                _ => Self::bare(value),
            },
            _ => None,
        }
    }

    /// An error without an `error` field: vLLM's, Mistral's, FastAPI's.
    fn bare(value: &Value) -> Option<Self> {
        let says_error = value.get("object").and_then(Value::as_str) == Some("error");
        let has_words = value.get("message").is_some() || value.get("detail").is_some();
        let is_answer = value.get("choices").is_some() || value.get("content").is_some();
        (says_error || (has_words && !is_answer)).then(|| Self::from_fields(value))
    }

    fn from_fields(value: &Value) -> Self {
        let text = |name: &str| value.get(name).map(words).unwrap_or_default();
        let code = value.get("code");
        let numeric = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let inner_code = value.pointer("/innererror/code").map(words).unwrap_or_default();
        let mut error = Self {
            status: numeric.and_then(|code| u16::try_from(code).ok()).filter(|c| *c >= 400),
            kind: [text("type"), text("status"), text("reason")].join(" ").trim().to_owned(),
            code: format!("{} {inner_code}", text("code")).trim().to_owned(),
            message: match (text("message"), text("detail")) {
                (message, detail) if message.is_empty() => detail,
                (message, _) => message,
            },
            retry_ms: None,
            quotas: String::new(),
        };
        for detail in value.get("details").and_then(Value::as_array).into_iter().flatten() {
            error.take_google_detail(detail);
        }
        if let Some(raw) = value.pointer("/metadata/raw").and_then(Value::as_str) {
            // OpenRouter wraps the words of the provider behind it.
            let inner = Self::parse(raw.as_bytes()).map(|inner| inner.message);
            let said = inner.unwrap_or_else(|| raw.to_owned());
            error.message = format!("{}: {said}", error.message);
        }
        error
    }

    fn take_google_detail(&mut self, detail: &Value) {
        if let Some(delay) = detail.get("retryDelay").and_then(Value::as_str) {
            self.retry_ms = google_duration(delay);
        }
        if let Some(reason) = detail.get("reason").and_then(Value::as_str) {
            self.kind = format!("{} {reason}", self.kind);
        }
        for violation in detail.get("violations").and_then(Value::as_array).into_iter().flatten() {
            if let Some(quota) = violation.get("quotaId").and_then(Value::as_str) {
                self.quotas = format!("{} {quota}", self.quotas).trim().to_owned();
            }
        }
    }
}

/// The words of a field whatever its shape; FastAPI puts a list of objects there.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::Object(object) => {
            let said = ["message", "msg", "detail"].iter().find_map(|name| object.get(*name));
            let place = object.get("loc").map(|loc| words(loc).replace("; ", "."));
            match (said.map(words), place) {
                (Some(said), Some(place)) => format!("{said} ({place})"),
                (Some(said), None) => said,
                (None, _) => String::new(),
            }
        }
        Value::Null | Value::Bool(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> String {
        ProviderError::parse(body.as_bytes()).expect("an error").message
    }

    #[test]
    fn the_words_are_found_in_every_shape() {
        for body in [
            r#"{"error":{"message":"no","type":"t","code":"c"}}"#,
            r#"{"error":"no"}"#,
            r#"{"type":"error","error":{"type":"api_error","message":"no"}}"#,
            r#"{"object":"error","message":"no","code":400}"#,
            r#"{"detail":"no"}"#,
            r#"{"message":"no"}"#,
            r#"[{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED"}}]"#,
        ] {
            assert_eq!(message(body), "no", "{body}");
        }
        let mistral = r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden",
            "loc":["body","x"],"msg":"Extra inputs are not permitted"}]},"code":null}"#;
        assert_eq!(message(mistral), "Extra inputs are not permitted (body.x)", "a list inside");
    }

    #[test]
    fn an_answer_is_no_error() {
        for body in [r#"{"choices":[],"message":"x"}"#, "{}", "[]", "7", "<html>", ""] {
            assert_eq!(ProviderError::parse(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn googles_details_are_read() {
        let body = r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[
            {"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
            {"retryDelay":"38s"},{"reason":"RATE"}]}}"#;
        let error = ProviderError::parse(body.as_bytes()).expect("an error");
        assert_eq!(error.retry_ms, Some(38_000), "RetryInfo is a wait");
        assert!(error.quotas.contains("PerDay"), "the quota's name tells a day from a minute");
        assert_eq!(error.status, Some(429), "a stream has no other status");
    }

    #[test]
    fn an_absurdly_deep_body_is_refused_without_harm() {
        let body = "[".repeat(100_000);
        assert_eq!(ProviderError::parse(body.as_bytes()), None, "the parser's own depth limit");
    }
}
