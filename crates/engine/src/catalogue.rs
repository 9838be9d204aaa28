//! Reading the catalogue, changing what it says of a model, and bringing a newer list.

use domain::{Dialect, ModelRef, Override, PriceOverride, Tokens, UnixMs};
use gateway::catalogue::difference::{self, Difference};
use gateway::catalogue::{Catalogue as List, import};
use policy::{Action, Resource};
use workspace::{LARGEST_PRICE_LIST, Provider};

use crate::api::{
    Catalogue, CatalogueImport, CatalogueRow, DoubtedPrice, Failure, ImportCatalogue, ModelFacts,
    Nothing, SaveOverride,
};
use crate::desk::Desk;
use crate::models::{label_of, not_offered, offering, provider_resource};
use crate::price::{PriceBook, rates_per_million};

/// What the longest context that anybody sells is far below of.
const MAX_CONTEXT: Tokens = Tokens(1_000_000_000);
/// A list is of a day that has begun somewhere.
const AHEAD_MS: i64 = 24 * 60 * 60 * 1_000;

impl Desk {
    pub(crate) async fn read_catalogue(&self, _: Nothing) -> Result<Catalogue, Failure> {
        self.allow(Action::ProviderRead, &Resource::Workspace)?;
        let book = self.price_book().await?;
        let providers = self.providers().await?;
        let listed = book.without_own();
        let rows = providers.iter().flat_map(|provider| {
            provider.models.iter().map(|model| row(&book, &listed, provider, model))
        });
        Ok(Catalogue {
            date: book.list().date.clone(),
            known: count(book.list().len()),
            imported_at: book.imported().map(|list| list.imported_at),
            shipped: List::shipped().date.clone(),
            models: rows.collect(),
        })
    }

    pub(crate) async fn save_override(&self, request: SaveOverride) -> Result<Catalogue, Failure> {
        let SaveOverride { model, own } = request;
        let grant = self.allow(Action::ProviderConfigure, &provider_resource(model.provider))?;
        let workspace = self.session.workspace()?;
        let providers = self.providers().await?;
        let provider = offering(&providers, &model).ok_or_else(not_offered)?;
        if provider.dialect == Dialect::BuiltIn {
            return Err(Failure::invalid(
                "A built-in model costs nothing and is what its file is. Choose another model.",
            ));
        }
        // Saying nothing of any value is saying nothing.
        let own = own.filter(|own| *own != Override::default());
        if let Some(own) = &own {
            check(own)?;
        }
        workspace.save_override(&grant, model, own, self.app.now()).await?;
        self.read_catalogue(Nothing {}).await
    }

    /// A list in use that cannot be read is no reason to refuse another one.
    pub(crate) async fn import_catalogue(
        &self,
        request: ImportCatalogue,
    ) -> Result<CatalogueImport, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        let now = self.app.now();
        let book = self.price_book().await.unwrap_or_default();
        check_day(&request.date, now)?;
        let accept = request.accept;
        let (found, difference) = read(request, book).await?;
        let text = found.to_text();
        if text.len() > LARGEST_PRICE_LIST {
            return Err(Failure::invalid(
                "This list knows more models than Carrel keeps. Nothing was changed.",
            ));
        }
        let taken = accept || difference.doubted.is_empty();
        if taken {
            workspace.import_price_list(&grant, found.date.clone(), text, now).await?;
        }
        Ok(told(taken, &found, difference))
    }

    pub(crate) async fn drop_catalogue(&self, _: Nothing) -> Result<Catalogue, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        self.session.workspace()?.drop_price_list(&grant, self.app.now()).await?;
        self.read_catalogue(Nothing {}).await
    }
}

/// Megabytes of JSON are not read while others wait for an answer.
async fn read(request: ImportCatalogue, book: PriceBook) -> Result<(List, Difference), Failure> {
    let reading = tokio::task::spawn_blocking(move || {
        let known = book.list();
        let found = import::read(request.text.as_bytes(), &request.date, known)?;
        let difference = difference::between(known, &found);
        Ok::<_, import::ImportError>((found, difference))
    });
    let read = reading.await.map_err(|_| Failure::internal("the price list could not be read"))?;
    read.map_err(|error| Failure::invalid(error.to_string()))
}

