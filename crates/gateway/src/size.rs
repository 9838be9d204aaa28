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
        let wrapping = WRAPPING * (messages.len() + wishes.tools.len() + 3);
        let mut sum = Sum::new(Counter::new(tokenizer));
        sum.text(system);
        messages.iter().flat_map(|message| &message.parts).for_each(|part| sum.part(part));
        let images: usize = messages.iter().map(|message| message.images().count()).sum();
        sum.images(images);
        Self { at_most: at_most(sum.at_most + wishes.size() + wrapping), guess: sum.guess }
    }
}

/// Both answers, part by part.
struct Sum {
    counter: Counter,
    at_most: usize,
    guess: Guess,
}

impl Sum {
    fn new(counter: Counter) -> Self {
        Self { counter, at_most: 0, guess: Guess::default() }
    }

    fn text(&mut self, text: &str) {
        match self.counter.count(text) {
            Some(tokens) => {
                self.at_most += tokens;
                self.guess.add_counted(tokens as u64);
            }
            None => self.uncounted(text),
        }
    }

    fn uncounted(&mut self, text: &str) {
        self.at_most += text.len();
        self.guess.add(text);
    }

    /// Only a message's text is counted: how a provider writes down tools and what came of them
    /// is its own affair.
    fn part(&mut self, part: &Part) {
        match part {
            Part::Text(text) => self.text(text),
            Part::Image(_) => {}
            other => {
                self.at_most += AROUND_A_PART;
                words(other).into_iter().for_each(|text| self.uncounted(text));
            }
        }
    }

    fn images(&mut self, images: usize) {
        self.at_most = self.at_most.saturating_add(IMAGE_AT_MOST.saturating_mul(images));
        self.guess.add_counted(IMAGE_USUALLY.saturating_mul(images as u64));
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
        assert!(size.guess.tokens().0 < 100 * 10, "which is not what they probably are");
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
