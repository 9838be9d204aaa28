//! Which models a provider offers.
//!
//! Lists come as `data` (OpenAI, Anthropic), `models` (some local servers)
//! or a bare array (Together). They are long at OpenRouter and may be
//! endless at a hostile server, so size and number are capped.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::time::timeout;

use crate::CallError;
use crate::attempt::sending_trouble;
use crate::body::{read_some, read_whole};
use crate::error_body::ProviderError;
use crate::failure::{About, Trouble};
use crate::redact::without_key;

const LARGEST_LIST: usize = 8 << 20;
const LARGEST_ERROR: usize = 64 << 10;
const MOST: usize = 5_000;
const LONGEST_NAME: usize = 200;

/// Sends `request` and reads the names, sorted and without doubles.
pub(crate) async fn list(
    request: RequestBuilder,
    about: &About<'_>,
    limit: Duration,
) -> Result<Vec<String>, CallError> {
    let mut response = timeout(limit, request.send())
        .await
        .map_err(|_| about.error(&Trouble::NoHeaders))?
        .map_err(|error| about.error(&sending_trouble(&error, false)))?;
    let status = response.status().as_u16();
    if status != 200 {
        let body = read_some(&mut response, LARGEST_ERROR, limit).await;
        let said = ProviderError::parse(&body);
        return Err(about.stated(status, response.headers(), said.as_ref()));
    }
    let body = read_whole(&mut response, LARGEST_LIST, limit)
        .await
        .ok_or_else(|| about.error(&Trouble::Malformed))?;
    if body.trim_ascii_start().starts_with(b"<") {
        return Err(about.error(&Trouble::Page));
    }
    if let Some(said) = ProviderError::parse(&body) {
        return Err(about.stated(status, response.headers(), Some(&said)));
    }
    names(&body, about).ok_or_else(|| about.error(&Trouble::Malformed))
}

fn names(body: &[u8], about: &About<'_>) -> Option<Vec<String>> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let list = match &value {
        Value::Array(list) => list.as_slice(),
        Value::Object(object) => {
            match ["data", "models"].iter().find_map(|name| object.get(*name))? {
                Value::Array(list) => list.as_slice(),
                // Ollama without a model.
                Value::Null => &[],
                _ => return None,
            }
        }
        _ => return None,
    };
    let mut names: Vec<String> = list
        .iter()
        .filter_map(|model| {
            let name = model.as_str().or_else(|| {
                ["id", "name", "model"].iter().find_map(|field| model.get(*field)?.as_str())
            })?;
            // Google names the collection, too, and lists what cannot write.
            let name = name.strip_prefix("models/").unwrap_or(name);
            let methods = model.get("supportedGenerationMethods").and_then(Value::as_array);
            if methods.is_some_and(|all| !all.iter().any(|one| one == "generateContent")) {
                return None;
            }
            let plain = !name.is_empty() && name.len() <= LONGEST_NAME;
            let visible = !name.chars().any(char::is_control);
            (plain && visible && without_key(name, about.key) == name).then(|| name.to_owned())
        })
        .take(MOST)
        .collect();
    names.sort_unstable();
    names.dedup();
    Some(names)
}
