//! Which models a person may ask, and how each is reached.

use domain::{DataClass, Dialect, ModelRef, ProviderId, Target};
use gateway::{ApiKey, Endpoint, RouteKey};
use policy::{Action, Grant, Resource};
use workspace::{Provider, ProviderKey, Residency};

use crate::api::{Failure, FailureCode, ModelList, ModelView, Nothing};
use crate::desk::Desk;
use crate::local_model::{self, BUILT_IN_MODEL};
use crate::reach::{Bounds, accepts, classes_allowed, is_at_home, model_resource};

impl Desk {
    pub(crate) async fn list_models(&self, _: Nothing) -> Result<ModelList, Failure> {
        self.models_within(&self.usual_bounds().await?).await
    }

    /// Everything a person may ask, and what is usual for a text within these bounds.
    pub(crate) async fn models_within(&self, bounds: &Bounds) -> Result<ModelList, Failure> {
        let (providers, book) = (self.providers().await?, self.price_book().await?);
        let mut models = Vec::new();
        for provider in &providers {
            for name in &provider.models {
                let model = ModelRef { provider: provider.id, model: name.clone() };
                let built_in = provider.dialect == Dialect::BuiltIn;
                let ask = |class| {
                    let resource = model_resource(provider, &model, &bounds.of(class));
                    self.allow(Action::ModelUse, &resource).map(|_| class)
                };
                let (classes, refused) = classes_allowed(DataClass::ALL.into_iter().map(ask));
                let lacking = || self.app.local_model.check(name).err().map(Failure::from);
                let known = book.facts(provider, name).unwrap_or_default();
                models.push(ModelView {
                    label: label_of(provider, name),
                    provider_label: provider.label.clone(),
                    local: is_local(provider),
                    basic: is_basic(provider, name),
                    context: known.context,
                    price: book.price(provider, name).per_million(),
                    images: known.images,
                    tools: known.tools,
                    reasoning: known.reasoning,
                    accepts: accepts(provider),
                    regions: provider.regions.clone(),
                    at_home: is_at_home(provider, bounds),
                    classes,
                    unavailable: refused.or_else(|| built_in.then(lacking).flatten()),
                    trouble: None,
                    model,
                });
            }
        }
        let troubles = self.troubles(&providers, &book).await?;
        for (view, trouble) in models.iter_mut().zip(troubles) {
            view.trouble = trouble;
        }
        let usual = self.usual(&models, &providers, bounds).await?;
        let fallback = self.fallback().await?;
        Ok(ModelList { models, usual, usual_class: bounds.class, fallback })
    }

    /// What holds for texts that nobody said anything else of.
    pub(crate) async fn usual_bounds(&self) -> Result<Bounds, Failure> {
        let Some(workspace) = &self.session.workspace else { return Ok(Bounds::default()) };
        let Residency { usual_class, home_regions } = workspace.residency().await?;
        Ok(Bounds { class: usual_class, home: home_regions })
    }

    /// The person's own choice where it can still be asked, else the workspace's, else the
    /// first model that can be asked.
    async fn usual(
        &self,
        models: &[ModelView],
        providers: &[Provider],
        bounds: &Bounds,
    ) -> Result<Option<Target>, Failure> {
        let own = self.session.settings().await?;
        let (route, model) = match &self.session.workspace {
            Some(workspace) => (workspace.usual_route().await?, workspace.usual_model().await?),
            None => (None, None),
        };
        let routes = self.routes().await?;
        // One that nobody may ask at all stays the usual one, and says why it cannot be.
        let receives =
            |view: &ModelView| view.classes.is_empty() || view.classes.contains(&bounds.class);
        let leads = |target: &Target| match target {
            Target::Model { model } => {
                models.iter().any(|view| view.model == *model && receives(view))
            }
            Target::Route { route } => routes
                .iter()
                .any(|one| one.id == *route && self.way_by_route(one, providers, bounds).is_ok()),
        };
        let by_route = |route| Target::Route { route };
        let by_model = |model| Target::Model { model };
        let wishes = [
            own.usual_route.map(by_route),
            own.usual_model.map(by_model),
            route.map(by_route),
            model.map(by_model),
        ];
        Ok(wishes.into_iter().flatten().find(leads).or_else(|| {
            let first = models.iter().find(|view| view.unavailable.is_none() && receives(view));
            first.map(|view| by_model(view.model.clone()))
        }))
    }

    /// All providers this person can see.
    pub(crate) async fn providers(&self) -> Result<Vec<Provider>, Failure> {
        match &self.session.workspace {
            Some(workspace) => Ok(workspace.providers().await?),
            None => {
                let offer = self.app.door()?.guest_offer().await?;
                Ok(offer.map(|offer| offer.providers).unwrap_or_default())
            }
        }
    }

