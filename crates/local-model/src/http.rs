//! The loopback door: who may ask, and what.
//!
//! Two routes in OpenAI's shape behind one bearer token. Whoever does not
//! hold the token learns nothing, not even which paths exist. A connection
//! carries one request: one that waits would hold the last one's text.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use subtle::ConstantTimeEq;

use crate::completion;
use crate::generate::Model;
use crate::queue::Queue;
use crate::refusal::Refusal;

/// A chat of this many bytes exceeds every context there is.
pub(crate) const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What every request needs.
pub struct Server {
    /// Reads chats into prompts.
    pub model: Arc<dyn Model>,
    /// Takes prompts to the generator.
    pub queue: Queue,
    token: String,
}

impl Server {
    /// Answers only those who present `token`.
    #[must_use]
    pub fn new(model: Arc<dyn Model>, queue: Queue, token: String) -> Self {
        Self { model, queue, token }
    }

    /// In constant time, so that the token cannot be guessed byte by byte.
    fn knows(&self, request: &Request) -> bool {
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        given.is_some_and(|given| given.ct_eq(self.token.as_bytes()).into())
    }
}

/// The routes over `server`.
pub fn router(server: Server) -> Router {
    let server = Arc::new(server);
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(completion::complete))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&server), admit))
        .layer(middleware::map_response(close))
        .with_state(server)
}

async fn admit(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if !server.knows(&request) {
        return Err(Refusal::Stranger);
    }
    Ok(next.run(request).await)
}

/// The read buffer of a connection keeps what was read into it until the connection ends.
async fn close(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn nowhere() -> Refusal {
    Refusal::Nowhere
}

async fn models(State(server): State<Arc<Server>>) -> Json<serde_json::Value> {
    let model = serde_json::json!({
        "id": server.model.name(), "object": "model", "created": 0, "owned_by": "local",
    });
    Json(serde_json::json!({ "object": "list", "data": [model] }))
}
