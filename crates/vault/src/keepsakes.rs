//! Settings and pins: what the private database keeps for others.
//!
//! The engine owns the shape of the settings, the workspace that of its pins.

use crate::private::{pin, setting};
use crate::{Vault, VaultError};

impl Vault {
    /// The settings as they were saved; none before the first time.
    ///
    /// # Errors
    /// `Database`.
    pub async fn settings_text(&self) -> Result<Option<String>, VaultError> {
        self.0.private.read(|connection| Ok(setting::read(connection)?)).await
    }

    /// Keeps the settings, whatever they say.
    ///
    /// # Errors
    /// `Database`.
    pub async fn save_settings_text(&self, text: String) -> Result<(), VaultError> {
        self.0.private.write(move |tx| Ok(setting::save(tx, &text)?)).await
    }

    /// The bytes that were pinned under `name`.
    ///
    /// # Errors
    /// `Database`.
    pub async fn pin(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let name = name.to_owned();
        self.0.private.read(move |connection| Ok(pin::read(connection, &name)?)).await
    }

    /// Pins `value` under `name`, in the place of what was there.
    ///
    /// # Errors
    /// `Database`.
    pub async fn set_pin(&self, name: &str, value: Vec<u8>) -> Result<(), VaultError> {
        let name = name.to_owned();
        self.0.private.write(move |tx| Ok(pin::save(tx, &name, &value)?)).await
    }
}
