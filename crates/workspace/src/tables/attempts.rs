//! Table `attempt`: one row for each call, with what it held, what it used and how it stands.

use domain::{AttemptId, GroupId, KeyId, ModelRef, NanoUsd, ProfileId, ProviderId, TurnId, UnixMs};
use rusqlite::{Connection, OptionalExtension, Row};

use super::tallies::{Among, Place};
use super::{count, integer};
use crate::ledger::{Entry, State, Window};
use crate::{AttemptEnd, AttemptStart, Unsettled, WorkspaceError};

/// The columns of which an entry is read, in order.
pub(super) const ENTRY: &str = "state, hold, hold_tokens, cost, input, cached_input, cache_write, \
                     cache_write_long, output, reasoning";

/// Inserts an attempt that is under way.
pub(crate) fn open(
    connection: &Connection,
    place: &Place,
    start: &AttemptStart,
    hold_tokens: u64,
    now: UnixMs,
) -> Result<(), WorkspaceError> {
    connection
        .prepare_cached(
            "INSERT INTO attempt (attempt, profile, turn, provider, model, opened_at, hold, role,
             key, route, number, retry_of, state, hold_tokens, counted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(rusqlite::params![
            start.attempt.as_bytes(),
            place.profile.as_bytes(),
            start.turn.as_bytes(),
            start.model.provider.as_bytes(),
            &start.model.model,
            now.0,
            start.hold.map(|hold| hold.0),
            place.role.map(String::from),
            place.key.as_ref().map(KeyId::as_bytes),
            place.route,
            start.number,
            start.retry_of.as_ref().map(AttemptId::as_bytes),
            state_name(State::Held),
            integer(hold_tokens),
            place.counted_at.0,
        ])?;
    let mut counts_for =
        connection.prepare_cached("INSERT INTO attempt_group (grp, attempt) VALUES (?1, ?2)")?;
    for group in &place.groups {
        counts_for.execute((group.as_bytes(), start.attempt.as_bytes()))?;
    }
    Ok(())
}

/// The groups that an attempt counts for.
fn groups(connection: &Connection, attempt: AttemptId) -> Result<Vec<GroupId>, WorkspaceError> {
    let mut statement =
        connection.prepare_cached("SELECT grp FROM attempt_group WHERE attempt = ?1")?;
    let rows =
        statement.query_map([attempt.as_bytes()], |row| Ok(GroupId::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// An attempt of `profile`: where it counts and for what; none where there is no such thing.
pub(crate) fn find(
    connection: &Connection,
    profile: ProfileId,
    attempt: AttemptId,
) -> Result<Option<(Place, Entry)>, WorkspaceError> {
    let row = connection
        .prepare_cached(&format!(
            "SELECT {ENTRY}, provider, model, role, route, key, counted_at
             FROM attempt WHERE attempt = ?1 AND profile = ?2"
        ))?
        .query_row((attempt.as_bytes(), profile.as_bytes()), |row| {
            let (provider, key) = (row.get(10)?, row.get::<_, Option<[u8; 16]>>(14)?);
            let model =
                ModelRef { provider: ProviderId::from_bytes(provider), model: row.get(11)? };
            let role = row.get::<_, Option<String>>(12)?;
            let place = Place {
                profile,
                role: role.and_then(|role| role.parse().ok()),
                groups: Vec::new(),
                model,
                route: row.get(13)?,
                key: key.map(KeyId::from_bytes),
                counted_at: UnixMs(row.get(15)?),
            };
            Ok((place, entry(row)?))
        })
        .optional()?;
    let Some((place, entry)) = row else { return Ok(None) };
    Ok(Some((Place { groups: groups(connection, attempt)?, ..place }, entry)))
}

/// Stores the outcome.
pub(crate) fn settle(
    connection: &Connection,
    end: &AttemptEnd,
    state: State,
    now: UnixMs,
) -> Result<(), WorkspaceError> {
    let outcome = serde_jcs::to_string(end).map_err(|_| WorkspaceError::Damaged)?;
    let usage = end.usage;
    connection
        .prepare_cached(
            "UPDATE attempt SET settled_at = ?2, outcome = ?3, input = ?4, cached_input = ?5,
             cache_write = ?6, output = ?7, reasoning = ?8, estimated = ?9, cost = ?10,
             cache_write_long = ?11, state = ?12, overrun = ?13 WHERE attempt = ?1",
        )?
        .execute((
            end.attempt.as_bytes(),
            now.0,
            outcome,
            usage.map(|usage| integer(usage.input.0)),
            usage.map(|usage| integer(usage.cached_input.0)),
            usage.map(|usage| integer(usage.cache_write.0)),
            usage.map(|usage| integer(usage.output.0)),
            usage.map(|usage| integer(usage.reasoning.0)),
            usage.map(|usage| usage.estimated),
            end.cost.map(|cost| cost.0),
            usage.map(|usage| integer(usage.cache_write_long.0)),
            state_name(state),
            end.overrun.map(|overrun| overrun.0),
        ))?;
    Ok(())
}

/// The calls that came by the route `old` count for `new` from now on.
pub(crate) fn rename_route(
    connection: &Connection,
    old: &str,
    new: &str,
) -> Result<(), WorkspaceError> {
    connection.execute("UPDATE attempt SET route = ?2 WHERE route = ?1", (old, new))?;
    Ok(())
}

/// What the attempts `among` all that fall into `window` count for.
pub(crate) fn counted(
    connection: &Connection,
    among: &Among,
    window: Window,
) -> Result<Vec<Entry>, WorkspaceError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {ENTRY} FROM attempt WHERE counted_at >= ?1 AND counted_at < ?2
         AND (?3 IS NULL OR role = ?3) AND (?4 IS NULL OR profile = ?4)
         AND (?5 IS NULL OR provider = ?5) AND (?6 IS NULL OR model = ?6)
         AND (?7 IS NULL OR route = ?7) AND (?8 IS NULL OR key = ?8)
         AND (?9 IS NULL OR EXISTS (SELECT 1 FROM attempt_group
              WHERE grp = ?9 AND attempt_group.attempt = attempt.attempt))"
    ))?;
    let rows = statement.query_map(
        (
            window.begins.0,
            window.ends.0,
            among.role.map(String::from),
            among.profile.as_ref().map(ProfileId::as_bytes),
            among.provider.as_ref().map(ProviderId::as_bytes),
            &among.model,
            &among.route,
            among.key.as_ref().map(KeyId::as_bytes),
            among.group.as_ref().map(GroupId::as_bytes),
        ),
        entry,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What each attempt that falls into `window` counts for, and whose it is.
pub(crate) fn of_each(
    connection: &Connection,
    window: Window,
) -> Result<Vec<(ProfileId, Entry)>, WorkspaceError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {ENTRY}, profile FROM attempt WHERE counted_at >= ?1 AND counted_at < ?2"
    ))?;
    let rows = statement.query_map((window.begins.0, window.ends.0), |row| {
        Ok((ProfileId::from_bytes(row.get(10)?), entry(row)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many attempts in `window` cost more than was held, and how many have no known price.
pub(crate) fn oddities(
    connection: &Connection,
    window: Window,
) -> Result<(u64, u64), WorkspaceError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(overrun), count(CASE WHEN hold IS NULL AND cost IS NULL THEN 1 END)
             FROM attempt WHERE counted_at >= ?1 AND counted_at < ?2 AND state <> 'released'",
        )?
        .query_row((window.begins.0, window.ends.0), |row| {
            Ok((count(row.get(0)?), count(row.get(1)?)))
        })?)
}

/// The attempts of `profile` without an outcome.
pub(crate) fn unsettled(
    connection: &Connection,
    profile: ProfileId,
) -> Result<Vec<Unsettled>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT attempt, turn FROM attempt
         WHERE profile = ?1 AND settled_at IS NULL ORDER BY attempt",
    )?;
    let rows = statement.query_map([profile.as_bytes()], |row| {
        Ok(Unsettled {
            attempt: AttemptId::from_bytes(row.get(0)?),
            turn: TurnId::from_bytes(row.get(1)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let state = row.get::<_, String>(0)?;
    let mut tokens = None;
    for column in 4..10 {
        if let Some(part) = row.get::<_, Option<i64>>(column)? {
            tokens = Some(tokens.unwrap_or(0_u64).saturating_add(count(part)));
        }
    }
    Ok(Entry {
        // A state that nobody here wrote counts for the most.
        state: STATES.into_iter().find(|one| state_name(*one) == state).unwrap_or(State::Unknown),
        hold: row.get::<_, Option<i64>>(1)?.map(NanoUsd),
        hold_tokens: count(row.get(2)?),
        cost: row.get::<_, Option<i64>>(3)?.map(NanoUsd),
        tokens,
    })
}

const STATES: [State; 4] = [State::Held, State::Booked, State::Unknown, State::Released];

fn state_name(state: State) -> &'static str {
    match state {
        State::Held => "held",
        State::Booked => "booked",
        State::Unknown => "unknown",
        State::Released => "released",
    }
}
