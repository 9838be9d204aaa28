//! What admins say of models and their prices: a price list of theirs, and words over it.
//!
//! Both are signed documents. The list's text lies beside them and is believed
//! where its hash is the signed one. What the text says is for others to read.

use std::collections::HashMap;

use domain::{ModelRef, Override, UnixMs};
use policy::{Action, Grant};

use crate::access::MOVES;
use crate::audit::AuditKind;
use crate::document::{Body, ImportedList, OverrideBody, PriceListBody};
use crate::tables::price_list;
use crate::{Digest, DocumentName, Refusal, Workspace, WorkspaceError};

/// The longest text of a price list, in bytes.
pub const LARGEST_PRICE_LIST: usize = 4 << 20;

/// What admins say of models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// The price list that one of them brought; none where the shipped one holds.
    pub list: Option<PriceList>,
    /// Their own values over it.
    pub overrides: HashMap<ModelRef, Override>,
}

/// A price list that an admin brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// The day it is of, `YYYY-MM-DD`.
    pub date: String,
    /// When it was brought here.
    pub imported_at: UnixMs,
    /// The hash of its text.
    pub digest: Digest,
}

impl Workspace {
    /// What admins say of models by now.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn catalogue(&self) -> Result<Catalogue, WorkspaceError> {
        let book = self.fresh_book().await?;
        let list = book.price_list().map(|(list, imported_at)| PriceList {
            date: list.date.clone(),
            imported_at,
            digest: list.text,
        });
        let overrides = book.overrides().map(|(model, own)| (model.clone(), own)).collect();
        Ok(Catalogue { list, overrides })
    }

    /// The price list that an admin brought, with its text; none where the shipped one holds.
    ///
    /// # Errors
    /// `Refused` where the text is missing or is not what an admin signed.
    pub async fn price_list(&self) -> Result<Option<(PriceList, String)>, WorkspaceError> {
        let mut list = self.catalogue().await?.list;
        for _ in 0..MOVES {
            let Some(signed) = list else { return Ok(None) };
            let text = self.read(price_list::text).await?;
            let reason = match text {
                Some(text) if Digest::leaf(text.as_bytes()) == signed.digest => {
                    return Ok(Some((signed, text)));
                }
                Some(_) => Refusal::Replaced,
                None => Refusal::Missing,
            };
            // An admin may have brought another one between the two looks.
            list = self.catalogue().await?.list;
            if list.as_ref() == Some(&signed) {
                let document = DocumentName::price_list();
                return Err(WorkspaceError::Refused { document, reason });
            }
        }
        Err(WorkspaceError::Busy)
    }

    /// Says something of a model for everyone, or takes it back.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn save_override(
        &self,
        grant: &Grant,
        model: ModelRef,
        own: Option<Override>,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about_provider(grant, Action::ProviderConfigure, model.provider)?;
        self.amend(now, move |tx, draft| {
            draft.sign(tx, Body::Override(OverrideBody { model: model.clone(), own }))?;
            let version = draft.book.version_of(&DocumentName::of_override(&model));
            draft.record(tx, AuditKind::OverrideSaved { model, version })
        })
        .await
    }

    /// Makes `text`, of the day `date`, everyone's price list.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn import_price_list(
        &self,
        grant: &Grant,
        date: String,
        text: String,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ProviderConfigure)?;
        self.amend(now, move |tx, draft| {
            let digest = Digest::leaf(text.as_bytes());
            let imported = Some(ImportedList { date, text: digest });
            draft.sign(tx, Body::PriceList(PriceListBody { imported }))?;
            price_list::put(tx, &text)?;
            draft.record(tx, AuditKind::PriceListChanged { text: Some(digest) })
        })
        .await
    }

    /// Makes the shipped price list everyone's again.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn drop_price_list(&self, grant: &Grant, now: UnixMs) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ProviderConfigure)?;
        self.amend(now, move |tx, draft| {
            draft.sign(tx, Body::PriceList(PriceListBody { imported: None }))?;
            price_list::remove(tx)?;
            draft.record(tx, AuditKind::PriceListChanged { text: None })
        })
        .await
    }
}
