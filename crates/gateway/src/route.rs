//! What a question may be asked of: candidates in order, and how to choose.
//!
//! Policy comes first: a candidate carries the grant for exactly its model,
//! so what is forbidden is simply not in the list. Health and the strategy
//! come after (`lanes`, `preference`).

use std::fmt;
use std::sync::Arc;

use domain::{Dialect, KeyId, ModelRef, NanoUsd, ProviderId, Strategy, Tokens};
use futures::future::BoxFuture;
use policy::Grant;

use crate::catalogue::Prices;
use crate::{Abilities, ApiKey, CallError, Endpoint, Timeouts, Whom};

/// Where an answer may come from.
#[derive(Debug)]
pub struct Route {
    /// Its name, as admins gave it.
    pub name: String,
    /// How the first candidate is chosen.
    pub strategy: Strategy,
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// Asked, once, when the question is too long for the candidate that was called.
    pub on_overflow: Vec<Candidate>,
    /// Asked, once, when a candidate declined the content; empty: nobody else is asked.
    pub on_refusal: Vec<Candidate>,
}

/// One model at one provider, under the keys that may be used for it.
#[derive(Debug)]
pub struct Candidate {
    /// Where it is called; its own key is used where `keys` is empty.
    pub endpoint: Endpoint,
    /// The provider's own name of the model.
    pub model: String,
    /// The keys, best first; empty where none is needed.
    pub keys: Vec<RouteKey>,
    /// `model.use` on exactly this model.
    pub grant: Grant,
    /// Its part among the candidates for `Weighted` and `LeastBusy`; 0 is never drawn first.
    pub weight: u32,
    /// What it costs, for `Cheapest`; none is not zero.
    pub price: Option<PriceHint>,
    /// How much it reads, question and answer together, where that is known.
    pub context: Option<Tokens>,
    /// The output cap of this model; the smaller of it and the question's counts.
    pub max_output: Option<Tokens>,
    /// How freely it chooses words, from 0 to 2, where the question does not say.
    pub temperature: Option<f64>,
    /// How long to wait for it.
    pub timeouts: Timeouts,
    /// What it can do, where that is known.
    pub abilities: Abilities,
    /// Starts it, where Carrel has to; called before each try.
    pub wake: Option<Wake>,
}

/// A key as a route knows it.
#[derive(Clone, Debug)]
pub struct RouteKey {
    /// Its id: health and limits are kept under it.
    pub id: KeyId,
    /// Its name for people, such as `team`, never the key itself; none where it has none.
    pub label: Option<String>,
    /// The key.
    pub key: ApiKey,
}

/// A price for comparing candidates, per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceHint {
    /// For a million tokens of input.
    pub input: NanoUsd,
    /// For a million tokens of output.
    pub output: NanoUsd,
}

impl From<&Prices> for PriceHint {
    /// The rates for a short question that is in no cache.
    fn from(prices: &Prices) -> Self {
        // Pico-dollars a token are nano-dollars a thousand tokens.
        let million =
            |rate: u64| NanoUsd(i64::try_from(rate.saturating_mul(1_000)).unwrap_or(i64::MAX));
        Self { input: million(prices.base.input), output: million(prices.base.output) }
    }
}

impl PriceHint {
    /// What so many tokens cost, in nano-dollars.
    pub(crate) fn of(self, input: u64, output: u64) -> i64 {
        let part = |price: NanoUsd, tokens: u64| i128::from(price.0) * i128::from(tokens);
        let sum = (part(self.input, input) + part(self.output, output)) / 1_000_000;
        i64::try_from(sum).unwrap_or(i64::MAX)
    }
}

/// Makes a model reachable and says where: base URL and key. For models that
/// Carrel starts by itself, such as the built-in one.
#[derive(Clone)]
pub struct Wake(Arc<dyn Fn() -> Waking + Send + Sync>);

