//! The workspace's own settings.

use domain::{ModelRef, UnixMs};
use policy::{Action, Grant};

use crate::audit::AuditKind;
use crate::document::{Body, SettingsBody};
use crate::{Workspace, WorkspaceError};

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
