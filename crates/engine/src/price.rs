//! What a call costs: nothing on this machine, the catalogue's price elsewhere.

use domain::{Dialect, NanoUsd, Tokens, Usage};
use gateway::catalogue::{Catalogue, ModelFacts, Prices};
use gateway::{Abilities, PriceHint};
use workspace::{Ceiling, Provider};

use crate::api::ModelPrice;
use crate::models::is_local;

/// The price of one model at one provider.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Price {
    /// It runs on this machine.
    Free,
    /// As the catalogue lists it.
    Listed(&'static Prices),
    /// Nobody knows; that is not zero.
    Unknown,
}

impl Price {
    pub(crate) fn of(provider: &Provider, model: &str) -> Self {
        if is_local(provider) {
            return Self::Free;
        }
        let prices = facts(provider, model).and_then(|facts| facts.prices.as_ref());
        prices.map_or(Self::Unknown, Self::Listed)
    }

    /// What a call with so much input costs at most; none where the price is not known.
    pub(crate) fn ceiling(self, input: Tokens) -> Option<Ceiling> {
        match self {
            Self::Free => Some(Ceiling::FREE),
            Self::Listed(prices) => {
                let (input, per_output) = prices.at_most(input);
                Some(Ceiling { input, per_output })
            }
            Self::Unknown => None,
        }
    }

    /// What a call with this usage costs; none where the price is not known.
    pub(crate) fn cost(self, usage: &Usage) -> Option<NanoUsd> {
        match self {
            Self::Free => Some(NanoUsd(0)),
            Self::Listed(prices) => Some(prices.cost(usage)),
            Self::Unknown => None,
        }
    }

    /// For comparing it with others; none where the price is not known.
    pub(crate) fn hint(self) -> Option<PriceHint> {
        match self {
            Self::Free => Some(PriceHint { input: NanoUsd(0), output: NanoUsd(0) }),
            Self::Listed(prices) => Some(prices.into()),
            Self::Unknown => None,
        }
    }

    /// What a million tokens cost; none where the price is not known.
    pub(crate) fn per_million(self) -> Option<ModelPrice> {
        match self {
            Self::Free => Some(ModelPrice { input: NanoUsd(0), output: NanoUsd(0) }),
            Self::Listed(prices) => {
                let PriceHint { input, output } = prices.into();
                Some(ModelPrice { input, output })
            }
            Self::Unknown => None,
        }
    }
}

/// What the catalogue knows of a model.
pub(crate) fn facts(provider: &Provider, model: &str) -> Option<&'static ModelFacts> {
    Catalogue::shipped().facts(host(provider)?, model)
}

/// What a model can do, as far as that is known.
pub(crate) fn abilities(provider: &Provider, model: &str) -> Abilities {
    if provider.dialect == Dialect::BuiltIn {
        // The sidecar's API takes words and nothing else.
        let no = Some(false);
        return Abilities { images: no, tools: no, form: no, thinking: no };
    }
    host(provider).map(|host| Catalogue::shipped().abilities(host, model)).unwrap_or_default()
}

fn host(provider: &Provider) -> Option<&str> {
    let (_, rest) = provider.base_url.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

#[cfg(test)]
mod tests {
    use domain::{ProviderId, UnixMs};

    use super::*;

    fn provider(base_url: &str) -> Provider {
        Provider {
            id: ProviderId::new(UnixMs(1), [1; 10]),
            label: "P".to_owned(),
            dialect: Dialect::OpenAi,
            base_url: base_url.to_owned(),
            models: vec!["gpt-4o".to_owned()],
            for_guests: false,
            nearby_allowed: false,
            order: 0,
            keys: Vec::new(),
            version: 1,
        }
    }

    const USAGE: Usage = Usage {
        input: Tokens(1_000),
        cached_input: Tokens(0),
        cache_write: Tokens(0),
        cache_write_long: Tokens(0),
        output: Tokens(100),
        reasoning: Tokens(0),
        estimated: false,
    };

    #[test]
    fn this_machine_is_free_a_listed_model_has_its_price_and_an_unknown_one_none() {
        let cost = |url: &str, model: &str| Price::of(&provider(url), model).cost(&USAGE);
        assert_eq!(cost("http://127.0.0.1:11434/v1", "gpt-4o"), Some(NanoUsd(0)), "no bill");
        let listed = Some(NanoUsd(3_500_000));
        assert_eq!(cost("https://api.openai.com/v1", "gpt-4o"), listed, "$2.50 and $10 a million");
        assert_eq!(cost("https://api.openai.com/v1", "gpt-99"), None, "never zero");
        assert_eq!(cost("https://models.example.com/v1", "gpt-4o"), None, "another's price");
    }

    #[test]
    fn the_most_a_call_costs_covers_what_it_uses() {
        let price = Price::of(&provider("https://api.openai.com/v1"), "gpt-4o");
        let ceiling = price.ceiling(Tokens(1_000)).unwrap();
        assert!(ceiling.at(Tokens(100)) >= price.cost(&USAGE).unwrap(), "a hold covers the use");
        let unknown = Price::of(&provider("https://api.openai.com/v1"), "gpt-99");
        assert_eq!(unknown.ceiling(Tokens(1_000)), None, "never zero");
        let here = Price::of(&provider("http://127.0.0.1:11434/v1"), "any");
        assert_eq!(here.ceiling(Tokens(1_000)), Some(Ceiling::FREE), "this machine sends no bill");
    }

    #[test]
    fn what_a_model_can_do_is_known_for_listed_and_built_in_ones() {
        let openai = provider("https://api.openai.com/v1");
        let yes = Some(true);
        let known = abilities(&openai, "gpt-4o");
        assert_eq!((known.images, known.tools, known.form), (yes, yes, yes), "as listed");
        assert_eq!(known.thinking, Some(false), "others of that vendor do");
        assert_eq!(abilities(&openai, "gpt-of-tomorrow"), Abilities::default(), "not listed");
        let built_in = Provider { dialect: Dialect::BuiltIn, ..openai };
        assert_eq!(abilities(&built_in, "gpt-4o").tools, Some(false), "words alone");
    }
}
