//! What a Claude model takes, told by its name.
//!
//! Source: Anthropic, "What's new" and the migration guides of each version.
//! Other models that are spoken to in this dialect take the oldest way.

use crate::Form;

/// A model as this dialect knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// Major and minor version; none for models of others.
    version: Option<(u32, u32)>,
}

/// How a model is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThinkingWay {
    /// It cannot.
    Never,
    /// With so many tokens at most.
    Budget,
    /// With so much effort.
    Effort,
}

/// A Claude whose name holds no version is taken for a new one.
const NEWEST: (u32, u32) = (u32::MAX, 0);

impl Model {
    pub(super) fn named(name: &str) -> Self {
        Self { version: version(name) }
    }

    /// Models before 4.6 go on where a last assistant message ends; later
    /// ones answer 400 to it.
    pub(super) fn takes_prefill(self) -> bool {
        self.version.is_some_and(|version| version < (4, 6))
    }

    /// Budgets came with 3.7; efforts came with 4.6 and soon replaced them.
    pub(super) fn thinking_way(self) -> ThinkingWay {
        match self.version {
            Some(version) if version < (3, 7) => ThinkingWay::Never,
            Some(version) if version >= (4, 6) => ThinkingWay::Effort,
            Some(_) | None => ThinkingWay::Budget,
        }
    }

    /// Models since 4.7 answer 400 to a temperature.
    pub(super) fn takes_sampling(self) -> bool {
        self.version.is_none_or(|version| version < (4, 7))
    }

    /// Models since 4.5 can be held to a schema that is strict. Those since 5
    /// think by default, which no forced tool goes with: they have only this way.
    pub(super) fn takes_form(self, form: &Form) -> bool {
        let since = |from| self.version.is_some_and(|version| version >= from);
        since((5, 0)) || (since((4, 5)) && form.strict())
    }

    /// 100 for windows of 200,000 tokens, 600 for larger ones.
    pub(super) fn most_images(self) -> usize {
        if self.version.is_some_and(|version| version >= (4, 6)) { 600 } else { 100 }
    }
}

/// Numbers stand behind the family (`claude-opus-4-1-20250805`) or before it
/// (`claude-3-5-sonnet-20241022`); a date is no version.
fn version(name: &str) -> Option<(u32, u32)> {
    let name = name.rsplit('/').next().unwrap_or(name).strip_prefix("claude-")?;
    if name.starts_with("instant") {
        return Some((1, 2));
    }
    let mut parts = name
        .split(['-', '.', '@'])
        .map(|part| part.parse::<u32>().ok().filter(|number| *number < 1_000))
        .skip_while(Option::is_none);
    let Some(major) = parts.next().flatten() else { return Some(NEWEST) };
    Some((major, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions_are_read_from_names() {
        for (name, expected) in [
            ("claude-2.1", Some((2, 1))),
            ("claude-instant-1", Some((1, 2))),
            ("claude-3-opus-20240229", Some((3, 0))),
            ("claude-3-7-sonnet-20250219", Some((3, 7))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-opus-4-1-20250805", Some((4, 1))),
            ("claude-sonnet-4.6", Some((4, 6))),
            ("anthropic/claude-haiku-4-5@20251001", Some((4, 5))),
            ("claude-fable-5-1", Some((5, 1))),
            ("claude-next", Some(NEWEST)),
            ("deepseek-chat", None),
        ] {
            assert_eq!(version(name), expected, "{name}");
        }
    }

    #[test]
    fn only_models_before_4_6_take_the_beginning_of_their_answer() {
        for model in ["claude-3-opus-20240229", "claude-opus-4-1-20250805", "claude-sonnet-4-5"] {
            assert!(Model::named(model).takes_prefill(), "{model} goes on best by itself");
        }
        for model in ["claude-opus-4-6", "claude-sonnet-4.6", "claude-opus-5", "claude-next", "x"] {
            assert!(!Model::named(model).takes_prefill(), "{model} would answer 400");
        }
    }

    #[test]
    fn each_version_is_asked_in_its_own_way() {
        let form = |strict| Form::new("f", json!({}), strict).expect("fit");
        for (model, way, sampling, strict, loose) in [
            ("claude-3-5-sonnet-20241022", ThinkingWay::Never, true, false, false),
            ("claude-opus-4-1-20250805", ThinkingWay::Budget, true, false, false),
            ("claude-sonnet-4-5", ThinkingWay::Budget, true, true, false),
            ("claude-opus-4-6", ThinkingWay::Effort, true, true, false),
            ("claude-opus-4-7", ThinkingWay::Effort, false, true, false),
            ("claude-sonnet-5", ThinkingWay::Effort, false, true, true),
            ("kimi-k3", ThinkingWay::Budget, true, false, false),
        ] {
            let model = Model::named(model);
            let takes = (model.takes_form(&form(true)), model.takes_form(&form(false)));
            assert_eq!(
                (model.thinking_way(), model.takes_sampling(), takes),
                (way, sampling, (strict, loose)),
                "{model:?}"
            );
        }
    }
}
