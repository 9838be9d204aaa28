//! What a database contains, and how an older one becomes current.
//!
//! `PRAGMA user_version` counts the migrations that were applied. All that
//! are missing run in one transaction: afterwards the database is current,
//! or exactly as it was.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fmt;

use super::DatabaseError;
use super::counter::Counter;

/// The kind of a database: its name, its mark in the file, and its migrations in order.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// For backups' file names and messages.
    pub name: &'static str,
    /// Written into the file; a file with another one is `Foreign`.
    pub application_id: i32,
    /// Number *n* brings version *n* to *n + 1*. Only ever append.
    pub migrations: &'static [Migration],
}

/// One step from a version to the next.
#[derive(Clone, Copy)]
pub enum Migration {
    /// Statements.
    Sql(&'static str),
    /// Code, for what statements cannot do.
    Code(fn(&Transaction<'_>) -> Result<(), DatabaseError>),
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(_) => f.write_str("Sql"),
            Self::Code(_) => f.write_str("Code"),
        }
    }
}

impl Shape {
    /// The version that the last migration gives.
    #[must_use]
    pub fn version(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    /// The migrations that lead to `version`.
    pub(super) fn until(&self, version: u32) -> &'static [Migration] {
        usize::try_from(version)
            .ok()
            .and_then(|version| self.migrations.get(..version))
            .unwrap_or(self.migrations)
    }
}

/// The version of an existing database; refuses other kinds and newer versions.
pub(super) fn version(connection: &Connection, shape: &Shape) -> Result<u32, DatabaseError> {
    let mark: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if mark != shape.application_id {
        return Err(DatabaseError::Foreign);
    }
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > shape.version() {
        return Err(DatabaseError::Newer { found, known: shape.version() });
    }
    Ok(found)
}

/// Fills an empty database.
pub(super) fn found(
    connection: &mut Connection,
    shape: &Shape,
    counter: &Counter,
) -> Result<(), DatabaseError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    counter.create(&tx)?;
    tx.pragma_update(None, "application_id", shape.application_id)?;
    apply(&tx, shape, 0)?;
    Ok(tx.commit()?)
}

/// Brings an older database to the current version and counts the commit.
pub(super) fn advance(
    connection: &mut Connection,
    shape: &Shape,
    counter: &Counter,
    from: u32,
) -> Result<(), DatabaseError> {
    // Rebuilding a table drops the old one, which must not take its children along; what
    // the references look like afterwards is checked before the commit.
    connection.execute_batch("PRAGMA foreign_keys = OFF;")?;
    let advanced = (|| {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        apply(&tx, shape, from)?;
        if tx.prepare("PRAGMA foreign_key_check")?.query([])?.next()?.is_some() {
            return Err(DatabaseError::Damaged);
        }
        counter.raise(&tx)?;
        Ok(tx.commit()?)
    })();
    connection.execute_batch("PRAGMA foreign_keys = ON;")?;
    advanced
}

fn apply(tx: &Transaction<'_>, shape: &Shape, from: u32) -> Result<(), DatabaseError> {
    let done = usize::try_from(from).unwrap_or(usize::MAX);
    for migration in shape.migrations.iter().skip(done) {
        match migration {
            Migration::Sql(sql) => tx.execute_batch(sql)?,
            Migration::Code(code) => code(tx)?,
        }
    }
    Ok(tx.pragma_update(None, "user_version", shape.version())?)
}
