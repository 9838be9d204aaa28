//! Tables `request` and `look`: what members ask for, and who looked at their access.
//!
//! Unsigned, so that a member's words can be erased. What a row says counts
//! only where an event of the log says it, too.

use domain::{ProfileId, RequestId, UnixMs};
use rusqlite::{Connection, Row};

use super::{count, integer};
use crate::WorkspaceError;
use crate::audit::{Actor, AuditKind, Event};
use crate::book::Book;
use crate::requests::{Given, News, Request, RequestState, Subject, commitment};
use crate::tables::audit;

/// Rows of one list.
const MOST: u32 = 100;
const COLUMNS: &str = "id, profile, subject, reason, nonce, made_at, event, state, decided_by, \
                       decided_at, until, amount, seen";

/// A row as it stands.
pub(crate) struct Asked {
    pub(crate) request: Request,
    nonce: Vec<u8>,
    /// The place of the event that its author signed.
    event: u64,
}

/// What somebody decided.
pub(crate) struct Decided {
    pub(crate) by: ProfileId,
    pub(crate) at: UnixMs,
    pub(crate) given: Option<Given>,
}

impl Asked {
    /// Whether its author signed an event that says the same.
    pub(crate) fn is_signed(&self, connection: &Connection, book: &Book) -> bool {
        let Ok(page) = audit::page(connection, self.event, 1) else { return false };
        let Some(entry) = page.first().filter(|entry| entry.sequence == self.event) else {
            return false;
        };
        let Ok(event) = serde_json::from_str::<Event>(&entry.text) else { return false };
        let Request { id, profile, subject, reason, made_at, .. } = &self.request;
        let said = AuditKind::RequestMade {
            request: *id,
            subject: subject.clone(),
            reason: commitment(&self.nonce, reason),
        };
        event.actor == Actor::Profile(*profile)
            && event.at == *made_at
            && event.what == said
            && book.member(*profile).is_some_and(|member| entry.is_signed_by(&member.signing))
    }
}

pub(crate) fn insert(
    connection: &Connection,
    request: &Request,
    nonce: &[u8],
    event: u64,
) -> Result<(), WorkspaceError> {
    let subject = serde_json::to_string(&request.subject).map_err(|_| WorkspaceError::Damaged)?;
    connection
        .prepare_cached(
            "INSERT INTO request (id, profile, subject, reason, nonce, made_at, event, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open')",
        )?
        .execute((
            request.id.as_bytes(),
            request.profile.as_bytes(),
            subject,
            &request.reason,
            nonce,
            request.made_at.0,
            integer(event),
        ))?;
    Ok(())
}

/// Open ones first, then the newest; of `profile`, or all.
pub(crate) fn list(
    connection: &Connection,
    profile: Option<ProfileId>,
) -> Result<Vec<Asked>, WorkspaceError> {
    select(
        connection,
        "WHERE ?1 IS NULL OR profile = ?1 ORDER BY state <> 'open', made_at DESC",
        profile.as_ref().map(ProfileId::as_bytes),
    )
}

pub(crate) fn open_of(
    connection: &Connection,
    profile: ProfileId,
) -> Result<Vec<Request>, WorkspaceError> {
    let rows = select(
        connection,
        "WHERE profile = ?1 AND state = 'open' ORDER BY made_at",
        Some(profile.as_bytes()),
    )?;
    Ok(rows.into_iter().map(|row| row.request).collect())
}

pub(crate) fn find(
    connection: &Connection,
    id: RequestId,
) -> Result<Option<Asked>, WorkspaceError> {
    Ok(select(connection, "WHERE id = ?1", Some(id.as_bytes()))?.into_iter().next())
}

fn select(
    connection: &Connection,
    which: &str,
    by: Option<&[u8; 16]>,
) -> Result<Vec<Asked>, WorkspaceError> {
    let text = format!("SELECT {COLUMNS} FROM request {which} LIMIT {MOST}");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map([by], |row| Ok(asked(row)))?;
    let mut found = Vec::new();
    for row in rows {
        // Somebody wrote there what no Carrel does: it is nobody's request.
        match row? {
            Ok(row) => found.push(row),
            Err(error) => tracing::warn!(%error, "a request could not be read"),
        }
    }
    Ok(found)
}

