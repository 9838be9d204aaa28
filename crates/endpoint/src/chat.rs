//! `POST /v1/chat/completions`: whole, or in pieces.
//!
//! The response begins with the first word, so that a failure before it is a
//! status of its own. Dropping the response stops what was asked.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use domain::{Finish, UnixMs};
use engine::programs::{Answers, Ended, Program, Said, What};
use futures::stream;
use tokio::sync::SemaphorePermit;

use crate::http::Shared;
use crate::refusal::Refusal;
use crate::request::{AnswerForm, Asked};
use crate::shapes::{Completion, Head, UsageView, WholeChoice, WholeMessage};
use crate::speech::{Speech, reason};

/// The largest request: a long chat with several pictures.
pub(crate) const LARGEST_BODY: usize = 32 << 20;
/// All bodies that are read at once, in KiB; others wait.
pub(crate) const ROOM_FOR_BODIES: usize = 128 << 10;

pub(crate) async fn complete(
    State(shared): State<Arc<Shared>>,
    Extension(program): Extension<Arc<Program>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    // What is held of the desk meanwhile goes with a lock, however slowly a client sends.
    let reading = program.unless_locked(read(&headers, body, &shared));
    let (body, room) = reading.await.map_err(|failure| Refusal::stranger(&failure))??;
    let Asked { query, form } = Asked::read(&body)?;
    drop((body, room));
    let count = query.answers;
    let asked = program.ask(query, &shared.rules.manner).await;
    let now = shared.app.time();
    let answers = asked.map_err(|failure| Refusal::from_failure(&failure, now))?;
    if form.stream {
        streamed(shared, answers, form, count).await
    } else {
        whole(&shared, answers, form, count).await
    }
}

/// The body, and the room that it takes of what all bodies may take at once.
async fn read<'s>(
    headers: &HeaderMap,
    body: Body,
    shared: &'s Shared,
) -> Result<(Bytes, Option<SemaphorePermit<'s>>), Refusal> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<usize>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY) {
        return Err(Refusal::too_large(LARGEST_BODY));
    }
    let kibibytes = u32::try_from(length.unwrap_or(LARGEST_BODY) / 1_024 + 1).unwrap_or(u32::MAX);
    let reading = async {
        // Never closed.
        let room = shared.bodies.acquire_many(kibibytes).await.ok();
        to_bytes(body, LARGEST_BODY).await.map(|body| (body, room))
    };
    match tokio::time::timeout(shared.rules.patience, reading).await {
        Ok(Ok(read)) => Ok(read),
        // A client that left hears nothing anyway.
        Ok(Err(_)) => Err(Refusal::too_large(LARGEST_BODY)),
        Err(_) => Err(Refusal::too_slow()),
    }
}

fn head(answers: &Answers, object: &'static str, now: UnixMs) -> Head {
    let id = answers.turn().to_string().replace('-', "");
    let (id, created) = (format!("chatcmpl-{id}"), now.0.div_euclid(1_000));
    Head { id, object, created, model: String::new() }
}

async fn streamed(
    shared: Arc<Shared>,
    mut answers: Answers,
    form: AnswerForm,
    count: u32,
) -> Result<Response, Refusal> {
    let first = answers.next().await.ok_or_else(Refusal::broken)?;
    let now = shared.app.time();
    if let Some(refusal) = refusal_in(&first, now) {
        return Err(refusal);
    }
    let mut speech = Speech::new(head(&answers, "chat.completion.chunk", now), form, count);
    let mut bytes = Vec::new();
    speech.say(first, now, &mut bytes);
    let begun = (answers, speech, bytes);
    let events = stream::unfold(begun, move |(mut answers, mut speech, mut bytes)| {
        let shared = Arc::clone(&shared);
        async move {
            while bytes.is_empty() {
                if speech.is_over() {
                    return None;
                }
                match answers.next().await {
                    Some(said) => speech.say(said, shared.app.time(), &mut bytes),
                    None => speech.break_off(&mut bytes),
                }
            }
            let event = Bytes::from(std::mem::take(&mut bytes));
            Some((Ok::<_, Infallible>(event), (answers, speech, bytes)))
        }
    });
    let mut response = Body::from_stream(events).into_response();
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// Why a request fails that nothing was said to.
fn refusal_in(said: &Said, now: UnixMs) -> Option<Refusal> {
    let What::Ended(ended) = &said.what else { return None };
    Some(Refusal::from_refused(ended.refused.as_ref()?, now))
}

async fn whole(
    shared: &Shared,
    mut answers: Answers,
    form: AnswerForm,
    count: u32,
) -> Result<Response, Refusal> {
    let mut heard: Vec<Heard> = (0..count).map(|_| Heard::default()).collect();
    let mut head = head(&answers, "chat.completion", shared.app.time());
    let mut left = count;
    while left > 0 {
        let said = answers.next().await.ok_or_else(Refusal::broken)?;
        let Some(one) = heard.get_mut(said.choice as usize) else { continue };
        match said.what {
            What::Begun(model) => head.model = model,
            What::Text(text) => one.text.push_str(&text),
            What::Reasoning(text) => one.reasoning.push_str(&text),
            // They come whole with the end.
            What::Tool(_) => {}
            What::Ended(ended) => {
                let partial = ended.finish == Finish::Refused && !one.text.is_empty();
                if let Some(refused) = ended.refused.as_ref().filter(|_| !partial) {
                    return Err(Refusal::from_refused(refused, shared.app.time()));
                }
                one.ended = Some(*ended);
                left -= 1;
            }
        }
    }
    let mut usage = UsageView::default();
    let numbered = (0_u32..).zip(heard);
    let choices = numbered.filter_map(|(index, one)| one.choice(index, form, &mut usage)).collect();
    Ok(Json(Completion { head: &head, choices, usage }).into_response())
}

/// One answer as it was heard.
#[derive(Default)]
struct Heard {
    text: String,
    reasoning: String,
    ended: Option<Ended>,
}

impl Heard {
    fn choice(self, index: u32, form: AnswerForm, usage: &mut UsageView) -> Option<WholeChoice> {
        let ended = self.ended?;
        usage.add(&ended.usage);
        let finish_reason = reason(&ended);
        let most = if form.one_tool { 1 } else { usize::MAX };
        let tool_calls: Vec<_> = ended.calls.into_iter().take(most).map(Into::into).collect();
        let silent = self.text.is_empty() && !tool_calls.is_empty();
        let message = WholeMessage {
            role: "assistant",
            content: (!silent).then_some(self.text),
            refusal: None,
            reasoning_content: self.reasoning,
            tool_calls,
        };
        Some(WholeChoice { index, message, logprobs: None, finish_reason })
    }
}
