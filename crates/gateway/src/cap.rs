//! How long an answer may be: the output cap that goes out with every call.
//!
//! Without one, nobody could say what a call costs at most. Where neither the
//! question nor the price list names a cap, a usual one holds.

use domain::Tokens;

/// A cap below this leaves no answer worth its input.
pub const LEAST_ANSWER: Tokens = Tokens(256);

/// What is known of a call before its cap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room<'a> {
    pub(crate) model: &'a str,
    /// The question's own cap.
    pub(crate) wanted: Option<Tokens>,
    /// The longest output that the model is known to write.
    pub(crate) longest: Option<Tokens>,
    /// How much the model reads, where that is known.
    pub(crate) context: Option<Tokens>,
    /// What the input probably is.
    pub(crate) input: Tokens,
}

impl Room<'_> {
    /// The cap: the least of what is known, and no more than the context leaves. Some APIs
    /// refuse a call whose input and cap together exceed the context.
    pub(crate) fn cap(self) -> Tokens {
        let named = self.wanted.into_iter().chain(self.longest).min();
        let cap = named.unwrap_or_else(|| usual(self.model));
        let left = self.context.map(|context| {
            // The input is a guess; an eighth more is on the safe side.
            let input = self.input.0.saturating_add(self.input.0 / 8);
            Tokens(context.0.saturating_sub(input)).max(LEAST_ANSWER)
        });
        left.map_or(cap, |left| cap.min(left))
    }
}

/// The cap where nobody names one: what models of all sizes accept.
pub(crate) fn usual(model: &str) -> Tokens {
    let small =
        ["claude-2", "claude-instant", "claude-3-opus", "claude-3-haiku", "claude-3-sonnet"];
    let is_small = small.iter().any(|name| model.starts_with(name));
    Tokens(if is_small { 4_096 } else { 8_192 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room<'_> =
        Room { model: "m", wanted: None, longest: None, context: None, input: Tokens(800) };

    #[test]
    fn every_call_has_a_cap_and_the_smallest_one_counts() {
        assert_eq!(ROOM.cap(), Tokens(8_192), "where nobody names one");
        let listed = Room { longest: Some(Tokens(16_384)), ..ROOM };
        assert_eq!(listed.cap(), Tokens(16_384), "the price list's");
        let asked = Room { wanted: Some(Tokens(50)), ..listed };
        assert_eq!(asked.cap(), Tokens(50), "the question's is smaller");
        let old = Room { model: "claude-3-haiku-20240307", ..ROOM };
        assert_eq!(old.cap(), Tokens(4_096), "a larger one is refused there");
    }

    #[test]
    fn the_cap_fits_into_what_the_input_leaves_of_the_context() {
        let tight = Room { context: Some(Tokens(2_000)), ..ROOM };
        assert_eq!(tight.cap(), Tokens(1_100), "2,000 less 800 and an eighth of it");
        let full = Room { context: Some(Tokens(800)), ..ROOM };
        assert_eq!(full.cap(), LEAST_ANSWER, "the provider judges whether it still fits");
        let short = Room { wanted: Some(Tokens(5)), ..full };
        assert_eq!(short.cap(), Tokens(5), "nobody gets more than they asked for");
    }
}