    /// A provider's keys, the one to use first at the beginning.
    pub(crate) async fn keys(
        &self,
        grant: &Grant,
        provider: &Provider,
    ) -> Result<Vec<RouteKey>, Failure> {
        let stored = match &self.session.workspace {
            Some(workspace) if !provider.keys.is_empty() => {
                workspace.secrets(grant, provider.id).await?
            }
            _ => Vec::new(),
        };
        let route_key =
            |(place, (known, secret)): (usize, (ProviderKey, sealed::Secret))| RouteKey {
                id: known.id,
                label: Some(key_name(&known, place)),
                key: ApiKey::new(secret.expose().to_owned()),
            };
        Ok(stored.into_iter().enumerate().map(route_key).collect())
    }
}

/// Where a provider is reached; its keys lie apart. The built-in model's address is known only
/// while it runs.
pub(crate) fn endpoint(provider: &Provider) -> Endpoint {
    Endpoint {
        provider: provider.id,
        label: provider.label.clone(),
        dialect: provider.dialect,
        base_url: provider.base_url.clone(),
        key: None,
        local_allowed: is_local(provider) || provider.nearby_allowed,
    }
}

/// A key as people tell it from others: by its name, its end or its place.
fn key_name(key: &ProviderKey, place: usize) -> String {
    match &key.hint {
        _ if !key.label.is_empty() => key.label.clone(),
        Some(hint) => format!("••••{hint}"),
        None => format!("#{}", place + 1),
    }
}

/// The provider that offers `model`.
pub(crate) fn offering<'p>(providers: &'p [Provider], model: &ModelRef) -> Option<&'p Provider> {
    let provider = providers.iter().find(|provider| provider.id == model.provider)?;
    provider.models.contains(&model.model).then_some(provider)
}

pub(crate) fn not_offered() -> Failure {
    Failure::new(FailureCode::NoModel, "This model is not offered any more. Choose another one.")
}

/// A provider's model as people read it.
pub(crate) fn label_of(provider: &Provider, model: &str) -> String {
    if provider.dialect == Dialect::BuiltIn {
        local_model::label_of(model)
    } else {
        model.to_owned()
    }
}

/// True for the small model that comes with Carrel: it answers, and is often wrong.
pub(crate) fn is_basic(provider: &Provider, model: &str) -> bool {
    provider.dialect == Dialect::BuiltIn && model == BUILT_IN_MODEL
}

/// True where text stays on this machine.
pub(crate) fn is_local(provider: &Provider) -> bool {
    provider.dialect == Dialect::BuiltIn || is_loopback(&provider.base_url)
}

/// True for addresses of this machine.
pub(crate) fn is_loopback(base_url: &str) -> bool {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    if let Some(inside) = authority.strip_prefix('[') {
        return inside.split(']').next() == Some("::1");
    }
    let host = authority.split(':').next().unwrap_or_default();
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// The provider of the built-in model as an admin first adds it.
pub(crate) const BUILT_IN_PROVIDER_LABEL: &str = "Built-in";

pub(crate) fn no_model() -> Failure {
    Failure::new(
        FailureCode::NoModel,
        "No model is set up yet. An admin can add one in Settings, Models and providers.",
    )
}

/// Names one provider as a resource.
pub(crate) fn provider_resource(id: ProviderId) -> Resource {
    Resource::Provider(id)
}

#[cfg(test)]
mod tests {
    use domain::{DataClass, Dialect, ProviderId, UnixMs};
    use workspace::Provider;

    use super::{endpoint, is_local, is_loopback};

    #[test]
    fn a_server_nearby_is_reached_only_where_an_admin_allowed_it_and_is_never_this_machine() {
        let provider = |base_url: &str, nearby_allowed| Provider {
            id: ProviderId::new(UnixMs(1), [1; 10]),
            label: "Office".to_owned(),
            dialect: Dialect::OpenAi,
            base_url: base_url.to_owned(),
            models: Vec::new(),
            for_guests: false,
            nearby_allowed,
            accepts: DataClass::Internal,
            regions: Vec::new(),
            order: 0,
            keys: Vec::new(),
            version: 1,
        };
        for (url, allowed, reached) in [
            ("http://192.168.1.4:11434", false, false),
            ("http://192.168.1.4:11434", true, true),
            ("https://api.openai.com/v1", false, false),
            ("http://127.0.0.1:11434", false, true),
        ] {
            let provider = provider(url, allowed);
            assert_eq!(endpoint(&provider).local_allowed, reached, "{url}, allowed: {allowed}");
            let here = url.contains("127.0.0.1");
            assert_eq!(is_local(&provider), here, "text to {url} leaves this machine or not");
        }
    }

    #[test]
    fn only_this_machine_counts_as_local() {
        for url in ["http://127.0.0.1:11434/v1", "http://localhost:1234", "http://[::1]:8080/v1"] {
            assert!(is_loopback(url), "{url} is this machine");
        }
        for url in [
            "https://api.openai.com/v1",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "http://192.168.1.4:11434",
            "http://localhost.evil.example",
        ] {
            assert!(!is_loopback(url), "{url} is elsewhere; the screen must not call it local");
        }
    }
}
