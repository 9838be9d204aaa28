//! One limit, as people write it: `dollars = 5.00`, `per = "month"`.

use domain::{Limit, LimitMeasure, LimitScope, Span};
use serde::Deserialize;

/// One limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct LimitEntry {
    /// What it counts.
    pub measure: LimitMeasure,
    /// The most of it.
    pub most: u64,
    /// The model it is about; none for all.
    pub model: Option<String>,
    /// The provider it is about; none for all.
    pub provider: Option<String>,
    /// The route it is about; none for all.
    pub route: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    dollars: Option<f64>,
    requests: Option<u64>,
    tokens: Option<u64>,
    at_once: Option<u64>,
    per: Option<Span>,
    model: Option<String>,
    provider: Option<String>,
    route: Option<String>,
}

impl LimitEntry {
    /// The limit about `scope`.
    #[must_use]
    pub fn about(&self, scope: LimitScope) -> Limit {
        Limit::new(scope, self.measure, self.most)
    }
}

impl TryFrom<Written> for LimitEntry {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { dollars, requests, tokens, at_once, per, model, provider, route } = written;
        let timed = per.ok_or("a limit on dollars, requests or tokens has a `per`");
        let (measure, most) = match (dollars, requests, tokens, at_once) {
            (Some(dollars), None, None, None) => {
                (LimitMeasure::Money { span: timed? }, nano(dollars)?)
            }
            (None, Some(most), None, None) => (LimitMeasure::Requests { span: timed? }, most),
            (None, None, Some(most), None) => (LimitMeasure::Tokens { span: timed? }, most),
            (None, None, None, Some(most)) if per.is_none() => (LimitMeasure::AtOnce {}, most),
            _ => {
                return Err(
                    "a limit has one of dollars, requests, tokens (with `per`) and at_once (without)",
                );
            }
        };
        if [&model, &provider, &route].into_iter().flatten().count() > 1 {
            return Err("a limit is about a model, a provider, a route, or none of them");
        }
        if most > Limit::MOST {
            return Err("a limit goes up to a million dollars, or 10¹⁵ of a kind");
        }
        Ok(Self { measure, most, model, provider, route })
    }
}

fn nano(dollars: f64) -> Result<u64, &'static str> {
    let nano = (dollars * 1e9).round();
    // Beyond this, a double does not hold whole numbers.
    if (0.0..=Limit::MOST as f64).contains(&nano) {
        return Ok(nano as u64);
    }
    Err("dollars go from 0 to a million")
}
