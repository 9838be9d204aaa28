//! The paths, and what every answer has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use engine::App;
use engine::programs::Program;
use tokio::sync::Semaphore;

use crate::admit::{Gatekeeper, admit};
use crate::chat;
use crate::refusal::Refusal;
use crate::server::Rules;
use crate::shapes::{ModelList, OneModel};

/// What every request needs.
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) rules: Rules,
    pub(crate) gatekeeper: Gatekeeper,
    /// Room for bodies, in KiB.
    pub(crate) bodies: Semaphore,
}

/// The paths over `shared`. Whoever is not let in does not learn which there are.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/models", get(models))
        .route("/v1/models/{*id}", get(model))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), admit))
        .layer(middleware::map_response(private))
        .with_state(shared)
}

/// Answers are for whoever asked: nobody on the way keeps them, and no page frames them.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn nowhere() -> Refusal {
    Refusal::nowhere()
}

async fn models(
    State(shared): State<Arc<Shared>>,
    Extension(program): Extension<Arc<Program>>,
) -> Result<Json<ModelList>, Refusal> {
    let now = shared.app.time();
    let listed = program.models().await.map_err(|failure| Refusal::from_failure(&failure, now))?;
    Ok(Json(ModelList::of(listed.iter().map(OneModel::of).collect())))
}

async fn model(
    State(shared): State<Arc<Shared>>,
    Extension(program): Extension<Arc<Program>>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Result<Json<OneModel>, Refusal> {
    let now = shared.app.time();
    let listed = program.models().await.map_err(|failure| Refusal::from_failure(&failure, now))?;
    let found = listed.iter().find(|model| model.id == id);
    found.map(|model| Json(OneModel::of(model))).ok_or_else(Refusal::no_such_model)
}
