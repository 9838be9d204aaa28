//! One chat completion, whole or in pieces.
//!
//! The chat is read and measured before the response begins, so that one that
//! does not fit is a plain 400. Dropping the response drops the [`Answer`],
//! which stops the model. There is no clock here: `created` is always 0.
//! Shapes: <https://platform.openai.com/docs/api-reference/chat/object>.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};

use crate::generate::{Broken, Ended, Prompt};
use crate::http::{LARGEST_BODY, Server};
use crate::queue::{Answer, Count, Piece, Work};
use crate::refusal::Refusal;
use crate::request::Ask;

const ID: &str = "chatcmpl-local";

pub(crate) async fn complete(
    State(server): State<Arc<Server>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|_| Refusal::TooLarge(LARGEST_BODY))?;
    let ask = Ask::read(&body)?;
    let model = server.model.name().to_owned();
    let (ask, prompt) = measure(&server, ask).await?;
    let room = server.model.context().saturating_sub(prompt.tokens.len());
    let answer = server.queue.submit(Work {
        prompt,
        sampling: ask.sampling,
        most: ask.most.unwrap_or(room).min(room),
        stops: ask.stops,
    })?;
    if ask.stream {
        let events = events(answer, model, ask.include_usage);
        let events = events.map(|data| Ok::<_, Infallible>(Event::default().data(data)));
        return Ok(Sse::new(events).into_response());
    }
    whole(answer, &model).await.map(|body| Json(body).into_response())
}

/// Reading a long chat takes the processor for a while, so it happens beside the server's thread.
async fn measure(server: &Arc<Server>, ask: Ask) -> Result<(Ask, Prompt), Refusal> {
    let model = Arc::clone(&server.model);
    let read = tokio::task::spawn_blocking(move || {
        let prompt = model.prompt(&ask.chat)?;
        Ok((ask, prompt))
    });
    read.await.map_err(|_| Broken("the chat could not be read".to_owned()))?
}

async fn whole(mut answer: Answer, model: &str) -> Result<Value, Refusal> {
    let mut text = String::new();
    loop {
        match answer.next().await {
            Some(Piece::Text(more)) => text.push_str(&more),
            Some(Piece::Ended(ended, count)) => {
                let message = json!({ "role": "assistant", "content": text });
                return Ok(json!({
                    "id": ID, "object": "chat.completion", "created": 0, "model": model,
                    "choices": [{ "index": 0, "message": message, "finish_reason": reason(ended) }],
                    "usage": usage(count),
                }));
            }
            Some(Piece::Broken(broken)) => return Err(broken.into()),
            None => return Err(gone().into()),
        }
    }
}

/// The events of a stream: the role, the text, the end, and the usage if asked for.
fn events(answer: Answer, model: String, include_usage: bool) -> impl Stream<Item = String> {
    let begin = chunk(&model, &json!({ "role": "assistant", "content": "" }), None);
    let rest = stream::unfold(Some(answer), move |answer| {
        let model = model.clone();
        async move {
            let mut answer = answer?;
            match answer.next().await {
                Some(Piece::Text(text)) => {
                    let event = chunk(&model, &json!({ "content": text }), None);
                    Some((vec![event], Some(answer)))
                }
                Some(Piece::Ended(ended, count)) => {
                    let mut last = vec![chunk(&model, &json!({}), Some(reason(ended)))];
                    last.extend(include_usage.then(|| usage_chunk(&model, count)));
                    last.push("[DONE]".to_owned());
                    Some((last, None))
                }
                Some(Piece::Broken(broken)) => Some((vec![failure(broken)], None)),
                None => Some((vec![failure(gone())], None)),
            }
        }
    });
    stream::once(async { begin }).chain(rest.flat_map(stream::iter))
}

fn chunk(model: &str, delta: &Value, finish: Option<&str>) -> String {
    json!({
        "id": ID, "object": "chat.completion.chunk", "created": 0, "model": model,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    })
    .to_string()
}

fn usage_chunk(model: &str, count: Count) -> String {
    json!({
        "id": ID, "object": "chat.completion.chunk", "created": 0, "model": model,
        "choices": [], "usage": usage(count),
    })
    .to_string()
}

fn usage(count: Count) -> Value {
    json!({
        "prompt_tokens": count.prompt,
        "completion_tokens": count.answer,
        "total_tokens": count.prompt + count.answer,
    })
}

/// A cancelled answer has no reader; it would be told like a short one.
fn reason(ended: Ended) -> &'static str {
    match ended {
        Ended::Stop => "stop",
        Ended::Length | Ended::Cancelled => "length",
    }
}

fn failure(broken: Broken) -> String {
    Refusal::from(broken).envelope().to_string()
}

fn gone() -> Broken {
    Broken("it is no longer running".to_owned())
}
