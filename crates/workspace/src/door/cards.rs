//! Table `card`: the desks as the chooser shows them.

use domain::{ProfileId, UnixMs};
use rusqlite::{Connection, Row, Transaction};

use super::Door;
use crate::DoorError;

/// A desk as seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Which desk.
    pub profile: ProfileId,
    /// The owner's name.
    pub name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// When the desk was made.
    pub created_at: UnixMs,
    /// When it was last opened.
    pub last_open: Option<UnixMs>,
    /// Whether opening asks for a passphrase.
    pub has_passphrase: bool,
    /// Whether an admin disabled it.
    pub disabled: bool,
}

impl Door {
    /// Every card, in order of creation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cards(&self) -> Result<Vec<Card>, DoorError> {
        self.database.read(all).await
    }

    /// Adds a card, or replaces it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn put_card(&self, card: Card) -> Result<(), DoorError> {
        self.database.write(move |tx| put(tx, card)).await
    }

    /// The workspace has been made: its name and its first card, both or neither. What an
    /// interrupted first run left here goes.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn found(&self, name: String, card: Card) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute("DELETE FROM card", [])?;
                put(tx, card)?;
                tx.execute("UPDATE installation SET workspace_name = ?1", [name])?;
                Ok(())
            })
            .await
    }

    /// Removes a card and everything else the door knows of that desk, for good.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_card(&self, profile: ProfileId) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute("DELETE FROM card WHERE profile = ?1", [profile.as_bytes()])?;
                tx.execute("DELETE FROM tries WHERE profile = ?1", [profile.as_bytes()])?;
                Ok::<_, DoorError>(())
            })
            .await?;
        Ok(self.database.truncate_log().await?)
    }

    /// Remembers when a desk was opened.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn opened(&self, profile: ProfileId, now: UnixMs) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute(
                    "UPDATE card SET last_open = ?2 WHERE profile = ?1",
                    (profile.as_bytes(), now.0),
                )?;
                Ok(())
            })
            .await
    }

    /// Shows whether opening a desk asks for a passphrase. What opens it is its keyring.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_has_passphrase(
        &self,
        profile: ProfileId,
        has_passphrase: bool,
    ) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute(
                    "UPDATE card SET has_passphrase = ?2 WHERE profile = ?1",
                    (profile.as_bytes(), has_passphrase),
                )?;
                Ok(())
            })
            .await
    }

    /// Shows a desk as disabled, or not. What keeps its owner out is the workspace.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_disabled(&self, profile: ProfileId, disabled: bool) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute(
                    "UPDATE card SET disabled = ?2 WHERE profile = ?1",
                    (profile.as_bytes(), disabled),
                )?;
                Ok(())
            })
            .await
    }
}

pub(super) fn all(connection: &Connection) -> Result<Vec<Card>, DoorError> {
    let mut statement = connection.prepare_cached(
        "SELECT profile, name, avatar, created_at, last_open, has_passphrase, disabled
         FROM card ORDER BY created_at, profile",
    )?;
    let rows = statement.query_map([], card)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn put(tx: &Transaction<'_>, card: Card) -> Result<(), DoorError> {
    tx.execute(
        "INSERT OR REPLACE INTO card
         (profile, name, avatar, created_at, last_open, has_passphrase, disabled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            card.profile.as_bytes(),
            card.name,
            card.avatar,
            card.created_at.0,
            card.last_open.map(|at| at.0),
            card.has_passphrase,
            card.disabled,
        ),
    )?;
    Ok(())
}

fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    Ok(Card {
        profile: ProfileId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        avatar: row.get(2)?,
        created_at: UnixMs(row.get(3)?),
        last_open: row.get::<_, Option<i64>>(4)?.map(UnixMs),
        has_passphrase: row.get(5)?,
        disabled: row.get(6)?,
    })
}