fn told(taken: bool, found: &List, difference: Difference) -> CatalogueImport {
    let doubted = difference.doubted.into_iter().map(|doubt| DoubtedPrice {
        vendor: doubt.vendor,
        model: doubt.model,
        before: rates_per_million(&doubt.before),
        after: rates_per_million(&doubt.after),
    });
    CatalogueImport {
        taken,
        date: found.date.clone(),
        known: count(found.len()),
        added: count(difference.added),
        lost: count(difference.lost),
        repriced: count(difference.repriced),
        doubted: doubted.collect(),
    }
}

fn row(book: &PriceBook, listed: &PriceBook, provider: &Provider, model: &str) -> CatalogueRow {
    CatalogueRow {
        model: ModelRef { provider: provider.id, model: model.to_owned() },
        label: label_of(provider, model),
        may_change: provider.dialect != Dialect::BuiltIn,
        facts: facts(book, provider, model),
        listed: facts(listed, provider, model),
        own: book.own(provider, model),
    }
}

fn facts(book: &PriceBook, provider: &Provider, model: &str) -> ModelFacts {
    let known = book.facts(provider, model).unwrap_or_default();
    let price = book.price(provider, model);
    ModelFacts {
        tiered: price.prices().is_some_and(|prices| !prices.tiers.is_empty()),
        price: price.per_million(),
        context: known.context,
        images: known.images,
        tools: known.tools,
        reasoning: known.reasoning,
        structured: known.structured,
    }
}

fn check(own: &Override) -> Result<(), Failure> {
    if let PriceOverride::Set { price } = own.price
        && !price.holds()
    {
        return Err(Failure::invalid(
            "A price goes from nothing to $10,000 for a million tokens, with at most six places after the point.",
        ));
    }
    if own.context.is_some_and(|context| !(Tokens(1)..=MAX_CONTEXT).contains(&context)) {
        return Err(Failure::invalid("A model reads from 1 to 1,000,000,000 tokens at once."));
    }
    Ok(())
}

/// A list of a day to come would keep the newer ones away that ship with Carrel; one that is
/// older than the shipped one would never be used. A clock that stands before the shipped list
/// is wrong, and keeps nobody from a newer one.
fn check_day(date: &str, now: UnixMs) -> Result<(), Failure> {
    let shipped = &List::shipped().date;
    let today = import::day(shipped).map_or(now, |shipped| now.max(shipped));
    if import::day(date).is_some_and(|day| day > today.plus(AHEAD_MS)) {
        return Err(Failure::invalid("A price list is not of a day to come. Nothing was changed."));
    }
    if import::day(date).is_some() && date < shipped.as_str() {
        return Err(Failure::invalid(format!(
            "The list that comes with this Carrel is of {shipped}, which is newer. Nothing was changed."
        )));
    }
    Ok(())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use domain::{MillionPrice, NanoUsd};

    use super::*;

    #[test]
    fn own_values_that_make_no_sense_are_refused_with_what_would() {
        let set = |input| {
            let price = MillionPrice { input: NanoUsd(input), ..MillionPrice::default() };
            Override { price: PriceOverride::Set { price }, ..Override::default() }
        };
        assert!(check(&set(0)).is_ok(), "nothing is a price that an admin can say");
        for nano in [-1_000, 1, MillionPrice::MOST.0 + 1_000] {
            let failure = check(&set(nano)).unwrap_err();
            assert!(failure.message.contains("$10,000"), "{nano}: {failure:?}");
        }
        let reads = |context| Override { context: Some(Tokens(context)), ..Override::default() };
        assert!(check(&reads(0)).is_err() && check(&reads(MAX_CONTEXT.0 + 1)).is_err());
        assert!(check(&reads(2_048)).is_ok(), "a small one");
    }

    #[test]
    fn a_list_is_of_no_day_to_come_and_not_older_than_the_shipped_one() {
        let shipped = import::day(&List::shipped().date).expect("a day");
        let now = shipped.plus(3 * AHEAD_MS);
        assert!(check_day(&List::shipped().date, now).is_ok(), "the same day");
        assert!(check_day("2025-01-01", now).is_err(), "older");
        assert!(check_day("2999-01-01", now).is_err(), "to come");
        assert!(check_day("no day", now).is_ok(), "the reader says what is wrong with it");
    }
}
