//! Table `anchor`: the commit counters of the profile's other databases, as last seen.

use rusqlite::{Connection, OptionalExtension, Transaction};

/// The history of the first epoch.
pub(crate) const HISTORY: &str = "history/1";
/// How often the keyring was written.
pub(crate) const KEYRING: &str = "keyring";

pub(crate) fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<u64>> {
    let commits: Option<i64> = connection
        .prepare_cached("SELECT commits FROM anchor WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(commits.map(|commits| u64::try_from(commits).unwrap_or(0)))
}

/// Sets an anchor to `commits`, be it lower than before: only a restore lowers one.
pub(crate) fn save(tx: &Transaction<'_>, name: &str, commits: u64) -> rusqlite::Result<()> {
    let commits = i64::try_from(commits).unwrap_or(i64::MAX);
    tx.prepare_cached("INSERT OR REPLACE INTO anchor (name, commits) VALUES (?1, ?2)")?
        .execute((name, commits))?;
    Ok(())
}
