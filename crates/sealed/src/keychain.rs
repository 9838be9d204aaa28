//! Keys in the operating system's keychain, under the person's login.
//!
//! Whoever is logged in as this person can read them; who has only the disk
//! cannot. A keychain can be away, locked or silent: that is always an error
//! of its own and never "there is no such key", so that nobody makes a new
//! key where an old one only could not be reached.

mod memory;
#[cfg(any(target_os = "macos", target_os = "windows"))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;
mod system;

use crate::key::Key;

pub use memory::MemoryKeychain;
pub use system::SystemKeychain;

/// A place for keys, by the name of their entry.
pub trait Keychain: Send + Sync {
    /// The key of an entry; none where the keychain answers and has no such entry.
    ///
    /// # Errors
    /// Why the keychain did not answer.
    fn read(&self, entry: &str) -> Result<Option<Key>, KeychainError>;

    /// Stores a key, in place of the one that the entry held. Asks the person for nothing.
    ///
    /// # Errors
    /// Why it was not stored.
    fn write(&self, entry: &str, key: &Key) -> Result<(), KeychainError>;

    /// Removes an entry. Nothing there is fine.
    ///
    /// # Errors
    /// Why it may still be there.
    fn remove(&self, entry: &str) -> Result<(), KeychainError>;
}

/// Why a keychain did not do what was asked. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// Carrel was told not to use one.
    #[error("Carrel was started without this computer's keychain.")]
    Off,
    /// There is none, or no program answers for it.
    #[error("This computer's keychain is not there.")]
    Absent,
    /// It waits for the person to unlock it.
    #[error("This computer's keychain is locked.")]
    Locked,
    /// It did not answer in time.
    #[error("This computer's keychain does not answer.")]
    Silent,
    /// It answered with something else.
    #[error("This computer's keychain refused.")]
    Refused,
}

/// No keychain: for portable folders and tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeychain;

impl Keychain for NoKeychain {
    fn read(&self, _entry: &str) -> Result<Option<Key>, KeychainError> {
        Err(KeychainError::Off)
    }

    fn write(&self, _entry: &str, _key: &Key) -> Result<(), KeychainError> {
        Err(KeychainError::Off)
    }

    fn remove(&self, _entry: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Off)
    }
}
