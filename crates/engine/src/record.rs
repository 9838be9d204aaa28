//! What happens on a desk, written into the workspace's record.
//!
//! A guest has no key to the workspace: their events are sealed into the
//! door's spool and enter the record when a member next unlocks.

use domain::UnixMs;
use policy::Grant;
use workspace::{AttemptEnd, AttemptStart, AuditKind, SpooledEvent};

use crate::App;
use crate::api::Failure;
use crate::door::Caller;
use crate::session::Session;
use crate::turn::unknown_end;

impl Session {
    /// Records that something happened on this desk.
    pub(crate) async fn record(&self, kind: AuditKind, now: UnixMs) -> Result<(), Failure> {
        if let Some(workspace) = &self.workspace {
            workspace.record(self.id, kind, now).await?;
        }
        Ok(())
    }

    /// Records an attempt before it leaves.
    pub(crate) async fn open_attempt(
        &self,
        app: &App,
        grant: &Grant,
        start: AttemptStart,
    ) -> Result<(), Failure> {
        let now = app.now();
        match &self.workspace {
            Some(workspace) => Ok(workspace.open_attempt(grant, self.id, start, now).await?),
            None => self.spool(app, SpooledEvent::attempt_started(self.profile, start, now)).await,
        }
    }

    /// Records what became of an attempt; once, however often it is called.
    pub(crate) async fn settle_attempt(&self, app: &App, end: AttemptEnd) -> Result<(), Failure> {
        let now = app.now();
        match &self.workspace {
            Some(workspace) => Ok(workspace.settle_attempt(self.id, end, now).await?),
            None => self.spool(app, SpooledEvent::attempt_ended(self.profile, end, now)).await,
        }
    }

    /// Settles what a crash left open, in the vault and then in the record.
    pub(crate) async fn replay(&self, now: UnixMs) -> Result<(), Failure> {
        self.vault.replay_unsettled(now).await?;
        if let Some(workspace) = &self.workspace {
            for attempt in workspace.unsettled_attempts(self.profile).await? {
                workspace.settle_attempt(self.id, unknown_end(attempt), now).await?;
            }
        }
        Ok(())
    }

    async fn spool(&self, app: &App, event: SpooledEvent) -> Result<(), Failure> {
        Ok(app.door()?.spool(event).await?)
    }
}

impl Caller {
    /// Moves what happened before anyone was there into the record.
    pub(crate) async fn take_spooled(&self, session: &Session) -> Result<(), Failure> {
        if let Some(workspace) = &session.workspace {
            let door = self.app.door()?;
            workspace.take_spooled(door, self.app.now()).await?;
        }
        Ok(())
    }
}
