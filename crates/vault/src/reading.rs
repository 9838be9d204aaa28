//! A vault as it lies there, looked at with its owner's keys and left as it is.

use std::path::{Path, PathBuf};

use sealed::{Key, Keyring, Reading};

use crate::history::{self, EPOCH};
use crate::private::{self, anchor, pin};
use crate::vault::{history_path, private_path};
use crate::{Vault, VaultError};

/// A look at one profile's private store.
pub struct VaultReading {
    private: Reading,
    history_at: PathBuf,
    history_key: Key,
}

impl Vault {
    /// Looks at the vault in the profile's directory. Blocks.
    ///
    /// # Errors
    /// As [`Vault::open`]; a file that is only older than it was is named by its counter.
    pub fn look(dir: &Path, keyring: &Keyring) -> Result<VaultReading, VaultError> {
        Ok(VaultReading {
            private: Reading::open(&private_path(dir), &keyring.private_key(), &private::SHAPE)?,
            history_at: history_path(dir),
            history_key: keyring.history_key(EPOCH),
        })
    }
}

impl VaultReading {
    /// The private file.
    #[must_use]
    pub fn private(&self) -> &Reading {
        &self.private
    }

    /// The history.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn history(&self) -> Result<Reading, VaultError> {
        Ok(Reading::open(&self.history_at, &self.history_key, &history::SHAPE)?)
    }

    /// The counter that the history had when it was last closed.
    ///
    /// # Errors
    /// `Database`.
    pub fn history_anchor(&self) -> Result<Option<u64>, VaultError> {
        self.private.read(|connection| Ok(anchor::read(connection, anchor::HISTORY)?))
    }

    /// How often the keyring had been written when it last opened this vault.
    ///
    /// # Errors
    /// `Database`.
    pub fn keyring_anchor(&self) -> Result<Option<u64>, VaultError> {
        self.private.read(|connection| Ok(anchor::read(connection, anchor::KEYRING)?))
    }

    /// As [`Vault::pin`].
    ///
    /// # Errors
    /// `Database`.
    pub fn pin(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        self.private.read(|connection| Ok(pin::read(connection, name)?))
    }
}
