//! A call as an Anthropic message.

use std::borrow::Cow;

use domain::{Author, Dialect, Image, Signature, ToolCall};
use serde::Serialize;
use serde_json::{Map, Value};

use super::model::{Model, ThinkingWay};
use super::{FORM_TOOL, headers, image_rules};
use crate::cap::usual;
use crate::dialect::images::encoded;
use crate::dialect::prompts::{
    GO_ON, Returned, Turn, TurnPart, arguments, fitting_id, goes_on, is_usual_id, role, turns,
};
use crate::dialect::{Unsendable, Written};
use crate::{Address, Call, Form, Thinking, Tool, ToolChoice, Wishes};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
    messages: Vec<Message<'a>>,
    max_tokens: u64,
    stream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Callable<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Chosen<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<ThinkingRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sequences: Vec<&'a str>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Blocks(Vec<Block<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block<'a> {
    Text {
        text: Cow<'a, str>,
    },
    Image {
        source: Source,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Map<String, Value>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        content: Content<'a>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
}

#[derive(Serialize)]
struct Source {
    #[serde(rename = "type")]
    kind: &'static str,
    media_type: &'static str,
    data: String,
}

#[derive(Serialize)]
struct Callable<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    input_schema: &'a Value,
}

#[derive(Serialize)]
struct Chosen<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ThinkingRule {
    Enabled { budget_tokens: u64 },
    Adaptive { display: &'static str },
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a Value,
}

pub(in crate::dialect) fn write(call: &Call, address: &Address) -> Result<Written, Unsendable> {
    let model = Model::named(&call.model);
    image_rules(model.most_images()).check(&call.messages)?;
    let mut turns = turns(&call.messages);
    let mut swallow_space = false;
    let goes_on = goes_on(call.continue_text, &turns);
    if goes_on && model.takes_prefill() {
        swallow_space = trim_prefill(&mut turns);
    } else if goes_on {
        turns.push(Turn::text(Author::User, GO_ON));
    }
    let wishes = &*call.wishes;
    let max_tokens = call.max_output.unwrap_or_else(|| usual(&call.model)).0;
    let form_tool = wishes.form.as_ref().filter(|form| !model.takes_form(form));
    let thinking = thinking(wishes, form_tool.is_some(), model, &turns, max_tokens);
    let sampling = model.takes_sampling() && thinking.is_none();
    let body = Body {
        model: &call.model,
        system: call.system.trim(),
        max_tokens,
        stream: true,
        tools: tools(wishes, form_tool),
        tool_choice: chosen(wishes, form_tool),
        output_config: output_config(wishes, form_tool.is_some(), thinking.as_ref()),
        thinking,
        // OpenAI counts to 2, Anthropic to 1.
        temperature: wishes.temperature.filter(|_| sampling).map(|degree| degree.min(1.0)),
        // Models since 4.1 take only one of the two.
        top_p: wishes.top_p.filter(|_| sampling && wishes.temperature.is_none()),
        // White space alone is refused.
        stop_sequences: wishes
            .stop
            .iter()
            .map(String::as_str)
            .filter(|words| !words.trim().is_empty())
            .collect(),
        messages: turns.into_iter().map(message).collect(),
    };
    Ok(Written {
        url: address.function("messages", true),
        headers: headers(&call.endpoint)?,
        // Strings, numbers and JSON always serialise.
        body: serde_json::to_vec(&body).unwrap_or_default().into(),
        swallow_space,
    })
}

/// The API refuses a prefill that ends with white space.
fn trim_prefill(turns: &mut [Turn<'_>]) -> bool {
    let last = turns.last_mut().and_then(|last| last.parts.last_mut());
    let Some(TurnPart::Text(text)) = last else { return false };
    let kept = text.trim_end().len();
    let trimmed = kept < text.len();
    if trimmed {
        text.to_mut().truncate(kept);
    }
    trimmed
}

fn message(turn: Turn<'_>) -> Message<'_> {
    let content = match turn.only_text() {
        Some(text) => Content::Text(text.clone()),
        None => Content::Blocks(turn.parts.into_iter().filter_map(block).collect()),
    };
    Message { role: role(turn.author), content }
}

fn block(part: TurnPart<'_>) -> Option<Block<'_>> {
    Some(match part {
        TurnPart::Text(text) => Block::Text { text },
        TurnPart::Image(image) => picture(image),
        TurnPart::Reasoning(reasoning) => Block::Thinking {
            thinking: &reasoning.text,
            signature: own(reasoning.signature.as_ref()?)?,
        },
        TurnPart::Withheld(signature) => Block::RedactedThinking { data: own(signature)? },
        TurnPart::Call(call) => {
            Block::ToolUse { id: id(call), name: &call.name, input: arguments(call) }
        }
        TurnPart::Result(result) => Block::ToolResult {
            tool_use_id: id(result.call),
            content: given(&result),
            is_error: result.failed,
        },
    })
}

/// Another provider's proof proves nothing here.
fn own(signature: &Signature) -> Option<&str> {
    (signature.dialect == Dialect::Anthropic).then_some(signature.data.as_str())
}

fn picture<'a>(image: &Image) -> Block<'a> {
    let media_type = image.kind().mime();
    Block::Image { source: Source { kind: "base64", media_type, data: encoded(image) } }
}

fn given<'a>(result: &Returned<'a>) -> Content<'a> {
    if result.images.is_empty() {
        return Content::Text(Cow::Borrowed(result.text));
    }
    let words = (!result.text.trim().is_empty())
        .then_some(Block::Text { text: Cow::Borrowed(result.text) });
    Content::Blocks(words.into_iter().chain(result.images.iter().map(picture)).collect())
}

fn id(call: &ToolCall) -> Cow<'_, str> {
    fitting_id(&call.id, is_usual_id)
}

fn tools<'a>(wishes: &'a Wishes, form_tool: Option<&'a Form>) -> Vec<Callable<'a>> {
    let callable = |tool: &'a Tool| Callable {
        name: tool.name(),
        description: tool.description(),
        input_schema: tool.parameters(),
    };
    let form = form_tool.map(|form| Callable {
        name: FORM_TOOL,
        description: "gives the answer; call it once, when the answer is known",
        input_schema: form.schema(),
    });
    wishes.tools.iter().map(callable).chain(form).collect()
}

