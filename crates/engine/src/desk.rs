//! A window's open desk: what its person can do there.
//!
//! Each use case is one method; the methods live beside what they are about
//! (`chats`, `models`, `members`, `settings`, `keeping`, `turn`).

#![expect(
    clippy::unused_async,
    reason = "commands are awaited alike, whether they wait for something or not"
)]

use std::sync::Arc;

use policy::{Action, Grant, Resource};
use workspace::WorkspaceError;

use crate::App;
use crate::api::{
    DeskState, Failure, FailureCode, LockCause, LocksIn, Nothing, OpenLink, StayOpen,
};
use crate::link::may_open;
use crate::session::Session;

/// The open desk of the calling window.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) app: Arc<App>,
    pub(crate) session: Arc<Session>,
}

impl Desk {
    /// Asks the policy; every use case does so before anything else.
    pub(crate) fn allow(&self, action: Action, resource: &Resource) -> Result<Grant, Failure> {
        self.stand()?;
        Ok(self.session.rules().authorize(&self.principal(), action, resource)?)
    }

    /// Refuses before a request is read what this person may do nowhere.
    pub(crate) fn admit(&self, action: Action) -> Result<(), Failure> {
        self.stand()?;
        Ok(self.session.rules().admit(&self.principal(), action)?)
    }

    /// Who asks here, now.
    pub(crate) fn principal(&self) -> policy::Principal {
        self.session.principal(self.app.now())
    }

    /// Locks a desk whose person an admin gave another role, or put out, since it was opened.
    fn stand(&self) -> Result<(), Failure> {
        let Some(workspace) = &self.session.workspace else { return Ok(()) };
        if workspace.role_known() == Some(self.session.role) {
            return Ok(());
        }
        drop(self.app.start_locking(Arc::clone(&self.session), None));
        Err(Failure::locked())
    }

    /// Asks for an action on the person's own desk.
    pub(crate) fn allow_own(&self, action: Action) -> Result<Grant, Failure> {
        self.allow(action, &Resource::Profile(self.session.profile))
    }

    pub(crate) async fn desk_state(&self, _: Nothing) -> Result<DeskState, Failure> {
        self.allow_own(Action::DeskUse)?;
        self.session.state(self.app.now()).await
    }

    pub(crate) async fn lock(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.allow_own(Action::DeskUse)?;
        drop(self.app.start_locking(Arc::clone(&self.session), Some(LockCause::Person)));
        Ok(Nothing {})
    }

    /// How long the desk stays open; a window that saw input says so first. Input that comes
    /// too late keeps nothing open.
    pub(crate) async fn stay_open(&self, request: StayOpen) -> Result<LocksIn, Failure> {
        self.hear_of_changes().await?;
        self.allow_own(Action::DeskUse)?;
        let seconds = self.counted_down(request.used)?;
        // A workspace that cannot be read now keeps no desk from saying when it locks.
        Ok(LocksIn { seconds, news: self.news().await.unwrap_or_default() })
    }

    /// How many seconds the desk stays open; it is locked where they are over.
    fn counted_down(&self, used: bool) -> Result<Option<u32>, Failure> {
        let (now, mut idle) = (self.app.uptime(), self.session.idle());
        if idle.is_over(now) {
            drop(self.app.start_locking(Arc::clone(&self.session), Some(LockCause::Idle)));
            return Err(Failure::locked());
        }
        if used {
            idle.touched(now);
        }
        Ok(idle.locks_in(now).map(|left| left.as_secs_f64().ceil() as u32))
    }

    /// An admin may have changed something in another process. A workspace that cannot be read
    /// for another reason locks nobody out of their own chats.
    pub(crate) async fn hear_of_changes(&self) -> Result<(), Failure> {
        let Some(workspace) = &self.session.workspace else { return Ok(()) };
        if let Err(WorkspaceError::NotAMember) = workspace.look_again().await {
            drop(self.app.start_locking(Arc::clone(&self.session), None));
            return Err(Failure::locked());
        }
        self.stand()
    }

    pub(crate) async fn new_window(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.allow_own(Action::DeskUse)?;
        let Some(label) = self.app.host.next_window() else {
            return Err(Failure::invalid("There are no windows here."));
        };
        self.app.bind(&label, Arc::clone(&self.session))?;
        self.app.host.open_window(&label).map_err(|_| {
            self.app.unbind(&label);
            Failure::internal("no further window could be opened")
        })?;
        Ok(Nothing {})
    }

    /// Opens the chooser in a window of its own; this desk stays open.
    pub(crate) async fn switch_desk(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.allow_own(Action::DeskUse)?;
        let Some(label) = self.app.host.next_window() else {
            return Err(Failure::invalid("There are no windows here."));
        };
        self.app
            .host
            .open_window(&label)
            .map_err(|_| Failure::internal("no further window could be opened"))?;
        Ok(Nothing {})
    }

    pub(crate) async fn open_link(&self, request: OpenLink) -> Result<Nothing, Failure> {
        self.allow_own(Action::DeskUse)?;
        if !may_open(&request.url) {
            return Err(Failure::invalid(
                "Only web and mail addresses open outside of Carrel; this one is shown as text.",
            ));
        }
        self.app.host.open_link(&request.url).map_err(|_| {
            Failure::new(FailureCode::Invalid, "The system has nothing to open this link with.")
        })?;
        Ok(Nothing {})
    }
}
