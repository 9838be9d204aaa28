//! What a Gemini model takes, told by its name.
//!
//! Source: Google, "Thinking" and "Thought signatures".

use crate::Thinking;

/// A model as this dialect knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model<'a> {
    name: &'a str,
    /// None where the name holds no version.
    version: Option<f64>,
}

/// How much thinking is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// In tokens.
    Budget(u32),
    /// As a level.
    Level(&'static str),
}

impl<'a> Model<'a> {
    pub(super) fn named(name: &'a str) -> Self {
        let name = name.rsplit('/').next().unwrap_or(name);
        Self { name, version: version(name) }
    }

    /// Models since 2.5 show their thoughts; older ones answer 400 to being asked for them.
    pub(super) fn shows_thoughts(self) -> bool {
        self.version.is_some_and(|version| version >= 2.5)
    }

    /// Google's own equivalents of OpenAI's efforts. None for models that do not think.
    pub(super) fn amount(self, thinking: Thinking) -> Option<Amount> {
        match self.version {
            Some(version) if version < 2.5 => None,
            Some(version) if version >= 3.0 => Some(Amount::Level(match thinking {
                // No model named "pro" knows the least level.
                Thinking::Minimal if self.name.contains("-pro") => "low",
                Thinking::Minimal => "minimal",
                Thinking::Low => "low",
                Thinking::Medium => "medium",
                Thinking::High => "high",
            })),
            Some(_) | None => Some(Amount::Budget(match thinking {
                Thinking::Minimal | Thinking::Low => 1_024,
                Thinking::Medium => 8_192,
                Thinking::High => 24_576,
            })),
        }
    }

    /// Models before 3 answer 400 to functions together with a schema.
    pub(super) fn takes_form_with_tools(self) -> bool {
        self.version.is_none_or(|version| version >= 3.0)
    }

    /// Models since 3 answer 400 to a call without its signature.
    pub(super) fn wants_signatures(self) -> bool {
        self.name.starts_with("gemini-") && self.version.is_none_or(|version| version >= 3.0)
    }
}

fn version(name: &str) -> Option<f64> {
    let behind = name.strip_prefix("gemini-")?;
    let number: String = behind.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_models_that_think_are_asked_for_their_thoughts() {
        for model in ["gemini-2.5-flash", "models/gemini-3-pro-preview", "gemini-10.0"] {
            assert!(Model::named(model).shows_thoughts(), "{model}");
        }
        for model in ["gemini-2.0-flash", "gemini-1.5-pro", "gemma-3-27b-it", "gemini-flash-latest"]
        {
            assert!(!Model::named(model).shows_thoughts(), "{model} could answer 400");
        }
    }

    #[test]
    fn thinking_is_asked_for_in_the_model_s_own_measure() {
        for (model, thinking, amount) in [
            ("gemini-2.0-flash", Thinking::High, None),
            ("gemini-2.5-pro", Thinking::Minimal, Some(Amount::Budget(1_024))),
            ("gemini-2.5-flash", Thinking::High, Some(Amount::Budget(24_576))),
            ("gemini-flash-latest", Thinking::Medium, Some(Amount::Budget(8_192))),
            ("gemini-3.5-flash", Thinking::Minimal, Some(Amount::Level("minimal"))),
            ("gemini-3.1-pro-preview", Thinking::Minimal, Some(Amount::Level("low"))),
            ("gemini-4-argon", Thinking::Medium, Some(Amount::Level("medium"))),
        ] {
            assert_eq!(Model::named(model).amount(thinking), amount, "{model} {thinking:?}");
        }
    }

    #[test]
    fn what_a_model_refuses_is_known_by_its_version() {
        for (model, form, signatures) in [
            ("gemini-2.5-pro", false, false),
            ("gemini-3-flash-preview", true, true),
            ("gemini-pro-latest", true, true),
            ("gemma-4-31b-it", true, false),
        ] {
            let model = Model::named(model);
            let takes = (model.takes_form_with_tools(), model.wants_signatures());
            assert_eq!(takes, (form, signatures), "{model:?}");
        }
    }
}
