//! The workspace's own settings.

use domain::{DataClass, ModelRef, Region, UnixMs};
use policy::{Action, Grant, ModelFacts, Resource};

use crate::audit::AuditKind;
use crate::document::{Body, DocumentName, SettingsBody};
use crate::{Workspace, WorkspaceError};

/// How far texts may go that nobody said anything else of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Residency {
    /// The class of new chats.
    pub usual_class: DataClass,
    /// The regions that policies call home, at most [`Region::MOST`]; none where all are.
    pub home_regions: Vec<Region>,
}

impl Workspace {
    /// The model to use where neither chat nor person has chosen one.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn usual_model(&self) -> Result<Option<ModelRef>, WorkspaceError> {
        Ok(self.fresh_book().await?.settings().usual_model)
    }

    /// Sets it for everyone, in the place of a usual route.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn set_usual_model(
        &self,
        grant: &Grant,
        model: Option<ModelRef>,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ProviderConfigure)?;
        self.amend(now, move |tx, draft| {
            let settings =
                SettingsBody { usual_model: model, usual_route: None, ..draft.book.settings() };
            draft.sign(tx, Body::Settings(settings))?;
            draft.record(tx, AuditKind::SettingsChanged)
        })
        .await
    }

    /// The models that may answer where the chosen one cannot, best first.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn fallback(&self) -> Result<Vec<ModelRef>, WorkspaceError> {
        Ok(self.fresh_book().await?.settings().fallback)
    }

    /// Sets them for everyone.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn set_fallback(
        &self,
        grant: &Grant,
        models: Vec<ModelRef>,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ProviderConfigure)?;
        self.amend(now, move |tx, draft| {
            let settings = SettingsBody { fallback: models, ..draft.book.settings() };
            draft.sign(tx, Body::Settings(settings))?;
            draft.record(tx, AuditKind::SettingsChanged)
        })
        .await
    }

    /// The class of new chats, and the regions that policies call home.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn residency(&self) -> Result<Residency, WorkspaceError> {
        let SettingsBody { usual_class, home_regions, .. } = self.fresh_book().await?.settings();
        Ok(Residency { usual_class, home_regions })
    }

    /// Sets them for everyone.
    ///
    /// # Errors
    /// `WrongGrant`; `TooManyRegions`; `Refused` where this person is no admin.
    pub async fn set_residency(
        &self,
        grant: &Grant,
        wanted: Residency,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::PolicySign)?;
        let Residency { usual_class, home_regions } = wanted;
        if home_regions.len() > Region::MOST {
            return Err(WorkspaceError::TooManyRegions);
        }
        self.amend(now, move |tx, draft| {
            let settings = SettingsBody { usual_class, home_regions, ..draft.book.settings() };
            draft.sign(tx, Body::Settings(settings))?;
            draft.record(tx, AuditKind::SettingsChanged)
        })
        .await
    }

    /// What policies know of a model by the newest documents known here: an admin may have
    /// narrowed what its provider receives since it was chosen, or taken it away.
    ///
    /// # Errors
    /// `NotFound` where the provider is gone, or offers the model no more.
    pub(crate) fn as_known(&self, on: &Resource) -> Result<Resource, WorkspaceError> {
        let Resource::Model { model, facts } = on else { return Ok(on.clone()) };
        let known = self.known();
        let Some(Body::Provider(provider)) =
            known.book.latest(&DocumentName::provider(model.provider))
        else {
            return Ok(on.clone());
        };
        if provider.removed || !provider.models.contains(&model.model) {
            return Err(WorkspaceError::NotFound);
        }
        let at_home = Region::are_home(&provider.regions, &known.book.settings().home_regions);
        let facts = if facts.local {
            *facts
        } else {
            ModelFacts { accepts: provider.accepts, at_home, ..*facts }
        };
        Ok(Resource::Model { model: model.clone(), facts })
    }

    /// Whether desks here may do without a passphrase.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn allows_no_passphrase(&self) -> Result<bool, WorkspaceError> {
        Ok(self.fresh_book().await?.settings().without_passphrase)
    }

    /// Allows that, or ends it: desks that have none then open only with their recovery code.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn allow_no_passphrase(
        &self,
        grant: &Grant,
        allowed: bool,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::PolicySign)?;
        self.amend(now, move |tx, draft| {
            let settings = SettingsBody { without_passphrase: allowed, ..draft.book.settings() };
            draft.sign(tx, Body::Settings(settings))?;
            draft.record(tx, AuditKind::SettingsChanged)
        })
        .await
    }
}
