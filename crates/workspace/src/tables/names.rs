//! Table `name`: what people call themselves. Unsigned, so that it can be erased.

use domain::ProfileId;
use rusqlite::Connection;
use std::collections::HashMap;

use crate::WorkspaceError;

/// A person's name and avatar colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) avatar: u8,
}

pub(crate) fn all(connection: &Connection) -> Result<HashMap<ProfileId, Name>, WorkspaceError> {
    let mut statement = connection.prepare_cached("SELECT profile, name, avatar FROM name")?;
    let rows = statement.query_map([], |row| {
        let profile = ProfileId::from_bytes(row.get(0)?);
        Ok((profile, Name { name: row.get(1)?, avatar: row.get(2)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn put(
    connection: &Connection,
    profile: ProfileId,
    name: &Name,
) -> Result<(), WorkspaceError> {
    connection.execute(
        "INSERT OR REPLACE INTO name (profile, name, avatar) VALUES (?1, ?2, ?3)",
        (profile.as_bytes(), &name.name, name.avatar),
    )?;
    Ok(())
}

pub(crate) fn erase(connection: &Connection, profile: ProfileId) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM name WHERE profile = ?1", [profile.as_bytes()])?;
    Ok(())
}
