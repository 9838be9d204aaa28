//! What happens on a desk, written into the workspace's record.
//!
//! A guest has no key to the workspace: their events are sealed into the
//! door's spool and enter the record when a member next unlocks.

use domain::UnixMs;
use policy::Grant;
use workspace::{AttemptEnd, AttemptStart, AuditKind};

use crate::App;
use crate::api::Failure;
use crate::door::Caller;
use crate::session::Session;

impl Session {
    /// Records that something happened on this desk.
    pub(crate) async fn record(&self, kind: AuditKind, now: UnixMs) -> Result<(), Failure> {
        if let Some(workspace) = &self.workspace {
            workspace.record(kind, now).await?;
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
            Some(workspace) => Ok(workspace.open_attempt(grant, start, now).await?),
            None => self.spool(app, AuditKind::AttemptIntent(start), now).await,
        }
    }

    /// Records what became of an attempt; once, however often it is called.
    pub(crate) async fn settle_attempt(&self, app: &App, end: AttemptEnd) -> Result<(), Failure> {
        let now = app.now();
        match &self.workspace {
            Some(workspace) => {
                workspace.settle_attempt(end, now).await?;
                Ok(())
            }
            None => self.spool(app, AuditKind::AttemptOutcome(end), now).await,
        }
    }

    /// Settles what a crash left open, in the vault and then in the record.
    pub(crate) async fn replay(&self, now: UnixMs) -> Result<(), Failure> {
        self.vault.replay_unsettled(now).await?;
        if let Some(workspace) = &self.workspace {
            for left in workspace.unsettled_attempts().await? {
                workspace.settle_attempt(AttemptEnd::unknown(left.attempt), now).await?;
            }
        }
        Ok(())
    }

    async fn spool(&self, app: &App, what: AuditKind, now: UnixMs) -> Result<(), Failure> {
        app.door()?.spool_guest(self.id, what, now).await?;
        Ok(())
    }
}

impl Caller {
    /// Moves what happened before anyone was there into the record, and puts right what was
    /// done to the guests' offer meanwhile.
    pub(crate) async fn take_spooled(&self, session: &Session) -> Result<(), Failure> {
        if let Some(workspace) = &session.workspace {
            let door = self.app.door()?;
            workspace.take_spooled(door, self.app.now()).await?;
            workspace.restore_guest_offer(door, self.app.now()).await?;
        }
        Ok(())
    }
}
