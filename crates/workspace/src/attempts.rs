//! Attempts: intent before a call leaves, outcome after it.
//!
//! Each is one transaction that writes the person's row, what it takes from or
//! gives back to every limit, and the audit event: together or not at all.
//! Settling twice changes nothing. Only one's own attempts can be read.

use domain::{
    AttemptId, DataClass, EventId, FailureClass, Finish, KeyId, Limit, ModelRef, NanoUsd,
    ProgramId, ProviderId, Region, Tokens, TurnId, UnixMs, Usage,
};
use policy::{Action, Grant, Resource};
use rusqlite::Connection;
use sealed::Commitment;
use serde::{Deserialize, Serialize};

use crate::access::MOVES;
use crate::audit::Occurrence;
use crate::concessions::ConcessionsBody;
use crate::ledger::{Balance, Entry, Granted, Pace, Shortfall, State, Wish, decide};
use crate::limits::Limits;
use crate::tables::tallies::{self, Place, Slot};
use crate::tables::{attempts as table, audit, documents};
use crate::{AuditKind, Workspace, WorkspaceError};

/// A call that is about to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptStart {
    /// Which attempt.
    pub attempt: AttemptId,
    /// The turn it belongs to.
    pub turn: TurnId,
    /// The person's own program that asks; none for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramId>,
    /// The model that is asked.
    pub model: ModelRef,
    /// The host that is called.
    pub host: String,
    /// How large the request is, in bytes.
    pub request_bytes: u64,
    /// The key it is sent with, where one was chosen among several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyId>,
    /// The route it came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Counts the attempts of its question from 1.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub number: u32,
    /// The attempt before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<AttemptId>,
    /// What it costs at most, as the ledger granted it; none where its price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<NanoUsd>,
    /// Its output cap, as the ledger granted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_cap: Option<Tokens>,
    /// The class of what it sends; left out where that was not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<DataClass>,
    /// Where its provider says that it works, as an admin signed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// The policies that allowed it, as the reservation found them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

fn first() -> u32 {
    1
}

