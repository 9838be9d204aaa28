//! Google's token counts: the cache inside the prompt, thoughts beside the answer.

use serde::Deserialize;

use crate::dialect::lax::Count;
use crate::progress::UsageSaid;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SaidUsage {
    prompt_token_count: Count,
    cached_content_token_count: Count,
    tool_use_prompt_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
}

impl SaidUsage {
    /// The prompt holds what came from the cache; thoughts stand beside the answer.
    pub(super) fn disjoint(self) -> UsageSaid {
        let cached = self.cached_content_token_count.0;
        let tools = self.tool_use_prompt_token_count.0.unwrap_or(0);
        let fresh = |prompt: u64| prompt.saturating_sub(cached.unwrap_or(0)).saturating_add(tools);
        UsageSaid {
            input: self.prompt_token_count.0.map(fresh),
            cached_input: cached,
            cache_write: None,
            cache_write_long: None,
            output: self.candidates_token_count.0,
            reasoning: self.thoughts_token_count.0,
        }
    }
}
