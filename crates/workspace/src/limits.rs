//! What admins allow to be used, and how much of it is.
//!
//! The limits are one signed document; the ledger holds every call against
//! them. What is under way at once is counted where the calls are made.

use domain::{Limit, LimitScope, ProfileId, Role, UnixMs};
use policy::{Action, Grant};
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::document::Body;
use crate::ledger::{Balance, Pace, Tally, Window, Zone};
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
    /// Where days and months begin, an IANA name; none for UTC. Left out where none, as
    /// documents were that knew nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// At how many percent of a limit that is said. Left out where nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warn_at: Vec<u8>,
}

/// How many levels there are at most.
const MOST_LEVELS: usize = 5;

impl Limits {
    /// Whether every reader makes the same of it.
    pub(crate) fn is_within_bounds(&self) -> bool {
        let zone = self.time_zone.as_deref().is_none_or(|name| name.len() <= 60);
        let pools = self.limits.iter().all(Limit::has_sound_pool);
        let rising = self.warn_at.is_sorted_by(|one, next| one < next);
        let levels = self.warn_at.iter().all(|level| (1..=99).contains(level));
        zone && pools && rising && levels && self.warn_at.len() <= MOST_LEVELS
    }

    /// Where days and months begin. A zone that this Carrel does not know counts as UTC.
    pub(crate) fn zone(&self) -> Zone {
        self.time_zone.as_deref().and_then(Zone::named).unwrap_or_else(Zone::utc)
    }

    /// The highest level that so much of a limit reaches. A limit of nothing has none.
    pub(crate) fn warned(&self, used: u64, most: u64) -> Option<u8> {
        let reaches =
            |level: &&u8| u128::from(used) * 100 >= u128::from(most) * u128::from(**level);
        self.warn_at.iter().rev().find(reaches).filter(|_| most > 0).copied()
    }

    fn used(&self, balance: &Balance) -> Used {
        let Balance { limit, tally, drawn, ends } = balance;
        let of_pool = |pool| PoolUsed { used: *drawn, warned: self.warned(*drawn, pool) };
        Used {
            tally: *tally,
            warned: self.warned(tally.used(), limit.most),
            ends: Some(*ends),
            pool: limit.pool.map(of_pool),
        }
    }
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Held and spent.
    pub tally: Tally,
    /// The highest level that is reached at which that is said, in percent.
    pub warned: Option<u8>,
    /// When it begins anew, by the computer's clock; none for what is under way.
    pub ends: Option<UnixMs>,
    /// How its pool stands; none where it has none.
    pub pool: Option<PoolUsed>,
}

/// How much of a pool is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUsed {
    /// By everybody together, beyond what is their own; held and spent. More than the pool
    /// where somebody's own became less meanwhile.
    pub used: u64,
    /// As of the limit.
    pub warned: Option<u8>,
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
    /// `WrongGrant`; `NoSuchZone`; `NotFound` for a group that is not there; `Refused` where this person is no admin.
    pub async fn set_limits(
        &self,
        grant: &Grant,
        limits: Limits,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::BudgetSet)?;
        if limits.time_zone.as_deref().is_some_and(|name| Zone::named(name).is_none()) {
            return Err(WorkspaceError::NoSuchZone);
        }
        self.amend(now, move |tx, draft| {
            let groups = draft.book.groups().groups;
            let is_gone = |limit: &Limit| match limit.scope {
                LimitScope::Group { group } => !groups.iter().any(|one| one.id == group),
                _ => false,
            };
            if limits.limits.iter().any(is_gone) {
                return Err(WorkspaceError::NotFound);
            }
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
        let (groups, zone) = (book.groups().of(profile), limits.zone());
        self.read(move |connection| {
            let pace = Pace::after(tallies::pace(connection)?, now);
            let is_about = |limit: &Limit| match &limit.scope {
                LimitScope::Workspace {} | LimitScope::EachProfile {} => true,
                LimitScope::Role { role: whose } => *whose == role,
                LimitScope::Profile { profile: whose } => *whose == profile,
                LimitScope::Group { group } => groups.contains(group),
                LimitScope::Provider { .. }
                | LimitScope::Route { .. }
                | LimitScope::Model { .. }
                | LimitScope::Key { .. } => false,
            };
            let mut found = Vec::new();
            for limit in limits.limits.iter().filter(|limit| is_about(limit)) {
                let stands = tallies::standing(connection, limit, &given, profile, pace, &zone)?;
                found.extend(stands.map(|one| (one.limit.clone(), limits.used(&one))));
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
        let (book, me) = (self.fresh_book().await?, self.me().profile);
        let (limits, given) = (book.limits(), book.concessions());
        let zone = limits.zone();
        self.read(move |connection| {
            let pace = Pace::after(tallies::pace(connection)?, now);
            let mut used = Vec::with_capacity(limits.limits.len());
            for limit in &limits.limits {
                let stands = tallies::counted(connection, limit, &given, me, pace, &zone)?;
                used.push(stands.map_or_else(Used::default, |one| limits.used(&one)));
            }
            let month = Window::around(domain::Span::Month, pace.ledger, &zone);
            let (overruns, unpriced) = crate::tables::attempts::oddities(connection, month)?;
            Ok(Standings { limits, used, overruns, unpriced })
        })
        .await
    }
}
