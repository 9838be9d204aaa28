//! How large the input of a question is, for each who may answer it.

use domain::{Part, Prompt, Tokens};

use crate::Wishes;
use crate::estimate::{Guess, IMAGE_AT_MOST, IMAGE_USUALLY, at_most, words};
use crate::route::Candidate;
use crate::tokenizer::{Counter, Tokenizer};

/// Tokens that a chat template wraps around each message, at most.
const WRAPPING: usize = 16;
/// Tokens around a call, its result or a thought, at most: ids, JSON, and what is said in place
/// of a result that is missing.
const AROUND_A_PART: usize = 128;
/// What it usually wraps around it.
const USUAL_WRAPPING: u64 = 4;

/// The input of a question for one kind of model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// No model of that kind makes more of it.
    pub(crate) at_most: Tokens,
    /// What it probably is.
    pub(crate) guess: Guess,
}

impl Size {
    pub(crate) fn of(
        tokenizer: Option<Tokenizer>,
        system: &str,
        messages: &[Prompt],
        wishes: &Wishes,
    ) -> Self {
        let mut counter = Counter::new(tokenizer);
        let text = counter.count(system)
            + messages.iter().map(|message| message_at_most(&mut counter, message)).sum::<usize>();
        let wrapping = WRAPPING * (messages.len() + wishes.tools.len() + 3);
        let guess = if counter.knows() {
            let images: usize = messages.iter().map(|message| message.images().count()).sum();
            // What was counted, with a picture's usual part in place of its largest.
            let words = text.saturating_sub(IMAGE_AT_MOST.saturating_mul(images)) as u64;
            let wrapped = USUAL_WRAPPING.saturating_mul(messages.len() as u64);
            Guess::counted(words + wrapped + IMAGE_USUALLY.saturating_mul(images as u64))
        } else {
            guessed(system, messages)
        };
        Self { at_most: at_most(text + wishes.size() + wrapping), guess }
    }
}

/// The sizes of a question for all who may answer it, each kind of them counted once.
pub(crate) struct Sizes(Vec<(Option<Tokenizer>, Size)>);

impl Sizes {
    pub(crate) fn new<'c>(
        candidates: impl Iterator<Item = &'c Candidate>,
        system: &str,
        messages: &[Prompt],
        wishes: &Wishes,
    ) -> Self {
        let mut sizes = Vec::new();
        for tokenizer in candidates.map(tokenizer_of).chain([None]) {
            if !sizes.iter().any(|(known, _)| *known == tokenizer) {
                sizes.push((tokenizer, Size::of(tokenizer, system, messages, wishes)));
            }
        }
        Self(sizes)
    }

    pub(crate) fn of(&self, candidate: &Candidate) -> Size {
        let tokenizer = tokenizer_of(candidate);
        let found = self.0.iter().find(|(known, _)| *known == tokenizer).or(self.0.last());
        // There is always one: that of all whose tokenizer nobody knows.
        found.map_or(Size { at_most: Tokens(u64::MAX), guess: Guess::default() }, |(_, size)| *size)
    }
}

fn tokenizer_of(candidate: &Candidate) -> Option<Tokenizer> {
    Tokenizer::of(candidate.endpoint.dialect, &candidate.model)
}

/// The tokens of a message at most. Only its text is counted: how a provider writes down
/// tools and what came of them is its own affair.
fn message_at_most(counter: &mut Counter, message: &Prompt) -> usize {
    let part = |part: &Part| match part {
        Part::Text(text) => counter.count(text),
        Part::Image(_) => 0,
        other => AROUND_A_PART + words(other).into_iter().map(str::len).sum::<usize>(),
    };
    let text = message.parts.iter().map(part).sum::<usize>();
    text.saturating_add(IMAGE_AT_MOST.saturating_mul(message.images().count()))
}

fn guessed(system: &str, messages: &[Prompt]) -> Guess {
    let mut guess = Guess::of(system);
    for message in messages {
        guess.add_message(message);
    }
    guess
}

#[cfg(test)]
mod tests {
    use domain::Author;

    use super::*;

    fn size(tokenizer: Option<Tokenizer>, words: &str) -> Size {
        let messages = [Prompt::text(Author::User, words.to_owned())];
        Size::of(tokenizer, "Be brief.", &messages, &Wishes::default())
    }

    #[test]
    fn a_known_tokenizer_holds_less_and_guesses_better() {
        let words = "The tide gauge at the old pier reads two centimetres low. ".repeat(100);
        let bytes = size(None, &words);
        Tokenizer::O200k.read();
        let tokens = size(Some(Tokenizer::O200k), &words);
        let exact = Tokenizer::O200k.read().count(words.as_str()) as u64;
        assert!(tokens.at_most.0 >= exact, "the hold covers all of it");
        assert!(tokens.at_most.0 < bytes.at_most.0 / 3, "and is not four times too large");
        let guess = tokens.guess.tokens().0;
        assert!((exact..exact + 16).contains(&guess), "{guess} of {exact}");
    }

    #[test]
    fn calls_of_tools_are_held_with_all_that_is_written_around_them() {
        let call = domain::ToolCall {
            id: "1".into(),
            name: "a".into(),
            arguments: String::new(),
            signature: None,
        };
        let parts = vec![Part::ToolCall(call); 100];
        let message = Prompt { author: Author::Assistant, parts };
        let size = Size::of(None, "", std::slice::from_ref(&message), &Wishes::default());
        assert!(size.at_most.0 > 100 * 100, "ids, JSON, and a word for each that has no result");
    }

    #[test]
    fn pictures_are_held_at_their_largest_and_guessed_as_usual() {
        Tokenizer::O200k.read();
        let image = domain::Image::read(&b"GIF89a"[..]).expect("a picture");
        let message = Prompt { author: Author::User, parts: vec![Part::Image(image)] };
        for tokenizer in [None, Some(Tokenizer::O200k)] {
            let size = Size::of(tokenizer, "", std::slice::from_ref(&message), &Wishes::default());
            assert!(size.at_most.0 >= IMAGE_AT_MOST as u64, "{tokenizer:?}");
            let guess = size.guess.tokens().0;
            assert!((IMAGE_USUALLY..IMAGE_USUALLY + 8).contains(&guess), "{tokenizer:?}: {guess}");
        }
    }
}