fn chosen<'a>(wishes: &'a Wishes, form_tool: Option<&Form>) -> Option<Chosen<'a>> {
    let mode = |kind| Chosen { kind, name: None };
    match (&wishes.tool_choice, form_tool) {
        (ToolChoice::Only(name), _) if wishes.offer_tools() => {
            Some(Chosen { kind: "tool", name: Some(name) })
        }
        // Another tool, or the answer.
        (_, Some(_)) if wishes.offer_tools() => Some(mode("any")),
        (_, Some(_)) => Some(Chosen { kind: "tool", name: Some(FORM_TOOL) }),
        (ToolChoice::Must, None) if wishes.offer_tools() => Some(mode("any")),
        (ToolChoice::Never, None) if !wishes.tools.is_empty() => Some(mode("none")),
        _ => None,
    }
}

/// Thinking and a forced tool exclude each other; the tool was asked for more plainly.
fn thinking(
    wishes: &Wishes,
    form_tool: bool,
    model: Model,
    turns: &[Turn<'_>],
    max_tokens: u64,
) -> Option<ThinkingRule> {
    let wanted = wishes.thinking.filter(|_| !form_tool && !wishes.force_tools())?;
    match model.thinking_way() {
        ThinkingWay::Never => None,
        // Newer models show nothing of it unless they are asked to.
        ThinkingWay::Effort => Some(ThinkingRule::Adaptive { display: "summarized" }),
        ThinkingWay::Budget if goes_on_unsigned(turns) => None,
        ThinkingWay::Budget => {
            budget(wanted, max_tokens).map(|budget_tokens| ThinkingRule::Enabled { budget_tokens })
        }
    }
}

/// True in the middle of an answer with tools that did not begin with signed
/// thinking: another model began it, or thinking was not asked for then. The
/// API would answer 400.
fn goes_on_unsigned(turns: &[Turn<'_>]) -> bool {
    let [.., begun, last] = turns else { return false };
    let in_the_middle = matches!(last.parts.first(), Some(TurnPart::Result(_)));
    let signed = match begun.parts.first() {
        Some(TurnPart::Reasoning(first)) => first.signature.as_ref().and_then(own).is_some(),
        Some(TurnPart::Withheld(signature)) => own(signature).is_some(),
        _ => false,
    };
    in_the_middle && !signed
}

/// A part of the output cap, which thinking counts against; none where there is no room.
fn budget(thinking: Thinking, max_tokens: u64) -> Option<u64> {
    /// Less is refused.
    const LEAST: u64 = 1_024;
    let share = match thinking {
        Thinking::Minimal => LEAST,
        Thinking::Low => max_tokens / 4,
        Thinking::Medium => max_tokens / 2,
        Thinking::High => max_tokens / 4 * 3,
    };
    (max_tokens >= 2 * LEAST).then_some(share.max(LEAST))
}

fn output_config<'a>(
    wishes: &'a Wishes,
    form_tool: bool,
    thinking: Option<&ThinkingRule>,
) -> Option<OutputConfig<'a>> {
    let form = wishes.form.as_ref().filter(|_| !form_tool);
    let format = form.map(|form| Format { kind: "json_schema", schema: form.schema() });
    let adaptive = matches!(thinking, Some(ThinkingRule::Adaptive { .. }));
    let effort = wishes.thinking.filter(|_| adaptive).map(|thinking| match thinking {
        Thinking::Minimal | Thinking::Low => "low",
        Thinking::Medium => "medium",
        Thinking::High => "high",
    });
    (format.is_some() || effort.is_some()).then_some(OutputConfig { format, effort })
}
