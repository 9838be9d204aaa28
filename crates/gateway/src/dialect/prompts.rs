//! A conversation in the form that every provider takes.
//!
//! Without empty messages, with neighbours of one author joined: some APIs
//! refuse the one, some chat templates the other.

use std::borrow::Cow;

use domain::{Author, Prompt};

/// Asked of models that cannot be given the beginning of their answer.
pub(super) const GO_ON: &str = "Your last message was cut off. Continue it exactly where it stopped: \
    begin with the very next characters, repeat nothing, and do not comment on the interruption.";

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn<'a> {
    pub(super) author: Author,
    pub(super) text: Cow<'a, str>,
}

/// The turns of `messages`, alternating between the authors.
pub(super) fn turns(messages: &[Prompt]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::with_capacity(messages.len());
    for message in messages.iter().filter(|message| !message.text.trim().is_empty()) {
        match turns.last_mut().filter(|last| last.author == message.author) {
            Some(last) => {
                let joined = last.text.to_mut();
                joined.push_str("\n\n");
                joined.push_str(&message.text);
            }
            None => turns.push(Turn { author: message.author, text: Cow::Borrowed(&message.text) }),
        }
    }
    turns
}

/// The name both dialects give an author.
pub(super) fn role(author: Author) -> &'static str {
    match author {
        Author::User => "user",
        Author::Assistant => "assistant",
    }
}

/// True where a partial answer is to be continued and there is one.
pub(super) fn goes_on(wanted: bool, turns: &[Turn<'_>]) -> bool {
    wanted && turns.last().is_some_and(|last| last.author == Author::Assistant)
}
