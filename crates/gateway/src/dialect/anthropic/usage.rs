//! Anthropic's token counts: input excludes the cache, output includes thinking.

use serde::Deserialize;

use crate::dialect::lax::Count;
use crate::progress::UsageSaid;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SaidUsage {
    input_tokens: Count,
    cache_read_input_tokens: Count,
    /// Writes for five minutes and for an hour together.
    cache_creation_input_tokens: Count,
    cache_creation: Option<CacheCreation>,
    output_tokens: Count,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Count,
    ephemeral_1h_input_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

impl SaidUsage {
    pub(super) fn disjoint(self) -> UsageSaid {
        let kinds = self.cache_creation.unwrap_or_default();
        let long = kinds.ephemeral_1h_input_tokens.0;
        let both = self.cache_creation_input_tokens.0;
        let short = both.map(|both| both.saturating_sub(long.unwrap_or(0)));
        let reasoning = self.output_tokens_details.and_then(|kinds| kinds.thinking_tokens.0);
        UsageSaid {
            input: self.input_tokens.0,
            cached_input: self.cache_read_input_tokens.0,
            cache_write: short.or(kinds.ephemeral_5m_input_tokens.0),
            cache_write_long: long,
            output: self
                .output_tokens
                .0
                .map(|output| output.saturating_sub(reasoning.unwrap_or(0))),
            reasoning,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disjoint(json: &str) -> UsageSaid {
        serde_json::from_str::<SaidUsage>(json).expect("usage").disjoint()
    }

    #[test]
    fn wall_50_cached_input_is_outside_and_not_taken_off() {
        let usage = disjoint(
            r#"{"input_tokens":20,"cache_read_input_tokens":80,
                "cache_creation_input_tokens":5,"output_tokens":10}"#,
        );
        let expected = UsageSaid {
            input: Some(20),
            cached_input: Some(80),
            cache_write: Some(5),
            cache_write_long: None,
            output: Some(10),
            reasoning: None,
        };
        assert_eq!(usage, expected, "the kinds add up to 115, as Anthropic bills");
    }

    #[test]
    fn wall_51_cache_writes_of_both_lifetimes_are_counted_once() {
        let both = disjoint(
            r#"{"cache_creation_input_tokens":30,
                "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}"#,
        );
        let split = (Some(10), Some(20));
        assert_eq!((both.cache_write, both.cache_write_long), split, "said beside their sum");
        let parts = disjoint(
            r#"{"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}"#,
        );
        assert_eq!((parts.cache_write, parts.cache_write_long), split, "or alone");
        let sum = disjoint(r#"{"cache_creation_input_tokens":30}"#);
        assert_eq!((sum.cache_write, sum.cache_write_long), (Some(30), None), "or only the sum");
    }

    #[test]
    fn wall_51_thinking_inside_the_output_is_split_off() {
        let usage =
            disjoint(r#"{"output_tokens":50,"output_tokens_details":{"thinking_tokens":40}}"#);
        assert_eq!((usage.output, usage.reasoning), (Some(10), Some(40)), "billed once");
    }
}
