//! Table `spool`: audit events that happened before anyone unlocked.
//!
//! Sealed (HPKE) to the workspace: once written, the door itself cannot read
//! them. `Workspace::take_spooled` moves them into the log.

use domain::{EventId, SessionId, UnixMs};
use rusqlite::OptionalExtension;
use sealed::{Recipient, RecipientKey};

use super::Door;
use crate::DoorError;
use crate::audit::{Actor, AuditKind, Occurrence};

const INFO: &[u8] = b"carrel audit spool 1";

/// A sealed event.
pub(crate) struct Sealed {
    pub(crate) id: i64,
    bytes: Vec<u8>,
}

impl Sealed {
    /// The event, if this key opens it and nothing else than the door could have made it.
    pub(crate) fn open(&self, key: &RecipientKey) -> Option<Occurrence> {
        let plain = sealed::open_from(key, INFO, b"", &self.bytes).ok()?;
        let occurrence: Occurrence = serde_json::from_slice(&plain).ok()?;
        match occurrence.actor {
            Actor::Guest | Actor::Door => Some(occurrence),
            Actor::Profile(_) => None,
        }
    }
}

impl Door {
    /// Records something that happened at the door, such as wrong passphrases.
    ///
    /// # Errors
    /// `NoWorkspace` before the first one exists.
    pub async fn spool(&self, what: AuditKind, now: UnixMs) -> Result<EventId, DoorError> {
        self.seal(Actor::Door, None, what, now).await
    }

    /// Records something that a guest did, such as a call to a model. Only after it
    /// returned may the call leave.
    ///
    /// # Errors
    /// As [`Door::spool`].
    pub async fn spool_guest(
        &self,
        session: SessionId,
        what: AuditKind,
        now: UnixMs,
    ) -> Result<EventId, DoorError> {
        self.seal(Actor::Guest, Some(session), what, now).await
    }

    async fn seal(
        &self,
        actor: Actor,
        session: Option<SessionId>,
        what: AuditKind,
        at: UnixMs,
    ) -> Result<EventId, DoorError> {
        let id = EventId::new(at, sealed::random_bytes());
        let occurrence = Occurrence { id, at, actor, session, role: None, what };
        self.database
            .write(move |tx| {
                let to: Option<[u8; 32]> = tx
                    .query_row(
                        "SELECT spool_recipient FROM installation
                         WHERE spool_recipient IS NOT NULL",
                        [],
                        |row| row.get(0),
                    )
                    .optional()?;
                let to = Recipient(to.ok_or(DoorError::NoWorkspace)?);
                let plain =
                    serde_json::to_vec(&occurrence).map_err(|_| sealed::DatabaseError::Damaged)?;
                let bytes = sealed::seal_to(&to, INFO, b"", &plain);
                tx.execute("INSERT INTO spool (sealed) VALUES (?1)", [bytes])?;
                Ok(id)
            })
            .await
    }

    pub(crate) async fn spooled(&self) -> Result<Vec<Sealed>, DoorError> {
        self.database
            .read(|connection| {
                let mut statement =
                    connection.prepare_cached("SELECT id, sealed FROM spool ORDER BY id")?;
                let rows = statement
                    .query_map([], |row| Ok(Sealed { id: row.get(0)?, bytes: row.get(1)? }))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }

    pub(crate) async fn forget_spooled(&self, last: i64) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute("DELETE FROM spool WHERE id <= ?1", [last])?;
                Ok(())
            })
            .await
    }
}
