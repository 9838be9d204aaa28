//! A call as Gemini's contents.

use std::borrow::Cow;

use domain::{Author, Dialect, Image, Reasoning, Signature, ToolCall};
use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{Amount, Model};
use super::{IMAGES, VERSION, headers};
use crate::dialect::images::encoded;
use crate::dialect::prompts::{GO_ON, Returned, Turn, TurnPart, arguments, goes_on, turns};
use crate::dialect::{Unsendable, Written};
use crate::{Address, Call, Tool, ToolChoice, Wishes};

/// Google's own word for a call that another model made ("Thought signatures", FAQ).
const FOREIGN_CALL: &str = "skip_thought_signature_validator";
/// The most stop words that the API takes.
const MOST_STOPS: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<[Functions<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_config: Option<ToolConfig<'a>>,
    generation_config: Generation<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(flatten)]
    held: Held<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thought_signature: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Held<'a> {
    Text(Cow<'a, str>),
    InlineData(InlineData),
    FunctionCall { id: &'a str, name: &'a str, args: Map<String, Value> },
    FunctionResponse { id: &'a str, name: &'a str, response: Response<'a> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InlineData {
    mime_type: &'static str,
    data: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Response<'a> {
    Output(&'a str),
    Error(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Functions<'a> {
    function_declarations: Vec<Declaration<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Declaration<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters_json_schema: &'a Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig<'a> {
    function_calling_config: CallingConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallingConfig<'a> {
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_function_names: Option<[&'a str; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<ThinkingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_json_schema: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ThinkingConfig {
    include_thoughts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_budget: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_level: Option<&'static str>,
}

pub(in crate::dialect) fn write(call: &Call, address: &Address) -> Result<Written, Unsendable> {
    let model = Model::named(&call.model);
    let wishes = &*call.wishes;
    IMAGES.check(&call.messages)?;
    if wishes.offer_tools() && wishes.form.is_some() && !model.takes_form_with_tools() {
        return Err(Unsendable::ToolsWithForm);
    }
    let mut turns = turns(&call.messages);
    if goes_on(call.continue_text, &turns) {
        turns.push(Turn::text(Author::User, GO_ON));
    }
    let system = call.system.trim();
    let body = Body {
        contents: turns.into_iter().map(|turn| content(turn, model)).collect(),
        system_instruction: (!system.is_empty())
            .then(|| Content { role: None, parts: vec![plain(Held::Text(system.into()))] }),
        tools: functions(&wishes.tools),
        tool_config: (!wishes.tools.is_empty()).then(|| chosen(&wishes.tool_choice)).flatten(),
        generation_config: generation(call, wishes, model),
    };
    let name = &call.model;
    let collection = if name.contains('/') { "" } else { "models/" };
    let function = format!("{collection}{name}:streamGenerateContent");
    let mut url = address.versioned(&function, VERSION);
    url.query_pairs_mut().append_pair("alt", "sse");
    Ok(Written {
        url,
        headers: headers(&call.endpoint)?,
        // Strings, numbers and JSON always serialise.
        body: serde_json::to_vec(&body).unwrap_or_default().into(),
        swallow_space: false,
    })
}

fn content<'a>(turn: Turn<'a>, model: Model<'_>) -> Content<'a> {
    let role = Some(match turn.author {
        Author::User => "user",
        Author::Assistant => "model",
    });
    let mut parts = Vec::with_capacity(turn.parts.len());
    // Of calls made at once, the first alone carries the signature.
    let mut unsigned = model.wants_signatures();
    for part in turn.parts {
        match part {
            TurnPart::Text(text) => parts.push(plain(Held::Text(text))),
            TurnPart::Image(image) => parts.push(picture(image)),
            TurnPart::Reasoning(reasoning) => parts.extend(proof(reasoning)),
            TurnPart::Withheld(_) => {}
            TurnPart::Call(call) => {
                let signature = call.signature.as_ref().and_then(own);
                let foreign = std::mem::take(&mut unsigned).then_some(FOREIGN_CALL);
                let held = called(call);
                parts.push(Part { held, thought_signature: signature.or(foreign) });
            }
            TurnPart::Result(result) => {
                parts.push(given(&result));
                parts.extend(result.images.iter().map(picture));
            }
        }
    }
    Content { role, parts }
}

/// Thoughts do not go back, but their signature does, in an empty text.
fn proof(reasoning: &Reasoning) -> Option<Part<'_>> {
    let signature = reasoning.signature.as_ref().and_then(own)?;
    Some(Part { thought_signature: Some(signature), ..plain(Held::Text("".into())) })
}

/// Another provider's signature is refused here.
fn own(signature: &Signature) -> Option<&str> {
    (signature.dialect == Dialect::Gemini).then_some(signature.data.as_str())
}

fn plain(held: Held<'_>) -> Part<'_> {
    Part { held, thought_signature: None }
}

fn picture<'a>(image: &Image) -> Part<'a> {
    let mime_type = image.kind().mime();
    plain(Held::InlineData(InlineData { mime_type, data: encoded(image) }))
}

fn called(call: &ToolCall) -> Held<'_> {
    Held::FunctionCall { id: &call.id, name: &call.name, args: arguments(call) }
}

fn given<'a>(result: &Returned<'a>) -> Part<'a> {
    let text = result.text;
    let response = if result.failed { Response::Error(text) } else { Response::Output(text) };
    plain(Held::FunctionResponse { id: &result.call.id, name: &result.call.name, response })
}

fn functions(tools: &[Tool]) -> Option<[Functions<'_>; 1]> {
    let declaration = |tool| {
        let tool: &Tool = tool;
        let (name, description) = (tool.name(), tool.description());
        Declaration { name, description, parameters_json_schema: tool.parameters() }
    };
    (!tools.is_empty())
        .then(|| [Functions { function_declarations: tools.iter().map(declaration).collect() }])
}

fn chosen(choice: &ToolChoice) -> Option<ToolConfig<'_>> {
    let (mode, allowed_function_names) = match choice {
        ToolChoice::Free => return None,
        ToolChoice::Never => ("NONE", None),
        ToolChoice::Must => ("ANY", None),
        ToolChoice::Only(name) => ("ANY", Some([name.as_str()])),
    };
    let function_calling_config = CallingConfig { mode, allowed_function_names };
    Some(ToolConfig { function_calling_config })
}

fn generation<'a>(call: &Call, wishes: &'a Wishes, model: Model<'_>) -> Generation<'a> {
    let form = wishes.form.as_ref();
    Generation {
        max_output_tokens: call.max_output.map(|tokens| tokens.0),
        thinking_config: thinking(wishes, model),
        response_mime_type: form.map(|_| "application/json"),
        response_json_schema: form.map(crate::Form::schema),
        temperature: wishes.temperature,
        top_p: wishes.top_p,
        stop_sequences: wishes.stop.get(..MOST_STOPS).unwrap_or(&wishes.stop),
        seed: wishes.seed.and_then(|seed| i32::try_from(seed).ok()),
    }
}

fn thinking(wishes: &Wishes, model: Model<'_>) -> Option<ThinkingConfig> {
    let amount = wishes.thinking.and_then(|thinking| model.amount(thinking));
    let (thinking_budget, thinking_level) = match amount {
        None => (None, None),
        Some(Amount::Budget(tokens)) => (Some(tokens), None),
        Some(Amount::Level(level)) => (None, Some(level)),
    };
    let shown = model.shows_thoughts() || amount.is_some();
    shown.then_some(ThinkingConfig { include_thoughts: true, thinking_budget, thinking_level })
}
