//! A conversation in the form that every provider takes.
//!
//! Without empty messages, with neighbours of one author joined, every call
//! of a tool answered right after it: some APIs refuse the one, some chat
//! templates the other.

use std::borrow::Cow;

use domain::{Author, Image, Part, Prompt, Reasoning, Signature, ToolCall, ToolResult};
use serde_json::{Map, Value};

/// Asked of models that cannot be given the beginning of their answer.
pub(super) const GO_ON: &str = "Your last message was cut off. Continue it exactly where it stopped: \
    begin with the very next characters, repeat nothing, and do not comment on the interruption.";

/// What a model is told of a tool whose answer is missing.
const NOT_RUN: &str = "this tool was not run";

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn<'a> {
    pub(super) author: Author,
    /// Results of tools come first.
    pub(super) parts: Vec<TurnPart<'a>>,
}

/// A part of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TurnPart<'a> {
    Text(Cow<'a, str>),
    Image(&'a Image),
    Reasoning(&'a Reasoning),
    Withheld(&'a Signature),
    Call(&'a ToolCall),
    Result(Returned<'a>),
}

/// What a tool gave back, with the call that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Returned<'a> {
    pub(super) call: &'a ToolCall,
    pub(super) text: &'a str,
    pub(super) images: &'a [Image],
    pub(super) failed: bool,
}

/// The turns of `messages`, alternating between the authors.
pub(super) fn turns(messages: &[Prompt]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(messages.len());
    for message in messages {
        let parts: Vec<_> =
            message.parts.iter().filter_map(|part| sendable(part, &turns)).collect();
        let silent =
            |part: &TurnPart<'_>| matches!(part, TurnPart::Reasoning(_) | TurnPart::Withheld(_));
        if parts.iter().all(silent) {
            continue;
        }
        match turns.last_mut().filter(|last| last.author == message.author) {
            Some(last) => parts.into_iter().for_each(|part| last.join(part)),
            None => {
                let mut turn = Turn { author: message.author, parts: Vec::new() };
                parts.into_iter().for_each(|part| turn.join(part));
                turns.push(turn);
            }
        }
    }
    answer_every_call(&mut turns);
    turns
}

/// The part, where it may stand behind `before`.
fn sendable<'a>(part: &'a Part, before: &[Turn<'a>]) -> Option<TurnPart<'a>> {
    match part {
        Part::Text(text) if text.trim().is_empty() => None,
        Part::Text(text) => Some(TurnPart::Text(Cow::Borrowed(text))),
        Part::Image(image) => Some(TurnPart::Image(image)),
        Part::Reasoning(reasoning) => Some(TurnPart::Reasoning(reasoning)),
        Part::Withheld(signature) => Some(TurnPart::Withheld(signature)),
        Part::ToolCall(call) => Some(TurnPart::Call(call)),
        Part::ToolResult(result) => returned(result, before).map(TurnPart::Result),
    }
}

/// The result with its call, which stands in the answer before; an answer to
/// nothing is left out.
fn returned<'a>(result: &'a ToolResult, before: &[Turn<'a>]) -> Option<Returned<'a>> {
    let answer = before.iter().rev().find(|turn| turn.author == Author::Assistant)?;
    let call = answer.calls().find(|call| call.id == result.call)?;
    let ToolResult { text, images, failed, .. } = result;
    Some(Returned { call, text, images, failed: *failed })
}

/// Puts an answer behind each call that has none.
fn answer_every_call(turns: &mut Vec<Turn<'_>>) {
    let mut place = 0;
    while let Some(turn) = turns.get(place) {
        place += 1;
        let calls: Vec<&ToolCall> = turn.calls().collect();
        if calls.is_empty() {
            continue;
        }
        if turns.get(place).is_none() {
            turns.push(Turn { author: Author::User, parts: Vec::new() });
        }
        let Some(next) = turns.get_mut(place) else { return };
        let (given, others): (Vec<_>, Vec<_>) = std::mem::take(&mut next.parts)
            .into_iter()
            .partition(|part| matches!(part, TurnPart::Result(_)));
        let given_to = |call: &ToolCall| {
            given.iter().find_map(|part| match part {
                TurnPart::Result(given) if std::ptr::eq(given.call, call) => Some(*given),
                _ => None,
            })
        };
        let missing = |call| Returned { call, text: NOT_RUN, images: &[], failed: true };
        let answers = calls.into_iter().map(|call| given_to(call).unwrap_or_else(|| missing(call)));
        next.parts = answers.map(TurnPart::Result).chain(others).collect();
    }
}

impl<'a> Turn<'a> {
    /// A turn of text alone.
    pub(super) fn text(author: Author, text: &'a str) -> Self {
        Self { author, parts: vec![TurnPart::Text(Cow::Borrowed(text))] }
    }

    /// The text, where the turn is nothing else.
    pub(super) fn only_text(&self) -> Option<&Cow<'a, str>> {
        match self.parts.as_slice() {
            [TurnPart::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &'a ToolCall> + use<'a, '_> {
        self.parts.iter().filter_map(|part| match part {
            TurnPart::Call(call) => Some(*call),
            _ => None,
        })
    }

    fn join(&mut self, part: TurnPart<'a>) {
        match (self.parts.last_mut(), part) {
            (Some(TurnPart::Text(text)), TurnPart::Text(more)) => {
                let joined = text.to_mut();
                joined.push_str("\n\n");
                joined.push_str(&more);
            }
            (_, part) => self.parts.push(part),
        }
    }
}

/// The name most dialects give an author.
pub(super) fn role(author: Author) -> &'static str {
    match author {
        Author::User => "user",
        Author::Assistant => "assistant",
    }
}

/// True where a partial answer is to be continued and there is one.
pub(super) fn goes_on(wanted: bool, turns: &[Turn<'_>]) -> bool {
    let ends_in_words = |last: &Turn<'_>| matches!(last.parts.last(), Some(TurnPart::Text(_)));
    wanted
        && turns.last().is_some_and(|last| last.author == Author::Assistant && ends_in_words(last))
}

/// The arguments of a call as an object. What the model wrote wrong is kept
/// as text, so that it can see what it did.
pub(super) fn arguments(call: &ToolCall) -> Map<String, Value> {
    match serde_json::from_str(&call.arguments) {
        Ok(Value::Object(arguments)) => arguments,
        _ if call.arguments.trim().is_empty() => Map::new(),
        _ => Map::from_iter([("arguments".to_owned(), Value::from(call.arguments.as_str()))]),
    }
}

/// A call's id as an API takes it: as it is where `fits`, else nine letters
/// and digits made of it, which every API takes.
pub(super) fn fitting_id<'a>(id: &'a str, fits: impl Fn(&str) -> bool) -> Cow<'a, str> {
    if fits(id) {
        return Cow::Borrowed(id);
    }
    // FNV-1a, 64 bits (Fowler, Noll and Vo): the same id always becomes the same.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let digits = (0..9).scan(hash, |rest, _| {
        let digit = u32::try_from(*rest % 36).ok();
        *rest /= 36;
        digit.and_then(|digit| char::from_digit(digit, 36))
    });
    Cow::Owned(digits.collect())
}

/// What OpenAI and Anthropic both take: up to 40 letters, digits, hyphens and underscores.
pub(super) fn is_usual_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests;
