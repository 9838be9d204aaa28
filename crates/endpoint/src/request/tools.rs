//! The tools that a program offers, and whether one must be used.

use engine::programs::{Tool, ToolChoice};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::refusal::Refusal;

const MOST_TOOLS: usize = 128;

pub(super) fn read(
    specs: Option<Vec<ToolSpec>>,
    wanted: Option<WantedTool>,
) -> Result<(Vec<Tool>, ToolChoice), Refusal> {
    let specs = specs.unwrap_or_default();
    if specs.len() > MOST_TOOLS {
        return Err(invalid(format!("At most {MOST_TOOLS} tools can be offered.")));
    }
    let tools: Vec<Tool> = specs.into_iter().map(tool).collect::<Result<_, _>>()?;
    let choice = match wanted {
        None => ToolChoice::Free,
        Some(WantedTool::Word(word)) => match word.as_str() {
            "auto" => ToolChoice::Free,
            "none" => ToolChoice::Never,
            "required" => ToolChoice::Must,
            _ => return Err(unknown_choice()),
        },
        Some(WantedTool::One { kind, function: Some(Named { name }) }) if kind == "function" => {
            ToolChoice::Only(name)
        }
        Some(WantedTool::One { .. }) => return Err(unknown_choice()),
    };
    let can_be = match &choice {
        ToolChoice::Free | ToolChoice::Never => true,
        ToolChoice::Must => !tools.is_empty(),
        ToolChoice::Only(name) => tools.iter().any(|tool| tool.name() == name),
    };
    if can_be { Ok((tools, choice)) } else { Err(unknown_choice()) }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::invalid(Some("tools"), message)
}

fn unknown_choice() -> Refusal {
    Refusal::invalid(
        Some("tool_choice"),
        "`tool_choice` is none, auto, required, or a function that is among `tools`.",
    )
}

fn tool(spec: ToolSpec) -> Result<Tool, Refusal> {
    let Some(function) = spec.function.filter(|_| spec.kind == "function") else {
        return Err(invalid("A tool is a `function`; others are not available."));
    };
    let none = || json!({ "type": "object", "properties": {} });
    let parameters = function.parameters.unwrap_or_else(none);
    Tool::new(function.name, function.description.unwrap_or_default(), parameters)
        .map_err(|unfit| invalid(unfit.to_string()))
}

#[derive(Deserialize)]
pub(super) struct ToolSpec {
    #[serde(rename = "type")]
    kind: String,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    description: Option<String>,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum WantedTool {
    Word(String),
    One {
        #[serde(rename = "type")]
        kind: String,
        function: Option<Named>,
    },
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}
