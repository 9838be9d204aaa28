//! Desks without a passphrase: a secret in this computer's keychain opens them.
//!
//! Whoever is logged in as this person gets in. That is the admin's choice to
//! allow, signed in the workspace, and then each owner's to make.

use std::sync::Arc;

use domain::ProfileId;
use policy::{Action, Resource};
use sealed::{Key, Keychain, KeychainError, Keyring, Locking, Unlocking};
use workspace::{AuditKind, Residency};

use crate::App;
use crate::api::{Failure, FailureCode, Nothing, RemovePassphrase, WorkspaceRules};
use crate::desk::Desk;
use crate::session::Session;

/// The entry of a desk in the keychain.
pub(crate) fn entry(profile: ProfileId) -> String {
    format!("desk-{profile}")
}

impl App {
    /// The secret that opens a desk.
    ///
    /// # Errors
    /// `Keychain`, saying what to do.
    pub(crate) async fn login_secret(&self, profile: ProfileId) -> Result<Key, Failure> {
        let read = self.with_keychain(move |keychain| keychain.read(&entry(profile))).await?;
        read.ok_or_else(Failure::not_in_keychain)
    }

    /// A new secret for a desk, kept in the keychain and read back.
    ///
    /// # Errors
    /// `Keychain`; then nothing may rest on the secret.
    pub(crate) async fn new_login_secret(&self, profile: ProfileId) -> Result<Key, Failure> {
        self.with_keychain(move |keychain| {
            let secret = Key::random();
            keychain.write(&entry(profile), &secret)?;
            match keychain.read(&entry(profile))? {
                Some(kept) if kept.bytes() == secret.bytes() => Ok(secret),
                _ => Err(KeychainError::Refused),
            }
        })
        .await
    }

    /// Removes a secret that opens nothing any more.
    pub(crate) async fn forget_login_secret(&self, profile: ProfileId) {
        let forgotten = self.with_keychain(move |keychain| keychain.remove(&entry(profile))).await;
        if let Err(failure) = forgotten {
            tracing::debug!(code = ?failure.code, "a spent secret stays in the keychain");
        }
    }

    pub(crate) async fn with_keychain<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Keychain) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, Failure> {
        let keychain = Arc::clone(&self.keychain);
        let done = tokio::task::spawn_blocking(move || work(&*keychain)).await;
        Ok(done.map_err(|_| Failure::internal("the keychain could not be asked"))??)
    }
}

impl Session {
    /// Fails unless the workspace lets this keyring open its desk.
    pub(crate) async fn check_lock(
        keyring: &Keyring,
        workspace: &workspace::Workspace,
    ) -> Result<(), Failure> {
        if keyring.has_passphrase() || workspace.allows_no_passphrase().await? {
            return Ok(());
        }
        Err(Failure::new(
            FailureCode::Denied,
            "This workspace asks every desk for a passphrase now. Use the recovery code; it sets one.",
        ))
    }

    /// Changes what opens the desk day by day, and keeps that against an older keyring.
    pub(crate) async fn change_lock(&self, with: Locking<'_>) -> Result<(), Failure> {
        let generation = {
            let mut keyring = self.keyring.lock().await;
            keyring.change_lock(with)?;
            keyring.generation()
        };
        Ok(self.vault.keep_keyring(generation).await?)
    }

    /// Opens the desk's slot again: proof that this computer's login still does.
    pub(crate) async fn prove_login(self: &Arc<Self>, secret: Key) -> Result<(), Failure> {
        let keyring = self.keyring.lock().await;
        Ok(keyring.check(Unlocking::Keychain(&secret))?)
    }
}

impl Desk {
    pub(crate) async fn read_rules(&self, _: Nothing) -> Result<WorkspaceRules, Failure> {
        self.allow(Action::MemberRead, &Resource::Workspace)?;
        self.rules_now().await
    }

    async fn rules_now(&self) -> Result<WorkspaceRules, Failure> {
        let workspace = self.session.workspace()?;
        let without_passphrase = workspace.allows_no_passphrase().await?;
        let Residency { usual_class, home_regions } = workspace.residency().await?;
        Ok(WorkspaceRules { without_passphrase, usual_class, home_regions })
    }

    pub(crate) async fn write_rules(
        &self,
        rules: WorkspaceRules,
    ) -> Result<WorkspaceRules, Failure> {
        let grant = self.allow(Action::PolicySign, &Resource::Workspace)?;
        let (workspace, now, before) =
            (self.session.workspace()?, self.app.now(), self.rules_now().await?);
        let WorkspaceRules { without_passphrase, usual_class, mut home_regions } = rules;
        home_regions.sort();
        home_regions.dedup();
        if (usual_class, &home_regions) != (before.usual_class, &before.home_regions) {
            let wanted = Residency { usual_class, home_regions };
            workspace.set_residency(&grant, wanted, now).await?;
            self.app.spread_changes().await;
        }
        if without_passphrase != before.without_passphrase {
            workspace.allow_no_passphrase(&grant, without_passphrase, now).await?;
        }
        self.app.door()?.offer_no_passphrase(without_passphrase).await?;
        self.rules_now().await
    }

    /// Puts this computer's login in the place of the passphrase.
    pub(crate) async fn remove_passphrase(
        &self,
        request: RemovePassphrase,
    ) -> Result<Nothing, Failure> {
        self.allow_own(Action::ProfileKeep)?;
        if !self.session.workspace()?.allows_no_passphrase().await? {
            return Err(workspace::WorkspaceError::PassphraseRequired.into());
        }
        if !self.session.keyring.lock().await.has_passphrase() {
            // A new secret before a new slot would lock the owner out, if this ended between.
            return Ok(Nothing {});
        }
        self.prove_owner(&request.current).await?;
        let profile = self.session.profile;
        // Kept before anything rests on it.
        let secret = self.app.new_login_secret(profile).await?;
        self.session.record(&self.app, AuditKind::PassphraseRemoved).await?;
        self.session.change_lock(Locking::Keychain(&secret)).await?;
        self.app.door()?.set_has_passphrase(profile, false).await?;
        Ok(Nothing {})
    }
}