fn is_first(number: &u32) -> bool {
    *number == 1
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
    /// Milliseconds from sending to the first word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u32>,
    /// Milliseconds from sending to the end.
    pub total_ms: Option<u32>,
    /// Whether the provider bills it; none where that is unknown.
    pub billed: Option<bool>,
    /// What it cost; none where price or billing is not known, never zero for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<NanoUsd>,
    /// What of the cost is beyond what was held, as the ledger found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrun: Option<NanoUsd>,
    /// Commits to the question, where the call's end was kept on a desk; its key lies there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Commitment>,
    /// Commits to the answer, in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Commitment>,
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
            first_token_ms: None,
            total_ms: None,
            billed: None,
            cost: None,
            overrun: None,
            input: None,
            output: None,
        }
    }

    /// The outcome of an attempt that a crash ended before anything of it had left.
    #[must_use]
    pub fn never_left(attempt: AttemptId) -> Self {
        Self {
            finish: Some(Finish::Interrupted),
            billed: Some(false),
            cost: Some(NanoUsd(0)),
            ..Self::unknown(attempt)
        }
    }

    /// With numbers that can be counted: no cost below nothing, and none that JSON rounds.
    fn countable(self) -> Self {
        let most = i64::try_from(Limit::MOST).unwrap_or(i64::MAX);
        let tokens = |tokens: Tokens| Tokens(tokens.0.min(Limit::MOST));
        let usage = self.usage.map(|usage| Usage {
            input: tokens(usage.input),
            cached_input: tokens(usage.cached_input),
            cache_write: tokens(usage.cache_write),
            cache_write_long: tokens(usage.cache_write_long),
            output: tokens(usage.output),
            reasoning: tokens(usage.reasoning),
            estimated: usage.estimated,
        });
        let cost = self.cost.map(|cost| NanoUsd(cost.0.clamp(0, most)));
        Self { usage, cost, ..self }
    }

    /// How the attempt then stands.
    fn state(&self) -> State {
        match self.billed {
            Some(true) => State::Booked,
            Some(false) => State::Released,
            None => State::Unknown,
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
}

impl Workspace {
    /// Takes what a call may use from every limit, and records that it is about to leave.
    /// Only then may it leave, and with no larger output cap than was granted.
    ///
    /// # Errors
    /// `WrongGrant` unless the grant is this person's, in the role they have by now, for using
    /// this model; `Denied` where a policy was signed since it was given; `Short` where a
    /// limit is in the way, and then nothing was taken from any.
    pub async fn open_attempt(
        &self,
        grant: &Grant,
        start: AttemptStart,
        wish: Wish,
        now: UnixMs,
    ) -> Result<Granted, WorkspaceError> {
        self.check(grant, Action::ModelUse)?;
        let class = match grant.resource() {
            Resource::Model { model, facts } if *model == start.model => facts.sent,
            _ => return Err(WorkspaceError::WrongGrant),
        };
        let start = AttemptStart { class: Some(class), ..start };
        let place = Place {
            profile: self.me().profile,
            role: Some(grant.role()),
            groups: Vec::new(),
            model: start.model.clone(),
            route: start.route.clone(),
            key: start.key,
            counted_at: now,
        };
        for _ in 0..MOVES {
            // Whatever is signed after this is found by the reservation.
            let next = self.known().book.next();
            // What they were when they asked, they may not be any more.
            if self.role_known() != Some(grant.role()) {
                return Err(WorkspaceError::WrongGrant);
            }
            let rules = self.still_allows(grant, now)?.rule_ids().to_vec();
            let regions = self.regions_of(start.model.provider);
            let start = AttemptStart { rules, regions, ..start.clone() };
            if let Some(granted) = self.reserve(next, &place, &start, wish, now).await? {
                return Ok(granted);
            }
            // An admin set other limits or rules meanwhile.
            self.fresh_book().await?;
        }
        Err(WorkspaceError::Busy)
    }

    fn regions_of(&self, provider: ProviderId) -> Vec<Region> {
        let known = self.known();
        let found = known.book.providers().into_iter().find(|(one, _)| one.id == provider);
        found.map(|(body, _)| body.regions.clone()).unwrap_or_default()
    }

    /// None where more was signed than the documents before `next`.
    async fn reserve(
        &self,
        next: u64,
        place: &Place,
        start: &AttemptStart,
        wish: Wish,
        now: UnixMs,
    ) -> Result<Option<Granted>, WorkspaceError> {
        let (limits, given, groups) = {
            let known = self.known();
            (known.book.limits(), known.book.concessions(), known.book.groups().of(place.profile))
        };
        let (me, pinned) = (self.me(), self.audit_pin());
        let mut occurrence = self.occurrence(AuditKind::AttemptIntent(start.clone()), now);
        let (place, start) = (Place { groups, ..place.clone() }, start.clone());
        let reserved = self
            .write_surely(move |tx| {
                if documents::reach(tx, next)? {
                    return Ok(None);
                }
                // A sum may have been made anew by then: it holds, whatever is granted.
                let held = match hold(tx, &limits, &given, place, start, &wish, now)? {
                    Ok(held) => held,
                    Err(shortfall) => return Ok(Some(Err(shortfall))),
                };
                occurrence.what = AuditKind::AttemptIntent(held.start);
                let mut appended = audit::append(tx, occurrence.clone(), &me.signer(), pinned)?;
                for what in held.nearly_used {
                    let id = EventId::new(occurrence.at, sealed::random_bytes());
                    let said = Occurrence { id, what, ..occurrence.clone() };
                    appended = audit::append(tx, said, &me.signer(), pinned)?;
                }
                Ok(Some(Ok((held.granted, appended))))
            })
            .await?;
        let granted = reserved.map(|reserved| {
            let (granted, appended) = reserved?;
            self.saw_event(&appended);
            Ok::<_, Shortfall>(granted)
        });
        Ok(granted.transpose()?)
    }

    /// Records how a call ended, and books what it used in the place of what was held. True
    /// the first time, false where it was settled before.
    ///
    /// # Errors
    /// `NotFound` for an attempt that is not this person's.
    pub async fn settle_attempt(
        &self,
        end: AttemptEnd,
        now: UnixMs,
    ) -> Result<bool, WorkspaceError> {
        let (me, pinned) = (self.me(), self.audit_pin());
        let end = end.countable();
        let mut occurrence = self.occurrence(AuditKind::AttemptOutcome(end.clone()), now);
        let appended = self
            .write_surely(move |tx| {
                let Some(end) = book(tx, me.profile, end, now)? else {
                    return Ok(None);
                };
                occurrence.what = AuditKind::AttemptOutcome(end);
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

/// What was held for a call.
struct Held {
    granted: Granted,
    start: AttemptStart,
    /// Of limits and pools that it took over a level at which that is said.
    nearly_used: Vec<AuditKind>,
}

/// Holds what the wish asks for at every limit that `place` touches, or at none.
fn hold(
    connection: &Connection,
    limits: &Limits,
    given: &ConcessionsBody,
    place: Place,
    start: AttemptStart,
    wish: &Wish,
    now: UnixMs,
) -> Result<Result<Held, Shortfall>, WorkspaceError> {
    if limits.block_unpriced && wish.price.is_none() {
        return Ok(Err(Shortfall::Unpriced));
    }
    let pace = Pace::after(tallies::pace(connection)?, now);
    let place = Place { counted_at: pace.ledger, ..place };
    let (zone, mut sums) = (limits.zone(), Vec::new());
    let (mut slots, mut balances) = (Vec::new(), Vec::new());
    for limit in &limits.limits {
        let found = tallies::balance(connection, limit, given, &place, pace, &zone)?;
        let Some((slot, balance)) = found else { continue };
        slots.push(slot.clone());
        // Two limits may count the same.
        if !sums.iter().any(|(known, _)| *known == slot) {
            sums.push((slot, balance.tally));
        }
        balances.push(balance);
    }
    let granted = match decide(&balances, wish) {
        Ok(granted) => granted,
        Err(shortfall) => return Ok(Err(shortfall)),
    };
    let start = AttemptStart { hold: granted.money, output_cap: Some(granted.output), ..start };
    let entry = Entry {
        state: State::Held,
        hold: granted.money,
        hold_tokens: granted.tokens.0,
        cost: None,
        tokens: None,
    };
    tallies::set_pace(connection, pace)?;
    table::open(connection, &place, &start, granted.tokens.0, now)?;
    tallies::add(connection, &sums, &entry)?;
    let mut nearly_used = Vec::new();
    for (slot, balance) in slots.iter().zip(balances) {
        let counts = entry.counts(balance.limit.measure);
        nearly_used.extend(said(connection, limits, slot, balance.after(counts))?);
    }
    Ok(Ok(Held { granted, start, nearly_used }))
}

/// What is to be said of a limit that now stands so, and was not yet: of itself, and of its pool.
fn said(
    connection: &Connection,
    limits: &Limits,
    slot: &Slot,
    balance: Balance,
) -> Result<Vec<AuditKind>, WorkspaceError> {
    let Balance { limit, tally, drawn, .. } = balance;
    let own = limits.warned(tally.used(), limit.most).map(|percent| (slot.clone(), percent, false));
    let of_pool = limit.pool.and_then(|pool| limits.warned(drawn, pool));
    let of_pool = of_pool.map(|percent| (slot.of_pool(), percent, true));
    let mut said = Vec::new();
    for (slot, percent, pool) in own.into_iter().chain(of_pool) {
        if tallies::say(connection, &slot, percent)? {
            said.push(AuditKind::LimitNearlyUsed { limit: limit.clone(), percent, pool });
        }
    }
    Ok(said)
}

/// Puts what was used in the place of what was held; none where that was done before.
fn book(
    connection: &Connection,
    profile: domain::ProfileId,
    end: AttemptEnd,
    now: UnixMs,
) -> Result<Option<AttemptEnd>, WorkspaceError> {
    let found = table::find(connection, profile, end.attempt)?;
    let (place, before) = found.ok_or(WorkspaceError::NotFound)?;
    if before.state != State::Held {
        return Ok(None);
    }
    let tokens = end.usage.map(|usage| usage.total().0);
    let after = Entry { state: end.state(), cost: end.cost, tokens, ..before };
    let end = AttemptEnd { overrun: after.overrun(), ..end };
    table::settle(connection, &end, after.state, now)?;
    tallies::change(connection, &place, &before, &after)?;
    Ok(Some(end))
}
