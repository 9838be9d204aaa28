//! Setting providers up: list, save, remove, test, find on this machine.

mod built_in;
mod on_this_machine;

use domain::{Dialect, KeyId, ProviderId, Region};
use gateway::{ApiKey, Endpoint, RouteKey};
use policy::{Action, Grant, Resource};
use tokio::time::Instant;
use workspace::{AuditKind, NewProvider, Provider};

use self::on_this_machine::{KNOWN, LIMIT, answering};
use crate::api::{
    Failure, LocalServers, Nothing, OneProvider, ProviderList, ProviderTest, ProviderView,
    SaveProvider, TestProvider,
};
use crate::desk::Desk;
use crate::keys::key_view;
use crate::models::{
    BUILT_IN_PROVIDER_LABEL, endpoint, is_basic, is_local, is_loopback, provider_resource,
};
use crate::reach::accepts;
use crate::secrets;

/// Most models one provider offers here.
const MAX_MODELS: usize = 200;
/// Longest address, key and model name, in characters.
pub(crate) const MAX_FIELD: usize = 2_048;
impl Desk {
    pub(crate) async fn list_providers(&self, _: Nothing) -> Result<ProviderList, Failure> {
        self.allow(Action::ProviderRead, &Resource::Workspace)?;
        Ok(ProviderList { providers: self.providers().await?.iter().map(view).collect() })
    }

    pub(crate) async fn save_provider(
        &self,
        request: SaveProvider,
    ) -> Result<ProviderView, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        let now = self.app.now();
        let id = request.id.unwrap_or_else(|| ProviderId::new(now, sealed::random_bytes()));
        let key = match given(request.key.as_deref()) {
            Some(key) => {
                let allowed = self.allow(Action::KeyManage, &provider_resource(id))?;
                Some((allowed, sealed::Secret::new(key.to_owned())))
            }
            None => None,
        };
        let wanted = checked(id, &request)?;
        if wanted.for_guests && (key.is_some() || self.has_key(id).await?) {
            return Err(not_for_guests());
        }
        self.keep_key_at_home(&wanted, key.is_some()).await?;
        let starts_anew = key.is_some() || self.is_elsewhere(&wanted).await?;
        let first = wanted.models.first().cloned();
        let saved = workspace.save_provider(&grant, wanted, key, now).await?;
        if let (true, Some(model)) = (request.make_usual, first) {
            let usual = domain::ModelRef { provider: id, model };
            workspace.set_usual_model(&grant, Some(usual), now).await?;
        }
        self.refresh_guest_offer().await?;
        // A new key or address deserves a new start; a new name heals nothing.
        if starts_anew {
            self.app.gateway.forgive(id);
        }
        Ok(view(&saved))
    }

    pub(crate) async fn remove_provider(&self, request: OneProvider) -> Result<Nothing, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &provider_resource(request.id))?;
        let workspace = self.session.workspace()?;
        workspace.remove_provider(&grant, request.id, self.app.now()).await?;
        self.refresh_guest_offer().await?;
        Ok(Nothing {})
    }

    pub(crate) async fn test_provider(
        &self,
        request: TestProvider,
    ) -> Result<ProviderTest, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        if request.dialect == Dialect::BuiltIn {
            return self.test_built_in(request.id).await;
        }
        let (endpoint, proves) = self.test_endpoint(&grant, &request).await?;
        self.session.record(&self.app, AuditKind::ProviderTested).await?;
        let started = Instant::now();
        let asked = self.app.gateway.list_models(&grant, &endpoint);
        let models = self.session.turns.unless_closed(asked).await??;
        if let Some((id, key)) = proves {
            self.app.gateway.accepted(id, key);
        }
        Ok(ProviderTest { millis: millis_since(started), models })
    }

    pub(crate) async fn detect_local(&self, _: Nothing) -> Result<LocalServers, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let (gateway, now) = (&self.app.gateway, self.app.now());
        let looking = answering(gateway, &grant, &KNOWN, LIMIT, now);
        let found = self.session.turns.unless_closed(looking).await?;
        Ok(LocalServers { found, built_in: self.usual_built_in() })
    }

    /// Where to ask, and which stored provider's key an answer proves; none where address, key
    /// or dialect are not the stored ones.
    async fn test_endpoint(
        &self,
        grant: &Grant,
        request: &TestProvider,
    ) -> Result<(Endpoint, Option<(ProviderId, Option<KeyId>)>), Failure> {
        let stored = match request.id {
            Some(id) => self.providers().await?.into_iter().find(|provider| provider.id == id),
            None => None,
        };
        let mut proves = None;
        let mut endpoint = match &stored {
            Some(provider) => {
                let keys = self.keys(grant, provider).await?;
                let asked = |key: &RouteKey| request.key_id.is_none_or(|wanted| key.id == wanted);
                let key = keys.into_iter().find(asked);
                if key.is_none() && request.key_id.is_some() {
                    return Err(Failure::not_found());
                }
                proves = Some((provider.id, key.as_ref().map(|known| known.id)));
                Endpoint { key: key.map(|known| known.key), ..endpoint(provider) }
            }
            None => Endpoint {
                provider: ProviderId::new(self.app.now(), sealed::random_bytes()),
                label: "The provider".to_owned(),
                dialect: request.dialect,
                base_url: String::new(),
                key: None,
                local_allowed: false,
            },
        };
        if let Some(base_url) = given(Some(&request.base_url)) {
            // A stored key goes only where it was stored for.
            if endpoint.base_url != trimmed(base_url) {
                endpoint.key = None;
                proves = None;
            }
            endpoint.base_url = trimmed(base_url);
            endpoint.local_allowed = request.nearby_allowed || is_loopback(base_url);
        }
        if let Some(key) = given(request.key.as_deref()) {
            endpoint.key = Some(ApiKey::new(key.to_owned()));
            proves = None;
        }
        if endpoint.dialect != request.dialect {
            endpoint.dialect = request.dialect;
            proves = None;
        }
        Ok((endpoint, proves))
    }

    /// A stored key goes only where it was stored for.
    async fn keep_key_at_home(&self, wanted: &NewProvider, new_key: bool) -> Result<(), Failure> {
        let stored = self.providers().await?.into_iter().find(|stored| stored.id == wanted.id);
        let Some(stored) = stored.filter(|stored| {
            stored.base_url != wanted.base_url || stored.dialect != wanted.dialect
        }) else {
            return Ok(());
        };
        if stored.keys.len() > 1 {
            return Err(Failure::invalid(
                "The address changed. Remove the keys first, so that none is sent elsewhere unseen.",
            ));
        }
        if !stored.keys.is_empty() && !new_key {
            return Err(Failure::invalid(
                "The address changed. Type the key again, so that it is not sent elsewhere unseen.",
            ));
        }
        Ok(())
    }

    /// True where the provider is new, or called at another address than before.
    async fn is_elsewhere(&self, wanted: &NewProvider) -> Result<bool, Failure> {
        let known = self.providers().await?;
        Ok(!known.iter().any(|stored| {
            stored.id == wanted.id
                && stored.base_url == wanted.base_url
                && stored.dialect == wanted.dialect
                && stored.nearby_allowed == wanted.nearby_allowed
        }))
    }

    async fn has_key(&self, id: ProviderId) -> Result<bool, Failure> {
        let known = self.providers().await?;
        Ok(known.iter().any(|provider| provider.id == id && !provider.keys.is_empty()))
    }

    /// Guests cannot read the workspace: what they may use stands at the door.
    pub(crate) async fn refresh_guest_offer(&self) -> Result<(), Failure> {
        Ok(self.session.workspace()?.offer_to_guests(self.app.door()?).await?)
    }
}

