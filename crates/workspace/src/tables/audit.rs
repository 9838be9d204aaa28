//! Table `audit`: the hash-chained log. Rows are only ever added.

use domain::EventId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use sealed::SigningKey;

use super::{count, integer};
use crate::audit::{AuditHead, Entry, Event, LONGEST_TEXT, Occurrence, RecordQuery, Row, Signer};
use crate::{Digest, WorkspaceError};

/// Whose name and key go under an event.
pub(crate) struct Pen<'a> {
    pub(crate) signer: Signer,
    pub(crate) key: &'a SigningKey,
}

/// What appending an event showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// The new head.
    pub(crate) head: AuditHead,
    /// Whether the event that was pinned is still the one that stands there.
    pub(crate) pin_holds: bool,
}

/// Writes `occurrence` at the end of the log, in the caller's transaction.
pub(crate) fn append(
    connection: &Connection,
    occurrence: Occurrence,
    pen: &Pen<'_>,
    pinned: Option<AuditHead>,
) -> Result<Appended, WorkspaceError> {
    let last = head(connection)?;
    let pin_holds = match pinned {
        Some(pin) => hash_at(connection, pin.sequence)? == Some(pin.hash),
        None => true,
    };
    let event = Event {
        v: 1,
        sequence: last.map_or(1, |head| head.sequence.saturating_add(1)),
        previous: last.map(|head| head.hash),
        signer: pen.signer,
        id: occurrence.id,
        at: occurrence.at,
        actor: occurrence.actor,
        session: occurrence.session,
        what: occurrence.what,
    };
    let entry = Entry::sign(&event, pen.key).map_err(|_| WorkspaceError::Damaged)?;
    connection
        .prepare_cached(
            "INSERT INTO audit (sequence, event, text, hash, signature)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            integer(entry.sequence),
            event.id.as_bytes(),
            &entry.text,
            entry.hash.0,
            &entry.signature,
        ))?;
    let head = AuditHead { sequence: entry.sequence, hash: entry.hash };
    Ok(Appended { head, pin_holds })
}

/// The last event.
pub(crate) fn head(connection: &Connection) -> Result<Option<AuditHead>, WorkspaceError> {
    let row = connection
        .prepare_cached("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(AuditHead { sequence: count(row.get(0)?), hash: Digest(row.get(1)?) })
        })
        .optional()?;
    Ok(row)
}

/// The hash of the event at `sequence`.
pub(crate) fn hash_at(
    connection: &Connection,
    sequence: u64,
) -> Result<Option<Digest>, WorkspaceError> {
    let hash = connection
        .prepare_cached("SELECT hash FROM audit WHERE sequence = ?1")?
        .query_row([integer(sequence)], |row| row.get(0).map(Digest))
        .optional()?;
    Ok(hash)
}

/// Whether an event is in the log already.
pub(crate) fn contains(connection: &Connection, event: EventId) -> Result<bool, WorkspaceError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM audit WHERE event = ?1")?
        .exists([event.as_bytes()])?)
}

/// At most `limit` events from `sequence` on, in order.
pub(crate) fn page(
    connection: &Connection,
    sequence: u64,
    limit: u64,
) -> Result<Vec<Entry>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, text, hash, signature FROM audit
         WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2",
    )?;
    let rows = statement.query_map([integer(sequence), integer(limit)], |row| {
        Ok(Entry {
            sequence: count(row.get(0)?),
            text: row.get(1)?,
            hash: Digest(row.get(2)?),
            signature: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The rows that `query` names. What is no JSON was done by nobody and is of no kind.
pub(crate) fn select(
    connection: &Connection,
    query: &RecordQuery,
) -> Result<Vec<Row>, WorkspaceError> {
    let (beyond, order) = if query.newest_first { ("<", "DESC") } else { (">", "ASC") };
    let kinds = serde_json::to_string(&query.kinds).map_err(|_| WorkspaceError::Damaged)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT sequence, substr(text, 1, {LONGEST_TEXT}), hash, signature FROM audit
         WHERE (?1 IS NULL OR sequence {beyond} ?1)
         AND (?2 IS NULL OR
              CASE WHEN json_valid(text) THEN text ->> '$.actor.profile' END IS ?2)
         AND (?3 = '[]' OR CASE WHEN json_valid(text) THEN text ->> '$.what.kind' END
              IN (SELECT value FROM json_each(?3)))
         ORDER BY sequence {order} LIMIT ?4"
    ))?;
    let actor = query.actor.map(|profile| profile.to_string());
    let rows =
        statement.query_map((query.beyond.map(integer), actor, kinds, query.limit), |row| {
            Ok(Row {
                sequence: count(row.get(0)?),
                text: String::from_utf8_lossy(bytes(row.get_ref(1)?)).into_owned(),
                hash: bytes(row.get_ref(2)?).to_vec(),
                signature: bytes(row.get_ref(3)?).to_vec(),
            })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => &[],
    }
}
