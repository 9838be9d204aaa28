//! Table `spool_key`: the private keys to which the door seals its spool.
//!
//! The newest is in use. Older ones stay until the spool was taken once more,
//! so that a re-keying loses no event.

use rusqlite::Connection;
use sealed::RecipientKey;

use crate::WorkspaceError;

/// Every key, the newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<RecipientKey>, WorkspaceError> {
    let mut statement =
        connection.prepare_cached("SELECT private FROM spool_key ORDER BY id DESC")?;
    let rows = statement.query_map([], |row| {
        let bytes = sealed::Zeroizing::new(row.get::<_, [u8; 32]>(0)?);
        Ok(RecipientKey::from_bytes(&bytes))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn add(connection: &Connection, key: &RecipientKey) -> Result<(), WorkspaceError> {
    connection.execute("INSERT INTO spool_key (private) VALUES (?1)", [key.bytes()])?;
    Ok(())
}

/// Forgets all but the newest.
pub(crate) fn forget_old(connection: &Connection) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM spool_key WHERE id < (SELECT max(id) FROM spool_key)", [])?;
    Ok(())
}
