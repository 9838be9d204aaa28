//! Table `attempt`, read for sums: one row for each call, in the order in which they left.

use domain::{ModelRef, ProfileId, ProviderId, TurnId, UnixMs};
use rusqlite::{Connection, Row};

use super::attempts::{ENTRY, entry};
use super::count;
use crate::WorkspaceError;
use crate::ledger::{State, Tally, Window};
use crate::usage::Whose;

/// One call, as sums count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) profile: ProfileId,
    pub(crate) turn: TurnId,
    pub(crate) model: ModelRef,
    pub(crate) at: UnixMs,
    /// In nano-dollars, as limits on money count it.
    pub(crate) money: Tally,
    pub(crate) unpriced: bool,
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) ending: Ending,
    pub(crate) total_ms: Option<u32>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    UnderWay,
    Answered,
    /// Also where nobody knows.
    Failed,
}

const COLUMNS: &str = "profile, turn, provider, model, counted_at,
    CASE WHEN json_valid(outcome) AND json_type(outcome, '$.finish') = 'text'
         THEN outcome ->> '$.finish' END,
    CASE WHEN json_valid(outcome) AND json_type(outcome, '$.total_ms') = 'integer'
         THEN outcome ->> '$.total_ms' END";

/// Calls `with` for every call of these people in `window`.
pub(crate) fn each(
    connection: &Connection,
    whose: Whose,
    window: Window,
    mut with: impl FnMut(Call),
) -> Result<(), WorkspaceError> {
    let (filter, id) = match whose {
        Whose::One(profile) => ("AND profile = ?3", Some(*profile.as_bytes())),
        Whose::Group(group) => (
            "AND EXISTS (SELECT 1 FROM attempt_group
                         WHERE grp = ?3 AND attempt_group.attempt = attempt.attempt)",
            Some(*group.as_bytes()),
        ),
        Whose::Everyone => ("AND ?3 IS NULL", None),
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {ENTRY}, {COLUMNS} FROM attempt
         WHERE counted_at >= ?1 AND counted_at < ?2 {filter} ORDER BY counted_at, opened_at, number"
    ))?;
    let mut rows = statement.query((window.begins.0, window.ends.0, id))?;
    while let Some(row) = rows.next()? {
        with(call(row)?);
    }
    Ok(())
}

fn call(row: &Row<'_>) -> rusqlite::Result<Call> {
    let entry = entry(row)?;
    let sum = |columns: std::ops::Range<usize>| {
        columns.into_iter().try_fold(0_u64, |sum, column| {
            let tokens = row.get::<_, Option<i64>>(column)?.map_or(0, count);
            Ok::<_, rusqlite::Error>(sum.saturating_add(tokens))
        })
    };
    let provider = ProviderId::from_bytes(row.get(12)?);
    Ok(Call {
        profile: ProfileId::from_bytes(row.get(10)?),
        turn: TurnId::from_bytes(row.get(11)?),
        model: ModelRef { provider, model: row.get(13)? },
        at: UnixMs(row.get(14)?),
        money: entry.counts(domain::LimitMeasure::Money { span: domain::Span::Month }),
        unpriced: entry.state != State::Released && entry.hold.is_none() && entry.cost.is_none(),
        input: sum(4..8)?,
        output: sum(8..10)?,
        ending: match (entry.state, row.get::<_, Option<String>>(15)?.as_deref()) {
            (State::Held, _) => Ending::UnderWay,
            (_, Some("complete" | "length" | "stopped" | "locked" | "stalled" | "cut")) => {
                Ending::Answered
            }
            _ => Ending::Failed,
        },
        total_ms: row.get::<_, Option<i64>>(16)?.and_then(|ms| u32::try_from(ms).ok()),
    })
}
