//! Configured providers: signed documents, and their keys sealed apart.

use domain::{Dialect, ModelRef, ProviderId, UnixMs};
use policy::{Action, Grant, Resource};
use rusqlite::Connection;
use sealed::{Key, Secret};
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::document::{Body, ProviderBody, SettingsBody};
use crate::draft::Draft;
use crate::tables::{documents, provider_keys};
use crate::{Digest, Workspace, WorkspaceError};

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
    /// Its place in the admin's order.
    pub order: u32,
    /// Whether an admin set a key.
    pub has_key: bool,
    /// The last four characters of a long enough key.
    pub key_hint: Option<String>,
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
}

impl Workspace {
    /// All providers in the admin's order.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn providers(&self) -> Result<Vec<Provider>, WorkspaceError> {
        let book = self.fresh_book().await?;
        let mut hints = self.read(provider_keys::hints).await?;
        let providers = book.providers().into_iter().map(|(body, version)| Provider {
            id: body.id,
            label: body.label.clone(),
            dialect: body.dialect,
            base_url: body.base_url.clone(),
            models: body.models.clone(),
            for_guests: body.for_guests,
            order: body.order,
            has_key: body.key.is_some(),
            key_hint: body.key.and_then(|_| hints.remove(&body.id).flatten()),
            version,
        });
        Ok(providers.collect())
    }

    /// Adds or changes a provider. Without a key the stored one is kept; setting one needs
    /// a grant of its own.
    ///
    /// # Errors
    /// `WrongGrant`; `KeyForGuests`; `Refused` where this person is no admin.
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
                save(tx, &mut draft, key, wanted, secret.as_ref())?;
                Ok(draft)
            })
            .await?;
        self.adopt(draft);
        self.providers()
            .await?
            .into_iter()
            .find(|provider| provider.id == id)
            .ok_or(WorkspaceError::NotFound)
    }

    /// Removes a provider and destroys its key.
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
            let body = ProviderBody { key: None, removed: true, ..body.clone() };
            draft.sign(tx, Body::Provider(body))?;
            provider_keys::remove(tx, id)?;
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

    /// A provider's key, for calling it; none where it has none. It must be the one an
    /// admin set.
    ///
    /// # Errors
    /// `WrongGrant` unless the grant is for using a model of this provider or for
    /// configuring it; `Refused` with `KeyReplaced`.
    pub async fn provider_key(
        &self,
        grant: &Grant,
        id: ProviderId,
    ) -> Result<Option<Secret>, WorkspaceError> {
        let uses = self.check(grant, Action::ModelUse).is_ok()
            && matches!(grant.resource(), Resource::Model { model, .. } if model.provider == id);
        if !uses {
            self.check_about_provider(grant, Action::ProviderConfigure, id)?;
        }
        let mut book = self.known().book.clone();
        self.read_keyed(move |connection, key| {
            book.extend(&documents::from(connection, book.next())?)?;
            let found = book.providers().into_iter().find(|(one, _)| one.id == id);
            let (body, _) = found.ok_or(WorkspaceError::NotFound)?;
            let sealing = provider_keys::sealing(key);
            body.key
                .map(|committed| provider_keys::get(connection, &sealing, id, committed))
                .transpose()
        })
        .await
    }

    fn check_about_provider(
        &self,
        grant: &Grant,
        action: Action,
        about: ProviderId,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, action)?;
        match grant.resource() {
            Resource::Workspace => Ok(()),
            Resource::Provider { id, .. } if *id == about => Ok(()),
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
) -> Result<(), WorkspaceError> {
    let provider = wanted.id;
    let known = draft.book.providers();
    let before = known.iter().find(|(one, _)| one.id == provider).map(|(one, _)| *one);
    let mut committed = before.and_then(|one| one.key);
    if wanted.for_guests && (secret.is_some() || committed.is_some()) {
        return Err(WorkspaceError::KeyForGuests);
    }
    let after_all = known.last().map_or(0, |(one, _)| one.order.saturating_add(1));
    let order = before.map_or(after_all, |one| one.order);
    if let Some(secret) = secret {
        let sealing = provider_keys::sealing(key);
        committed = Some(provider_keys::put(connection, &sealing, provider, secret)?);
    }
    draft.sign(connection, Body::Provider(body(wanted, order, committed)))?;
    let saved = draft.book.providers().into_iter().find(|(one, _)| one.id == provider);
    let version = saved.map_or(0, |(_, version)| version);
    let key_changed = secret.is_some();
    draft.record(connection, AuditKind::ProviderSaved { provider, version, key_changed })
}

fn body(wanted: NewProvider, order: u32, key: Option<Digest>) -> ProviderBody {
    ProviderBody {
        id: wanted.id,
        label: wanted.label,
        dialect: wanted.dialect,
        base_url: wanted.base_url,
        models: wanted.models,
        for_guests: wanted.for_guests,
        order,
        key,
        removed: false,
    }
}
