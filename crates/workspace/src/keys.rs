//! A provider's keys: several may share the work, and one may be spent or refused.

use domain::{KeyId, ProviderId, UnixMs};
use policy::{Action, Grant, Resource};
use sealed::Secret;
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::document::{Body, KeyBody, ProviderBody};
use crate::draft::Draft;
use crate::providers::version_of;
use crate::tables::{documents, provider_keys};
use crate::{Provider, Workspace, WorkspaceError};

/// A key as everyone may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderKey {
    /// Which key.
    pub id: KeyId,
    /// For people; empty where there was no need to tell keys apart.
    pub label: String,
    /// The last four characters of a long enough key.
    pub hint: Option<String>,
}

/// A key as an admin wants it.
#[derive(Debug)]
pub struct NewKey {
    /// A new id to add, a known one to change.
    pub id: KeyId,
    /// For people.
    pub label: String,
    /// The key itself; none keeps the stored one.
    pub secret: Option<Secret>,
    /// Moves it before the others; else it keeps its place, and a new one comes last.
    pub first: bool,
}

impl Workspace {
    /// Adds or changes one of a provider's keys.
    ///
    /// # Errors
    /// `WrongGrant` unless it is for this provider's keys; `KeyForGuests`; `NotFound` for an
    /// unknown provider, and for an unknown key without a secret; `Refused` where this person
    /// is no admin.
    pub async fn save_key(
        &self,
        grant: &Grant,
        provider: ProviderId,
        wanted: NewKey,
        now: UnixMs,
    ) -> Result<Provider, WorkspaceError> {
        self.check_about_provider(grant, Action::KeyManage, provider)?;
        let mut draft = self.draft(now);
        let draft = self
            .write_keyed(move |tx, key| {
                draft.catch_up(tx)?;
                let body = of(&draft, provider)?;
                if body.for_guests {
                    return Err(WorkspaceError::KeyForGuests);
                }
                let mut keys = body.keys();
                let known = keys.iter().position(|one| one.id == wanted.id);
                let commitment = match (&wanted.secret, known.and_then(|at| keys.get(at))) {
                    (Some(secret), _) => {
                        let sealing = provider_keys::sealing(key);
                        provider_keys::put(tx, &sealing, provider, wanted.id, secret)?
                    }
                    (None, Some(known)) => known.commitment,
                    (None, None) => return Err(WorkspaceError::NotFound),
                };
                let saved = KeyBody { id: wanted.id, label: wanted.label, commitment };
                match known.and_then(|at| keys.get_mut(at)) {
                    Some(known) => *known = saved,
                    None => keys.push(saved),
                }
                if wanted.first {
                    keys.sort_by_key(|key| key.id != wanted.id);
                }
                draft.sign(tx, Body::Provider(body.with_keys(keys)))?;
                draft.record(
                    tx,
                    AuditKind::ProviderKeySaved {
                        provider,
                        key: wanted.id,
                        version: version_of(&draft, provider),
                        key_changed: wanted.secret.is_some(),
                    },
                )?;
                Ok(draft)
            })
            .await?;
        self.adopt(draft);
        self.provider(provider).await
    }

    /// Removes and destroys one of a provider's keys.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound`; `Refused` where this person is no admin.
    pub async fn remove_key(
        &self,
        grant: &Grant,
        provider: ProviderId,
        key: KeyId,
        now: UnixMs,
    ) -> Result<Provider, WorkspaceError> {
        self.check_about_provider(grant, Action::KeyManage, provider)?;
        self.amend(now, move |tx, draft| {
            let body = of(draft, provider)?;
            let mut keys = body.keys();
            let before = keys.len();
            keys.retain(|one| one.id != key);
            if keys.len() == before {
                return Err(WorkspaceError::NotFound);
            }
            draft.sign(tx, Body::Provider(body.with_keys(keys)))?;
            provider_keys::remove(tx, key)?;
            let version = version_of(draft, provider);
            draft.record(tx, AuditKind::ProviderKeyRemoved { provider, key, version })
        })
        .await?;
        self.opened().database.truncate_log().await?;
        self.provider(provider).await
    }

    /// A provider's keys, for calling it, in order. They must be those an admin set.
    ///
    /// # Errors
    /// `WrongGrant` unless the grant is for using a model of this provider or for
    /// configuring it; `Refused` with `KeyReplaced`.
    pub async fn secrets(
        &self,
        grant: &Grant,
        id: ProviderId,
    ) -> Result<Vec<(ProviderKey, Secret)>, WorkspaceError> {
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
            let opened = |key: KeyBody| {
                let secret = provider_keys::get(connection, &sealing, id, &key)?;
                let hint = provider_keys::hint(secret.expose());
                Ok((ProviderKey { id: key.id, label: key.label, hint }, secret))
            };
            body.keys().into_iter().map(opened).collect()
        })
        .await
    }
}

/// The provider's document as it stands.
fn of(draft: &Draft, provider: ProviderId) -> Result<ProviderBody, WorkspaceError> {
    let known = draft.book.providers();
    let found = known.into_iter().find(|(one, _)| one.id == provider);
    found.map(|(body, _)| body.clone()).ok_or(WorkspaceError::NotFound)
}
