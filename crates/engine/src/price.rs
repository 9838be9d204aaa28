//! What a call costs and what a model can do: an admin's own word, else the price list's,
//! and nothing on this machine.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use domain::{Dialect, MillionPrice, ModelRef, NanoUsd, Override, PriceOverride, Tokens, Usage};
use gateway::catalogue::{Catalogue, ModelFacts, Prices, Rates};
use gateway::{Abilities, PriceHint};
use workspace::{Ceiling, PriceList, Provider};

use crate::api::Failure;
use crate::desk::Desk;
use crate::models::is_local;

/// The price list in use, and what admins say over it, as of one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct PriceBook {
    /// The list that an admin brought, where it is newer than the shipped one.
    imported: Option<(PriceList, Arc<Catalogue>)>,
    overrides: HashMap<ModelRef, Override>,
}

/// The price of one model at one provider.
#[derive(Clone, Debug)]
pub(crate) enum Price {
    /// It runs on this machine.
    Free,
    /// As an admin says, or the price list.
    Known(Prices),
    /// Nobody knows; that is not zero.
    Unknown,
}

impl Desk {
    /// The prices as they are now. A guest, who has no workspace, gets the shipped list's.
    pub(crate) async fn price_book(&self) -> Result<PriceBook, Failure> {
        let Some(workspace) = &self.session.workspace else { return Ok(PriceBook::default()) };
        let words = workspace.catalogue().await?;
        // After an update, the list that ships may be the newer one.
        let newer = |list: &PriceList| list.date >= Catalogue::shipped().date;
        let imported = match words.list.filter(newer) {
            Some(list) => Some(self.imported(list).await?),
            None => None,
        };
        Ok(PriceBook { imported, overrides: words.overrides })
    }

    /// The text of an imported list is read once for each list.
    async fn imported(&self, list: PriceList) -> Result<(PriceList, Arc<Catalogue>), Failure> {
        let kept = &self.app.price_list;
        if let Some((digest, read)) = &*kept.lock().unwrap_or_else(PoisonError::into_inner)
            && *digest == list.digest
        {
            return Ok((list, Arc::clone(read)));
        }
        let found = self.session.workspace()?.price_list().await?;
        let unreadable = || Failure::internal("the imported price list could not be read");
        let (list, text) = found.ok_or_else(unreadable)?;
        let read = Arc::new(Catalogue::from_text(&text).ok_or_else(unreadable)?);
        let entry = (list.digest, Arc::clone(&read));
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        Ok((list, read))
    }
}

impl PriceBook {
    /// The price list in use.
    pub(crate) fn list(&self) -> &Catalogue {
        self.imported.as_ref().map_or(Catalogue::shipped(), |(_, list)| &**list)
    }

    /// The price list in use, where an admin brought it.
    pub(crate) fn imported(&self) -> Option<&PriceList> {
        self.imported.as_ref().map(|(list, _)| list)
    }

    /// The same without what admins say.
    pub(crate) fn without_own(&self) -> Self {
        Self { imported: self.imported.clone(), overrides: HashMap::new() }
    }

    /// What an admin says of a model.
    pub(crate) fn own(&self, provider: &Provider, model: &str) -> Option<Override> {
        // The sidecar's models are what their files are.
        if provider.dialect == Dialect::BuiltIn {
            return None;
        }
        let model = ModelRef { provider: provider.id, model: model.to_owned() };
        self.overrides.get(&model).copied()
    }

    /// What the price list says of a model.
    pub(crate) fn listed(&self, provider: &Provider, model: &str) -> Option<&ModelFacts> {
        self.list().facts(host(provider)?, model)
    }

    /// What holds for a model; none where nobody says anything of it.
    pub(crate) fn facts(&self, provider: &Provider, model: &str) -> Option<ModelFacts> {
        let listed = self.listed(provider, model).cloned();
        match self.own(provider, model) {
            Some(own) => Some(over(listed.unwrap_or_default(), &own)),
            None => listed,
        }
    }

    /// What a model can do, as far as that is known.
    pub(crate) fn abilities(&self, provider: &Provider, model: &str) -> Abilities {
        if provider.dialect == Dialect::BuiltIn {
            // The sidecar's API takes words and nothing else.
            let no = Some(false);
            return Abilities { images: no, tools: no, form: no, thinking: no };
        }
        let listed = host(provider).map(|host| self.list().abilities(host, model));
        let listed = listed.unwrap_or_default();
        let own = self.own(provider, model).unwrap_or_default();
        Abilities {
            images: own.images.or(listed.images),
            tools: own.tools.or(listed.tools),
            form: own.structured.or(listed.form),
            thinking: own.reasoning.or(listed.thinking),
        }
    }

    /// What a model costs. A server on this machine sends no bill, unless an admin says that
    /// it does: it may pass questions on to somebody who does.
    pub(crate) fn price(&self, provider: &Provider, model: &str) -> Price {
        let own = self.own(provider, model).map(|own| own.price).unwrap_or_default();
        let known = |prices: Option<Prices>| prices.map_or(Price::Unknown, Price::Known);
        match own {
            PriceOverride::Listed {} if is_local(provider) => Price::Free,
            PriceOverride::Listed {} => {
                known(self.listed(provider, model).and_then(|facts| facts.prices.clone()))
            }
            PriceOverride::Unpriced {} => Price::Unknown,
            PriceOverride::Set { price } => known(prices_of(price)),
        }
    }
}

