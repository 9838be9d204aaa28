//! What models can do and what they cost.
//!
//! A dated snapshot ships with the program; an admin can read a newer one in
//! ([`import`]), after a look at what would change ([`difference`]). A model that is not listed has no
//! price here: unknown is never zero. What an admin says over a row is for others to keep.
//! Pure, but for reading the shipped snapshot once.

pub mod difference;
pub mod import;
mod price;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::Tokens;
use serde::{Deserialize, Serialize};

pub use price::{Prices, Rates, Tier};

use crate::Abilities;

/// The price list, as of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The day it was made, `YYYY-MM-DD`.
    pub date: String,
    /// Where its rows come from, for people.
    pub source: String,
    /// Rows by vendor (`openai`), then by the model's name as the vendor's API takes it.
    vendors: BTreeMap<String, BTreeMap<String, ModelFacts>>,
}

/// What is known of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelFacts {
    /// The largest input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Tokens>,
    /// The longest output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output: Option<Tokens>,
    /// Reads images.
    #[serde(skip_serializing_if = "is_false")]
    pub images: bool,
    /// Calls tools.
    #[serde(skip_serializing_if = "is_false")]
    pub tools: bool,
    /// Thinks before it answers.
    #[serde(skip_serializing_if = "is_false")]
    pub reasoning: bool,
    /// Answers in a given JSON schema.
    #[serde(skip_serializing_if = "is_false")]
    pub structured: bool,
    /// The day the vendor takes it away, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retires: Option<String>,
    /// What it costs; none where that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Hosts of the vendors whose prices are known, with the vendor's name in the list.
const HOSTS: &[(&str, &str)] = &[
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gemini"),
    ("api.mistral.ai", "mistral"),
    ("api.x.ai", "xai"),
    ("api.deepseek.com", "deepseek"),
    ("api.groq.com", "groq"),
    ("api.together.xyz", "together_ai"),
    ("api.together.ai", "together_ai"),
    ("api.fireworks.ai", "fireworks_ai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.deepinfra.com", "deepinfra"),
    ("api.cerebras.ai", "cerebras"),
    ("api.moonshot.ai", "moonshot"),
    ("api.z.ai", "zai"),
    ("api.sambanova.ai", "sambanova"),
    ("api.minimax.io", "minimax"),
    ("dashscope-intl.aliyuncs.com", "dashscope"),
    ("dashscope.aliyuncs.com", "dashscope"),
];

impl Catalogue {
    /// The snapshot that ships with this version.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Catalogue> = LazyLock::new(|| {
            // A test reads it; a broken snapshot leaves every model unpriced, never free.
            serde_json::from_str(include_str!("catalogue/snapshot.json")).unwrap_or(Catalogue {
                date: String::new(),
                source: String::new(),
                vendors: BTreeMap::new(),
            })
        });
        &SHIPPED
    }

    /// The list as text, which [`Catalogue::from_text`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Strings, numbers and maps with text for keys can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A list that was written with [`Catalogue::to_text`]; none for any other text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What is known of `model` at `host`; none where the host is no known vendor's or the
    /// model is not listed. Names are matched whole: a similar model may cost ten times as much.
    #[must_use]
    pub fn facts(&self, host: &str, model: &str) -> Option<&ModelFacts> {
        self.rows(host)?.get(model)
    }

    /// What `model` at `host` can do. That the list is silent about an ability
    /// counts only where it names it for another model of the vendor.
    #[must_use]
    pub fn abilities(&self, host: &str, model: &str) -> Abilities {
        let Some(rows) = self.rows(host) else { return Abilities::default() };
        let Some(facts) = rows.get(model) else { return Abilities::default() };
        let can = |has: fn(&ModelFacts) -> bool| {
            if has(facts) { Some(true) } else { rows.values().any(has).then_some(false) }
        };
        Abilities {
            images: can(|facts| facts.images),
            tools: can(|facts| facts.tools),
            form: can(|facts| facts.structured),
            thinking: can(|facts| facts.reasoning),
        }
    }

    fn rows(&self, host: &str) -> Option<&BTreeMap<String, ModelFacts>> {
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let (_, vendor) = HOSTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(host))?;
        self.vendors.get(*vendor)
    }

    /// How many models are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vendors.values().map(BTreeMap::len).sum()
    }

    /// How many of them have a price.
    #[must_use]
    pub fn priced(&self) -> usize {
        let models = self.vendors.values().flat_map(BTreeMap::values);
        models.filter(|facts| facts.prices.is_some()).count()
    }

    /// True where no model is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_snapshot_knows_the_well_known_models() {
        let catalogue = Catalogue::shipped();
        assert!(catalogue.len() > 800, "{} models", catalogue.len());
        let facts = catalogue.facts("api.openai.com", "gpt-4o").unwrap();
        let rates = facts.prices.as_ref().unwrap().base;
        assert_eq!((rates.input, rates.output), (2_500_000, 10_000_000), "$2.50 and $10 a million");
        assert_eq!(facts.context, Some(Tokens(128_000)));
        assert!(facts.images && facts.tools && facts.structured, "what it can do: {facts:?}");
    }

    #[test]
    fn silence_is_a_lack_only_where_the_vendor_is_described() {
        let abilities = |host, model| Catalogue::shipped().abilities(host, model);
        let gpt = abilities("api.openai.com", "gpt-4");
        assert_eq!((gpt.tools, gpt.images), (Some(true), Some(false)), "{gpt:?}");
        let sonar = abilities("api.perplexity.ai", "sonar-pro");
        assert_eq!((sonar.images, sonar.form), (None, None), "nobody described them: {sonar:?}");
        let unknown = [("api.openai.com", "gpt-of-tomorrow"), ("models.example.com", "gpt-4")];
        for (host, model) in unknown {
            assert_eq!(abilities(host, model), Abilities::default(), "{model} at {host} is tried");
        }
    }

    #[test]
    fn a_model_that_is_not_listed_has_no_price() {
        let catalogue = Catalogue::shipped();
        assert_eq!(catalogue.facts("api.openai.com", "gpt-4o-of-tomorrow"), None, "unknown model");
        assert_eq!(catalogue.facts("models.example.com", "gpt-4o"), None, "unknown host");
        assert_eq!(catalogue.facts("api.openai.com.example.com", "gpt-4o"), None, "look-alike");
        assert!(catalogue.facts("API.OpenAI.com:443", "gpt-4o").is_some(), "as people write it");
    }
}
