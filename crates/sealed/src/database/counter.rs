//! The commit counter: how many transactions a database has seen.
//!
//! SQLCipher notices a changed page, not an old one. The counter goes up in
//! every write transaction and carries a MAC; remembered outside the file it
//! tells an old database, or one whose log was cut, from the current one.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::DatabaseError;
use super::migrate::Shape;
use crate::key::{Key, mac, verify_mac};

const TABLE: &str = "CREATE TABLE sealed_counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    commits INTEGER NOT NULL,
    mac BLOB NOT NULL
) STRICT";

/// Reads and raises the counter of one database.
pub(super) struct Counter {
    key: Key,
    application_id: i32,
}

impl Counter {
    pub(super) fn new(key: Key, shape: &Shape) -> Self {
        Self { key, application_id: shape.application_id }
    }

    /// Makes the counter's table, with the first commit counted.
    pub(super) fn create(&self, tx: &Transaction<'_>) -> Result<(), DatabaseError> {
        tx.execute_batch(TABLE)?;
        self.set(tx, 1)
    }

    /// The counter, if its MAC holds.
    pub(super) fn read(&self, connection: &Connection) -> Result<u64, DatabaseError> {
        let row: Option<(i64, Vec<u8>)> = connection
            .prepare_cached("SELECT commits, mac FROM sealed_counter WHERE id = 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (commits, tag) = row.ok_or(DatabaseError::Damaged)?;
        let commits = u64::try_from(commits).map_err(|_| DatabaseError::Damaged)?;
        if verify_mac(&self.key, &self.text(commits), &tag) {
            Ok(commits)
        } else {
            Err(DatabaseError::Damaged)
        }
    }

    /// Counts this transaction and returns the new counter.
    pub(super) fn raise(&self, tx: &Transaction<'_>) -> Result<u64, DatabaseError> {
        let commits = self.read(tx)?.saturating_add(1);
        self.set(tx, commits)?;
        Ok(commits)
    }

    pub(super) fn set(&self, tx: &Transaction<'_>, commits: u64) -> Result<(), DatabaseError> {
        let number = i64::try_from(commits).map_err(|_| DatabaseError::Damaged)?;
        tx.prepare_cached(
            "INSERT INTO sealed_counter (id, commits, mac) VALUES (1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE SET commits = ?1, mac = ?2",
        )?
        .execute((number, mac(&self.key, &self.text(commits))))?;
        Ok(())
    }

    fn text(&self, commits: u64) -> Vec<u8> {
        let mut text = b"carrel commit counter".to_vec();
        text.extend_from_slice(&self.application_id.to_be_bytes());
        text.extend_from_slice(&commits.to_be_bytes());
        text
    }
}
