//! Keychain on macOS and the Credential Manager on Windows.

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(target_os = "windows")]
use windows_native_keyring_store::Store;

use super::KeychainError;
use super::system::Asking;

/// The service under which everything of Carrel lies.
const SERVICE: &str = "dev.carrel.desktop";

/// The secret of an entry. The system itself may ask the person first.
pub(super) fn read(entry: &str, _asking: &Asking) -> Result<Option<Vec<u8>>, KeychainError> {
    match find(entry)?.get_secret() {
        Ok(secret) => Ok(Some(secret)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(refused(&error)),
    }
}

/// Stores a secret.
pub(super) fn write(entry: &str, secret: &[u8]) -> Result<(), KeychainError> {
    find(entry)?.set_secret(secret).map_err(|error| refused(&error))
}

/// Removes an entry.
pub(super) fn remove(entry: &str) -> Result<(), KeychainError> {
    match find(entry)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(refused(&error)),
    }
}

fn find(entry: &str) -> Result<Entry, KeychainError> {
    let store = Store::new().map_err(|error| refused(&error))?;
    store.build(SERVICE, entry, None).map_err(|error| refused(&error))
}

fn refused(error: &Error) -> KeychainError {
    match error {
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::NoDefaultStore => KeychainError::Absent,
        _ => KeychainError::Refused,
    }
}
