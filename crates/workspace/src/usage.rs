//! What was used: sums over calls, for those who may see them.
//!
//! Amounts only. A chat is not known here: one's own calls are summed up by
//! turn, and whoever has the desk open finds the chat of each.

use std::collections::{BTreeMap, HashMap};

use domain::{GroupId, ModelRef, NanoUsd, ProfileId, Tokens, TurnId, UnixMs};
use policy::{Action, Grant, Resource};

use crate::audit::AuditKind;
use crate::ledger::{Pace, Window};
use crate::tables::usage::{Call, Ending};
use crate::tables::{tallies, usage as table};
use crate::{Workspace, WorkspaceError};

/// A time of the calendar, in the workspace's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Seven days, the present one included.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// Sums over calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What calls that ended count for, as every limit on money counts them.
    pub cost: NanoUsd,
    /// What is held for calls under way.
    pub held: NanoUsd,
    /// Calls that were answered, also where the answer was stopped or cut.
    pub answers: u64,
    /// Calls that were not.
    pub failed: u64,
    /// Answers by another model than the one that was asked first.
    pub fallbacks: u64,
    /// Tokens that were read, cached ones included.
    pub input: Tokens,
    /// Tokens that were written, reasoning included.
    pub output: Tokens,
    /// Calls whose price is not known.
    pub unpriced: u64,
    /// The middle of how long answers took, in milliseconds.
    pub usual_wait_ms: Option<u32>,
}

impl Sums {
    /// Both together; a middle is not added up.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            cost: NanoUsd(self.cost.0.saturating_add(more.cost.0)),
            held: NanoUsd(self.held.0.saturating_add(more.held.0)),
            answers: self.answers.saturating_add(more.answers),
            failed: self.failed.saturating_add(more.failed),
            fallbacks: self.fallbacks.saturating_add(more.fallbacks),
            input: Tokens(self.input.0.saturating_add(more.input.0)),
            output: Tokens(self.output.0.saturating_add(more.output.0)),
            unpriced: self.unpriced.saturating_add(more.unpriced),
            usual_wait_ms: None,
        }
    }
}

/// What one person used of one model in one part of a period: in a day, of a year in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// The place of the part in the period.
    pub part: usize,
    /// Who.
    pub profile: ProfileId,
    /// The place of the model in the list.
    pub model: usize,
    /// How much.
    pub sums: Sums,
}

/// What was used in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The first moment of each part of the period, and the first one after it.
    pub edges: Vec<UnixMs>,
    /// By the ledger's time.
    pub now: UnixMs,
    /// An IANA name.
    pub time_zone: String,
    /// The models that were called.
    pub models: Vec<ModelRef>,
    /// By part, person and model, in this order.
    pub rows: Vec<UsageRow>,
    /// All calls.
    pub total: Sums,
    /// As `models`.
    pub by_model: Vec<Sums>,
    /// By person.
    pub by_person: HashMap<ProfileId, Sums>,
    /// By turn; only of one's own.
    pub by_turn: HashMap<TurnId, Sums>,
}

/// The first moments of each part of a period, and the first one after it.
fn parts(limits: &crate::Limits, period: Period, back: u32, now: UnixMs) -> Vec<UnixMs> {
    let zone = limits.zone();
    let before = |window: Window| UnixMs(window.begins.0.saturating_sub(1));
    let whole = |at: UnixMs| match period {
        Period::Week => zone.day(at),
        Period::Month => zone.month(at),
        Period::Year => zone.year(at),
    };
    let steps = if period == Period::Week { back.saturating_mul(7) } else { back };
    let last = (0..steps).fold(whole(now), |window, _| whole(before(window)));
    let first = match period {
        Period::Week => (0..6).fold(last, |window, _| zone.day(before(window))),
        Period::Month | Period::Year => last,
    };
    let part = |at: UnixMs| if period == Period::Year { zone.month(at) } else { zone.day(at) };
    let mut edges = vec![first.begins];
    let mut at = first.begins;
    while at < last.ends && edges.len() <= MOST_PARTS {
        at = part(at).ends;
        edges.push(at);
    }
    edges
}

/// No month has more days, and no year more months.
const MOST_PARTS: usize = 31;

/// Gathers calls into sums.
struct Gathering {
    edges: Vec<UnixMs>,
    own: bool,
    models: Vec<ModelRef>,
    places: HashMap<ModelRef, usize>,
    rows: BTreeMap<(usize, ProfileId, usize), Sum>,
    turns: HashMap<TurnId, Sum>,
    /// The model that each question was put to first.
    asked: HashMap<TurnId, usize>,
}

#[derive(Clone, Debug, Default)]
struct Sum {
    sums: Sums,
    /// How long each answer took, in milliseconds.
    waits: Vec<u32>,
}

impl Sum {
    fn of(call: &Call, fell_back: bool) -> Self {
        let whole = |amount: u64| NanoUsd(i64::try_from(amount).unwrap_or(i64::MAX));
        let answered = call.ending == Ending::Answered;
        let sums = Sums {
            cost: whole(call.money.spent),
            held: whole(call.money.held),
            answers: u64::from(answered),
            failed: u64::from(call.ending == Ending::Failed),
            fallbacks: u64::from(answered && fell_back),
            input: Tokens(call.input),
            output: Tokens(call.output),
            unpriced: u64::from(call.unpriced),
            usual_wait_ms: None,
        };
        Self { sums, waits: call.total_ms.filter(|_| answered).into_iter().collect() }
    }

