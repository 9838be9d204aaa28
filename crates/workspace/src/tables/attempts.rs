//! Table `attempt`: one row for each call, with its usage once it ended.

use domain::{AttemptId, ProfileId, TurnId, UnixMs};
use rusqlite::{Connection, OptionalExtension};

use super::integer;
use crate::{AttemptEnd, AttemptStart, Unsettled, WorkspaceError};

pub(crate) fn open(
    connection: &Connection,
    profile: ProfileId,
    start: &AttemptStart,
    now: UnixMs,
) -> Result<(), WorkspaceError> {
    connection
        .prepare_cached(
            "INSERT INTO attempt (attempt, profile, turn, provider, model, opened_at, hold)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            start.attempt.as_bytes(),
            profile.as_bytes(),
            start.turn.as_bytes(),
            start.model.provider.as_bytes(),
            &start.model.model,
            now.0,
            start.hold.map(|hold| hold.0),
        ))?;
    Ok(())
}

/// Stores the outcome; false where there was one already.
pub(crate) fn settle(
    connection: &Connection,
    profile: ProfileId,
    end: &AttemptEnd,
    now: UnixMs,
) -> Result<bool, WorkspaceError> {
    let settled: Option<bool> = connection
        .prepare_cached(
            "SELECT settled_at IS NOT NULL FROM attempt WHERE attempt = ?1 AND profile = ?2",
        )?
        .query_row((end.attempt.as_bytes(), profile.as_bytes()), |row| row.get(0))
        .optional()?;
    if settled.ok_or(WorkspaceError::NotFound)? {
        return Ok(false);
    }
    let outcome = serde_jcs::to_string(end).map_err(|_| WorkspaceError::Damaged)?;
    let usage = end.usage;
    connection
        .prepare_cached(
            "UPDATE attempt SET settled_at = ?2, outcome = ?3, input = ?4, cached_input = ?5,
             cache_write = ?6, output = ?7, reasoning = ?8, estimated = ?9, cost = ?10,
             cache_write_long = ?11 WHERE attempt = ?1",
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
        ))?;
    Ok(true)
}

pub(crate) fn unsettled(
    connection: &Connection,
    profile: ProfileId,
) -> Result<Vec<Unsettled>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT attempt, turn, opened_at FROM attempt
         WHERE profile = ?1 AND settled_at IS NULL ORDER BY attempt",
    )?;
    let rows = statement.query_map([profile.as_bytes()], |row| {
        Ok(Unsettled {
            attempt: AttemptId::from_bytes(row.get(0)?),
            turn: TurnId::from_bytes(row.get(1)?),
            opened_at: UnixMs(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
