//! One message as a model is sent it: who wrote it, and its parts.
//!
//! The gateway gives answers back in the same parts, so that a conversation
//! with tools goes on from what was really said. Nothing here is stored.

use crate::{Author, Dialect, Image};

/// A message on its way to a model, without ids or provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who wrote it. What tools gave back stands in the person's messages.
    pub author: Author,
    /// What it holds, in order.
    pub parts: Vec<Part>,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Markdown as written.
    Text(String),
    /// A picture, in a person's message.
    Image(Image),
    /// What the model thought before it went on.
    Reasoning(Reasoning),
    /// Reasoning that its provider gave encrypted; only that provider can read it.
    Withheld(Signature),
    /// The model wants a tool to be run.
    ToolCall(ToolCall),
    /// What a tool gave back, in a person's message after the call.
    ToolResult(ToolResult),
}

/// Visible reasoning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasoning {
    /// Its words; empty where the provider shows none.
    pub text: String,
    /// The provider's proof that it is unchanged.
    pub signature: Option<Signature>,
}

/// Data that a provider wants back as it gave it, and that means nothing to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who gave it.
    pub dialect: Dialect,
    /// The data, as text.
    pub data: String,
}

/// A tool the model wants to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Names the call in its conversation.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments: JSON as the model wrote it, which may be wrong.
    pub arguments: String,
    /// The provider's proof that the reasoning before it is unchanged.
    pub signature: Option<Signature>,
}

/// What a tool gave back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolResult {
    /// The id of the call that it answers.
    pub call: String,
    /// Its words.
    pub text: String,
    /// Its pictures.
    pub images: Vec<Image>,
    /// True where the tool failed; the words then say why.
    pub failed: bool,
}

impl Prompt {
    /// A message of nothing but text.
    #[must_use]
    pub fn text(author: Author, text: impl Into<String>) -> Self {
        Self { author, parts: vec![Part::Text(text.into())] }
    }

    /// Its text parts, one after the other.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Its pictures, those of tool results included.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.parts.iter().flat_map(|part| match part {
            Part::Image(image) => std::slice::from_ref(image),
            Part::ToolResult(result) => &result.images,
            _ => &[],
        })
    }
}
