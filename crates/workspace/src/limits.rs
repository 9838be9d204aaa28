//! What admins allow to be used, and how much of it is.
//!
//! The limits are one signed document; the ledger holds every call against
//! them. What is under way at once is counted where the calls are made.

use domain::{Limit, LimitScope, ProfileId, Role, UnixMs};
use policy::{Action, Grant};
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::document::Body;
use crate::ledger::{Pace, Tally, Window};
use crate::tables::tallies;
use crate::{Workspace, WorkspaceError};

/// All limits of a workspace. A field that is not known makes them unreadable, never loose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Each holds by itself.
    pub limits: Vec<Limit>,
    /// Whether calls whose price is not known are blocked.
    pub block_unpriced: bool,
}

/// How the limits stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings {
    /// The limits, as they were signed last.
    pub limits: Limits,
    /// For each of them, in order; of "each person", the asking person's own.
    pub used: Vec<Used>,
    /// Calls of this month that cost more than was held for them.
    pub overruns: u64,
    /// Calls of this month whose price is not known: no limit on money counts them.
    pub unpriced: u64,
}

/// How much of a limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Held and spent.
    pub tally: Tally,
    /// When it begins anew, by the computer's clock; none for what is under way.
    pub ends: Option<UnixMs>,
}

impl Workspace {
    /// The limits in force.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn limits(&self) -> Result<Limits, WorkspaceError> {
        Ok(self.fresh_book().await?.limits())
    }

    /// Sets them for everyone. What was used within the windows that are open counts.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn set_limits(
        &self,
        grant: &Grant,
        limits: Limits,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::BudgetSet)?;
        self.amend(now, move |tx, draft| {
            draft.sign(tx, Body::Limits(limits))?;
            tallies::clear(tx)?;
            draft.record(tx, AuditKind::LimitsChanged)
        })
        .await
    }

    /// The limits that the calls of one member in `role` are held against whatever they ask,
    /// raised by what was given to them, and how much of each is used.
    ///
    /// # Errors
    /// As [`Workspace::limits`].
    pub async fn limits_of(
        &self,
        profile: ProfileId,
        role: Role,
        now: UnixMs,
    ) -> Result<Vec<(Limit, Used)>, WorkspaceError> {
        let book = self.fresh_book().await?;
        let (limits, given) = (book.limits(), book.concessions());
        self.read(move |connection| {
            let pace = Pace::after(tallies::pace(connection)?, now);
            let is_about = |limit: &Limit| match &limit.scope {
                LimitScope::Workspace {} | LimitScope::EachProfile {} => true,
                LimitScope::Role { role: whose } => *whose == role,
                LimitScope::Profile { profile: whose } => *whose == profile,
                LimitScope::Provider { .. }
                | LimitScope::Route { .. }
                | LimitScope::Model { .. }
                | LimitScope::Key { .. } => false,
            };
            let mut found = Vec::new();
            for limit in given.raised(limits.limits, profile, pace.ledger) {
                let Some(span) = limit.measure.span().filter(|_| is_about(&limit)) else {
                    continue;
                };
                let window = Window::around(span, pace.ledger);
                let tally = tallies::kept(connection, &limit, profile, window)?;
                let ends = Some(pace.by_the_clock(window.ends));
                found.push((limit, Used { tally, ends }));
            }
            Ok(found)
        })
        .await
    }

    /// The limits in force and how much of each is used.
    ///
    /// # Errors
    /// As [`Workspace::limits`].
    pub async fn standings(&self, now: UnixMs) -> Result<Standings, WorkspaceError> {
        let (limits, me) = (self.limits().await?, self.me().profile);
        self.read(move |connection| {
            let pace = Pace::after(tallies::pace(connection)?, now);
            let mut used = Vec::with_capacity(limits.limits.len());
            for limit in &limits.limits {
                let window = limit.measure.span().map(|span| Window::around(span, pace.ledger));
                let tally = match window {
                    Some(window) => tallies::sum(connection, limit, me, window)?,
                    None => Tally::default(),
                };
                let ends = window.map(|window| pace.by_the_clock(window.ends));
                used.push(Used { tally, ends });
            }
            let month = Window::around(domain::Span::Month, pace.ledger);
            let (overruns, unpriced) = crate::tables::attempts::oddities(connection, month)?;
            Ok(Standings { limits, used, overruns, unpriced })
        })
        .await
    }
}
