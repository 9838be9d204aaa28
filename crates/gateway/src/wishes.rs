//! What is asked of a model beside its words.
//!
//! Tools, a form for the answer and reasoning are needs: a model that lacks
//! them is not asked (`needs`). The numbers that steer the choice of words
//! are hints: where an API does not know one, or a model refuses it, it is
//! left out. How many answers are wanted is not here: each is a question.

use serde_json::Value;

/// What is asked of a model beside its words; nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// The tools that the model may want to be run.
    pub tools: Vec<Tool>,
    /// Whether it may, or must.
    pub tool_choice: ToolChoice,
    /// The form of the answer; none for free text.
    pub form: Option<Form>,
    /// How long to think first; none for the model's own way.
    pub thinking: Option<Thinking>,
    /// How freely words are chosen, from 0 to 2 as OpenAI counts.
    pub temperature: Option<f64>,
    /// The part of the likeliest words that is chosen from, from 0 to 1.
    pub top_p: Option<f64>,
    /// Words before which the answer ends.
    pub stop: Vec<String>,
    /// Makes answers repeatable, as far as the provider can.
    pub seed: Option<i64>,
}

/// A tool as a model is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    name: String,
    description: String,
    parameters: Value,
}

/// Whether tools may be wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model sees fit.
    #[default]
    Free,
    /// None; they are told of because the conversation holds calls of them.
    Never,
    /// At least one must be.
    Must,
    /// This one must be.
    Only(String),
}

/// The form of an answer: JSON that fits a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    name: String,
    schema: Value,
    strict: bool,
}

/// How long a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// As little as it can.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Long.
    High,
}

/// Why a tool or a form is none that every provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its name.
    #[error("A name has 1 to 64 letters, digits, hyphens and underscores.")]
    Name,
    /// Its schema.
    #[error("A JSON schema is an object.")]
    Schema,
}

impl Wishes {
    /// True where the model may want a tool.
    #[must_use]
    pub fn offer_tools(&self) -> bool {
        !self.tools.is_empty() && self.tool_choice != ToolChoice::Never
    }

    /// True where it must want one.
    pub(crate) fn force_tools(&self) -> bool {
        self.offer_tools() && self.tool_choice != ToolChoice::Free
    }

    /// The bytes in which the model reads them, at most.
    pub(crate) fn size(&self) -> usize {
        let tool =
            |tool: &Tool| tool.name.len() + tool.description.len() + written(&tool.parameters);
        let tools = self.tools.iter().map(tool).sum::<usize>();
        tools + self.form.as_ref().map_or(0, |form| form.name.len() + written(&form.schema))
    }
}

fn written(value: &Value) -> usize {
    value.to_string().len()
}

impl Tool {
    /// A tool whose arguments fit the JSON schema `parameters`.
    ///
    /// # Errors
    /// `Unfit`.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        parameters: Value,
    ) -> Result<Self, Unfit> {
        let (name, parameters) = checked(name.into(), parameters)?;
        Ok(Self { name, description: description.into(), parameters })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in words for the model.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The JSON schema of its arguments.
    #[must_use]
    pub fn parameters(&self) -> &Value {
        &self.parameters
    }
}

impl Form {
    /// JSON that fits `schema`; `strict` where the schema is written so that a
    /// provider can enforce it (every object closed, every field required).
    ///
    /// # Errors
    /// `Unfit`.
    pub fn new(name: impl Into<String>, schema: Value, strict: bool) -> Result<Self, Unfit> {
        let (name, schema) = checked(name.into(), schema)?;
        Ok(Self { name, schema, strict })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The JSON schema.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// True where a provider can enforce it.
    #[must_use]
    pub fn strict(&self) -> bool {
        self.strict
    }
}

fn checked(name: String, schema: Value) -> Result<(String, Value), Unfit> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(Unfit::Name);
    }
    if !schema.is_object() {
        return Err(Unfit::Schema);
    }
    Ok((name, schema))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_one_that_every_provider_takes() {
        let long = "x".repeat(64);
        for name in ["get_weather", "a-1", long.as_str()] {
            assert!(Tool::new(name, "", json!({})).is_ok(), "{name}");
        }
        for name in ["", "get weather", "wetter.heute", "größe", &"x".repeat(65)] {
            assert_eq!(Tool::new(name, "", json!({})).err(), Some(Unfit::Name), "{name}");
        }
        assert_eq!(Form::new("a", json!(true), true).err(), Some(Unfit::Schema), "not an object");
    }

    #[test]
    fn tools_that_are_only_told_of_are_not_offered() {
        let tools = vec![Tool::new("a", "", json!({})).expect("fit")];
        let mut wishes = Wishes { tools, ..Wishes::default() };
        assert!(wishes.offer_tools() && !wishes.force_tools(), "the model is free");
        wishes.tool_choice = ToolChoice::Only("a".into());
        assert!(wishes.offer_tools() && wishes.force_tools(), "it must");
        wishes.tool_choice = ToolChoice::Never;
        assert!(!wishes.offer_tools() && !wishes.force_tools(), "it must not");
        assert!(!Wishes::default().offer_tools(), "there is none");
    }
}