/// What the list says, with what an admin says over it.
fn over(listed: ModelFacts, own: &Override) -> ModelFacts {
    ModelFacts {
        context: own.context.or(listed.context),
        images: own.images.unwrap_or(listed.images),
        tools: own.tools.unwrap_or(listed.tools),
        reasoning: own.reasoning.unwrap_or(listed.reasoning),
        structured: own.structured.unwrap_or(listed.structured),
        prices: match own.price {
            PriceOverride::Listed {} => listed.prices,
            PriceOverride::Unpriced {} => None,
            PriceOverride::Set { price } => prices_of(price),
        },
        ..listed
    }
}

/// An admin's price as the gateway counts with it. One that is none leaves the model unpriced,
/// never free: the documents say who signed it, not that it makes sense.
fn prices_of(price: MillionPrice) -> Option<Prices> {
    if !price.holds() {
        return None;
    }
    // Nano-dollars for a million tokens are so many thousandths of a pico-dollar for one.
    let rate = |price: NanoUsd| u64::try_from(price.0 / MillionPrice::STEP.0).unwrap_or(u64::MAX);
    let base = Rates {
        input: rate(price.input),
        output: rate(price.output),
        cached: price.cached.map(rate),
        write: price.write.map(rate),
        ..Rates::default()
    };
    Some(Prices { base, tiers: Vec::new() })
}

/// What a million tokens cost at these rates.
pub(crate) fn rates_per_million(rates: &Rates) -> MillionPrice {
    let price = |rate: u64| {
        let nano = i64::try_from(rate).unwrap_or(i64::MAX).saturating_mul(MillionPrice::STEP.0);
        NanoUsd(nano)
    };
    MillionPrice {
        input: price(rates.input),
        output: price(rates.output),
        cached: rates.cached.map(price),
        write: rates.write.map(price),
    }
}

impl Price {
    /// What a call with so much input costs at most; none where the price is not known.
    pub(crate) fn ceiling(&self, input: Tokens) -> Option<Ceiling> {
        match self {
            Self::Free => Some(Ceiling::FREE),
            Self::Known(prices) => {
                let (input, per_output) = prices.at_most(input);
                Some(Ceiling { input, per_output })
            }
            Self::Unknown => None,
        }
    }

    /// What a call with this usage costs; none where the price is not known.
    pub(crate) fn cost(&self, usage: &Usage) -> Option<NanoUsd> {
        match self {
            Self::Free => Some(NanoUsd(0)),
            Self::Known(prices) => Some(prices.cost(usage)),
            Self::Unknown => None,
        }
    }

    /// For comparing it with others; none where the price is not known.
    pub(crate) fn hint(&self) -> Option<PriceHint> {
        match self {
            Self::Free => Some(PriceHint { input: NanoUsd(0), output: NanoUsd(0) }),
            Self::Known(prices) => Some(prices.into()),
            Self::Unknown => None,
        }
    }

    /// The rates; none where nothing is paid or the price is not known.
    pub(crate) fn prices(&self) -> Option<&Prices> {
        match self {
            Self::Known(prices) => Some(prices),
            Self::Free | Self::Unknown => None,
        }
    }

