//! Table `invitation`: open invitations, by the hash of their one-time key.
//!
//! The row holds, sealed under that key, what the newcomer must pin. Here an
//! invitation works once and in its time; the signed documents say the same.

use std::fmt;

use domain::{Role, UnixMs};
use rusqlite::OptionalExtension;
use sealed::{RecipientKey, SigningKey};

use super::Door;
use crate::invitations::{Invited, OneTimeKey};
use crate::{DoorError, Pins};

/// An invitation that the typed key opened; leads to `Workspace::join`.
pub struct Ticket {
    id: String,
    role: Role,
    pins: Pins,
    key: OneTimeKey,
}

impl Ticket {
    /// Names the invitation.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the newcomer will be.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// What the inviting admin had seen: the newcomer's first pins.
    #[must_use]
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    pub(crate) fn signing(&self) -> SigningKey {
        self.key.signing()
    }

    pub(crate) fn recipient(&self) -> RecipientKey {
        self.key.recipient()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Door {
    /// Keeps a new invitation until it is used, taken back or over.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn put_invitation(&self, invited: Invited) -> Result<(), DoorError> {
        let role = invited.role.to_string();
        self.database
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO invitation (id, role, expires_at, sealed) VALUES (?1, ?2, ?3, ?4)",
                    (&invited.id, role, invited.expires_at.0, &invited.sealed),
                )?;
                Ok(())
            })
            .await
    }

    /// The invitation that `typed` opens; none for a wrong, used or expired key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_invitation(
        &self,
        typed: &str,
        now: UnixMs,
    ) -> Result<Option<Ticket>, DoorError> {
        let Some(key) = OneTimeKey::parse(typed) else {
            return Ok(None);
        };
        let id = key.id();
        self.database
            .read(move |connection| {
                let row: Option<(String, Vec<u8>)> = connection
                    .prepare_cached(
                        "SELECT role, sealed FROM invitation WHERE id = ?1 AND expires_at > ?2",
                    )?
                    .query_row((&id, now.0), |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                Ok(row.and_then(|(role, sealed)| {
                    let (role, pins) = (role.parse().ok()?, key.open(&sealed)?);
                    Some(Ticket { id, role, pins, key })
                }))
            })
            .await
    }

    /// Forgets the invitation of this key: it was used.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn consume_invitation(&self, typed: &str) -> Result<(), DoorError> {
        match OneTimeKey::parse(typed) {
            Some(key) => self.remove_invitation(&key.id()).await,
            None => Ok(()),
        }
    }

    /// Forgets an invitation: it was taken back.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_invitation(&self, id: &str) -> Result<(), DoorError> {
        let id = id.to_owned();
        self.database
            .write(move |tx| {
                tx.execute("DELETE FROM invitation WHERE id = ?1", [id])?;
                Ok(())
            })
            .await
    }
}
