//! Token counts where nobody says them.
//!
//! Two different questions: how many tokens can this be at most (for a hold),
//! and how many are they probably (for a bill without numbers). Where a model's
//! tokenizer is public, `tokenizer` counts instead.

use domain::{Part, Tokens};

/// No byte-level tokenizer makes more than one token of a byte.
pub(crate) fn at_most(bytes: usize) -> Tokens {
    Tokens(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// No model that Carrel knows makes more of an image, but for gpt-4o-mini, whose tokens are
/// many and cheap (OpenAI, "Images and vision": 48,169 for the largest).
pub(crate) const IMAGE_AT_MOST: usize = 16_384;
/// What an image of ordinary size makes.
pub(crate) const IMAGE_USUALLY: u64 = 1_500;

/// Everything of a part that is sent as text.
pub(crate) fn words(part: &Part) -> [&str; 2] {
    match part {
        Part::Text(text) => [text.as_str(), ""],
        Part::Image(_) => ["", ""],
        Part::Reasoning(reasoning) => [
            reasoning.text.as_str(),
            reasoning.signature.as_ref().map_or("", |signature| &signature.data),
        ],
        Part::Withheld(signature) => [signature.data.as_str(), ""],
        Part::ToolCall(call) => [call.name.as_str(), call.arguments.as_str()],
        Part::ToolResult(result) => [result.text.as_str(), ""],
    }
}

/// A running guess over text: four ASCII bytes a token, one token for any other character.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guess {
    ascii: u64,
    other: u64,
}

impl Guess {
    pub(crate) fn of(text: &str) -> Self {
        let mut guess = Self::default();
        guess.add(text);
        guess
    }

    /// Adds tokens that were counted.
    pub(crate) fn add_counted(&mut self, tokens: u64) {
        self.other = self.other.saturating_add(tokens);
    }

    pub(crate) fn add(&mut self, text: &str) {
        let ascii = text.bytes().filter(u8::is_ascii).count();
        let characters = text.chars().count();
        self.ascii = self.ascii.saturating_add(ascii as u64);
        self.other = self.other.saturating_add((characters - ascii) as u64);
    }

    pub(crate) fn tokens(self) -> Tokens {
        Tokens(self.ascii.div_ceil(4).saturating_add(self.other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_at_least_one_token_and_never_more_than_its_bytes() {
        for text in ["a", "hello world", "日本語", "é", "a😀b"] {
            let tokens = Guess::of(text).tokens().0;
            assert!(tokens >= 1, "unknown is never zero: {text:?}");
            assert!(tokens <= at_most(text.len()).0, "the hold must cover the guess: {text:?}");
        }
    }
}
