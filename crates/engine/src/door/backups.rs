//! Backups of a desk that does not open: list them, put one back.

use super::Caller;
use crate::api::{BackupList, BackupView, Failure, FailureCode, Nothing, RestoreBackup, Unlock};
use vault::Vault;
use workspace::AuditKind;

impl Caller {
    pub(crate) async fn list_backups(&self, request: Unlock) -> Result<BackupList, Failure> {
        let _gate = self.app.gates.enter(request.profile).await;
        self.prove(request.profile, &request.passphrase).await?;
        let dir = self.profile_dir(request.profile);
        let backups = tokio::task::spawn_blocking(move || Vault::list_backups(&dir))
            .await
            .map_err(|_| Failure::internal("the backups could not be listed"))??;
        let backups = backups
            .into_iter()
            .map(|one| BackupView { name: one.name, made_at: one.made_at, bytes: one.bytes })
            .collect();
        Ok(BackupList { backups })
    }

    pub(crate) async fn restore_backup(&self, request: RestoreBackup) -> Result<Nothing, Failure> {
        let profile = request.profile;
        let _gate = self.app.gates.enter(profile).await;
        if self.app.session_of(profile).is_some() {
            return Err(Failure::new(
                FailureCode::InUse,
                "This desk is open. Lock it first, then restore the backup.",
            ));
        }
        let keyring = self.prove(profile, &request.passphrase).await?;
        let _lock = self.app.hold(profile)?;
        // Before it happens: a restored desk does not know that it was.
        let what = AuditKind::BackupRestored { profile };
        self.app.door()?.spool(what, self.app.now()).await?;
        let (dir, known) = (self.profile_dir(profile), self.app.anchor(profile).await?);
        let name = request.name;
        let restored = tokio::task::spawn_blocking(move || {
            Vault::restore_backup(&dir, &keyring, &name, known)
        })
        .await
        .map_err(|_| Failure::internal("the backup could not be put back"))??;
        self.app.forget_anchor(profile).await?;
        self.app.keep_anchor(profile, restored.private_counter).await;
        Ok(Nothing {})
    }
}
