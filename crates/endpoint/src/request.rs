//! A chat completion request, checked.
//!
//! Reads the part of OpenAI's request that every dialect can honour. Fields
//! that nobody knows are passed over, as compatible servers do; what would
//! change the answer in silence is refused with the field's name. Hints that
//! steer the choice of words may be left out, as everywhere in Carrel.
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>.

mod messages;
mod tools;

use domain::Tokens;
use engine::programs::{Form, Query, Thinking, Wishes};
use serde::Deserialize;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::request::messages::Message;
use crate::request::tools::{ToolSpec, WantedTool};

const MOST_STOPS: usize = 16;
const MOST_MESSAGES: usize = 10_000;
/// The name of a form that has none.
const UNNAMED: &str = "answer";

/// What is asked, and how the answer is to come.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) form: AnswerForm,
}

/// How the answer is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnswerForm {
    /// In pieces.
    pub(crate) stream: bool,
    /// The last piece counts the tokens.
    pub(crate) include_usage: bool,
    /// No more than one tool may be wanted.
    pub(crate) one_tool: bool,
}

impl Asked {
    /// Reads a request body.
    ///
    /// # Errors
    /// With a sentence that names the field at fault.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body).map_err(|error| {
            Refusal::invalid(None, format!("The request is not a chat completion: {error}."))
        })?;
        body.refuse_what_is_missing_here()?;
        let (tools, tool_choice) = tools::read(body.tools, body.tool_choice)?;
        let (system, messages) = messages::read(body.messages)?;
        let wishes = Wishes {
            tools,
            tool_choice,
            form: body.response_format.map(form).transpose()?.flatten(),
            thinking: body.reasoning_effort.as_deref().map(thinking).transpose()?,
            temperature: within(body.temperature, 2.0, "temperature")?,
            top_p: within(body.top_p, 1.0, "top_p")?,
            stop: stops(body.stop)?,
            seed: body.seed,
        };
        let most = body.max_completion_tokens.or(body.max_tokens);
        if most == Some(0) {
            return Err(Refusal::invalid(
                Some("max_completion_tokens"),
                "`max_completion_tokens` begins at 1.",
            ));
        }
        Ok(Self {
            query: Query {
                model: body.model,
                system,
                messages,
                wishes,
                max_output: most.map(Tokens),
                answers: body.n.unwrap_or(1),
            },
            form: AnswerForm {
                stream: body.stream.unwrap_or(false),
                include_usage: body.stream_options.is_some_and(|options| options.include_usage),
                one_tool: body.parallel_tool_calls == Some(false),
            },
        })
    }
}

fn within(value: Option<f64>, most: f64, name: &'static str) -> Result<Option<f64>, Refusal> {
    match value {
        Some(value) if !(0.0..=most).contains(&value) => {
            Err(Refusal::invalid(Some(name), format!("`{name}` goes from 0 to {most}.")))
        }
        _ => Ok(value),
    }
}

fn stops(stop: Option<OneOrMany>) -> Result<Vec<String>, Refusal> {
    let stops = match stop {
        None => Vec::new(),
        Some(OneOrMany::One(stop)) => vec![stop],
        Some(OneOrMany::Many(stops)) => stops,
    };
    if stops.len() > MOST_STOPS || stops.iter().any(String::is_empty) {
        let message = format!("`stop` takes at most {MOST_STOPS} texts, none of them empty.");
        return Err(Refusal::invalid(Some("stop"), message));
    }
    Ok(stops)
}

fn thinking(effort: &str) -> Result<Thinking, Refusal> {
    Ok(match effort {
        "none" | "minimal" => Thinking::Minimal,
        "low" => Thinking::Low,
        "medium" => Thinking::Medium,
        "high" | "xhigh" | "max" => Thinking::High,
        _ => {
            return Err(Refusal::invalid(
                Some("reasoning_effort"),
                "`reasoning_effort` is none, minimal, low, medium or high.",
            ));
        }
    })
}

fn form(format: Format) -> Result<Option<Form>, Refusal> {
    let made = match format {
        Format::Text {} => return Ok(None),
        Format::JsonObject {} => Form::new(UNNAMED, serde_json::json!({ "type": "object" }), false),
        Format::JsonSchema { json_schema: Schema { name, schema, strict } } => {
            Form::new(name, schema, strict.unwrap_or(false))
        }
    };
    made.map(Some).map_err(|unfit| Refusal::invalid(Some("response_format"), unfit.to_string()))
}

#[derive(Deserialize)]
struct Body {
    model: String,
    messages: Vec<Message>,
    n: Option<u32>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    seed: Option<i64>,
    stop: Option<OneOrMany>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    tools: Option<Vec<ToolSpec>>,
    tool_choice: Option<WantedTool>,
    parallel_tool_calls: Option<bool>,
    response_format: Option<Format>,
    reasoning_effort: Option<String>,
    // What no dialect but one has.
    functions: Option<Value>,
    function_call: Option<Value>,
    logprobs: Option<bool>,
    logit_bias: Option<Value>,
    modalities: Option<Vec<String>>,
    audio: Option<Value>,
    web_search_options: Option<Value>,
}

impl Body {
    fn refuse_what_is_missing_here(&self) -> Result<(), Refusal> {
        let biased = self.logit_bias.as_ref().and_then(Value::as_object);
        let speaks =
            self.modalities.as_ref().is_some_and(|all| all.iter().any(|one| one != "text"));
        let missing = [
            ("functions", self.functions.is_some() || self.function_call.is_some()),
            ("logprobs", self.logprobs == Some(true)),
            ("logit_bias", biased.is_some_and(|biases| !biases.is_empty())),
            ("modalities", speaks),
            ("audio", self.audio.is_some()),
            ("web_search_options", self.web_search_options.is_some()),
        ];
        for (name, wanted) in missing {
            if wanted {
                let instead = if name == "functions" { " Use `tools`." } else { " Leave it out." };
                let message = format!("`{name}` is not available through Carrel.{instead}");
                return Err(Refusal::invalid(Some(name), message));
            }
        }
        if self.messages.len() > MOST_MESSAGES {
            let message = format!("A chat has at most {MOST_MESSAGES} messages.");
            return Err(Refusal::invalid(Some("messages"), message));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format {
    Text {},
    JsonObject {},
    JsonSchema { json_schema: Schema },
}

#[derive(Deserialize)]
struct Schema {
    name: String,
    schema: Value,
    strict: Option<bool>,
}

#[cfg(test)]
mod tests;
