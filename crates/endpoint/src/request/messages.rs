//! The conversation, from OpenAI's roles to Carrel's two authors.
//!
//! What tools gave back stands in the person's messages. Instructions stand
//! before the conversation, wherever they came. A picture is in the request
//! itself: Carrel fetches nothing that a program names.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Author, Image, Part, Prompt, ToolCall, ToolResult};
use serde::Deserialize;

use crate::refusal::Refusal;

/// Tool calls of one answer.
const MOST_CALLS: usize = 128;

/// The instructions and the conversation.
pub(super) fn read(messages: Vec<Message>) -> Result<(String, Vec<Prompt>), Refusal> {
    let (mut system, mut prompts) = (Vec::new(), Vec::<Prompt>::new());
    for message in messages {
        let prompt = match message.role.as_str() {
            "system" | "developer" => {
                system.push(words(message.content, "instructions")?);
                continue;
            }
            "user" => Prompt { author: Author::User, parts: shown(message.content)? },
            "assistant" => said(message)?,
            "tool" => Prompt { author: Author::User, parts: vec![returned(message)?] },
            "function" => {
                return Err(invalid("The role `function` is not available; use `tool`."));
            }
            _ => {
                return Err(invalid("A role is system, developer, user, assistant or tool."));
            }
        };
        prompts.push(prompt);
    }
    let nothing = |prompt: &Prompt| {
        prompt.parts.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty()))
    };
    if prompts.iter().all(nothing) {
        return Err(invalid("`messages` holds nothing to answer."));
    }
    Ok((system.join("\n\n"), prompts))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::invalid(Some("messages"), message)
}

/// Words and pictures of a person.
fn shown(content: Option<Content>) -> Result<Vec<Part>, Refusal> {
    match content {
        None => Ok(Vec::new()),
        Some(Content::Text(text)) => Ok(vec![Part::Text(text)]),
        Some(Content::Pieces(pieces)) => pieces.into_iter().map(part).collect(),
    }
}

fn part(piece: Piece) -> Result<Part, Refusal> {
    match (piece.kind.as_str(), piece.text, piece.image_url) {
        ("text", Some(text), _) => Ok(Part::Text(text)),
        ("image_url", _, Some(link)) => picture(&link.url).map(Part::Image),
        (kind, ..) => {
            let kind: String = kind.chars().take(40).collect();
            Err(invalid(format!(
                "A part is `text` or `image_url` here; {kind:?} is not available."
            )))
        }
    }
}

/// The picture in a `data:` address (RFC 2397).
fn picture(url: &str) -> Result<Image, Refusal> {
    let Some(rest) = url.strip_prefix("data:") else {
        return Err(invalid(
            "Send a picture itself, as `data:image/png;base64,…`. Carrel fetches no addresses.",
        ));
    };
    let encoded = rest.split_once(',').filter(|(kind, _)| kind.ends_with(";base64"));
    let bytes = encoded.and_then(|(_, data)| STANDARD.decode(data.trim()).ok());
    let image = bytes.and_then(Image::read);
    image.ok_or_else(|| invalid("A picture is a PNG, JPEG, GIF or WebP file in base64."))
}

/// Words alone.
fn words(content: Option<Content>, whose: &str) -> Result<String, Refusal> {
    let mut text = String::new();
    for part in shown(content)? {
        match part {
            Part::Text(more) => text.push_str(&more),
            _ => return Err(invalid(format!("There are no pictures in {whose}."))),
        }
    }
    Ok(text)
}

/// What the model said before.
fn said(message: Message) -> Result<Prompt, Refusal> {
    let mut parts = Vec::new();
    let content = match message.content {
        // A refusal was said, too.
        Some(Content::Pieces(pieces)) => Some(Content::Pieces(
            pieces
                .into_iter()
                .map(|piece| match piece.refusal {
                    Some(text) => {
                        Piece { kind: "text".into(), text: Some(text), ..Piece::default() }
                    }
                    None => piece,
                })
                .collect(),
        )),
        other => other.or_else(|| message.refusal.map(Content::Text)),
    };
    let text = words(content, "answers")?;
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    let calls = message.tool_calls.unwrap_or_default();
    if calls.len() > MOST_CALLS {
        return Err(invalid("An answer has at most 128 tool calls."));
    }
    for call in calls {
        let Some(function) =
            call.function.filter(|_| call.kind.is_none_or(|kind| kind == "function"))
        else {
            return Err(invalid("A tool call is a `function`; others are not available."));
        };
        parts.push(Part::ToolCall(ToolCall {
            id: call.id,
            name: function.name,
            arguments: function.arguments,
            signature: None,
        }));
    }
    Ok(Prompt { author: Author::Assistant, parts })
}

/// What a tool gave back.
fn returned(message: Message) -> Result<Part, Refusal> {
    let Some(call) = message.tool_call_id else {
        return Err(invalid("A message of a tool names its call in `tool_call_id`."));
    };
    let mut result = ToolResult { call, ..ToolResult::default() };
    for part in shown(message.content)? {
        match part {
            Part::Text(text) => result.text.push_str(&text),
            Part::Image(image) => result.images.push(image),
            _ => {}
        }
    }
    Ok(Part::ToolResult(result))
}

#[derive(Deserialize)]
pub(super) struct Message {
    role: String,
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Call>>,
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Pieces(Vec<Piece>),
}

#[derive(Default, Deserialize)]
struct Piece {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    refusal: Option<String>,
    image_url: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    url: String,
}

#[derive(Deserialize)]
struct Call {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    arguments: String,
}
