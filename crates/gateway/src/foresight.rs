//! How large a call would be, before anybody makes one.

use domain::{Dialect, Prompt, Tokens};

use crate::Wishes;
use crate::cap::Room;
use crate::size::Size;
use crate::tokenizer::Tokenizer;

/// What is known of a model that might be called.
#[derive(Clone, Copy, Debug)]
pub struct KnownOfModel<'a> {
    /// What its API speaks.
    pub dialect: Dialect,
    /// Its name there.
    pub model: &'a str,
    /// How much it reads, where that is known.
    pub context: Option<Tokens>,
    /// The longest output that it writes or its route allows, where one is known.
    pub longest: Option<Tokens>,
}

/// The most that a call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallAtMost {
    /// No tokenizer makes more of the input.
    pub input: Tokens,
    /// The cap that would go out with it.
    pub output: Tokens,
}

/// What would be held for a question that is put to this model first.
#[must_use]
pub fn call_at_most(known: KnownOfModel<'_>, system: &str, messages: &[Prompt]) -> CallAtMost {
    let tokenizer = Tokenizer::of(known.dialect, known.model);
    let size = Size::of(tokenizer, system, messages, &Wishes::default());
    let room = Room {
        model: known.model,
        wanted: None,
        longest: known.longest,
        context: known.context,
        input: size.guess.tokens(),
    };
    CallAtMost { input: size.at_most, output: room.cap() }
}

#[cfg(test)]
mod tests {
    use domain::Author;

    use super::*;

    #[test]
    fn a_call_is_foreseen_as_large_as_it_may_become() {
        let known = KnownOfModel {
            dialect: Dialect::Anthropic,
            model: "claude-sonnet-4-5",
            context: Some(Tokens(200_000)),
            longest: None,
        };
        let words = "Is the datum right?";
        let messages = [Prompt::text(Author::User, words.to_owned())];
        let most = call_at_most(known, "Be brief.", &messages);
        assert!(most.input.0 >= (words.len() + 9) as u64, "each byte may be a token");
        assert_eq!(most.output, Tokens(8_192), "the usual cap");
        let short = KnownOfModel { longest: Some(Tokens(500)), ..known };
        assert_eq!(call_at_most(short, "", &messages).output, Tokens(500), "what a route allows");
        let tight = KnownOfModel { context: Some(Tokens(1_000)), ..known };
        assert!(call_at_most(tight, "", &messages).output < Tokens(1_000), "what it leaves");
    }
}
