//! Putting back what all desks share: the workspace and the list of desks.
//!
//! The workspace needs an admin, proved by opening their desk's own files. The
//! list of desks lies under this computer's key: whoever sits here may. Both
//! are refused while what stands there is whole.

use std::sync::Arc;

use domain::ProfileId;
use sealed::files::FileLock;
use workspace::{AuditKind, Door, Identity, Workspace};

use super::Caller;
use crate::api::{
    BackupList, BackupView, Failure, FailureCode, Nothing, RestoreBackup, RestoreDoor, Unlock,
    WorkspaceBackups,
};
use crate::newcomers;
use crate::session::PINS;

impl Caller {
    pub(crate) async fn list_workspace_backups(
        &self,
        request: Unlock,
    ) -> Result<WorkspaceBackups, Failure> {
        let profile = request.profile;
        let _gate = self.app.gates.enter(profile).await;
        let keyring = self.prove(profile, &request.passphrase).await?;
        let _lock = self.app.hold(profile)?;
        let (keyring, vault, pins) = self.open_vault(keyring, request.accept_older).await?;
        let shelf = self.app.workspace_shelf();
        let found = tokio::task::spawn_blocking(move || {
            let (signing, recipient) = (keyring.signing(), keyring.recipient());
            let identity = Identity { profile, signing: &signing, recipient: &recipient };
            Workspace::restorable(&shelf, identity, &pins)
        })
        .await
        .map_err(|_| Failure::internal("the backups could not be listed"))?;
        vault.close().await;
        let found = found?;
        let backups = found.backups.into_iter().map(view).collect();
        Ok(WorkspaceBackups { backups, allowed: found.allowed })
    }

    pub(crate) async fn restore_workspace(
        &self,
        request: RestoreBackup,
    ) -> Result<Nothing, Failure> {
        let profile = request.profile;
        let _gate = self.app.gates.enter(profile).await;
        let keyring = self.prove(profile, &request.passphrase).await?;
        // Whoever had the old file open would go on writing into it.
        let _locks = self.hold_everyone(profile).await?;
        let (keyring, vault, pins) = self.open_vault(keyring, false).await?;
        let (at, shelf) = (self.app.workspace_dir(), self.app.workspace_shelf());
        let (name, now) = (request.name, self.app.now());
        let restored = tokio::task::spawn_blocking(move || {
            let (signing, recipient) = (keyring.signing(), keyring.recipient());
            let identity = Identity { profile, signing: &signing, recipient: &recipient };
            Workspace::restore(&at, &shelf, &name, identity, &pins, now)
        })
        .await
        .map_err(|_| Failure::internal("the backup could not be put back"))?;
        let kept = match restored {
            Ok((workspace, pins)) => {
                let kept = vault.set_pin(PINS, pins.to_bytes()).await;
                workspace.close().await;
                kept.map_err(Failure::from)
            }
            Err(error) => Err(error.into()),
        };
        vault.close().await;
        kept.map(|()| Nothing {})
    }

    pub(crate) async fn list_door_backups(&self, _: Nothing) -> Result<BackupList, Failure> {
        let data_dir = self.app.data_dir.clone();
        let backups = tokio::task::spawn_blocking(move || Door::list_backups(&data_dir))
            .await
            .map_err(|_| Failure::internal("the backups could not be listed"))??;
        Ok(BackupList { backups: backups.into_iter().map(view).collect() })
    }

    pub(crate) async fn restore_door(&self, request: RestoreDoor) -> Result<Nothing, Failure> {
        if self.app.door().is_ok() {
            return Err(workspace::DoorError::Whole.into());
        }
        let (data_dir, keychain) = (self.app.data_dir.clone(), Arc::clone(&self.app.keychain));
        let made_at = tokio::task::spawn_blocking(move || {
            Door::restore(&data_dir, &*keychain, &request.name)
        })
        .await
        .map_err(|_| Failure::internal("the backup could not be put back"))??;
        self.app.open_door().await;
        let door = self.app.door()?;
        // Only now is there a place to write it down.
        door.spool(AuditKind::DoorRestored { made_at }, self.app.now()).await?;
        for card in door.cards().await? {
            // Erased since: the chooser must not bring the name back.
            if self.profile_dir(card.profile).symlink_metadata().is_err() {
                door.remove_card(card.profile).await?;
            }
        }
        Ok(Nothing {})
    }

    /// Keeps every desk closed, here and in other processes.
    async fn hold_everyone(&self, profile: ProfileId) -> Result<Vec<FileLock>, Failure> {
        let mut locks = vec![self.app.hold(profile)?];
        for card in self.app.door()?.cards().await? {
            if card.profile == profile {
                continue;
            }
            let held = newcomers::lock(&self.app.data_dir, card.profile).map_err(|_| {
                Failure::new(
                    FailureCode::InUse,
                    "Another desk is open on this computer. Lock every desk first, then put the backup back.",
                )
            });
            locks.push(held?);
        }
        Ok(locks)
    }
}

fn view(backup: workspace::Backup) -> BackupView {
    BackupView { name: backup.name, made_at: backup.made_at, bytes: backup.bytes }
}
