//! Errors in OpenAI's envelope.
//!
//! `{"error": {"message", "type", "param", "code"}}` with a fitting status, so
//! that every OpenAI client classifies them without knowing Carrel. The
//! official clients try again by themselves after 408, 409, 429 and 5xx;
//! Carrel has tried already, so `x-should-retry` tells them whether to.
//! Source: <https://platform.openai.com/docs/guides/error-codes>.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{FailureClass, UnixMs};
use engine::api::{Failure, FailureCode};
use engine::programs::Refused;
use serde::Serialize;

/// The official clients wait this long at most before they try again, in milliseconds.
const CLIENTS_WAIT: u64 = 60_000;
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// An answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
    /// From now, in milliseconds, where that is known.
    retry_after: Option<u64>,
}

/// The body of an error, and the last event of a stream that broke.
#[derive(Serialize)]
pub(crate) struct Envelope<'r> {
    error: Inside<'r>,
}

#[derive(Serialize)]
struct Inside<'r> {
    message: &'r str,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

const CALLER: &str = "invalid_request_error";
const SERVER: &str = "server_error";
const LIMIT: &str = "rate_limit_error";

impl Refusal {
    fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, code, param: None, message: message.into(), retry_after: None }
    }

    pub(crate) fn invalid(param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { param, ..Self::new(StatusCode::BAD_REQUEST, CALLER, None, message) }
    }

    pub(crate) fn foreign_host(ours: &str) -> Self {
        let message = format!("This server is asked as {ours} and under no other name.");
        Self::new(StatusCode::FORBIDDEN, CALLER, Some("foreign_host"), message)
    }

    pub(crate) fn foreign_origin() -> Self {
        let message = "This server answers programs, and no pages of other origins.";
        Self::new(StatusCode::FORBIDDEN, CALLER, Some("foreign_origin"), message)
    }

    pub(crate) fn no_token() -> Self {
        let message = "Send your token: `Authorization: Bearer …`. Carrel makes one in Settings.";
        Self::new(StatusCode::UNAUTHORIZED, CALLER, Some("invalid_api_key"), message)
    }

    pub(crate) fn stranger(failure: &Failure) -> Self {
        let message = failure.message.as_str();
        Self::new(StatusCode::UNAUTHORIZED, CALLER, Some("invalid_api_key"), message)
    }

    pub(crate) fn nowhere() -> Self {
        let message = "There is nothing at this address. Carrel has `POST /v1/chat/completions` and `GET /v1/models`.";
        Self::new(StatusCode::NOT_FOUND, CALLER, Some("unknown_url"), message)
    }

    pub(crate) fn no_such_model() -> Self {
        let message = "There is no such model here. `GET /v1/models` lists those that there are.";
        Self::new(StatusCode::NOT_FOUND, CALLER, Some("model_not_found"), message)
    }

    pub(crate) fn too_large(most: usize) -> Self {
        let message = format!("A request has at most {} MiB.", most >> 20);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, CALLER, Some("request_too_large"), message)
    }

    pub(crate) fn too_slow() -> Self {
        let message = "The request did not arrive in time.";
        Self::new(StatusCode::REQUEST_TIMEOUT, CALLER, Some("request_timeout"), message)
    }

    pub(crate) fn broken() -> Self {
        let message = "The answer ended without an end. Try again.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, SERVER, None, message)
    }

    /// Why nobody was asked.
    pub(crate) fn from_failure(failure: &Failure, now: UnixMs) -> Self {
        let (status, kind, code) = by_code(failure.code);
        let retry_after = failure.retry_at.map(|at| at.since(now));
        Self { retry_after, ..Self::new(status, kind, code, failure.message.as_str()) }
    }

    /// Why an answer is not whole.
    pub(crate) fn from_refused(refused: &Refused, now: UnixMs) -> Self {
        let plain = Self::from_failure(&refused.failure, now);
        let Some((status, kind, code)) = refused.class.and_then(|class| by_class(class, refused))
        else {
            return plain;
        };
        let param = (code == Some("context_length_exceeded")).then_some("messages");
        Self { status, kind, code, param, ..plain }
    }

    pub(crate) fn envelope(&self) -> Envelope<'_> {
        let Self { kind, code, param, .. } = *self;
        Envelope { error: Inside { message: &self.message, kind, param, code } }
    }

    /// Whether a client should try again by itself: where a wait is named that it waits for.
    fn should_retry(&self) -> bool {
        self.retry_after.is_some_and(|wait| wait <= CLIENTS_WAIT)
            && (self.status == StatusCode::TOO_MANY_REQUESTS || self.status.is_server_error())
    }
}

type Mapped = (StatusCode, &'static str, Option<&'static str>);

