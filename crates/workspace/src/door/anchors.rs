//! Table `anchor`: commit counters of other files, by name.
//!
//! A counter only goes up here, whoever reports late; going back is a
//! decision that someone takes, with a method of its own.

use rusqlite::{Connection, OptionalExtension};

use super::Door;
use crate::DoorError;

impl Door {
    /// The highest counter that was stored under this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn anchor(&self, name: &str) -> Result<Option<u64>, DoorError> {
        let name = name.to_owned();
        self.database.read(move |connection| stored(connection, &name)).await
    }

    /// Raises the anchor to `counter`; a lower one changes nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_anchor(&self, name: &str, counter: u64) -> Result<(), DoorError> {
        let (name, counter) = (name.to_owned(), i64::try_from(counter).unwrap_or(i64::MAX));
        self.database
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO anchor (name, counter) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET counter = max(counter, excluded.counter)",
                    (name, counter),
                )?;
                Ok(())
            })
            .await
    }

    /// Forgets an anchor: its file is gone, or its owner knowingly goes on with an older one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_anchor(&self, name: &str) -> Result<(), DoorError> {
        let name = name.to_owned();
        self.database
            .write(move |tx| {
                tx.execute("DELETE FROM anchor WHERE name = ?1", [name])?;
                Ok(())
            })
            .await
    }
}

pub(super) fn stored(connection: &Connection, name: &str) -> Result<Option<u64>, DoorError> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT counter FROM anchor WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(found.and_then(|counter| u64::try_from(counter).ok()))
}
