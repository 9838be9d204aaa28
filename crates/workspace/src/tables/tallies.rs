//! Tables `tally` and `pace`: sums over attempts within windows, and the ledger's time.
//!
//! A sum is made from the attempts when its limit is first asked for in a
//! window, and kept up to date from then on. Windows that are over are dropped.

mod pools;

use domain::{
    GroupId, KeyId, Limit, LimitMeasure, LimitScope, ModelRef, ProfileId, ProviderId, Role, Span,
    UnixMs,
};
use rusqlite::{Connection, OptionalExtension};

use super::{attempts, count, integer};
use crate::WorkspaceError;
use crate::concessions::ConcessionsBody;
use crate::ledger::{Balance, Entry, Pace, Tally, Window, Zone};

/// Where an attempt counts: everything that a limit can be about, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) profile: ProfileId,
    pub(crate) role: Option<Role>,
    /// Those that the person was in when it left.
    pub(crate) groups: Vec<GroupId>,
    pub(crate) model: ModelRef,
    pub(crate) route: Option<String>,
    pub(crate) key: Option<KeyId>,
    /// By the ledger's time.
    pub(crate) counted_at: UnixMs,
}

/// Names one sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    scope: String,
    measure: LimitMeasure,
    span: Span,
    window: Window,
}

/// Which attempts a sum is over; none is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Among {
    pub(crate) role: Option<Role>,
    pub(crate) group: Option<GroupId>,
    pub(crate) profile: Option<ProfileId>,
    pub(crate) provider: Option<ProviderId>,
    pub(crate) model: Option<String>,
    pub(crate) route: Option<String>,
    pub(crate) key: Option<KeyId>,
}

impl Slot {
    /// Of what is counted `among` these, in the time of it that holds `at`; none where it has
    /// no time.
    fn of(among: &Among, measure: LimitMeasure, at: UnixMs, zone: &Zone) -> Option<Self> {
        let span = measure.span()?;
        let window = Window::around(span, at, zone);
        Some(Self { scope: among.name(), measure, span, window })
    }
}

impl Place {
    /// Of the attempts that a limit is about, where this one is among them.
    fn among(&self, scope: &LimitScope) -> Option<Among> {
        let is_about_it = match scope {
            LimitScope::Workspace {} | LimitScope::EachProfile {} => true,
            LimitScope::Role { role } => self.role == Some(*role),
            LimitScope::Group { group } => self.groups.contains(group),
            LimitScope::Profile { profile } => self.profile == *profile,
            LimitScope::Provider { provider } => self.model.provider == *provider,
            LimitScope::Route { route } => self.route.as_ref() == Some(route),
            LimitScope::Model { model } => self.model == *model,
            LimitScope::Key { key } => self.key == Some(*key),
        };
        is_about_it.then(|| Among::of(scope, self.profile))
    }

    /// Whether a limit with this scope counts it.
    pub(crate) fn is_in(&self, scope: &LimitScope) -> bool {
        self.among(scope).is_some()
    }

    /// The names of all sums that this attempt can be part of.
    fn scopes(&self) -> Vec<String> {
        let mut scopes = vec![
            LimitScope::Workspace {},
            LimitScope::EachProfile {},
            LimitScope::Provider { provider: self.model.provider },
            LimitScope::Model { model: self.model.clone() },
        ];
        scopes.extend(self.role.map(|role| LimitScope::Role { role }));
        scopes.extend(self.groups.iter().map(|group| LimitScope::Group { group: *group }));
        scopes.extend(self.route.clone().map(|route| LimitScope::Route { route }));
        scopes.extend(self.key.map(|key| LimitScope::Key { key }));
        scopes.iter().filter_map(|scope| Some(self.among(scope)?.name())).collect()
    }
}

impl Among {
    /// Those that a limit is about; of "each person", those of `me`.
    fn of(scope: &LimitScope, me: ProfileId) -> Self {
        let all = Self::default();
        match scope.clone() {
            LimitScope::Workspace {} => all,
            LimitScope::Role { role } => Self { role: Some(role), ..all },
            LimitScope::Group { group } => Self { group: Some(group), ..all },
            LimitScope::EachProfile {} => Self { profile: Some(me), ..all },
            LimitScope::Profile { profile } => Self { profile: Some(profile), ..all },
            LimitScope::Provider { provider } => Self { provider: Some(provider), ..all },
            LimitScope::Route { route } => Self { route: Some(route), ..all },
            LimitScope::Model { model } => {
                Self { provider: Some(model.provider), model: Some(model.model), ..all }
            }
            LimitScope::Key { key } => Self { key: Some(key), ..all },
        }
    }

    /// Its name in the table.
    fn name(&self) -> String {
        match self {
            Self { role: Some(role), .. } => format!("role:{role}"),
            Self { group: Some(group), .. } => format!("group:{group}"),
            Self { profile: Some(profile), .. } => format!("profile:{profile}"),
            Self { provider: Some(provider), model: Some(model), .. } => {
                format!("model:{provider}/{model}")
            }
            Self { provider: Some(provider), .. } => format!("provider:{provider}"),
            Self { route: Some(route), .. } => format!("route:{route}"),
            Self { key: Some(key), .. } => format!("key:{key}"),
            _ => "workspace".to_owned(),
        }
    }
}

