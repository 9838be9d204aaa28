//! What is known of an attempt so far.
//!
//! Filled while the answer streams; at any moment it can say what was used
//! and whether that may be billed, so that a cancelled or dropped call is
//! settled as truthfully as a finished one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Finish, Part, Tokens, Usage};
use tokio::time::Instant;

use crate::Billing;
use crate::dialect::HalfCharacter;
use crate::estimate::Guess;
use crate::said::Said;
use crate::tool_calls::ToolCalls;

/// How the provider says the answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    Length,
    Refused,
    Tools,
    /// The provider gave up in the middle.
    Aborted,
}

/// Token counts as the provider said them, already disjoint; none where it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsageSaid {
    pub(crate) input: Option<u64>,
    pub(crate) cached_input: Option<u64>,
    /// For minutes.
    pub(crate) cache_write: Option<u64>,
    /// For an hour.
    pub(crate) cache_write_long: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

impl UsageSaid {
    /// Takes over what `later` says; counts are cumulative, so the last wins.
    pub(crate) fn update(&mut self, later: Self) {
        self.input = later.input.or(self.input);
        self.cached_input = later.cached_input.or(self.cached_input);
        self.cache_write = later.cache_write.or(self.cache_write);
        self.cache_write_long = later.cache_write_long.or(self.cache_write_long);
        self.output = later.output.or(self.output);
        self.reasoning = later.reasoning.or(self.reasoning);
    }
}

/// What the stream said beside its text.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    pub(crate) usage: UsageSaid,
    pub(crate) served_model: Option<String>,
    pub(crate) ending: Option<Ending>,
    /// The provider said that nothing follows.
    pub(crate) closed: bool,
    /// How many tool calls came so far, where the provider does not number them.
    pub(crate) calls: u64,
    /// The block that holds an answer in a given form, where it comes as a tool call.
    pub(crate) form_block: Option<u64>,
    /// The half of a character that one event ended with.
    pub(crate) half_character: HalfCharacter,
}

/// One attempt as far as it got.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) started: Instant,
    pub(crate) first_token_ms: Option<u32>,
    /// Set when the request body begins to leave.
    pub(crate) left: Arc<AtomicBool>,
    /// The provider refused the request before producing anything.
    pub(crate) turned_away: bool,
    /// Something of the answer reached the person.
    pub(crate) shown: bool,
    pub(crate) transcript: Transcript,
    pub(crate) tools: ToolCalls,
    pub(crate) said: Said,
    pub(crate) text: Guess,
    pub(crate) reasoning: Guess,
    /// Of further answers that nobody asked for.
    pub(crate) beside: Guess,
    pub(crate) answer_bytes: usize,
    /// The model may think without showing it, and its bill comes with the end.
    pub(crate) hides_thought: bool,
    input: Guess,
}

impl Progress {
    pub(crate) fn new(started: Instant, input: Guess) -> Self {
        Self {
            started,
            first_token_ms: None,
            left: Arc::default(),
            turned_away: false,
            shown: false,
            transcript: Transcript::default(),
            tools: ToolCalls::default(),
            said: Said::default(),
            text: Guess::default(),
            reasoning: Guess::default(),
            beside: Guess::default(),
            answer_bytes: 0,
            hides_thought: false,
            input,
        }
    }

