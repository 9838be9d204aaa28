//! A call as a chat completion.

use std::borrow::Cow;

use domain::{Author, Image, ToolCall};
use serde::Serialize;
use serde_json::Value;

use super::{IMAGES, Manners, headers, reasons_without_tools};
use crate::dialect::images::data_url;
use crate::dialect::prompts::{
    GO_ON, Returned, Turn, TurnPart, fitting_id, goes_on, is_usual_id, role, turns,
};
use crate::dialect::{Unsendable, Written};
use crate::{Address, Call, Form, Thinking, Tool, ToolChoice};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Callable<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Chosen<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    random_seed: Option<i64>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    /// Null where an answer was nothing but calls.
    content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Called<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<ContentPart<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentPart<'a> {
    Text { text: Cow<'a, str> },
    ImageUrl { image_url: ImageUrl },
}

#[derive(Serialize)]
struct ImageUrl {
    url: String,
}

#[derive(Serialize)]
struct Called<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    function: CalledFunction<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Serialize)]
struct Callable<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: CallableFunction<'a>,
}

#[derive(Serialize)]
struct CallableFunction<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: &'a Value,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Chosen<'a> {
    Mode(&'static str),
    Function {
        #[serde(rename = "type")]
        kind: &'static str,
        function: ChosenFunction<'a>,
    },
}

#[derive(Serialize)]
struct ChosenFunction<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    schema: &'a Value,
    strict: bool,
}

pub(in crate::dialect) fn write(call: &Call, address: &Address) -> Result<Written, Unsendable> {
    IMAGES.check(&call.messages)?;
    let manners = Manners::of(address.bare_host());
    let wishes = &*call.wishes;
    let only_tools =
        !wishes.tools.is_empty() && manners.openai && reasons_without_tools(&call.model);
    if only_tools && wishes.thinking.is_some() {
        return Err(Unsendable::ToolsWithThinking);
    }
    let mut messages = Vec::new();
    if !call.system.trim().is_empty() {
        messages.push(Message::text("system", Cow::Borrowed(&call.system)));
    }
    let mut turns = turns(&call.messages);
    if goes_on(call.continue_text, &turns) {
        turns.push(Turn::text(Author::User, GO_ON));
    }
    for turn in turns {
        push(turn, &manners, &mut messages);
    }
    let limit = call.max_output.map(|limit| limit.0);
    let body = Body {
        model: &call.model,
        messages,
        stream: true,
        stream_options: (!manners.mistral).then_some(StreamOptions { include_usage: true }),
        max_tokens: limit.filter(|_| !manners.completion_limit),
        max_completion_tokens: limit.filter(|_| manners.completion_limit),
        tools: wishes.tools.iter().map(callable).collect(),
        tool_choice: (!wishes.tools.is_empty()).then(|| chosen(&wishes.tool_choice)).flatten(),
        response_format: wishes.form.as_ref().map(response_format),
        reasoning_effort: if only_tools { Some("none") } else { wishes.thinking.map(effort) },
        temperature: wishes.temperature,
        top_p: wishes.top_p,
        stop: &wishes.stop,
        seed: wishes.seed.filter(|_| !manners.mistral),
        random_seed: wishes.seed.filter(|_| manners.mistral),
    };
    Ok(Written {
        url: address.function("chat/completions", false),
        headers: headers(&call.endpoint, address)?,
        // Strings, numbers and JSON always serialise.
        body: serde_json::to_vec(&body).unwrap_or_default().into(),
        swallow_space: false,
    })
}

impl<'a> Message<'a> {
    fn new(role: &'static str, content: Option<Content<'a>>) -> Self {
        Self { role, content, reasoning_content: None, tool_calls: Vec::new(), tool_call_id: None }
    }

    fn text(role: &'static str, text: Cow<'a, str>) -> Self {
        Self::new(role, Some(Content::Text(text)))
    }
}

/// Adds the messages of a turn: one for each result of a tool, one for the rest.
fn push<'a>(turn: Turn<'a>, manners: &Manners, messages: &mut Vec<Message<'a>>) {
    let (mut shown, mut parts) = (Vec::new(), Vec::new());
    let (mut tool_calls, mut reasoning) = (Vec::new(), String::new());
    for part in turn.parts {
        match part {
            TurnPart::Text(text) => parts.push(ContentPart::Text { text }),
            TurnPart::Image(image) => parts.push(picture(image)),
            TurnPart::Reasoning(thought) => reasoning.push_str(&thought.text),
            TurnPart::Withheld(_) => {}
            TurnPart::Call(call) => tool_calls.push(called(call, manners)),
            TurnPart::Result(result) => {
                // A tool's message takes text alone; its pictures are shown after it.
                shown.extend(result.images.iter().map(picture));
                messages.push(given(&result, manners));
            }
        }
    }
    shown.append(&mut parts);
    if shown.is_empty() && tool_calls.is_empty() {
        return;
    }
    let echoes = manners.wants_reasoning && !tool_calls.is_empty() && !reasoning.is_empty();
    messages.push(Message {
        reasoning_content: echoes.then_some(reasoning),
        tool_calls,
        ..Message::new(role(turn.author), content(shown))
    });
}

/// Text alone is sent as older servers know it.
fn content(mut parts: Vec<ContentPart<'_>>) -> Option<Content<'_>> {
    match parts.pop() {
        None => None,
        Some(ContentPart::Text { text }) if parts.is_empty() => Some(Content::Text(text)),
        Some(last) => {
            parts.push(last);
            Some(Content::Parts(parts))
        }
    }
}

fn picture<'a>(image: &Image) -> ContentPart<'a> {
    ContentPart::ImageUrl { image_url: ImageUrl { url: data_url(image) } }
}

fn given<'a>(result: &Returned<'a>, manners: &Manners) -> Message<'a> {
    let text = if result.failed {
        Cow::Owned(format!("Error: {}", result.text))
    } else {
        Cow::Borrowed(result.text)
    };
    let tool_call_id = Some(id(result.call, manners));
    Message { tool_call_id, ..Message::text("tool", text) }
}

fn called<'a>(call: &'a ToolCall, manners: &Manners) -> Called<'a> {
    let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
    let function = CalledFunction { name: &call.name, arguments };
    Called { id: id(call, manners), kind: "function", function }
}

fn id<'a>(call: &'a ToolCall, manners: &Manners) -> Cow<'a, str> {
    let mistral = manners.mistral;
    fitting_id(&call.id, |id| {
        let nine = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if mistral { nine } else { is_usual_id(id) }
    })
}

fn callable(tool: &Tool) -> Callable<'_> {
    let (name, description, parameters) = (tool.name(), tool.description(), tool.parameters());
    Callable { kind: "function", function: CallableFunction { name, description, parameters } }
}

fn chosen(choice: &ToolChoice) -> Option<Chosen<'_>> {
    match choice {
        ToolChoice::Free => None,
        ToolChoice::Never => Some(Chosen::Mode("none")),
        ToolChoice::Must => Some(Chosen::Mode("required")),
        ToolChoice::Only(name) => {
            Some(Chosen::Function { kind: "function", function: ChosenFunction { name } })
        }
    }
}

fn response_format(form: &Form) -> ResponseFormat<'_> {
    let (name, schema, strict) = (form.name(), form.schema(), form.strict());
    ResponseFormat { kind: "json_schema", json_schema: JsonSchema { name, schema, strict } }
}

fn effort(thinking: Thinking) -> &'static str {
    match thinking {
        Thinking::Minimal => "minimal",
        Thinking::Low => "low",
        Thinking::Medium => "medium",
        Thinking::High => "high",
    }
}