    /// What a million tokens cost at small inputs; none where the price is not known.
    pub(crate) fn per_million(&self) -> Option<MillionPrice> {
        match self {
            Self::Free => Some(MillionPrice::default()),
            Self::Known(prices) => Some(rates_per_million(&prices.base)),
            Self::Unknown => None,
        }
    }
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
            accepts: domain::DataClass::Internal,
            regions: Vec::new(),
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
        let shipped = PriceBook::default();
        let cost = |url: &str, model: &str| shipped.price(&provider(url), model).cost(&USAGE);
        assert_eq!(cost("http://127.0.0.1:11434/v1", "gpt-4o"), Some(NanoUsd(0)), "no bill");
        let listed = Some(NanoUsd(3_500_000));
        assert_eq!(cost("https://api.openai.com/v1", "gpt-4o"), listed, "$2.50 and $10 a million");
        assert_eq!(cost("https://api.openai.com/v1", "gpt-99"), None, "never zero");
        assert_eq!(cost("https://models.example.com/v1", "gpt-4o"), None, "another's price");
    }

    #[test]
    fn the_most_a_call_costs_covers_what_it_uses() {
        let shipped = PriceBook::default();
        let price = shipped.price(&provider("https://api.openai.com/v1"), "gpt-4o");
        let ceiling = price.ceiling(Tokens(1_000)).unwrap();
        assert!(ceiling.at(Tokens(100)) >= price.cost(&USAGE).unwrap(), "a hold covers the use");
        let unknown = shipped.price(&provider("https://api.openai.com/v1"), "gpt-99");
        assert_eq!(unknown.ceiling(Tokens(1_000)), None, "never zero");
        let here = shipped.price(&provider("http://127.0.0.1:11434/v1"), "any");
        assert_eq!(here.ceiling(Tokens(1_000)), Some(Ceiling::FREE), "this machine sends no bill");
    }

    #[test]
    fn what_a_model_can_do_is_known_for_listed_and_built_in_ones() {
        let openai = provider("https://api.openai.com/v1");
        let shipped = PriceBook::default();
        let abilities = |provider: &Provider, model: &str| shipped.abilities(provider, model);
        let yes = Some(true);
        let known = abilities(&openai, "gpt-4o");
        assert_eq!((known.images, known.tools, known.form), (yes, yes, yes), "as listed");
        assert_eq!(known.thinking, Some(false), "others of that vendor do");
        assert_eq!(abilities(&openai, "gpt-of-tomorrow"), Abilities::default(), "not listed");
        let built_in = Provider { dialect: Dialect::BuiltIn, ..openai };
        assert_eq!(abilities(&built_in, "gpt-4o").tools, Some(false), "words alone");
    }
    fn saying(own: Override) -> (PriceBook, Provider) {
        let provider = provider("https://api.openai.com/v1");
        let model = ModelRef { provider: provider.id, model: "gpt-4o".to_owned() };
        (PriceBook { imported: None, overrides: HashMap::from([(model, own)]) }, provider)
    }

    fn costing(price: MillionPrice) -> Override {
        Override { price: PriceOverride::Set { price }, ..Override::default() }
    }

    const DOLLAR: NanoUsd = NanoUsd(1_000_000_000);

    #[test]
    fn what_an_admin_says_of_a_price_holds_for_what_is_held_and_booked() {
        let price = MillionPrice { input: DOLLAR, output: DOLLAR, cached: None, write: None };
        let (book, openai) = saying(costing(price));
        let own = book.price(&openai, "gpt-4o");
        assert_eq!(own.cost(&USAGE), Some(NanoUsd(1_100_000)), "1,100 tokens at $1 a million");
        let ceiling = own.ceiling(Tokens(1_000)).unwrap();
        assert_eq!(ceiling.at(Tokens(100)), NanoUsd(1_100_000), "the hold covers just that");
        assert_eq!(own.per_million(), Some(price), "as it was said");
        assert_eq!(book.facts(&openai, "gpt-4o").unwrap().context, Some(Tokens(128_000)), "listed");
        let other = book.price(&openai, "gpt-4o-mini").cost(&USAGE);
        assert_eq!(other, PriceBook::default().price(&openai, "gpt-4o-mini").cost(&USAGE));
    }

    #[test]
    fn a_model_that_an_admin_calls_unpriced_has_no_price() {
        let own = Override { price: PriceOverride::Unpriced {}, ..Override::default() };
        let (book, openai) = saying(own);
        assert_eq!(book.price(&openai, "gpt-4o").cost(&USAGE), None, "whatever the list says");
        assert_eq!(book.facts(&openai, "gpt-4o").unwrap().prices, None, "for choosing, too");
    }

    #[test]
    fn wall_63_a_signed_price_that_makes_no_sense_is_unknown_and_never_pays() {
        for nano in [-1_000, i64::MIN, i64::MAX, 1] {
            let price = MillionPrice { input: NanoUsd(nano), output: DOLLAR, ..Default::default() };
            let (book, openai) = saying(costing(price));
            assert_eq!(book.price(&openai, "gpt-4o").cost(&USAGE), None, "{nano}");
        }
    }

    #[test]
    fn a_server_here_is_free_until_an_admin_says_what_it_passes_on() {
        let price = MillionPrice { input: DOLLAR, ..MillionPrice::default() };
        let (book, openai) = saying(costing(price));
        let here = Provider { base_url: "http://127.0.0.1:4000/v1".to_owned(), ..openai };
        assert_eq!(book.price(&here, "gpt-4o").cost(&USAGE), Some(NanoUsd(1_000_000)));
        assert_eq!(book.price(&here, "another").cost(&USAGE), Some(NanoUsd(0)), "free");
        let built_in = Provider { dialect: Dialect::BuiltIn, ..here };
        assert_eq!(book.price(&built_in, "gpt-4o").cost(&USAGE), Some(NanoUsd(0)), "always");
    }

    #[test]
    fn an_admin_says_what_a_model_can_do() {
        let own = Override {
            images: Some(false),
            reasoning: Some(true),
            context: Some(Tokens(9_000)),
            ..Override::default()
        };
        let (book, openai) = saying(own);
        let abilities = book.abilities(&openai, "gpt-4o");
        assert_eq!((abilities.images, abilities.thinking), (Some(false), Some(true)), "as said");
        assert_eq!(abilities.tools, Some(true), "as listed");
        let facts = book.facts(&openai, "gpt-4o").unwrap();
        assert_eq!((facts.context, facts.tools), (Some(Tokens(9_000)), true), "both");
        assert!(facts.prices.is_some(), "the price stays listed");
    }
}
