//! Configured providers: signed documents, and their keys sealed apart.

use domain::{DataClass, Dialect, KeyId, ModelRef, ProviderId, Region, UnixMs};
use policy::{Action, Grant, Resource};
use rusqlite::Connection;
use sealed::{Key, Secret};
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::document::{Body, KeyBody, ProviderBody, SettingsBody};
use crate::draft::Draft;
use crate::tables::provider_keys;
use crate::{ProviderKey, Workspace, WorkspaceError};

/// A provider as everyone may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Which provider.
    pub id: ProviderId,
    /// For people.
    pub label: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Without a trailing slash; empty for the built-in model.
    pub base_url: String,
    /// The models offered to people.
    pub models: Vec<String>,
    /// Whether guests may use it; never one with a key.
    pub for_guests: bool,
    /// True where an admin allowed this server although it stands in the private network.
    #[serde(default)]
    pub nearby_allowed: bool,
    /// The highest class of text that it may receive.
    #[serde(default)]
    pub accepts: DataClass,
    /// Where it works; empty where that is not known.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// Its place in the admin's order.
    pub order: u32,
    /// Its keys, the one to use first at the beginning.
    #[serde(default)]
    pub keys: Vec<ProviderKey>,
    /// Version of the signed document.
    pub version: u32,
}

/// A provider as an admin wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProvider {
    /// A new id to add, a known one to change.
    pub id: ProviderId,
    /// For people.
    pub label: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Without a trailing slash; empty for the built-in model.
    pub base_url: String,
    /// The models to offer.
    pub models: Vec<String>,
    /// Whether guests may use it.
    pub for_guests: bool,
    /// Whether it may stand in the private network.
    pub nearby_allowed: bool,
    /// The highest class of text that it may receive.
    pub accepts: DataClass,
    /// Where it works; at most [`Region::MOST`].
    pub regions: Vec<Region>,
}

impl Workspace {
    /// All providers in the admin's order.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn providers(&self) -> Result<Vec<Provider>, WorkspaceError> {
        let book = self.fresh_book().await?;
        let hints = self.read(provider_keys::hints).await?;
        let hint = |key: KeyId| hints.get(&key).cloned().flatten();
        let shown = |key: KeyBody| ProviderKey { id: key.id, label: key.label, hint: hint(key.id) };
        let providers = book.providers().into_iter().map(|(body, version)| Provider {
            id: body.id,
            label: body.label.clone(),
            dialect: body.dialect,
            base_url: body.base_url.clone(),
            models: body.models.clone(),
            for_guests: body.for_guests,
            nearby_allowed: body.nearby_allowed,
            accepts: body.accepts,
            regions: body.regions.clone(),
            order: body.order,
            keys: body.keys().into_iter().map(shown).collect(),
            version,
        });
        Ok(providers.collect())
    }

    /// Adds or changes a provider. Without a key the stored ones are kept; a key is its first,
    /// or takes the place of its only one, and needs a grant of its own.
    ///
    /// # Errors
    /// `WrongGrant`; `KeyForGuests`; `SeveralKeys`; `Refused` where this person is no admin.
    pub async fn save_provider(
        &self,
        grant: &Grant,
        wanted: NewProvider,
        key: Option<(Grant, Secret)>,
        now: UnixMs,
    ) -> Result<Provider, WorkspaceError> {
        self.check_about_provider(grant, Action::ProviderConfigure, wanted.id)?;
        let secret = match key {
            Some((allowed, secret)) => {
                self.check_about_provider(&allowed, Action::KeyManage, wanted.id)?;
                Some(secret)
            }
            None => None,
        };
        let id = wanted.id;
        let mut draft = self.draft(now);
        let draft = self
            .write_keyed(move |tx, key| {
                draft.catch_up(tx)?;
                save(tx, &mut draft, key, wanted, secret.as_ref(), now)?;
                Ok(draft)
            })
            .await?;
        self.adopt(draft);
        self.provider(id).await
    }

    pub(crate) async fn provider(&self, id: ProviderId) -> Result<Provider, WorkspaceError> {
        let known = self.providers().await?.into_iter();
        known.into_iter().find(|one| one.id == id).ok_or(WorkspaceError::NotFound)
    }

    /// Removes a provider and destroys its keys.
    ///
    /// # Errors
    /// `NotFound` for one that is not there.
    pub async fn remove_provider(
        &self,
        grant: &Grant,
        id: ProviderId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about_provider(grant, Action::ProviderConfigure, id)?;
        self.amend(now, move |tx, draft| {
            let found = draft.book.providers().into_iter().find(|(one, _)| one.id == id);
            let (body, _) = found.ok_or(WorkspaceError::NotFound)?;
            let gone = body.gone();
            draft.sign(tx, Body::Provider(gone))?;
            provider_keys::remove_all(tx, id)?;
            let before = draft.book.settings();
            let stays = |model: &ModelRef| model.provider != id;
            let after = SettingsBody {
                usual_model: before.usual_model.clone().filter(stays),
                fallback: before.fallback.iter().filter(|one| stays(one)).cloned().collect(),
                ..before.clone()
            };
            if after != before {
                draft.sign(tx, Body::Settings(after))?;
            }
            draft.record(tx, AuditKind::ProviderRemoved { provider: id })
        })
        .await?;
        Ok(self.opened().database.truncate_log().await?)
    }

    pub(crate) fn check_about_provider(
        &self,
        grant: &Grant,
        action: Action,
        about: ProviderId,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, action)?;
        match grant.resource() {
            Resource::Workspace => Ok(()),
            Resource::Provider(id) if *id == about => Ok(()),
            _ => Err(WorkspaceError::WrongGrant),
        }
    }
}