fn asked(row: &Row<'_>) -> Result<Asked, rusqlite::Error> {
    let subject: String = row.get(2)?;
    let subject: Subject = serde_json::from_str(&subject).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
    })?;
    let given = |row: &Row<'_>| -> Result<Option<Given>, rusqlite::Error> {
        let until: Option<i64> = row.get(10)?;
        let amount: Option<i64> = row.get(11)?;
        Ok(until.map(|until| Given { until: UnixMs(until), amount: amount.map(count) }))
    };
    let state = match row.get_ref(7)?.as_str()? {
        "withdrawn" => RequestState::Withdrawn,
        "decided" => RequestState::Decided {
            by: ProfileId::from_bytes(row.get(8)?),
            at: UnixMs(row.get(9)?),
            given: given(row)?,
            seen: row.get(12)?,
        },
        _ => RequestState::Open,
    };
    Ok(Asked {
        request: Request {
            id: RequestId::from_bytes(row.get(0)?),
            profile: ProfileId::from_bytes(row.get(1)?),
            subject,
            reason: row.get(3)?,
            made_at: UnixMs(row.get(5)?),
            state,
        },
        nonce: row.get(4)?,
        event: count(row.get(6)?),
    })
}

/// True where it was open and this person's.
pub(crate) fn withdraw(
    connection: &Connection,
    id: RequestId,
    profile: ProfileId,
) -> Result<bool, WorkspaceError> {
    let changed = connection.execute(
        "UPDATE request SET state = 'withdrawn' WHERE id = ?1 AND profile = ?2 AND state = 'open'",
        (id.as_bytes(), profile.as_bytes()),
    )?;
    Ok(changed == 1)
}

pub(crate) fn decide(
    connection: &Connection,
    id: RequestId,
    decided: &Decided,
) -> Result<(), WorkspaceError> {
    let given = decided.given;
    connection.execute(
        "UPDATE request SET state = 'decided', decided_by = ?2, decided_at = ?3, until = ?4,
         amount = ?5 WHERE id = ?1",
        (
            id.as_bytes(),
            decided.by.as_bytes(),
            decided.at.0,
            given.map(|given| given.until.0),
            given.and_then(|given| given.amount).map(integer),
        ),
    )?;
    Ok(())
}

/// What was given is over by now; its author is told again.
pub(crate) fn end(
    connection: &Connection,
    id: RequestId,
    now: UnixMs,
) -> Result<(), WorkspaceError> {
    connection.execute(
        "UPDATE request SET until = ?2, seen = 0 WHERE id = ?1 AND state = 'decided'",
        (id.as_bytes(), now.0),
    )?;
    Ok(())
}

pub(crate) fn note_look(
    connection: &Connection,
    member: ProfileId,
    by: ProfileId,
    at: UnixMs,
) -> Result<(), WorkspaceError> {
    connection.execute(
        "INSERT INTO look (member, by, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (member, by) DO UPDATE SET at = ?3",
        (member.as_bytes(), by.as_bytes(), at.0),
    )?;
    Ok(())
}

pub(crate) fn news(connection: &Connection, me: ProfileId) -> Result<News, WorkspaceError> {
    let counted = |text: &str| -> Result<u32, WorkspaceError> {
        Ok(connection.prepare_cached(text)?.query_row([me.as_bytes()], |row| row.get(0))?)
    };
    let open = counted("SELECT count(*) FROM request WHERE state = 'open' AND profile <> ?1")?;
    let decided = counted(
        "SELECT count(*) FROM request WHERE state = 'decided' AND profile = ?1 AND NOT seen",
    )?;
    let mut looks =
        connection.prepare_cached("SELECT by FROM look WHERE member = ?1 ORDER BY at")?;
    let looked_by =
        looks.query_map([me.as_bytes()], |row| Ok(ProfileId::from_bytes(row.get(0)?)))?;
    Ok(News { open, decided, looked_by: looked_by.collect::<Result<_, _>>()? })
}

pub(crate) fn saw(connection: &Connection, me: ProfileId) -> Result<(), WorkspaceError> {
    connection.execute(
        "UPDATE request SET seen = 1 WHERE profile = ?1 AND state = 'decided'",
        [me.as_bytes()],
    )?;
    connection.execute("DELETE FROM look WHERE member = ?1", [me.as_bytes()])?;
    Ok(())
}

/// Everything that a person asked for, and who looked at their access.
pub(crate) fn erase(connection: &Connection, profile: ProfileId) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM request WHERE profile = ?1", [profile.as_bytes()])?;
    connection.execute("DELETE FROM look WHERE member = ?1 OR by = ?1", [profile.as_bytes()])?;
    Ok(())
}
