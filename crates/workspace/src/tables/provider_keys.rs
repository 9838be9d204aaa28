//! Table `provider_key`: providers' keys, sealed one by one.
//!
//! What is sealed is a random salt and the key; the signed document holds the
//! hash of both. So a member who can seal a key of their own still cannot pass
//! it off as the one that an admin set, and the hash tells nothing of it.

use std::collections::HashMap;

use domain::{KeyId, ProviderId};
use rusqlite::{Connection, OptionalExtension};
use sealed::{Key, Secret, Zeroizing};

use crate::document::{KeyBody, only_key};
use crate::{Digest, DocumentName, Refusal, WorkspaceError};

const PURPOSE: &str = "carrel provider keys";
const SALT: usize = 32;
/// A key shorter than this is shown without any hint.
const MIN_FOR_HINT: usize = 16;

/// The key that seals this table, from the workspace's key.
pub(crate) fn sealing(workspace: &Key) -> Key {
    workspace.derive(PURPOSE)
}

/// Seals and stores `secret`; returns what the provider's document commits to.
pub(crate) fn put(
    connection: &Connection,
    sealing: &Key,
    provider: ProviderId,
    key: KeyId,
    secret: &Secret,
) -> Result<Digest, WorkspaceError> {
    let mut plain = Zeroizing::new(sealed::random_bytes::<SALT>().to_vec());
    plain.extend_from_slice(secret.expose().as_bytes());
    let context = context(provider, key);
    let sealed = sealed::seal(sealing, &context, &plain);
    connection.execute(
        "INSERT OR REPLACE INTO provider_key (id, provider, sealed, hint) VALUES (?1, ?2, ?3, ?4)",
        (key.as_bytes(), provider.as_bytes(), sealed, hint(secret.expose())),
    )?;
    Ok(commitment(&context, &plain))
}

/// One of the provider's keys, which must be the one that its document commits to.
///
/// # Errors
/// `Refused` with `KeyReplaced` if it is another one, or gone.
pub(crate) fn get(
    connection: &Connection,
    sealing: &Key,
    provider: ProviderId,
    key: &KeyBody,
) -> Result<Secret, WorkspaceError> {
    let replaced = || WorkspaceError::Refused {
        document: DocumentName::provider(provider),
        reason: Refusal::KeyReplaced,
    };
    let sealed: Option<Vec<u8>> = connection
        .query_row("SELECT sealed FROM provider_key WHERE id = ?1", [key.id.as_bytes()], |row| {
            row.get(0)
        })
        .optional()?;
    let sealed = sealed.ok_or_else(replaced)?;
    let context = context(provider, key.id);
    let plain = sealed::open(sealing, &context, &sealed).map_err(|_| replaced())?;
    if commitment(&context, &plain) != key.commitment {
        return Err(replaced());
    }
    let text = plain.get(SALT..).and_then(|key| std::str::from_utf8(key).ok());
    text.map(|text| Secret::new(text.to_owned())).ok_or_else(replaced)
}

pub(crate) fn hints(
    connection: &Connection,
) -> Result<HashMap<KeyId, Option<String>>, WorkspaceError> {
    let mut statement = connection.prepare_cached("SELECT id, hint FROM provider_key")?;
    let rows = statement.query_map([], |row| Ok((KeyId::from_bytes(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn remove_all(
    connection: &Connection,
    provider: ProviderId,
) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM provider_key WHERE provider = ?1", [provider.as_bytes()])?;
    Ok(())
}

pub(crate) fn remove(connection: &Connection, key: KeyId) -> Result<(), WorkspaceError> {
    connection.execute("DELETE FROM provider_key WHERE id = ?1", [key.as_bytes()])?;
    Ok(())
}

/// Seals every key afresh, for a new generation of the workspace's key.
pub(crate) fn reseal(connection: &Connection, old: &Key, new: &Key) -> Result<(), WorkspaceError> {
    let mut statement = connection.prepare("SELECT id, provider, sealed FROM provider_key")?;
    let rows: Vec<([u8; 16], [u8; 16], Vec<u8>)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, provider, sealed) in rows {
        let (key, provider) = (KeyId::from_bytes(id), ProviderId::from_bytes(provider));
        let context = context(provider, key);
        // What does not open now is of no use later: someone damaged it.
        let Ok(plain) = sealed::open(old, &context, &sealed) else {
            tracing::warn!("a provider's key could not be resealed");
            remove(connection, key)?;
            continue;
        };
        connection.execute(
            "UPDATE provider_key SET sealed = ?2 WHERE id = ?1",
            (id, sealed::seal(new, &context, &plain)),
        )?;
    }
    Ok(())
}

/// What a key is sealed for. The only key of older documents was sealed for its provider.
fn context(provider: ProviderId, key: KeyId) -> Vec<u8> {
    let context = format!("provider|{provider}");
    if key == only_key(provider) { context } else { format!("{context}|{key}") }.into_bytes()
}

fn commitment(context: &[u8], salted: &[u8]) -> Digest {
    let mut bytes = Zeroizing::new(context.to_vec());
    bytes.extend_from_slice(salted);
    Digest::leaf(&bytes)
}

/// The last four characters, where that gives away little.
pub(crate) fn hint(key: &str) -> Option<String> {
    let length = key.chars().count();
    (length >= MIN_FOR_HINT).then(|| key.chars().skip(length - 4).collect())
}

#[cfg(test)]
mod tests;
