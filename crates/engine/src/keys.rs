//! A provider's keys, one by one: several share the work, and one may be spent or refused.
//!
//! Their order is the order in which they are tried; a chat keeps the key that answered.

use domain::KeyId;
use policy::Action;
use workspace::{NewKey, ProviderKey};

use crate::api::{Failure, KeyView, OneKey, ProviderView, SaveKey};
use crate::desk::Desk;
use crate::models::provider_resource;
use crate::providers::{MAX_FIELD, given, too_long, view};
use crate::secrets;

/// Most keys of one provider.
const MAX_KEYS: usize = 20;

impl Desk {
    pub(crate) async fn save_key(&self, request: SaveKey) -> Result<ProviderView, Failure> {
        let grant = self.allow(Action::KeyManage, &provider_resource(request.provider))?;
        let workspace = self.session.workspace()?;
        let now = self.app.now();
        let label = match given(Some(&request.label)) {
            Some(label) => secrets::name(label, 60, "The key's name")?,
            None => String::new(),
        };
        let secret = given(request.key.as_deref()).map(|key| sealed::Secret::new(key.to_owned()));
        if secret.as_ref().is_some_and(|key| key.expose().len() > MAX_FIELD) {
            return Err(too_long());
        }
        if request.id.is_none() {
            if secret.is_none() {
                return Err(Failure::invalid("Type the key to add."));
            }
            let known = self.providers().await?;
            let known = known.iter().find(|provider| provider.id == request.provider);
            if known.is_some_and(|provider| provider.keys.len() >= MAX_KEYS) {
                return Err(Failure::invalid("A provider has at most 20 keys."));
            }
        }
        let id = request.id.unwrap_or_else(|| KeyId::new(now, sealed::random_bytes()));
        let wanted = NewKey { id, label, secret, first: request.first };
        let renewed = request.id.is_some() && wanted.secret.is_some();
        let saved = workspace.save_key(&grant, request.provider, wanted, now).await?;
        if renewed {
            // What was held against the old one says nothing of this one.
            self.app.gateway.forgive_key(request.provider, id);
        }
        Ok(view(&saved))
    }

    pub(crate) async fn remove_key(&self, request: OneKey) -> Result<ProviderView, Failure> {
        let grant = self.allow(Action::KeyManage, &provider_resource(request.provider))?;
        let workspace = self.session.workspace()?;
        let now = self.app.now();
        let saved = workspace.remove_key(&grant, request.provider, request.id, now).await?;
        self.app.gateway.forgive_key(request.provider, request.id);
        Ok(view(&saved))
    }
}

pub(crate) fn key_view(key: &ProviderKey) -> KeyView {
    KeyView { id: key.id, label: key.label.clone(), hint: key.hint.clone() }
}
