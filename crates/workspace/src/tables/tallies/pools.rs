//! How much of a limit's pool everybody uses together: made from each person's sum, never kept.
//!
//! A row `pool` says that whoever used anything in its window has a sum, so that these are all
//! there is to look at. It also keeps the level at which the pool was said to be nearly used.

use std::collections::BTreeMap;

use domain::{Limit, ProfileId, UnixMs};
use rusqlite::Connection;

use super::{Slot, forget_before, measure_name, put, span_name, tally};
use crate::WorkspaceError;
use crate::concessions::ConcessionsBody;
use crate::ledger::{Tally, drawn};
use crate::tables::{attempts, count};

const POOL: &str = "pool";
/// Before the name of each person's own sum.
const PERSON: &str = "profile:";

/// A person's sum in a window.
type Person = (ProfileId, Tally);

impl Slot {
    /// The row of the pool that whoever this sum is of draws on.
    pub(crate) fn of_pool(&self) -> Self {
        Self { scope: POOL.to_owned(), ..self.clone() }
    }
}

/// How much of the pool of `limit` is used in the window of `slot`, at the ledger's time `at`.
/// Whoever used something has a sum from then on.
pub(super) fn balance(
    connection: &Connection,
    limit: &Limit,
    given: &ConcessionsBody,
    slot: &Slot,
    at: UnixMs,
) -> Result<u64, WorkspaceError> {
    let pool = slot.of_pool();
    if tally(connection, &pool)?.is_none() {
        for (person, sum) in counted(connection, slot)? {
            let own = Slot { scope: format!("{PERSON}{person}"), ..slot.clone() };
            if tally(connection, &own)?.is_none() {
                put(connection, &own, sum)?;
            }
        }
        put(connection, &pool, Tally::default())?;
        forget_before(connection, &pool)?;
    }
    Ok(of(limit, given, &kept(connection, slot)?, at))
}

/// The same, as it is kept; where no call has asked for it yet, from the attempts.
pub(super) fn standing(
    connection: &Connection,
    limit: &Limit,
    given: &ConcessionsBody,
    slot: &Slot,
    at: UnixMs,
) -> Result<u64, WorkspaceError> {
    if tally(connection, &slot.of_pool())?.is_none() {
        return from_attempts(connection, limit, given, slot, at);
    }
    Ok(of(limit, given, &kept(connection, slot)?, at))
}

/// The same, from the attempts themselves.
pub(super) fn from_attempts(
    connection: &Connection,
    limit: &Limit,
    given: &ConcessionsBody,
    slot: &Slot,
    at: UnixMs,
) -> Result<u64, WorkspaceError> {
    Ok(of(limit, given, &counted(connection, slot)?, at))
}

fn of(limit: &Limit, given: &ConcessionsBody, people: &[Person], at: UnixMs) -> u64 {
    drawn(people.iter().map(|(who, tally)| (*tally, given.most_of(limit, *who, at))))
}

/// Everybody's sums in the window, as they are kept.
fn kept(connection: &Connection, slot: &Slot) -> Result<Vec<Person>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT scope, held, spent FROM tally
         WHERE scope >= 'profile:' AND scope < 'profile;'
         AND measure = ?1 AND span = ?2 AND begins = ?3",
    )?;
    let key = (measure_name(slot.measure), span_name(slot.span), slot.window.begins.0);
    let rows = statement.query_map(key, |row| {
        let tally = Tally { held: count(row.get(1)?), spent: count(row.get(2)?) };
        Ok((row.get::<_, String>(0)?, tally))
    })?;
    let mut people = Vec::new();
    for row in rows {
        let (scope, tally) = row?;
        let person = scope.strip_prefix(PERSON).and_then(|id| id.parse().ok());
        // Whose sum nobody can name counts all the same: as somebody's who was given nothing.
        people.push((person.unwrap_or(NOBODY), tally));
    }
    Ok(people)
}

const NOBODY: ProfileId = ProfileId::from_bytes([0; 16]);

/// Everybody's sums in the window, from the attempts themselves.
fn counted(connection: &Connection, slot: &Slot) -> Result<Vec<Person>, WorkspaceError> {
    let Slot { measure, window, .. } = slot;
    let mut people: BTreeMap<ProfileId, Tally> = BTreeMap::new();
    for (person, entry) in attempts::of_each(connection, *window)? {
        let sum = people.entry(person).or_default();
        *sum = sum.plus(entry.counts(*measure));
    }
    Ok(people.into_iter().collect())
}
