//! Price files as they are published, made from the list that ships with Carrel.

use gateway::catalogue::Catalogue;
use serde_json::{Value, json};

/// The rows of LiteLLM's price file that say what the shipped list says.
///
/// # Panics
/// Where the shipped list cannot be read.
#[must_use]
pub fn price_rows() -> serde_json::Map<String, Value> {
    let list: Value = serde_json::from_str(&Catalogue::shipped().to_text()).expect("JSON");
    let vendors = list["vendors"].as_object().expect("vendors");
    let models = vendors.iter().flat_map(|(vendor, rows)| {
        let rows = rows.as_object().expect("rows");
        rows.iter().map(move |(model, facts)| (format!("{vendor}/{model}"), row(vendor, facts)))
    });
    models.collect()
}

/// The same as a file.
#[must_use]
pub fn price_file(rows: &serde_json::Map<String, Value>) -> String {
    Value::Object(rows.clone()).to_string()
}

fn row(vendor: &str, facts: &Value) -> Value {
    let dollars = |rate: &Value| rate.as_f64().map(|pico| pico / 1e12);
    let prices = &facts["prices"];
    json!({
        "litellm_provider": vendor,
        "mode": "chat",
        "input_cost_per_token": dollars(&prices["input"]),
        "output_cost_per_token": dollars(&prices["output"]),
        "cache_read_input_token_cost": dollars(&prices["cached"]),
        "cache_creation_input_token_cost": dollars(&prices["write"]),
        "max_input_tokens": facts["context"],
        "max_output_tokens": facts["max_output"],
        "supports_vision": facts["images"],
        "supports_function_calling": facts["tools"],
        "supports_reasoning": facts["reasoning"],
        "supports_response_schema": facts["structured"],
    })
}
