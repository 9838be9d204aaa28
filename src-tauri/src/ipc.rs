//! The two doors between a webview and the engine.
//!
//! `call` carries every command of the engine's one list; `ask` also carries
//! a channel for the answer's stream. Who calls is read from the window.

use std::sync::Arc;

use engine::api::{Ask, Failure, TurnBatch, TurnStarted};
use engine::{App, TurnSink, WindowLabel};
use tauri::ipc::{Channel, InvokeResponseBody, Response};
use tauri::{State, WebviewWindow};

/// One command by name; answers with its JSON.
#[tauri::command]
pub(crate) async fn call(
    window: WebviewWindow,
    app: State<'_, Arc<App>>,
    name: String,
    request: serde_json::Value,
) -> Result<Response, Failure> {
    let label = WindowLabel::from(window.label());
    let json = app.call(&label, &name, request).await?;
    Ok(Response::new(InvokeResponseBody::Json(json)))
}

/// Asks a question and streams the answer through `events`.
#[tauri::command]
pub(crate) async fn ask(
    window: WebviewWindow,
    app: State<'_, Arc<App>>,
    request: Ask,
    events: Channel<TurnBatch>,
) -> Result<TurnStarted, Failure> {
    let label = WindowLabel::from(window.label());
    app.ask(&label, request, Arc::new(ChannelSink(events))).await
}

struct ChannelSink(Channel<TurnBatch>);

impl TurnSink for ChannelSink {
    fn send(&self, batch: TurnBatch) {
        if self.0.send(batch).is_err() {
            tracing::debug!("a window left before its answer was whole");
        }
    }
}
