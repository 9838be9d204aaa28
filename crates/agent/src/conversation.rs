//! What of a chat is sent to the model.
//!
//! The whole branch, in order, without messages that hold no text. Shortening
//! a branch that the model cannot read comes with the catalogue.

use domain::{Author, Message, ModelRef, Prompt, Tokens};

/// A call as the turn wants it; the gateway knows how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelCall {
    /// The model to ask.
    pub model: ModelRef,
    /// Instructions before the conversation; empty for none.
    pub system: String,
    /// The conversation, oldest first.
    pub messages: Vec<Prompt>,
    /// True where the last message is a partial answer to go on with.
    pub continue_text: bool,
    /// The output cap; none for the provider's own.
    pub max_output: Option<Tokens>,
}

/// The call for a branch. Where the branch ends in an answer that was cut
/// short, the call goes on with it.
#[must_use]
pub fn model_call(model: ModelRef, system: String, branch: &[Message]) -> ModelCall {
    let messages: Vec<Prompt> = branch
        .iter()
        .filter(|message| !message.text.trim().is_empty())
        .map(|message| Prompt::text(message.author, message.text.clone()))
        .collect();
    let continue_text = messages.last().is_some_and(|last| last.author == Author::Assistant);
    ModelCall { model, system, messages, continue_text, max_output: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ChatId, Finish, MessageId, ProviderId, UnixMs};

    fn message(author: Author, text: &str) -> Message {
        Message {
            id: MessageId::new(UnixMs(1), [1; 10]),
            chat: ChatId::new(UnixMs(1), [2; 10]),
            parent: None,
            author,
            text: text.to_owned(),
            reasoning: String::new(),
            finish: Finish::Complete,
            created_at: UnixMs(1),
            provenance: None,
        }
    }

    fn call(branch: &[Message]) -> ModelCall {
        let provider = ProviderId::new(UnixMs(1), [3; 10]);
        model_call(ModelRef { provider, model: "m".into() }, String::new(), branch)
    }

    #[test]
    fn a_failed_answer_without_text_is_not_sent() {
        let call = call(&[
            message(Author::User, "one"),
            message(Author::Assistant, " \n"),
            message(Author::User, "two"),
        ]);
        let texts: Vec<&str> = call.messages.iter().flat_map(Prompt::texts).collect();
        assert_eq!(texts, ["one", "two"], "providers refuse empty messages");
        assert!(!call.continue_text, "the last word is the person's");
    }

    #[test]
    fn a_branch_that_ends_in_an_answer_is_gone_on_with() {
        let branch = [message(Author::User, "one"), message(Author::Assistant, "par")];
        assert!(call(&branch).continue_text, "a partial grows in place");
        let empty = [message(Author::User, "one"), message(Author::Assistant, "")];
        assert!(!call(&empty).continue_text, "there is nothing to go on with: ask again");
    }
}
