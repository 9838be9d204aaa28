//! When the files that all desks share are backed up, and when they are doubted.
//!
//! Backed up after each change of who may come or what may be used, at most a
//! moment later, and once a day at a lock. A page that turns out damaged
//! meanwhile leaves a mark: the next unlock then reads all pages first, so
//! that the way back is offered at the chooser.

use std::path::PathBuf;
use std::sync::Arc;

use domain::UnixMs;
use sealed::files;
use workspace::Workspace;

use crate::App;
use crate::api::{Failure, FailureCode};
use crate::session::Session;

impl App {
    pub(crate) fn workspace_dir(&self) -> PathBuf {
        self.data_dir.join("workspace")
    }

    /// Where backups of the workspace lie. The door keeps its own beside them.
    pub(crate) fn workspace_shelf(&self) -> PathBuf {
        self.data_dir.join("backups").join("workspace")
    }

    pub(crate) async fn back_up_door(&self, now: UnixMs) {
        let Ok(door) = self.door() else { return };
        if let Err(error) = door.back_up_if_due(&self.data_dir, now).await {
            tracing::error!(%error, "the list of desks could not be backed up");
        }
    }

    /// After a desk was erased: no backup of the door keeps its name.
    pub(crate) async fn replace_door_backups(&self, now: UnixMs) {
        let Ok(door) = self.door() else { return };
        if let Err(error) = door.replace_backups(&self.data_dir, now).await {
            tracing::error!(%error, "older backups of the list of desks could not be replaced");
        }
    }

    pub(crate) async fn back_up_workspace(&self, session: &Session, now: UnixMs) {
        let Some(workspace) = &session.workspace else { return };
        if let Err(error) = workspace.back_up_if_due(&self.workspace_shelf(), now).await {
            tracing::error!(%error, "the workspace could not be backed up");
            self.heed(&error.into());
        }
    }

    /// Remembers damage of the workspace that came to light while a desk was open.
    pub(crate) fn heed(&self, failure: &Failure) {
        let doubted = [FailureCode::WorkspaceDamaged, FailureCode::WorkspaceAltered];
        if !doubted.contains(&failure.code) {
            return;
        }
        if let Err(error) = files::write_atomic(&self.doubt(), b"") {
            tracing::error!(%error, "a doubt about the workspace could not be kept");
        }
    }

    /// Reads all of the workspace where there is doubt about it.
    pub(crate) async fn dispel_doubt(&self, workspace: &Workspace) -> Result<(), Failure> {
        if self.doubt().symlink_metadata().is_err() {
            return Ok(());
        }
        workspace.check_file().await?;
        Ok(std::fs::remove_file(self.doubt())?)
    }

    fn doubt(&self) -> PathBuf {
        self.data_dir.join("run").join("workspace.doubted")
    }

    /// Keeps what a command has seen of the workspace; where that changed, backs it up.
    /// A desk that was locked or erased by its command has done so itself.
    pub(crate) async fn keep_what_was_seen(self: &Arc<Self>, session: &Arc<Session>) {
        let is_over = session.is_erased() || session.tasks.is_closed();
        if !is_over && session.keep_new_pins().await {
            self.back_up_shared_soon(session);
        }
    }

    /// Backs up what is due while the desk is used; its lock waits for that.
    pub(crate) fn back_up_shared_soon(self: &Arc<Self>, session: &Arc<Session>) {
        let (app, shown) = (Arc::clone(self), Arc::clone(session));
        session.tasks.spawn(async move {
            app.back_up_workspace(&shown, app.now()).await;
            app.back_up_door(app.now()).await;
        });
    }
}