fn by_code(code: FailureCode) -> Mapped {
    match code {
        FailureCode::Locked => (StatusCode::UNAUTHORIZED, CALLER, Some("invalid_api_key")),
        FailureCode::Denied => (StatusCode::FORBIDDEN, CALLER, Some("not_allowed")),
        FailureCode::Invalid => (StatusCode::BAD_REQUEST, CALLER, None),
        FailureCode::NotFound | FailureCode::NoModel => {
            (StatusCode::NOT_FOUND, CALLER, Some("model_not_found"))
        }
        FailureCode::LimitReached => {
            (StatusCode::TOO_MANY_REQUESTS, LIMIT, Some("insufficient_quota"))
        }
        FailureCode::RateLimited | FailureCode::TooManyTries => {
            (StatusCode::TOO_MANY_REQUESTS, LIMIT, Some("rate_limit_exceeded"))
        }
        FailureCode::ContextTooLong => {
            (StatusCode::BAD_REQUEST, CALLER, Some("context_length_exceeded"))
        }
        FailureCode::Provider | FailureCode::BadKey => {
            (StatusCode::BAD_GATEWAY, SERVER, Some("provider_failed"))
        }
        FailureCode::Busy | FailureCode::InUse => {
            (StatusCode::SERVICE_UNAVAILABLE, SERVER, Some("busy"))
        }
        FailureCode::WeightsMissing | FailureCode::Unsupported => {
            (StatusCode::SERVICE_UNAVAILABLE, SERVER, Some("model_unavailable"))
        }
        FailureCode::WrongSecret
        | FailureCode::Damaged
        | FailureCode::WorkspaceDamaged
        | FailureCode::WorkspaceAltered
        | FailureCode::DoorDamaged
        | FailureCode::Newer
        | FailureCode::RolledBack
        | FailureCode::WorkspaceRolledBack
        | FailureCode::Keychain
        | FailureCode::DiskFull
        | FailureCode::ReadOnly
        | FailureCode::Internal => (StatusCode::INTERNAL_SERVER_ERROR, SERVER, None),
    }
}

/// What a provider's failure is to a program: its status is kept where the program can do
/// something about it (wall 44). A refused key is Carrel's, not the program's.
fn by_class(class: FailureClass, refused: &Refused) -> Option<Mapped> {
    let kept = |usual: StatusCode| {
        let said = refused.http_status.and_then(|status| StatusCode::from_u16(status).ok());
        said.filter(|status| status.is_client_error() == usual.is_client_error())
            .filter(|status| status.is_server_error() == usual.is_server_error())
            .unwrap_or(usual)
    };
    Some(match class {
        FailureClass::Caller => (kept(StatusCode::BAD_REQUEST), CALLER, Some("provider_refused")),
        FailureClass::ContextOverflow => {
            (StatusCode::BAD_REQUEST, CALLER, Some("context_length_exceeded"))
        }
        FailureClass::ContentRefusal => (StatusCode::BAD_REQUEST, CALLER, Some("content_filter")),
        FailureClass::Transient => (kept(StatusCode::BAD_GATEWAY), SERVER, Some("provider_failed")),
        FailureClass::Broken | FailureClass::Truncated => {
            (StatusCode::BAD_GATEWAY, SERVER, Some("provider_failed"))
        }
        FailureClass::Credential => (StatusCode::BAD_GATEWAY, SERVER, Some("provider_key_refused")),
        // A limit of the workspace, or weights that are missing: the code says more.
        FailureClass::Gone | FailureClass::Throttled | FailureClass::Exhausted => return None,
    })
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.envelope())).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            let (seconds, millis) = (wait.div_ceil(1_000), wait);
            headers.insert(header::RETRY_AFTER, seconds.into());
            headers.insert(RETRY_AFTER_MS, millis.into());
        }
        let told = if self.should_retry() { "true" } else { "false" };
        headers.insert(SHOULD_RETRY, HeaderValue::from_static(told));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let read_no_further = matches!(
            self.status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::REQUEST_TIMEOUT
        );
        if read_no_further {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn failure(code: FailureCode, retry_at: Option<i64>) -> Failure {
        let retry_at = retry_at.map(UnixMs);
        Failure { retry_at, ..Failure::new(code, "Why.") }
    }

    fn header_of(refusal: Refusal, name: &str) -> Option<String> {
        let response = refusal.into_response();
        Some(response.headers().get(name)?.to_str().ok()?.to_owned())
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_in_milliseconds() {
        let spent = failure(FailureCode::LimitReached, Some(1_001_500));
        let refusal = Refusal::from_failure(&spent, NOW);
        assert_eq!(refusal.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(header_of(refusal.clone(), "retry-after").as_deref(), Some("2"), "rounded up");
        assert_eq!(header_of(refusal.clone(), "retry-after-ms").as_deref(), Some("1500"), "exact");
        assert_eq!(header_of(refusal, "x-should-retry").as_deref(), Some("true"), "it is soon");
        let later = failure(FailureCode::LimitReached, Some(NOW.0 + 86_400_000));
        let refusal = Refusal::from_failure(&later, NOW);
        assert_eq!(header_of(refusal, "x-should-retry").as_deref(), Some("false"), "tomorrow");
    }

    #[test]
    fn wall_44_a_providers_status_is_kept_where_it_is_the_programs_business() {
        let told = |class, http_status| {
            let failure = failure(FailureCode::Provider, None);
            let refused = Refused { failure, class: Some(class), http_status };
            Refusal::from_refused(&refused, NOW).status.as_u16()
        };
        assert_eq!(told(FailureClass::Caller, Some(422)), 422, "what the program can mend");
        assert_eq!(told(FailureClass::Caller, None), 400, "Carrel said so itself");
        assert_eq!(told(FailureClass::Transient, Some(503)), 503, "overloaded");
        assert_eq!(told(FailureClass::Transient, Some(408)), 502, "not the program's slowness");
        assert_eq!(told(FailureClass::Transient, None), 502, "unreachable");
        assert_eq!(told(FailureClass::Credential, Some(401)), 502, "not the program's key");
        assert_eq!(told(FailureClass::Broken, Some(200)), 502, "never a success");
    }

    #[test]
    fn nobody_is_told_to_try_again_for_nothing() {
        for code in [FailureCode::Provider, FailureCode::Internal, FailureCode::Busy] {
            let refusal = Refusal::from_failure(&failure(code, None), NOW);
            let told = header_of(refusal, "x-should-retry");
            assert_eq!(told.as_deref(), Some("false"), "Carrel has tried already");
        }
    }
}
