//! Attempts: intent before a call leaves, outcome after it.
//!
//! Each is one transaction that writes the person's row and the audit event
//! together; reserving and booking money join these two transactions later.
//! Settling twice changes nothing. Only one's own attempts can be read.

use domain::{AttemptId, FailureClass, Finish, ModelRef, NanoUsd, TurnId, UnixMs, Usage};
use policy::{Action, Grant, Resource};
use serde::{Deserialize, Serialize};

use crate::tables::{attempts as table, audit};
use crate::{AuditKind, Workspace, WorkspaceError};

/// A call that is about to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptStart {
    /// Which attempt.
    pub attempt: AttemptId,
    /// The turn it belongs to.
    pub turn: TurnId,
    /// The model that is asked.
    pub model: ModelRef,
    /// The host that is called.
    pub host: String,
    /// How large the request is, in bytes.
    pub request_bytes: u64,
    /// What it costs at most; none where its price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<NanoUsd>,
}

/// How a call ended. All `None` but the id: nothing more will be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptEnd {
    /// Which attempt.
    pub attempt: AttemptId,
    /// How the answer ended; none where that is unknown.
    pub finish: Option<Finish>,
    /// What it consumed; none where that is unknown, never zero.
    pub usage: Option<Usage>,
    /// The model version that the provider says answered.
    pub served_model: Option<String>,
    /// Why it failed.
    pub failure: Option<FailureClass>,
    /// The HTTP status where one arrived.
    pub http_status: Option<u16>,
    /// Milliseconds from sending to the end.
    pub total_ms: Option<u32>,
    /// Whether the provider bills it; none where that is unknown.
    pub billed: Option<bool>,
    /// What it cost; none where price or billing is not known, never zero for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<NanoUsd>,
}

impl AttemptEnd {
    /// The outcome of an attempt of which nothing more will be known.
    #[must_use]
    pub fn unknown(attempt: AttemptId) -> Self {
        Self {
            attempt,
            finish: None,
            usage: None,
            served_model: None,
            failure: None,
            http_status: None,
            total_ms: None,
            billed: None,
            cost: None,
        }
    }
}

/// An attempt without an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Which attempt.
    pub attempt: AttemptId,
    /// The turn it belongs to.
    pub turn: TurnId,
    /// When it began.
    pub opened_at: UnixMs,
}

impl Workspace {
    /// Records that a call is about to leave. Only then may it leave.
    ///
    /// # Errors
    /// `WrongGrant` unless the grant is this person's for using this model.
    pub async fn open_attempt(
        &self,
        grant: &Grant,
        start: AttemptStart,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ModelUse)?;
        match grant.resource() {
            Resource::Model { model, .. } if *model == start.model => {}
            _ => return Err(WorkspaceError::WrongGrant),
        }
        let (me, pinned) = (self.me(), self.audit_pin());
        let occurrence = self.occurrence(AuditKind::AttemptIntent(start.clone()), now);
        let appended = self
            .write(move |tx| {
                table::open(tx, me.profile, &start, now)?;
                audit::append(tx, occurrence, &me.signer(), pinned)
            })
            .await?;
        self.saw_event(&appended);
        Ok(())
    }

    /// Records how a call ended. True the first time, false where it was settled before.
    ///
    /// # Errors
    /// `NotFound` for an attempt that is not this person's.
    pub async fn settle_attempt(
        &self,
        end: AttemptEnd,
        now: UnixMs,
    ) -> Result<bool, WorkspaceError> {
        let (me, pinned) = (self.me(), self.audit_pin());
        let occurrence = self.occurrence(AuditKind::AttemptOutcome(end.clone()), now);
        let appended = self
            .write(move |tx| {
                if !table::settle(tx, me.profile, &end, now)? {
                    return Ok(None);
                }
                audit::append(tx, occurrence, &me.signer(), pinned).map(Some)
            })
            .await?;
        if let Some(appended) = &appended {
            self.saw_event(appended);
        }
        Ok(appended.is_some())
    }

    /// This person's attempts without an outcome: right after unlocking, what a crash left.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unsettled_attempts(&self) -> Result<Vec<Unsettled>, WorkspaceError> {
        let profile = self.me().profile;
        self.read(move |connection| table::unsettled(connection, profile)).await
    }
}
