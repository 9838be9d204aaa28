//! Table `audit`: the hash-chained log. Rows are only ever added.

use domain::{AttemptId, EventId, ProfileId};
use rusqlite::{Connection, OptionalExtension};
use sealed::SigningKey;

use super::{bytes, count, integer};
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
    /// Whether a checkpoint is to follow at once.
    pub(crate) is_pressing: bool,
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
    let is_pressing = !occurrence.what.is_routine();
    let event = Event {
        v: 1,
        sequence: last.map_or(1, |head| head.sequence.saturating_add(1)),
        previous: last.map(|head| head.hash),
        signer: pen.signer,
        id: occurrence.id,
        at: occurrence.at,
        actor: occurrence.actor,
        session: occurrence.session,
        role: occurrence.role,
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
    Ok(Appended { head, pin_holds, is_pressing })
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

/// The hashes of the first `size` events, in order.
pub(crate) fn hashes(connection: &Connection, size: u64) -> Result<Vec<Digest>, WorkspaceError> {
    let mut statement = connection.prepare_cached(
        "SELECT hash FROM audit WHERE sequence BETWEEN 1 AND ?1 ORDER BY sequence",
    )?;
    let rows = statement.query_map([integer(size)], |row| {
        Ok(Digest(bytes(row.get_ref(0)?).try_into().unwrap_or_default()))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The hashes of the events after the first `size`, in order.
pub(crate) fn hashes_beyond(
    connection: &Connection,
    size: u64,
) -> Result<Vec<Digest>, WorkspaceError> {
    let mut statement = connection
        .prepare_cached("SELECT hash FROM audit WHERE sequence > ?1 ORDER BY sequence")?;
    let rows = statement.query_map([integer(size)], |row| {
        Ok(Digest(bytes(row.get_ref(0)?).try_into().unwrap_or_default()))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether an event is in the log already.
pub(crate) fn contains(connection: &Connection, event: EventId) -> Result<bool, WorkspaceError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM audit WHERE event = ?1")?
        .exists([event.as_bytes()])?)
}

/// At most `limit` events from `sequence` on, in order, whatever somebody wrote there. Texts are
/// cut as bytes: of a text, SQLite would hide what follows a zero.
pub(crate) fn page(
    connection: &Connection,
    sequence: u64,
    limit: u64,
) -> Result<Vec<Entry>, WorkspaceError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT sequence, substr(CAST(text AS BLOB), 1, {LONGEST_TEXT}), hash, signature FROM audit
         WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2",
    ))?;
    let rows = statement.query_map([integer(sequence), integer(limit)], |row| {
        Ok(Entry {
            sequence: count(row.get(0)?),
            text: String::from_utf8_lossy(bytes(row.get_ref(1)?)).into_owned(),
            // What is no digest is that of no text.
            hash: Digest(bytes(row.get_ref(2)?).try_into().unwrap_or_default()),
            signature: bytes(row.get_ref(3)?).to_vec(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Who did it, and what kind of thing it was. What is no JSON was done by nobody and is of no
/// kind. Letter by letter as in the indexes (`workspace-6.sql`).
const ACTOR: &str = "CASE WHEN json_valid(text) THEN text ->> '$.actor.profile' END";
const KIND: &str = "CASE WHEN json_valid(text) THEN text ->> '$.what.kind' END";

/// The number of the event in which somebody says how a call of theirs ended: the first, as in
/// the ledger.
pub(crate) fn end_of(
    connection: &Connection,
    actor: ProfileId,
    attempt: AttemptId,
) -> Result<Option<u64>, WorkspaceError> {
    let found = connection
        .prepare_cached(&format!(
            "SELECT sequence FROM audit
             WHERE {ACTOR} = ?1 AND {KIND} = 'attempt_outcome'
               AND CASE WHEN json_valid(text) THEN text ->> '$.what.attempt' END = ?2
             ORDER BY sequence LIMIT 1"
        ))?
        .query_row((actor.to_string(), attempt.to_string()), |row| row.get(0).map(count))
        .optional()?;
    Ok(found)
}

/// The rows that `query` names.
pub(crate) fn select(
    connection: &Connection,
    query: &RecordQuery,
) -> Result<Vec<Row>, WorkspaceError> {
    let kinds = serde_json::to_string(&query.kinds).map_err(|_| WorkspaceError::Damaged)?;
    let mut statement = connection.prepare_cached(&text_of(query))?;
    let beyond = match (query.beyond, query.newest_first) {
        (Some(sequence), _) => integer(sequence),
        (None, true) => i64::MAX,
        (None, false) => 0,
    };
    let actor = query.actor.map(|profile| profile.to_string());
    let rows = statement.query_map((beyond, query.limit, actor, kinds), |row| {
        Ok(Row {
            sequence: count(row.get(0)?),
            text: String::from_utf8_lossy(bytes(row.get_ref(1)?)).into_owned(),
            hash: bytes(row.get_ref(2)?).to_vec(),
            signature: bytes(row.get_ref(3)?).to_vec(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Only what is asked for stands in it: a condition that may hold for all looks at all.
fn text_of(query: &RecordQuery) -> String {
    let (beyond, order) = if query.newest_first { ("<", "DESC") } else { (">", "ASC") };
    // Each parameter is named, so that all are there.
    let by_actor = match query.actor {
        Some(_) => format!("AND {ACTOR} = ?3"),
        None => "AND ?3 IS NULL".to_owned(),
    };
    let by_kind = match query.kinds.as_slice() {
        [] => "AND ?4 = '[]'".to_owned(),
        _ => format!("AND {KIND} IN (SELECT value FROM json_each(?4))"),
    };
    format!(
        "SELECT sequence, substr(CAST(text AS BLOB), 1, {LONGEST_TEXT}), hash, signature FROM audit
         WHERE sequence {beyond} ?1 {by_actor} {by_kind} ORDER BY sequence {order} LIMIT ?2"
    )
}

#[cfg(test)]
mod tests {
    use domain::UnixMs;
    use rusqlite::Connection;

    use super::*;
    use crate::tables::SHAPE;

    fn plan(query: &RecordQuery) -> String {
        let connection = Connection::open_in_memory().unwrap();
        for migration in SHAPE.migrations {
            if let sealed::Migration::Sql(text) = migration {
                connection.execute_batch(text).unwrap();
            }
        }
        let text = format!("EXPLAIN QUERY PLAN {}", text_of(query));
        let mut statement = connection.prepare(&text).unwrap();
        let rows = statement.query_map((1, 20, None::<String>, "[]"), |row| row.get(3)).unwrap();
        rows.collect::<Result<Vec<String>, _>>().unwrap().join("; ")
    }

    #[test]
    fn what_somebody_did_and_what_is_of_a_kind_is_found_without_reading_all_the_rest() {
        let who = ProfileId::new(UnixMs(1), [1; 10]);
        let of_all = RecordQuery { newest_first: true, limit: 20, ..RecordQuery::default() };
        let by_actor = RecordQuery { actor: Some(who), ..of_all.clone() };
        let by_kind = RecordQuery { kinds: vec!["denied".into()], ..of_all.clone() };
        let both = RecordQuery { actor: Some(who), ..by_kind.clone() };
        assert!(plan(&by_actor).contains("audit_actor"), "{}", plan(&by_actor));
        assert!(plan(&by_kind).contains("audit_kind"), "{}", plan(&by_kind));
        let both = plan(&both);
        assert!(both.contains("audit_actor") || both.contains("audit_kind"), "{both}");
        assert!(plan(&of_all).contains("PRIMARY KEY"), "in order: {}", plan(&of_all));
    }
}