/// The ledger's time as it was last; none before the first call.
pub(crate) fn pace(connection: &Connection) -> Result<Option<Pace>, WorkspaceError> {
    let row = connection
        .prepare_cached("SELECT ledger, wall FROM pace WHERE id = 1")?
        .query_row([], |row| Ok(Pace { ledger: UnixMs(row.get(0)?), wall: UnixMs(row.get(1)?) }))
        .optional()?;
    Ok(row)
}

pub(crate) fn set_pace(connection: &Connection, pace: Pace) -> Result<(), WorkspaceError> {
    connection
        .prepare_cached(
            "INSERT INTO pace (id, ledger, wall) VALUES (1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE SET ledger = ?1, wall = ?2",
        )?
        .execute((pace.ledger.0, pace.wall.0))?;
    Ok(())
}

/// How `limit` stands for whoever asks at `place`, raised by what was given to them, and the sum
/// that says so; none where the limit is not about it, or counts what is under way.
pub(crate) fn balance(
    connection: &Connection,
    limit: &Limit,
    given: &ConcessionsBody,
    place: &Place,
    pace: Pace,
    zone: &Zone,
) -> Result<Option<(Slot, Balance)>, WorkspaceError> {
    let Some(among) = place.among(&limit.scope) else { return Ok(None) };
    let Some(slot) = Slot::of(&among, limit.measure, place.counted_at, zone) else {
        return Ok(None);
    };
    let tally = match tally(connection, &slot)? {
        Some(tally) => tally,
        None => {
            let fresh = sum_among(connection, &among, slot.measure, slot.window)?;
            put(connection, &slot, fresh)?;
            forget_before(connection, &slot)?;
            // A pool's row promises everybody's sums: where one may be gone, it is made anew.
            forget_before(connection, &slot.of_pool())?;
            fresh
        }
    };
    let at = place.counted_at;
    let drawn = match limit.pool {
        Some(_) => pools::balance(connection, limit, given, &slot, at)?,
        None => 0,
    };
    let limit = given.raised(limit, place.profile, at);
    let ends = pace.by_the_clock(slot.window.ends);
    Ok(Some((slot, Balance { limit, tally, drawn, ends })))
}

/// How `limit` stands for `me`, raised by what was given to them, as it is kept; only where no
/// call has asked for it yet, from the attempts. None where it counts what is under way.
pub(crate) fn standing(
    connection: &Connection,
    limit: &Limit,
    given: &ConcessionsBody,
    me: ProfileId,
    pace: Pace,
    zone: &Zone,
) -> Result<Option<Balance>, WorkspaceError> {
    let (among, at) = (Among::of(&limit.scope, me), pace.ledger);
    let Some(slot) = Slot::of(&among, limit.measure, at, zone) else { return Ok(None) };
    let tally = match tally(connection, &slot)? {
        Some(tally) => tally,
        None => sum_among(connection, &among, slot.measure, slot.window)?,
    };
    let drawn = match limit.pool {
        Some(_) => pools::standing(connection, limit, given, &slot, at)?,
        None => 0,
    };
    let (limit, ends) = (given.raised(limit, me, at), pace.by_the_clock(slot.window.ends));
    Ok(Some(Balance { limit, tally, drawn, ends }))
}

/// How `limit`, as it was signed, stands for `me`, from the attempts themselves. None where it
/// counts what is under way.
pub(crate) fn counted(
    connection: &Connection,
    limit: &Limit,
    given: &ConcessionsBody,
    me: ProfileId,
    pace: Pace,
    zone: &Zone,
) -> Result<Option<Balance>, WorkspaceError> {
    let among = Among::of(&limit.scope, me);
    let Some(slot) = Slot::of(&among, limit.measure, pace.ledger, zone) else { return Ok(None) };
    let tally = sum_among(connection, &among, slot.measure, slot.window)?;
    let drawn = match limit.pool {
        Some(_) => pools::from_attempts(connection, limit, given, &slot, pace.ledger)?,
        None => 0,
    };
    let ends = pace.by_the_clock(slot.window.ends);
    Ok(Some(Balance { limit: limit.clone(), tally, drawn, ends }))
}

fn sum_among(
    connection: &Connection,
    among: &Among,
    measure: LimitMeasure,
    window: Window,
) -> Result<Tally, WorkspaceError> {
    let entries = attempts::counted(connection, among, window)?;
    let add = |sum: Tally, entry: &Entry| sum.plus(entry.counts(measure));
    Ok(entries.iter().fold(Tally::default(), add))
}

