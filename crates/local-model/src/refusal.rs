//! Errors in OpenAI's envelope.
//!
//! `{"error": {"message", "type", "param", "code"}}` with a fitting status,
//! so that every OpenAI client classifies them without knowing this server.
//! Source: <https://platform.openai.com/docs/guides/error-codes>.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::generate::{Broken, Refused};

/// An answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No or a wrong bearer token.
    #[error("this model answers only to the application that started it")]
    Stranger,
    /// Another path or method.
    #[error("there is nothing at this address")]
    Nowhere,
    /// The request cannot be understood; the text says where.
    #[error("{0}")]
    Invalid(String),
    /// The body is larger than any chat this server reads.
    #[error("the request is larger than {0} bytes")]
    TooLarge(usize),
    /// The chat does not fit.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Others are waiting already.
    #[error("the model is busy and {0} others are waiting; try again in a moment")]
    Busy(usize),
    /// The model failed while answering.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Stranger => StatusCode::UNAUTHORIZED,
            Self::Nowhere => StatusCode::NOT_FOUND,
            Self::Invalid(_) | Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Stranger => "authentication_error",
            Self::Busy(_) | Self::Broken(_) => "server_error",
            _ => "invalid_request_error",
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Stranger => Some("invalid_api_key"),
            Self::Refused(Refused::TooLong { .. }) => Some("context_length_exceeded"),
            Self::Busy(_) => Some("server_busy"),
            Self::Broken(_) => Some("generation_failed"),
            Self::Nowhere | Self::Invalid(_) | Self::TooLarge(_) => None,
        }
    }

    fn param(&self) -> Option<&'static str> {
        matches!(self, Self::Refused(_)).then_some("messages")
    }

    /// The envelope, as a body or as the last event of a stream.
    #[must_use]
    pub fn envelope(&self) -> serde_json::Value {
        serde_json::json!({ "error": {
            "message": self.to_string(),
            "type": self.kind(),
            "param": self.param(),
            "code": self.code(),
        }})
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.envelope())).into_response();
        if matches!(self, Self::Busy(_)) {
            response.headers_mut().insert(header::RETRY_AFTER, 1.into());
        }
        response
    }
}
