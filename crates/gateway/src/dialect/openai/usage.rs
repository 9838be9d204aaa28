//! OpenAI's token counts, brought to disjoint kinds.
//!
//! `prompt_tokens` includes what the cache served; `completion_tokens`
//! includes reasoning at OpenAI and excludes it at xAI, which the total tells.

use serde::Deserialize;

use crate::dialect::lax::Count;
use crate::progress::UsageSaid;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SaidUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    /// DeepSeek's name for cached input.
    prompt_cache_hit_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Count,
}

impl SaidUsage {
    pub(super) fn disjoint(self) -> UsageSaid {
        let details = self.prompt_tokens_details.unwrap_or_default();
        let cached = details.cached_tokens.0.or(self.prompt_cache_hit_tokens.0);
        let written = details.cache_write_tokens.0;
        let inside = cached.unwrap_or(0).saturating_add(written.unwrap_or(0));
        let reasoning = self.completion_tokens_details.unwrap_or_default().reasoning_tokens.0;
        UsageSaid {
            input: self.prompt_tokens.0.map(|input| input.saturating_sub(inside)),
            cached_input: cached,
            cache_write: written,
            cache_write_long: None,
            output: self.completion_tokens.0.map(|output| {
                if self.reasoning_is_outside(output, reasoning.unwrap_or(0)) {
                    output
                } else {
                    output.saturating_sub(reasoning.unwrap_or(0))
                }
            }),
            reasoning,
        }
    }

    fn reasoning_is_outside(self, output: u64, reasoning: u64) -> bool {
        let (Some(prompt), Some(total)) = (self.prompt_tokens.0, self.total_tokens.0) else {
            return reasoning > output;
        };
        let with = prompt.saturating_add(output).saturating_add(reasoning);
        reasoning > output || (reasoning > 0 && total == with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disjoint(json: &str) -> UsageSaid {
        serde_json::from_str::<SaidUsage>(json).expect("usage").disjoint()
    }

    #[test]
    fn wall_50_cached_input_is_inside_and_not_counted_twice() {
        let usage = disjoint(
            r#"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,
                "prompt_tokens_details":{"cached_tokens":80,"cache_write_tokens":5}}"#,
        );
        let expected = UsageSaid {
            input: Some(15),
            cached_input: Some(80),
            cache_write: Some(5),
            cache_write_long: None,
            output: Some(10),
            reasoning: None,
        };
        assert_eq!(usage, expected, "the kinds add up to what OpenAI says");
        let deepseek = disjoint(
            r#"{"prompt_tokens":100,"completion_tokens":10,"prompt_cache_hit_tokens":60}"#,
        );
        assert_eq!(
            (deepseek.input, deepseek.cached_input),
            (Some(40), Some(60)),
            "DeepSeek's name"
        );
    }

    #[test]
    fn wall_51_reasoning_is_told_inside_from_outside_by_the_total() {
        let inside = disjoint(
            r#"{"prompt_tokens":10,"completion_tokens":50,"total_tokens":60,
                "completion_tokens_details":{"reasoning_tokens":40}}"#,
        );
        assert_eq!((inside.output, inside.reasoning), (Some(10), Some(40)), "OpenAI");
        let outside = disjoint(
            r#"{"prompt_tokens":10,"completion_tokens":50,"total_tokens":100,
                "completion_tokens_details":{"reasoning_tokens":40}}"#,
        );
        assert_eq!((outside.output, outside.reasoning), (Some(50), Some(40)), "xAI");
    }

    #[test]
    fn wall_63_counts_that_are_no_counts_say_nothing() {
        let usage =
            disjoint(r#"{"prompt_tokens":-5,"completion_tokens":"many","total_tokens":null}"#);
        assert_eq!(usage, UsageSaid::default(), "a negative count must not become credit");
        let float = disjoint(r#"{"prompt_tokens":12.0,"completion_tokens":3}"#);
        assert_eq!((float.input, float.output), (Some(12), Some(3)), "a float is a count");
    }
}