/// Takes note that a limit is nearly used at this level, in percent; false where that was said
/// before in its window.
pub(crate) fn say(connection: &Connection, slot: &Slot, level: u8) -> Result<bool, WorkspaceError> {
    let said = connection
        .prepare_cached(
            "UPDATE tally SET said = ?5
             WHERE scope = ?1 AND measure = ?2 AND span = ?3 AND begins = ?4 AND said < ?5",
        )?
        .execute((
            &slot.scope,
            measure_name(slot.measure),
            span_name(slot.span),
            slot.window.begins.0,
            level,
        ))?;
    Ok(said > 0)
}

/// Adds a new attempt to these sums, which are so much before it.
pub(crate) fn add(
    connection: &Connection,
    sums: &[(Slot, Tally)],
    entry: &Entry,
) -> Result<(), WorkspaceError> {
    for (slot, tally) in sums {
        put(connection, slot, tally.plus(entry.counts(slot.measure)))?;
    }
    Ok(())
}

/// Changes every sum of which the attempt is part.
pub(crate) fn change(
    connection: &Connection,
    place: &Place,
    before: &Entry,
    after: &Entry,
) -> Result<(), WorkspaceError> {
    for (slot, tally) in sums_over(connection, place)? {
        if !slot.window.holds(place.counted_at) {
            continue;
        }
        let released = tally.less_held(before.counts(slot.measure).held);
        put(connection, &slot, released.plus(after.counts(slot.measure)))?;
    }
    Ok(())
}

/// Drops all sums: other limits need others.
pub(crate) fn clear(connection: &Connection) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM tally", [])?;
    Ok(())
}

/// All sums that an attempt at `place` can be part of, of any window.
fn sums_over(connection: &Connection, place: &Place) -> Result<Vec<(Slot, Tally)>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT measure, span, begins, ends, held, spent FROM tally WHERE scope = ?1",
    )?;
    let mut found = Vec::new();
    for scope in place.scopes() {
        let rows = statement.query_map([&scope], |row| {
            let kind = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
            let window = Window { begins: UnixMs(row.get(2)?), ends: UnixMs(row.get(3)?) };
            Ok((kind, window, Tally { held: count(row.get(4)?), spent: count(row.get(5)?) }))
        })?;
        for row in rows {
            let ((measure, span), window, tally) = row?;
            // A row that this version cannot name is no sum of its own.
            if let Some((measure, span)) = named(&measure, &span) {
                let scope = scope.clone();
                found.push((Slot { scope, measure, span, window }, tally));
            }
        }
    }
    Ok(found)
}

fn tally(connection: &Connection, slot: &Slot) -> Result<Option<Tally>, WorkspaceError> {
    let row = connection
        .prepare_cached(
            "SELECT held, spent FROM tally
             WHERE scope = ?1 AND measure = ?2 AND span = ?3 AND begins = ?4",
        )?
        .query_row(
            (&slot.scope, measure_name(slot.measure), span_name(slot.span), slot.window.begins.0),
            |row| Ok(Tally { held: count(row.get(0)?), spent: count(row.get(1)?) }),
        )
        .optional()?;
    Ok(row)
}

fn put(connection: &Connection, slot: &Slot, tally: Tally) -> Result<(), WorkspaceError> {
    connection
        .prepare_cached(
            "INSERT INTO tally (scope, measure, span, begins, ends, held, spent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (scope, measure, span, begins)
             DO UPDATE SET ends = ?5, held = ?6, spent = ?7",
        )?
        .execute((
            &slot.scope,
            measure_name(slot.measure),
            span_name(slot.span),
            slot.window.begins.0,
            slot.window.ends.0,
            integer(tally.held),
            integer(tally.spent),
        ))?;
    Ok(())
}

/// The ledger's time never runs back, so nobody asks for an earlier window again.
fn forget_before(connection: &Connection, slot: &Slot) -> Result<(), WorkspaceError> {
    connection
        .prepare_cached(
            "DELETE FROM tally WHERE scope = ?1 AND measure = ?2 AND span = ?3 AND begins < ?4",
        )?
        .execute((
            &slot.scope,
            measure_name(slot.measure),
            span_name(slot.span),
            slot.window.begins.0,
        ))?;
    Ok(())
}

fn measure_name(measure: LimitMeasure) -> &'static str {
    match measure {
        LimitMeasure::Requests { .. } => "requests",
        LimitMeasure::Tokens { .. } => "tokens",
        LimitMeasure::Money { .. } => "money",
        LimitMeasure::AtOnce {} => "at_once",
    }
}

fn span_name(span: Span) -> &'static str {
    match span {
        Span::Minute => "minute",
        Span::Hour => "hour",
        Span::Day => "day",
        Span::Month => "month",
    }
}

fn named(measure: &str, span: &str) -> Option<(LimitMeasure, Span)> {
    let span = Span::ALL.into_iter().find(|one| span_name(*one) == span)?;
    let measures = [
        LimitMeasure::Requests { span },
        LimitMeasure::Tokens { span },
        LimitMeasure::Money { span },
    ];
    Some((measures.into_iter().find(|one| measure_name(*one) == measure)?, span))
}