/// Writes a provider's document, its key if there is a new one, and the event.
fn save(
    connection: &Connection,
    draft: &mut Draft,
    key: &Key,
    wanted: NewProvider,
    secret: Option<&Secret>,
    now: UnixMs,
) -> Result<(), WorkspaceError> {
    let provider = wanted.id;
    let known = draft.book.providers();
    let before = known.iter().find(|(one, _)| one.id == provider).map(|(one, _)| *one);
    let mut keys = before.map(ProviderBody::keys).unwrap_or_default();
    if wanted.for_guests && (secret.is_some() || !keys.is_empty()) {
        return Err(WorkspaceError::KeyForGuests);
    }
    let was_allowed = before.is_some_and(|one| one.nearby_allowed);
    let nearby_allowed = wanted.nearby_allowed;
    let after_all = known.last().map_or(0, |(one, _)| one.order.saturating_add(1));
    let order = before.map_or(after_all, |one| one.order);
    if let Some(secret) = secret {
        let (id, label) = match keys.as_slice() {
            [] => (KeyId::new(now, sealed::random_bytes()), String::new()),
            [only] => (only.id, only.label.clone()),
            _ => return Err(WorkspaceError::SeveralKeys),
        };
        let sealing = provider_keys::sealing(key);
        let commitment = provider_keys::put(connection, &sealing, provider, id, secret)?;
        keys = vec![KeyBody { id, label, commitment }];
    }
    draft.sign(connection, Body::Provider(ProviderBody::new(wanted, order, keys)))?;
    let version = version_of(draft, provider);
    let key_changed = secret.is_some();
    draft.record(connection, AuditKind::ProviderSaved { provider, version, key_changed })?;
    if nearby_allowed == was_allowed {
        return Ok(());
    }
    let allowed = nearby_allowed;
    draft.record(connection, AuditKind::ProviderNearby { provider, version, allowed })
}

/// The version of the provider's document.
pub(crate) fn version_of(draft: &Draft, provider: ProviderId) -> u32 {
    let saved = draft.book.providers().into_iter().find(|(one, _)| one.id == provider);
    saved.map_or(0, |(_, version)| version)
}
