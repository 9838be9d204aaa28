//! One route, as people write it: a name for several models.

use domain::Strategy;
use serde::Deserialize;

/// A route; its models are named like all others.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct RouteEntry {
    /// 1 to 60 characters; programs ask for `route/<name>`.
    pub name: String,
    /// How the first of them is chosen.
    pub strategy: Strategy,
    /// Those who may answer, best first, each with its part in a draw.
    pub models: Vec<(String, u32)>,
    /// Asked, once, where a question is too long.
    pub on_overflow: Vec<(String, u32)>,
    /// Asked, once, where a model declines the content.
    pub on_refusal: Vec<(String, u32)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    strategy: Strategy,
    models: Vec<String>,
    weights: Option<Vec<u32>>,
    #[serde(default)]
    on_overflow: Vec<String>,
    #[serde(default)]
    on_refusal: Vec<String>,
}

impl TryFrom<Written> for RouteEntry {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { name, strategy, models, weights, on_overflow, on_refusal } = written;
        let weights = weights.unwrap_or_else(|| vec![1; models.len()]);
        if weights.len() != models.len() {
            return Err("a route has as many weights as models, or none");
        }
        let alike = |names: Vec<String>| names.into_iter().map(|name| (name, 1)).collect();
        Ok(Self {
            name,
            strategy,
            models: models.into_iter().zip(weights).collect(),
            on_overflow: alike(on_overflow),
            on_refusal: alike(on_refusal),
        })
    }
}