/// A model on its way to being reachable.
pub type Waking = BoxFuture<'static, Result<Awake, CallError>>;

/// Where a model that was started is called.
#[derive(Clone, Debug)]
pub struct Awake {
    /// Its base URL.
    pub base_url: String,
    /// Its key, where it wants one.
    pub key: Option<ApiKey>,
}

impl Wake {
    /// Calls `start` before each try.
    pub fn new(start: impl Fn() -> Waking + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }

    pub(crate) fn start(&self) -> Waking {
        (self.0)()
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wake(…)")
    }
}

impl Candidate {
    /// Whether it may think without showing it: elsewhere, and in a dialect that leaves thoughts
    /// out. Anthropic's and Google's show them, or count them as they go.
    pub(crate) fn hides_thought(&self) -> bool {
        let thinks = self.abilities.thinking != Some(false);
        self.endpoint.dialect == Dialect::OpenAi && !self.endpoint.local_allowed && thinks
    }

    /// The model, as policy and ledger name it.
    #[must_use]
    pub fn model_ref(&self) -> ModelRef {
        ModelRef { provider: self.endpoint.provider, model: self.model.clone() }
    }
}

/// One model under one key: what has a health of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LaneId {
    /// The provider.
    pub provider: ProviderId,
    /// Its model.
    pub model: String,
    /// The key; none where none is needed.
    pub key: Option<KeyId>,
}

/// Which of a route's lists a lane stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Main,
    OnOverflow,
    OnRefusal,
}

/// A lane of a route. Lanes that are listed twice are one.
#[derive(Clone, Debug)]
pub(crate) struct Lane<'r> {
    pub(crate) id: LaneId,
    pub(crate) list: List,
    pub(crate) candidate: &'r Candidate,
    pub(crate) key: Option<&'r RouteKey>,
    /// Counts the candidates of all lists, so that keys of one can be told.
    pub(crate) number: usize,
}

impl Lane<'_> {
    /// The lane in words for people.
    pub(crate) fn whom(&self) -> Whom {
        Whom {
            provider: self.id.provider,
            provider_label: self.candidate.endpoint.label.clone(),
            model: self.id.model.clone(),
            key_label: self.key.and_then(|key| key.label.clone()),
        }
    }
}

impl Route {
    pub(crate) fn lanes(&self) -> Vec<Lane<'_>> {
        let lists = [
            (List::Main, &self.candidates),
            (List::OnOverflow, &self.on_overflow),
            (List::OnRefusal, &self.on_refusal),
        ];
        let mut lanes: Vec<Lane<'_>> = Vec::new();
        let all = lists.iter().flat_map(|(list, listed)| listed.iter().map(|one| (*list, one)));
        for (number, (list, candidate)) in all.enumerate() {
            let keys: Vec<Option<&RouteKey>> = match candidate.keys.as_slice() {
                [] => vec![None],
                keys => keys.iter().map(Some).collect(),
            };
            for key in keys {
                let id = LaneId {
                    provider: candidate.endpoint.provider,
                    model: candidate.model.clone(),
                    key: key.map(|key| key.id),
                };
                if !lanes.iter().any(|known| known.id == id && known.list == list) {
                    lanes.push(Lane { id, list, candidate, key, number });
                }
            }
        }
        lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn the_catalogues_rates_become_a_hint_and_the_hint_a_price() {
        let facts = Catalogue::shipped().facts("api.openai.com", "gpt-4o").expect("listed");
        let hint = PriceHint::from(facts.prices.as_ref().expect("priced"));
        let listed = (NanoUsd(2_500_000_000), NanoUsd(10_000_000_000));
        assert_eq!((hint.input, hint.output), listed, "$2.50 and $10 a million");
        assert_eq!(hint.of(2_000, 100), 6_000_000, "half a cent and a tenth");
        assert_eq!(hint.of(u64::MAX, u64::MAX), i64::MAX, "no overflow");
    }
}