    pub(crate) fn millis(&self) -> u32 {
        u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    pub(crate) fn note_token(&mut self) {
        if self.first_token_ms.is_none() {
            self.first_token_ms = Some(self.millis());
        }
    }

    pub(crate) fn has_text(&self) -> bool {
        self.text.tokens() > Tokens(0)
    }

    pub(crate) fn has_content(&self) -> bool {
        self.has_text() || self.reasoning.tokens() > Tokens(0) || !self.tools.is_empty()
    }

    pub(crate) fn billing(&self) -> Billing {
        let beside = self.beside.tokens() > Tokens(0);
        let produced =
            beside || self.has_content() || self.transcript.usage != UsageSaid::default();
        if !self.left.load(Ordering::Acquire) {
            Billing::Nothing
        } else if produced {
            // Of an answer that was cut off, only what was shown can be guessed.
            let unsaid = self.transcript.ending.is_none() && self.transcript.usage.output.is_none();
            if unsaid && self.hides_thought { Billing::Perhaps } else { Billing::Used }
        } else if self.turned_away {
            Billing::Nothing
        } else {
            Billing::Perhaps
        }
    }

    /// What was used: the provider's counts where they can be believed, and
    /// Carrel's own, marked, where they are missing, zero or cut short.
    pub(crate) fn usage(&self) -> Usage {
        if self.billing() == Billing::Nothing {
            return Usage::default();
        }
        let said = self.transcript.usage;
        let cut = self.transcript.ending.is_none();
        let cached = said.cached_input.unwrap_or(0);
        let written = said.cache_write.unwrap_or(0);
        let written_long = said.cache_write_long.unwrap_or(0);
        let from_cache = cached > 0 || written > 0 || written_long > 0;
        let input_said = said.input.filter(|input| *input > 0 || from_cache);
        let output_guess = self.text.tokens().0.saturating_add(self.tool_guess());
        let output_guess = output_guess.saturating_add(self.beside.tokens().0);
        let output_said = said.output.filter(|output| {
            !cut && (*output > 0 || output_guess == 0 || said.reasoning.unwrap_or(0) > 0)
        });
        let reasoning_guess = match said.output {
            // A total was said: reasoning that it does not split off is inside.
            Some(_) if !cut => 0,
            _ => self.reasoning.tokens().0,
        };
        Usage {
            input: Tokens(input_said.unwrap_or(self.input.tokens().0)),
            cached_input: Tokens(cached),
            cache_write: Tokens(written),
            cache_write_long: Tokens(written_long),
            output: Tokens(output_said.unwrap_or(output_guess.max(said.output.unwrap_or(0)))),
            reasoning: Tokens(said.reasoning.unwrap_or(reasoning_guess)),
            estimated: input_said.is_none() || output_said.is_none(),
        }
    }

    /// Everything that was said, taken out. Calls of an answer that is not
    /// whole are left out: nobody may run half of what was wanted.
    pub(crate) fn parts(&mut self, finish: Finish) -> Vec<Part> {
        let tools = std::mem::take(&mut self.tools);
        let calls = if finish == Finish::Complete { tools.whole() } else { Vec::new() };
        std::mem::take(&mut self.said).into_parts(calls)
    }

    fn tool_guess(&self) -> u64 {
        self.tools.written().flatten().map(|written| Guess::of(written).tokens().0).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(said: UsageSaid, ending: Option<Ending>) -> Usage {
        let mut progress = Progress::new(Instant::now(), Guess::of(&"word ".repeat(40)));
        progress.left.store(true, Ordering::Release);
        progress.text.add(&"word ".repeat(20));
        progress.transcript = Transcript { usage: said, ending, ..Transcript::default() };
        progress.usage()
    }

    #[tokio::test]
    async fn wall_47_without_usage_the_count_is_estimated_and_marked() {
        let usage = answered(UsageSaid::default(), Some(Ending::Whole));
        assert_eq!(
            usage,
            Usage { input: Tokens(50), output: Tokens(25), estimated: true, ..Usage::default() },
            "unknown is never zero"
        );
    }

    #[tokio::test]
    async fn wall_41_a_stream_cut_short_is_not_billed_by_its_first_number() {
        let said = UsageSaid { input: Some(11), output: Some(1), ..UsageSaid::default() };
        let usage = answered(said, None);
        assert_eq!(
            usage,
            Usage { input: Tokens(11), output: Tokens(25), estimated: true, ..Usage::default() },
            "Anthropic begins with one output token; the text that arrived is more"
        );
    }

    #[tokio::test]
    async fn a_provider_that_says_zero_for_a_visible_answer_is_not_believed() {
        let said = UsageSaid { input: Some(0), output: Some(0), ..UsageSaid::default() };
        let usage = answered(said, Some(Ending::Whole));
        assert_eq!(
            (usage.input, usage.output),
            (Tokens(50), Tokens(25)),
            "no free lunch by a zero"
        );
        assert!(usage.estimated, "and it is marked");
    }

    #[tokio::test]
    async fn an_answer_cut_off_from_a_model_that_thinks_unseen_counts_as_what_was_held() {
        let cut = |hides_thought| {
            let mut progress = Progress::new(Instant::now(), Guess::of("question"));
            progress.left.store(true, Ordering::Release);
            progress.hides_thought = hides_thought;
            progress.text.add("END");
            progress
        };
        assert_eq!(cut(false).billing(), Billing::Used, "what was shown is what was made");
        assert_eq!(cut(true).billing(), Billing::Perhaps, "three letters may be the least of it");
        let mut told = cut(true);
        told.transcript.usage.output = Some(9_000);
        assert_eq!(told.billing(), Billing::Used, "the provider said it before");
    }

    #[tokio::test]
    async fn what_never_left_costs_nothing() {
        let progress = Progress::new(Instant::now(), Guess::of("question"));
        assert_eq!(progress.billing(), Billing::Nothing, "no byte left");
        assert_eq!(progress.usage(), Usage::default(), "so nothing is booked");
    }

    #[tokio::test]
    async fn wall_46_what_left_and_was_not_answered_may_have_been_billed() {
        let progress = Progress::new(Instant::now(), Guess::of("question"));
        progress.left.store(true, Ordering::Release);
        assert_eq!(progress.billing(), Billing::Perhaps, "nobody can know");
        assert!(progress.usage().estimated && progress.usage().input.0 > 0, "booked as input");
    }
}
