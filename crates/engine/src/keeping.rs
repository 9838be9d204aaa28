//! Keeping one's own desk: passphrase, recovery code, backups, erasure.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use domain::UnixMs;
use policy::Action;
use sealed::{DatabaseError, GiveWay, Locking, RecoveryCode as Code, Unlocking};
use vault::{Vault, VaultError};
use workspace::AuditKind;

use crate::api::{
    BackupView, ChangePassphrase, ConfirmRecovery, DeskState, EraseDesk, Failure, FailureCode,
    Nothing, RecoveryCode,
};
use crate::desk::Desk;
use crate::erasure;
use crate::secrets;
use crate::session::Session;

/// A desk is backed up when it locks, at most this often.
const BACK_UP_EVERY_MS: i64 = 24 * 60 * 60 * 1000;

/// The pin that says whether the recovery code was typed back.
const RECOVERY_CONFIRMED: &str = "recovery-confirmed";

/// True where a backup should be made, given when the last was made.
fn is_due(last: Option<UnixMs>, stale: bool, now: UnixMs) -> bool {
    last.is_none_or(|last| stale || now.0.abs_diff(last.0) >= BACK_UP_EVERY_MS.unsigned_abs())
}

impl Session {
    pub(crate) async fn recovery_confirmed(&self) -> Result<bool, Failure> {
        Ok(self.vault.pin(RECOVERY_CONFIRMED).await?.is_some_and(|value| value == [1]))
    }

    /// Backs up once a day, and whenever the backups still hold what was deleted.
    /// Whoever wants to open the desk meanwhile does not wait for it: the next lock makes up.
    pub(crate) async fn back_up_if_due(&self, now: UnixMs, way: &GiveWay) {
        let Some(dir) = &self.dir else { return };
        let last = match Vault::list_backups(dir) {
            Ok(backups) => backups.first().map(|newest| newest.made_at),
            Err(error) => return tracing::error!(%error, "the backups could not be listed"),
        };
        // A copy of what is half erased would keep it alive.
        if self.vault.has_deleted().await.unwrap_or(true) {
            return;
        }
        let stale = self.vault.backups_are_stale().await.unwrap_or_default();
        if !is_due(last, stale, now) {
            return;
        }
        match self.vault.backup_giving_way(now, way).await {
            Ok(_) => {}
            Err(VaultError::Database(DatabaseError::GaveWay)) => {
                tracing::info!("the backup gave way to whoever opens the desk again");
            }
            Err(error) => tracing::error!(%error, "the desk could not be backed up"),
        }
    }

    /// Shows a new code once and waits for two of its groups to be typed back.
    pub(crate) async fn await_confirmation(&self, code: &Code) -> Result<RecoveryCode, Failure> {
        let groups = code.groups();
        let [a, b] = sealed::random_bytes::<2>();
        let first = a % 4;
        let second = 4 + b % 4;
        let awaited = [first, second]
            .iter()
            .filter_map(|index| groups.get(usize::from(*index)).cloned())
            .collect();
        *self.awaited_groups.lock().unwrap_or_else(PoisonError::into_inner) = Some(awaited);
        self.vault.set_pin(RECOVERY_CONFIRMED, vec![0]).await?;
        Ok(RecoveryCode { groups: groups.to_vec(), confirm: vec![first + 1, second + 1] })
    }
}

impl Desk {
    pub(crate) async fn confirm_recovery(
        &self,
        request: ConfirmRecovery,
    ) -> Result<DeskState, Failure> {
        self.allow_own(Action::ProfileKeep)?;
        let matches = {
            let awaited =
                self.session.awaited_groups.lock().unwrap_or_else(PoisonError::into_inner);
            awaited.as_ref().is_some_and(|awaited| {
                awaited.len() == request.typed.len()
                    && awaited
                        .iter()
                        .zip(&request.typed)
                        .all(|(group, typed)| Code::same_group(group, typed))
            })
        };
        if !matches {
            return Err(Failure::new(
                FailureCode::WrongSecret,
                "These groups are not the ones on the code. Look again, or make a new code.",
            ));
        }
        self.session.vault.set_pin(RECOVERY_CONFIRMED, vec![1]).await?;
        self.session.awaited_groups.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.session.state(self.app.now()).await
    }

    pub(crate) async fn renew_recovery(&self, _: Nothing) -> Result<RecoveryCode, Failure> {
        self.allow_own(Action::ProfileKeep)?;
        self.session.record(&self.app, AuditKind::RecoveryRenewed).await?;
        let (code, generation) = {
            let mut keyring = self.session.keyring.lock().await;
            (keyring.renew_recovery()?, keyring.generation())
        };
        self.session.vault.keep_keyring(generation).await?;
        self.session.await_confirmation(&code).await
    }

