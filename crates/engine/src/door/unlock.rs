//! Opening a desk by passphrase or by recovery code.

use domain::ProfileId;
use sealed::{Keyring, KeyringError, Locking, RecoveryCode, Unlocking};
use workspace::AuditKind;

use super::Caller;
use crate::api::{self, DeskState, Failure, FailureCode, Recover, Unlock};
use crate::newcomers;
use crate::secrets;

/// What a recovery has done where the desk then does not open.
const PASSPHRASE_IS_SET: &str = "Your new passphrase is set already.";

impl Caller {
    pub(crate) async fn unlock(&self, request: Unlock) -> Result<DeskState, Failure> {
        let profile = request.profile;
        let _gate = self.app.gates.enter(profile).await;
        let keyring = self.prove(profile, &request.passphrase).await?;
        // The desk is open in another window of this process: share it.
        if let Some(session) = self.app.session_of(profile) {
            self.app.bind(&self.window, std::sync::Arc::clone(&session))?;
            return session.state(self.app.now()).await;
        }
        let lock = self.app.hold(profile)?;
        let opened = match self.open_files(keyring, lock, request.accept_older).await {
            Err(failure) if self.never_joined(profile, &failure) => {
                self.abandon(profile).await;
                return Err(Failure::invalid(
                    "This desk was never finished: setting it up was interrupted. Use your invitation again.",
                ));
            }
            opened => opened?,
        };
        if request.accept_older {
            self.app.forget_anchor(profile).await?;
            let workspace = opened.workspace.older_was_accepted();
            let what = AuditKind::OlderFileAccepted { workspace };
            opened.workspace.record(what, self.app.now()).await?;
        }
        self.show(opened).await
    }

    /// Nobody has ever been in this desk, and the workspace does not know it.
    fn never_joined(&self, profile: ProfileId, failure: &Failure) -> bool {
        failure.code == FailureCode::Denied && newcomers::is_marked(&self.profile_dir(profile))
    }

    pub(crate) async fn recover(&self, request: Recover) -> Result<api::RecoveryCode, Failure> {
        let profile = request.profile;
        let _gate = self.app.gates.enter(profile).await;
        self.may_try(profile).await?;
        if self.app.session_of(profile).is_some() {
            return Err(Failure::new(
                FailureCode::InUse,
                "This desk is open. Lock it first, then use the recovery code.",
            ));
        }
        let new = secrets::new_passphrase(&request.new_passphrase, &[])?;
        let Ok(code) = RecoveryCode::parse(&request.code) else {
            return Err(Failure::invalid(
                "A recovery code has eight groups of four letters and digits. Check each group.",
            ));
        };
        // Nothing changes under a desk that another process has open.
        let lock = self.app.hold(profile)?;
        let dir = self.profile_dir(profile);
        let unlocked = tokio::task::spawn_blocking(move || {
            Keyring::unlock(&dir, profile, Unlocking::Recovery(&code))
        });
        let mut keyring = self.judge(profile, unlocked).await?;
        // Before the files are opened, so that damaged ones can be repaired with it.
        let by_login = !keyring.has_passphrase();
        let what = AuditKind::PassphraseRecovered { profile };
        self.app.door()?.spool(what, self.app.now()).await?;
        keyring.change_lock(Locking::Passphrase(&new, self.app.key_cost.cost()))?;
        self.app.door()?.set_has_passphrase(profile, true).await?;
        if by_login {
            self.app.forget_login_secret(profile).await;
        }
        let opening = self.open_files(keyring, lock, false).await;
        let mut opened = opening.map_err(|failure| failure.also(PASSPHRASE_IS_SET))?;
        opened.workspace.record(AuditKind::RecoveryUsed, self.app.now()).await?;
        let code = opened.keyring.renew_recovery()?;
        opened.vault.keep_keyring(opened.keyring.generation()).await?;
        self.show(opened).await?;
        let session = self.app.desk(&self.window)?.session;
        session.await_confirmation(&code).await
    }

    /// Unlocks the keyring of `profile`: by passphrase, counting failures, or by this
    /// computer's login where the desk has none.
    pub(crate) async fn prove(
        &self,
        profile: ProfileId,
        passphrase: &str,
    ) -> Result<Keyring, Failure> {
        if !self.asks_for_passphrase(profile).await? {
            return self.prove_by_login(profile).await;
        }
        self.may_try(profile).await?;
        let passphrase = secrets::tried_passphrase(passphrase)?;
        let dir = self.profile_dir(profile);
        let unlocked = tokio::task::spawn_blocking(move || {
            Keyring::unlock(&dir, profile, Unlocking::Passphrase(&passphrase))
        });
        self.judge(profile, unlocked).await
    }

    /// What the keyring says; a card that says otherwise is put right, so that the chooser
    /// asks for what opens the desk.
    async fn asks_for_passphrase(&self, profile: ProfileId) -> Result<bool, Failure> {
        let door = self.app.door()?;
        let dir = self.profile_dir(profile);
        let asked =
            tokio::task::spawn_blocking(move || Keyring::asks_for_passphrase(&dir, profile));
        // A file that cannot be read is for the passphrase's way to name.
        let asks = asked.await.ok().and_then(Result::ok).unwrap_or(true);
        let cards = door.cards().await?;
        if cards.iter().any(|card| card.profile == profile && card.has_passphrase != asks) {
            door.set_has_passphrase(profile, asks).await?;
        }
        Ok(asks)
    }

    /// There is nothing to guess, so nothing is counted.
    async fn prove_by_login(&self, profile: ProfileId) -> Result<Keyring, Failure> {
        let secret = self.app.login_secret(profile).await?;
        let dir = self.profile_dir(profile);
        let unlocked = tokio::task::spawn_blocking(move || {
            Keyring::unlock(&dir, profile, Unlocking::Keychain(&secret))
        });
        match unlocked.await.map_err(|_| Failure::internal("the keyring could not be opened"))? {
            Err(KeyringError::WrongSecret) => Err(Failure::wrong_login_secret()),
            other => Ok(other?),
        }
    }

    /// Takes one try; it counts as wrong until it turns out right.
    async fn may_try(&self, profile: ProfileId) -> Result<(), Failure> {
        let door = self.app.door()?;
        if !door.cards().await?.iter().any(|card| card.profile == profile) {
            return Err(Failure::no_such_desk());
        }
        door.begin_try(profile, self.app.now()).await?.map_err(Failure::too_many_tries)
    }

    async fn judge(
        &self,
        profile: ProfileId,
        unlocked: tokio::task::JoinHandle<Result<Keyring, KeyringError>>,
    ) -> Result<Keyring, Failure> {
        let door = self.app.door()?;
        let unlocked =
            unlocked.await.map_err(|_| Failure::internal("the keyring could not be opened"))?;
        match unlocked {
            Ok(keyring) => {
                let count = door.succeeded(profile).await?;
                if count > 0 {
                    let what = AuditKind::FailedSignIns { profile, count };
                    door.spool(what, self.app.now()).await?;
                }
                Ok(keyring)
            }
            Err(KeyringError::WrongSecret) => {
                let retry_at = door.throttle(profile, self.app.now()).await?.err();
                Err(Failure { retry_at, ..KeyringError::WrongSecret.into() })
            }
            Err(other) => Err(other.into()),
        }
    }
}
