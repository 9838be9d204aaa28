//! What a model is asked, and what it gives back.
//!
//! Two traits stand between HTTP and llama.cpp, so that everything around the
//! model is tested with a scripted one. Text leaves a generator as raw bytes:
//! a token may end in the middle of a character.

use std::ops::ControlFlow;

/// Who speaks in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl Speaker {
    /// The name chat templates use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message of a chat. A last message by the assistant is an answer to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
}

/// A chat as the model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Token ids of the model's vocabulary.
    pub tokens: Vec<i32>,
    /// Texts that end the answer beyond those a caller names.
    pub stops: Vec<String>,
}

/// How the next token is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// 0 always takes the likeliest token; 2 is the wildest.
    pub temperature: f32,
    /// Share of the probability mass that is considered, above 0 and at most 1.
    pub top_p: f32,
    /// The same seed and prompt give the same answer.
    pub seed: u32,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The model was done, or a stop text appeared.
    Stop,
    /// The cap or the context was reached.
    Length,
    /// Nobody listens any more.
    Cancelled,
}

/// A chat that cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The prompt leaves no room for an answer.
    #[error("this chat is too long for the model: it can read {context} tokens{}", counted(.tokens))]
    TooLong {
        /// Tokens of the prompt, where they were counted.
        tokens: Option<usize>,
        /// What the model can read at once, answer included.
        context: usize,
    },
}

fn counted(tokens: &Option<usize>) -> String {
    tokens.map_or_else(String::new, |count| format!(", and the chat has {count}"))
}

/// The model stopped in the middle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model stopped unexpectedly: {0}")]
pub struct Broken(pub String);

/// A loaded model, shared by everyone who asks.
pub trait Model: Send + Sync + 'static {
    /// The name given to callers.
    fn name(&self) -> &str;

    /// Tokens it can read at once, answer included.
    fn context(&self) -> usize;

    /// Turns a chat into a prompt that fits.
    ///
    /// # Errors
    /// When it leaves no room for an answer.
    fn prompt(&self, chat: &[Line]) -> Result<Prompt, Refused>;
}

/// Writes answers, one at a time.
pub trait Generator {
    /// Calls `token` with the bytes of each token, and with none between the
    /// chunks of the prompt; a `Break` ends the work at once.
    ///
    /// # Errors
    /// When the model cannot go on.
    fn generate(
        &mut self,
        prompt: &Prompt,
        sampling: Sampling,
        most: usize,
        token: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Ended, Broken>;
}