    fn add(&mut self, other: &Self) {
        self.sums = self.sums.plus(other.sums);
        self.waits.extend_from_slice(&other.waits);
    }

    fn done(&self) -> Sums {
        let mut waits = self.waits.clone();
        let middle = waits.len() / 2;
        let usual_wait_ms = (!waits.is_empty()).then(|| *waits.select_nth_unstable(middle).1);
        Sums { usual_wait_ms, ..self.sums }
    }
}

impl Gathering {
    fn new(edges: Vec<UnixMs>, own: bool) -> Self {
        Self {
            edges,
            own,
            models: Vec::new(),
            places: HashMap::new(),
            rows: BTreeMap::new(),
            turns: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    fn window(&self) -> Window {
        Window {
            begins: self.edges.first().copied().unwrap_or_default(),
            ends: self.edges.last().copied().unwrap_or_default(),
        }
    }

    /// Calls come in the order in which they left.
    fn add(&mut self, call: &Call) {
        let next = self.models.len();
        let model = *self.places.entry(call.model.clone()).or_insert(next);
        if model == next {
            self.models.push(call.model.clone());
        }
        let fell_back = *self.asked.entry(call.turn).or_insert(model) != model;
        let part = self.edges.partition_point(|edge| *edge <= call.at).saturating_sub(1);
        let one = Sum::of(call, fell_back);
        self.rows.entry((part, call.profile, model)).or_default().add(&one);
        if self.own {
            self.turns.entry(call.turn).or_default().add(&one);
        }
    }

    fn done(self, now: UnixMs, time_zone: String) -> Usage {
        let mut total = Sum::default();
        let mut by_model = vec![Sum::default(); self.models.len()];
        let mut by_person: HashMap<ProfileId, Sum> = HashMap::new();
        for ((_, profile, model), sum) in &self.rows {
            total.add(sum);
            if let Some(of_model) = by_model.get_mut(*model) {
                of_model.add(sum);
            }
            by_person.entry(*profile).or_default().add(sum);
        }
        let row = |((part, profile, model), sum): ((usize, ProfileId, usize), Sum)| UsageRow {
            part,
            profile,
            model,
            sums: sum.done(),
        };
        Usage {
            edges: self.edges,
            now,
            time_zone,
            models: self.models,
            rows: self.rows.into_iter().map(row).collect(),
            total: total.done(),
            by_model: by_model.iter().map(Sum::done).collect(),
            by_person: finished(by_person),
            by_turn: finished(self.turns),
        }
    }
}

fn finished<Key: std::hash::Hash + Eq>(sums: HashMap<Key, Sum>) -> HashMap<Key, Sums> {
    sums.into_iter().map(|(key, sum)| (key, sum.done())).collect()
}

/// Whose calls are summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    One(ProfileId),
    Group(GroupId),
    Everyone,
}

impl Workspace {
    /// What the person, the group or everyone used of whom the grant speaks, in the period that
    /// lies so many before the present one.
    ///
    /// # Errors
    /// `WrongGrant`; `Denied` where a group or a policy was signed since the grant was given;
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn usage(
        &self,
        grant: &Grant,
        period: Period,
        back: u32,
        now: UnixMs,
    ) -> Result<Usage, WorkspaceError> {
        let whose = self.whose(grant)?;
        let limits = self.limits().await?;
        // A grant is as old as its question, and the documents are fresh by now.
        if self.role_known() != Some(grant.role()) {
            return Err(WorkspaceError::WrongGrant);
        }
        self.still_allows(grant, now)?;
        self.read(move |connection| {
            let pace = Pace::after(tallies::pace(connection)?, now);
            let edges = parts(&limits, period, back, pace.ledger);
            let mut gathering = Gathering::new(edges, matches!(whose, Whose::One(_)));
            let window = gathering.window();
            table::each(connection, whose, window, |call| gathering.add(&call))?;
            Ok(gathering.done(pace.ledger, limits.zone().name().to_owned()))
        })
        .await
    }

    /// Records that what others used is about to be written to a file.
    ///
    /// # Errors
    /// `WrongGrant`, or when it cannot be recorded.
    pub async fn record_usage_export(
        &self,
        grant: &Grant,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        let group = match self.whose(grant)? {
            Whose::One(_) => return Ok(()),
            Whose::Group(group) => Some(group),
            Whose::Everyone => None,
        };
        self.record(AuditKind::UsageExported { group }, now).await.map(drop)
    }

    fn whose(&self, grant: &Grant) -> Result<Whose, WorkspaceError> {
        match grant.resource() {
            Resource::Profile(profile) if *profile == self.me().profile => {
                self.check(grant, Action::UsageReadOwn)?;
                Ok(Whose::One(*profile))
            }
            Resource::Group(group) => {
                self.check(grant, Action::UsageReadAny)?;
                Ok(Whose::Group(*group))
            }
            Resource::Workspace => {
                self.check(grant, Action::UsageReadAny)?;
                Ok(Whose::Everyone)
            }
            _ => Err(WorkspaceError::WrongGrant),
        }
    }
}

#[cfg(test)]
mod tests;
