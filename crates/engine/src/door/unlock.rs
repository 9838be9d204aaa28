//! Opening a desk by passphrase or by recovery code.

use domain::ProfileId;
use sealed::{Keyring, KeyringError, RecoveryCode, Unlocking};
use workspace::AuditKind;

use super::Caller;
use crate::api::{self, DeskState, Failure, FailureCode, Recover, Unlock};
use crate::app::private_anchor_name;
use crate::secrets;

impl Caller {
    pub(crate) async fn unlock(&self, request: Unlock) -> Result<DeskState, Failure> {
        let profile = request.profile;
        let _gate = self.app.gate(profile).await;
        let keyring = self.prove(profile, &request.passphrase).await?;
        // The desk is open in another window of this process: share it.
        if let Some(session) = self.app.session_of(profile) {
            self.app.bind(&self.window, std::sync::Arc::clone(&session))?;
            return session.state().await;
        }
        let lock = self.hold(profile)?;
        let opened = self.open_files(keyring, lock, request.accept_older).await?;
        if request.accept_older {
            self.app.door()?.forget_anchor(&private_anchor_name(profile)).await?;
            let workspace = opened.workspace.older_was_accepted();
            let what = AuditKind::OlderFileAccepted { workspace };
            opened.workspace.record(what, self.app.now()).await?;
        }
        self.show(opened).await
    }

    pub(crate) async fn recover(&self, request: Recover) -> Result<api::RecoveryCode, Failure> {
        let profile = request.profile;
        let _gate = self.app.gate(profile).await;
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
        let lock = self.hold(profile)?;
        let dir = self.profile_dir(profile);
        let unlocked = tokio::task::spawn_blocking(move || {
            Keyring::unlock(&dir, profile, Unlocking::Recovery(&code))
        });
        let mut keyring = self.judge(profile, unlocked).await?;
        // Before the files are opened, so that damaged ones can be repaired with it.
        keyring.change_passphrase(&new)?;
        let mut opened = self.open_files(keyring, lock, false).await?;
        opened.workspace.record(AuditKind::RecoveryUsed, self.app.now()).await?;
        let code = opened.keyring.renew_recovery()?;
        opened.vault.keep_keyring(opened.keyring.generation()).await?;
        self.show(opened).await?;
        let session = self.app.desk(&self.window)?.session;
        session.await_confirmation(&code).await
    }

    /// Unlocks the keyring of `profile` by passphrase, counting failures.
    pub(crate) async fn prove(
        &self,
        profile: ProfileId,
        passphrase: &str,
    ) -> Result<Keyring, Failure> {
        self.may_try(profile).await?;
        let passphrase = secrets::tried_passphrase(passphrase)?;
        let dir = self.profile_dir(profile);
        let unlocked = tokio::task::spawn_blocking(move || {
            Keyring::unlock(&dir, profile, Unlocking::Passphrase(&passphrase))
        });
        self.judge(profile, unlocked).await
    }

    /// Takes one try; it counts as wrong until it turns out right.
    async fn may_try(&self, profile: ProfileId) -> Result<(), Failure> {
        let door = self.app.door()?;
        if !door.cards().await?.iter().any(|card| card.profile == profile) {
            return Err(Failure::new(FailureCode::NotFound, "There is no such desk here."));
        }
        door.begin_try(profile, self.app.now()).await?.map_err(|retry_at| Failure {
            retry_at: Some(retry_at),
            ..Failure::new(
                FailureCode::TooManyTries,
                "Too many wrong tries. Wait until the time shown, or use the recovery code then.",
            )
        })
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