    pub(crate) async fn change_passphrase(
        &self,
        request: ChangePassphrase,
    ) -> Result<Nothing, Failure> {
        self.allow_own(Action::ProfileKeep)?;
        self.prove_owner(&request.current).await?;
        let new = secrets::new_passphrase(&request.new, &[self.session.name.as_str()])?;
        self.session.record(&self.app, AuditKind::PassphraseChanged).await?;
        let (profile, cost) = (self.session.profile, self.app.key_cost.cost());
        let by_login = !self.session.keyring.lock().await.has_passphrase();
        self.session.change_lock(Locking::Passphrase(&new, cost)).await?;
        self.app.door()?.set_has_passphrase(profile, true).await?;
        if by_login {
            self.app.forget_login_secret(profile).await;
        }
        Ok(Nothing {})
    }

    pub(crate) async fn back_up(&self, _: Nothing) -> Result<BackupView, Failure> {
        self.allow_own(Action::ProfileKeep)?;
        let made = self.session.vault.backup_now(self.app.now()).await?;
        Ok(BackupView { name: made.name, made_at: made.made_at, bytes: made.bytes })
    }

    /// Destroys the desk: keys first, then files. Nothing of it can be opened again.
    pub(crate) async fn erase_desk(&self, request: EraseDesk) -> Result<Nothing, Failure> {
        let grant = self.allow_own(Action::ProfileErase)?;
        self.prove_owner(&request.passphrase).await?;
        if request.typed_name.trim() != self.session.name {
            return Err(Failure::invalid("Type your name exactly as it stands on the desk."));
        }
        let workspace = self.session.workspace()?;
        workspace.may_leave(self.session.profile).await?;
        workspace.erase_member(&grant, self.session.profile, self.app.now()).await?;
        self.app.door()?.remove_card(self.session.profile).await?;
        // Older backups hold the name that was erased; these take their place.
        self.app.back_up_workspace(&self.session, self.app.now()).await;
        self.app.replace_door_backups(self.app.now()).await;
        self.session.erased.store(true, Ordering::SeqCst);
        let Some(dir) = self.session.dir.clone() else { return Ok(Nothing {}) };
        let marked = dir.clone();
        tokio::task::spawn_blocking(move || erasure::destroy_keys(&marked))
            .await
            .map_err(|_| Failure::internal("the desk's key could not be destroyed"))??;
        if !self.session.keyring.lock().await.has_passphrase() {
            self.app.forget_login_secret(self.session.profile).await;
        }
        let (app, session) = (Arc::clone(&self.app), Arc::clone(&self.session));
        // The calling window closes with the desk, so nobody waits for this.
        self.app.afterwork.spawn(async move {
            app.lock(&session).await;
            if let Some(departures) = &session.departures {
                departures.remove();
            }
            let erased = tokio::task::spawn_blocking(move || erasure::remove_files(&dir));
            if !matches!(erased.await, Ok(Ok(()))) {
                tracing::error!("an erased desk's files are removed at the next start");
            }
        });
        Ok(Nothing {})
    }

    /// Fresh proof that the person at the open desk is its owner.
    pub(crate) async fn prove_owner(&self, passphrase: &str) -> Result<(), Failure> {
        let door = self.app.door()?;
        let profile = self.session.profile;
        if !self.session.keyring.lock().await.has_passphrase() {
            let secret = self.app.login_secret(profile).await?;
            return self.session.prove_login(secret).await;
        }
        if let Err(retry_at) = door.begin_try(profile, self.app.now()).await? {
            return Err(Failure {
                retry_at: Some(retry_at),
                ..Failure::new(FailureCode::TooManyTries, "Too many wrong tries. Wait a while.")
            });
        }
        let passphrase = secrets::tried_passphrase(passphrase)?;
        let session = std::sync::Arc::clone(&self.session);
        let checked = tokio::task::spawn_blocking(move || {
            session.keyring.blocking_lock().check(Unlocking::Passphrase(&passphrase))
        })
        .await
        .map_err(|_| Failure::internal("the passphrase could not be checked"))?;
        checked?;
        let count = door.succeeded(profile).await?;
        if count > 0 {
            let what = AuditKind::FailedSignIns { profile, count };
            self.session.record(&self.app, what).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_is_backed_up_once_a_day_and_after_deletions() {
        let (morning, noon) = (UnixMs(0), UnixMs(BACK_UP_EVERY_MS / 2));
        assert!(is_due(None, false, morning), "the first lock");
        assert!(!is_due(Some(morning), false, noon), "the same day");
        assert!(is_due(Some(morning), true, noon), "something was deleted since");
        assert!(is_due(Some(morning), false, UnixMs(BACK_UP_EVERY_MS)), "the next day");
        assert!(is_due(Some(UnixMs(BACK_UP_EVERY_MS)), false, morning), "the clock was set back");
    }
}