fn checked(id: ProviderId, request: &SaveProvider) -> Result<NewProvider, Failure> {
    let built_in = request.dialect == Dialect::BuiltIn;
    let label = if built_in && request.label.trim().is_empty() {
        BUILT_IN_PROVIDER_LABEL.to_owned()
    } else {
        secrets::name(&request.label, 60, "The provider's name")?
    };
    let base_url = if built_in { String::new() } else { trimmed(&request.base_url) };
    let nearby_allowed = request.nearby_allowed && !built_in;
    if !built_in {
        let allowed = nearby_allowed || is_loopback(&base_url);
        gateway::Address::check(&base_url, request.dialect, allowed)
            .map_err(|error| Failure::invalid(error.to_string()))?;
    }
    let mut models: Vec<String> = Vec::new();
    for model in &request.models {
        let model = secrets::name(model, 200, "A model's name")?;
        if !models.contains(&model) {
            models.push(model);
        }
    }
    if models.is_empty() || models.len() > MAX_MODELS {
        return Err(Failure::invalid("Offer at least one model, and at most 200."));
    }
    if base_url.len() > MAX_FIELD || request.key.as_ref().is_some_and(|key| key.len() > MAX_FIELD) {
        return Err(too_long());
    }
    let mut regions = request.regions.clone();
    regions.sort();
    regions.dedup();
    if regions.len() > Region::MOST {
        return Err(Failure::invalid("A provider has at most 20 regions."));
    }
    Ok(NewProvider {
        accepts: request.accepts,
        regions,
        id,
        label,
        dialect: request.dialect,
        base_url,
        models,
        for_guests: request.for_guests,
        nearby_allowed,
    })
}

pub(crate) fn view(provider: &Provider) -> ProviderView {
    ProviderView {
        id: provider.id,
        label: provider.label.clone(),
        dialect: provider.dialect,
        base_url: provider.base_url.clone(),
        local: is_local(provider),
        keys: provider.keys.iter().map(key_view).collect(),
        models: provider.models.clone(),
        for_guests: provider.for_guests,
        nearby_allowed: provider.nearby_allowed,
        accepts: accepts(provider),
        regions: provider.regions.clone(),
        basic: provider.models.iter().all(|model| is_basic(provider, model)),
        version: provider.version,
    }
}

fn not_for_guests() -> Failure {
    Failure::invalid(
        "A provider with a key is not for guests: a guest could spend on your account.",
    )
}

pub(crate) fn too_long() -> Failure {
    Failure::invalid("An address or key has at most 2,048 characters.")
}

pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn trimmed(base_url: &str) -> String {
    base_url.trim().trim_end_matches('/').to_owned()
}

fn millis_since(started: Instant) -> u32 {
    u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX)
}
