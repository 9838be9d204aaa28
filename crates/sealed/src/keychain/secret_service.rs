//! The Secret Service of the freedesktop systems, over the session's bus.
//!
//! Reading may make the keychain ask the person to unlock it; writing never
//! does. Secrets cross the bus encrypted for this connection.

use std::collections::HashMap;
use std::future::Future;

use secret_service::{EncryptionType, Error, SecretService};

use super::KeychainError;
use super::system::Asking;

/// The secret of an entry, wherever the person moved it.
pub(super) fn read(entry: &str, asking: &Asking) -> Result<Option<Vec<u8>>, KeychainError> {
    run(async {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let found = service.search_items(attributes(entry)).await?;
        if let Some(item) = found.unlocked.first() {
            return Ok(Some(item.get_secret().await?));
        }
        let Some(item) = found.locked.first() else { return Ok(None) };
        let _asked = asking.begin().ok_or(Error::Locked)?;
        item.unlock().await?;
        Ok(Some(item.get_secret().await?))
    })
}

/// Stores a secret in the person's usual collection.
pub(super) fn write(entry: &str, secret: &[u8]) -> Result<(), KeychainError> {
    run(async {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let collection = service.get_default_collection().await?;
        collection.ensure_unlocked().await?;
        let (label, kind) = (format!("Carrel: {entry}"), "application/octet-stream");
        collection.create_item(&label, attributes(entry), secret, true, kind).await?;
        Ok(())
    })
}

/// Removes every item of an entry.
pub(super) fn remove(entry: &str) -> Result<(), KeychainError> {
    run(async {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let found = service.search_items(attributes(entry)).await?;
        for item in &found.unlocked {
            item.delete().await?;
        }
        if found.locked.is_empty() { Ok(()) } else { Err(Error::Locked) }
    })
}

fn attributes(entry: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", "carrel"), ("entry", entry)])
}

/// Runs one exchange; the connection ends with it.
fn run<T>(exchange: impl Future<Output = Result<T, Error>>) -> Result<T, KeychainError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| KeychainError::Refused)?;
    runtime.block_on(exchange).map_err(|error| {
        tracing::debug!(%error, "the keychain did not do what was asked");
        match error {
            Error::Unavailable | Error::NoResult | Error::Zbus(_) => KeychainError::Absent,
            Error::Locked | Error::Prompt | Error::PromptDisconnected => KeychainError::Locked,
            _ => KeychainError::Refused,
        }
    })
}
