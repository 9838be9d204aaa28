//! Which class a failure belongs to.
//!
//! Pure: status and the provider's words in, `FailureClass` out. The order of
//! the questions matters, because providers say quite different things under
//! one status. Bodies quoted in the tests are what the dialects send.

use domain::FailureClass;

use crate::error_body::ProviderError;

/// What is known of a failure that the provider stated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stated<'a> {
    /// The HTTP status; 200 for an error inside a stream.
    pub(crate) status: u16,
    /// What the body says; none where it says nothing readable.
    pub(crate) error: Option<&'a ProviderError>,
    /// True where the provider named a wait.
    pub(crate) has_wait: bool,
}

/// The class of a stated failure.
pub(crate) fn classify(stated: Stated<'_>) -> FailureClass {
    let words = Words::of(stated.error);
    let status = effective_status(stated, &words);
    if words.any(REFUSED) {
        return FailureClass::ContentRefusal;
    }
    match status {
        Some(429) => throttled_or_exhausted(stated, &words),
        Some(402) if stated.has_wait => FailureClass::Throttled,
        Some(402) => FailureClass::Exhausted,
        Some(401) => FailureClass::Credential,
        Some(403) => forbidden(&words),
        Some(410) => FailureClass::Gone,
        Some(408 | 409 | 425 | 500..) if words.any(TOO_LONG) => FailureClass::ContextOverflow,
        Some(408 | 409 | 425 | 500..) => FailureClass::Transient,
        Some(404) if words.any(NO_MODEL) || words.has("model") => FailureClass::Gone,
        Some(300..) => callers_fault(&words),
        Some(_) | None => FailureClass::Broken,
    }
}

const SPENT: &[&str] = &[
    "insufficient_quota",
    "insufficient balance",
    "insufficient credits",
    "exceeded_current_quota",
    "billing_hard_limit",
    "billing_not_active",
    "billing_error",
    "credit balance is too low",
    "your credit balance is too low",
    "key limit exceeded",
    "spending limit",
    "out of credits",
];
const DAILY: &[&str] = &["perday", "per day", "per-day", "(tpd)", "(rpd)", "daily limit"];
const REFUSED: &[&str] = &[
    "content_filter",
    "content_policy",
    "content policy",
    "contentpolicy",
    "responsibleaipolicy",
    "content management policy",
    "data_inspection_failed",
    "content exists risk",
    "moderation_blocked",
    "requires moderation",
    "was flagged",
    "prohibited_content",
];
const TOO_LONG: &[&str] = &[
    "context_length_exceeded",
    "model_context_window",
    "exceed_context_size",
    "maximum context length",
    "context length exceeded",
    "exceeds the available context",
    "exceed context limit",
    "exceeds the context window",
    "context window of",
    "context the overflows",
    "prompt is too long",
    "prompt too long",
    "too long for this model",
    "exceeds the maximum number of tokens",
    "reduce the length of the messages",
    "longer than the model can read",
];
const NO_MODEL: &[&str] = &[
    "model_not_found",
    "model not found",
    "model_decommissioned",
    "model_not_exist",
    "model not exist",
    "not a valid model",
    "invalid model",
    "unknown model",
    "unknown_model",
    "invalid_model",
    "deploymentnotfound",
    "no endpoints found",
    "try pulling it first",
    "has been deprecated",
    "has been decommissioned",
];
const BAD_KEY: &[&str] = &[
    "api key not valid",
    "api_key_invalid",
    "invalid_api_key",
    "incorrect api key",
    "invalid api key",
    "authentication_error",
];

/// What the body says, in lower case, to look words up in.
struct Words {
    /// Everything, the provider's free text included. It may repeat what the caller wrote.
    all: String,
    /// What no caller writes: names of errors and quotas.
    names: String,
    /// The free text alone.
    message: String,
}

impl Words {
    fn of(error: Option<&ProviderError>) -> Self {
        let Some(error) = error else {
            return Self { all: String::new(), names: String::new(), message: String::new() };
        };
        let names = [&error.kind, &error.code, &error.quotas].map(|part| part.to_lowercase());
        let (names, message) = (names.join(" "), error.message.to_lowercase());
        Self { all: format!("{names} {message}"), names, message }
    }

    fn has(&self, word: &str) -> bool {
        self.all.contains(word)
    }

    /// Whether the provider says so itself: as a name, or in how its sentence begins. Names of
    /// tools and forms that a caller chose stand within sentences.
    fn surely(&self, list: &[&str]) -> bool {
        list.iter().any(|word| self.names.contains(word) || self.message.starts_with(word))
    }

    fn any(&self, list: &[&str]) -> bool {
        list.iter().any(|word| self.has(word))
    }
}

/// The status that the failure amounts to: the HTTP one, or for an error
/// inside a 200 what the body names.
fn effective_status(stated: Stated<'_>, words: &Words) -> Option<u16> {
    if stated.status >= 300 {
        return Some(stated.status);
    }
    let error = stated.error?;
    if error.status.is_some() {
        return error.status;
    }
    let by_kind = [
        ("insufficient_quota", 429),
        ("overloaded", 529),
        ("rate_limit", 429),
        ("resource_exhausted", 429),
        ("authentication_error", 401),
        ("invalid_api_key", 401),
        ("permission", 403),
        ("not_found", 404),
        ("request_too_large", 413),
        ("billing_error", 402),
        ("timeout", 504),
        ("api_error", 500),
        ("server_error", 500),
        ("internal", 500),
        ("unavailable", 503),
        ("invalid_request", 400),
        ("invalid_argument", 400),
    ];
    if words.any(TOO_LONG) {
        return Some(400);
    }
    by_kind.iter().find(|(kind, _)| words.has(kind)).map(|(_, status)| *status)
}

fn throttled_or_exhausted(stated: Stated<'_>, words: &Words) -> FailureClass {
    let google_quota = stated.error.is_some_and(|error| error.retry_ms.is_some());
    let used_up = words.has("exceeded your current quota") && !google_quota;
    if words.any(SPENT) || words.any(DAILY) || used_up {
        FailureClass::Exhausted
    } else {
        FailureClass::Throttled
    }
}

fn forbidden(words: &Words) -> FailureClass {
    if words.any(SPENT) || words.any(DAILY) {
        FailureClass::Exhausted
    } else if words.any(NO_MODEL) || words.has("access to model") {
        FailureClass::Gone
    } else {
        FailureClass::Credential
    }
}

fn callers_fault(words: &Words) -> FailureClass {
    if words.any(TOO_LONG) {
        FailureClass::ContextOverflow
    } else if words.surely(SPENT) {
        FailureClass::Exhausted
    } else if words.surely(BAD_KEY) {
        FailureClass::Credential
    } else if words.any(NO_MODEL) {
        FailureClass::Gone
    } else {
        FailureClass::Caller
    }
}

#[cfg(test)]
mod tests;
