//! Table `tries`: the unlock throttle of each desk, shared by all processes.

use domain::{ProfileId, UnixMs};
use rusqlite::{Connection, OptionalExtension};

use super::Door;
use super::throttle::Tries;
use crate::DoorError;

impl Door {
    /// When the next try at a desk is allowed; `Err` with that time while it is not. Only
    /// looks: a try itself goes through [`Door::begin_try`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn throttle(
        &self,
        profile: ProfileId,
        now: UnixMs,
    ) -> Result<Result<(), UnixMs>, DoorError> {
        let tries = self.database.read(move |connection| load(connection, profile)).await?;
        Ok(tries.retry_at(now).map_or(Ok(()), Err))
    }

    /// Takes one try, before the passphrase is checked. It counts as wrong from now on until
    /// [`Door::succeeded`], so that no number of windows and processes gets more tries than one.
    ///
    /// # Errors
    /// When the database cannot be written; then there is no try.
    pub async fn begin_try(
        &self,
        profile: ProfileId,
        now: UnixMs,
    ) -> Result<Result<(), UnixMs>, DoorError> {
        self.database
            .write(move |tx| {
                let tries = load(tx, profile)?.seen_at(now);
                let (next, answer) = match tries.retry_at(now) {
                    Some(at) => (tries, Err(at)),
                    None => (tries.one_more(now), Ok(())),
                };
                store(tx, profile, next)?;
                Ok(answer)
            })
            .await
    }

    /// Clears the throttle after the right passphrase; returns how many tries were wrong
    /// before it, for the audit log.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn succeeded(&self, profile: ProfileId) -> Result<u32, DoorError> {
        self.database
            .write(move |tx| {
                let tries = load(tx, profile)?;
                tx.execute("DELETE FROM tries WHERE profile = ?1", [profile.as_bytes()])?;
                Ok(tries.failures.saturating_sub(1))
            })
            .await
    }
}

pub(super) fn load(connection: &Connection, profile: ProfileId) -> Result<Tries, DoorError> {
    let tries = connection
        .prepare_cached("SELECT failures, since, wait FROM tries WHERE profile = ?1")?
        .query_row([profile.as_bytes()], |row| {
            Ok(Tries { failures: row.get(0)?, since: UnixMs(row.get(1)?), wait: row.get(2)? })
        })
        .optional()?;
    Ok(tries.unwrap_or_default())
}

fn store(connection: &Connection, profile: ProfileId, tries: Tries) -> Result<(), DoorError> {
    connection.execute(
        "INSERT OR REPLACE INTO tries (profile, failures, since, wait) VALUES (?1, ?2, ?3, ?4)",
        (profile.as_bytes(), tries.failures, tries.since.0, tries.wait),
    )?;
    Ok(())
}
