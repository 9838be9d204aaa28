//! The door as it lies there: looked at, and left as it is.
//!
//! Makes no first files, moves no key and brings no older door up to date.

use std::path::Path;

use domain::{ProfileId, UnixMs};
use sealed::{DatabaseError, Keychain, Reading};

use super::{Card, DevicePlace, Door, FILE, SHAPE, anchors, cards, device, tries};
use crate::DoorError;

/// A look at the door.
pub struct DoorReading {
    reading: Reading,
    device_place: DevicePlace,
}

impl Door {
    /// Looks at the door in `data_dir`; none where nothing was made yet. Blocks, a keychain
    /// that does not answer included.
    ///
    /// # Errors
    /// As [`Door::open`].
    pub fn look(
        data_dir: &Path,
        keychain: &dyn Keychain,
    ) -> Result<Option<DoorReading>, DoorError> {
        let path = data_dir.join(FILE);
        let Some(device) = device::look(data_dir, keychain)? else {
            let is_there = path.symlink_metadata().is_ok();
            return if is_there { Err(DoorError::DeviceKey) } else { Ok(None) };
        };
        match Reading::open(&path, &device.database(), &SHAPE) {
            Ok(reading) => Ok(Some(DoorReading { reading, device_place: device.place })),
            // A first start that ended early: the next one makes the door.
            Err(DatabaseError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl DoorReading {
    /// The file itself: its version, its counter, its pages.
    #[must_use]
    pub fn file(&self) -> &Reading {
        &self.reading
    }

    /// Where the key to this door lies.
    #[must_use]
    pub fn device_place(&self) -> DevicePlace {
        self.device_place
    }

    /// As [`Door::cards`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn cards(&self) -> Result<Vec<Card>, DoorError> {
        self.reading.read(cards::all)
    }

    /// As [`Door::anchor`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn anchor(&self, name: &str) -> Result<Option<u64>, DoorError> {
        self.reading.read(|connection| anchors::stored(connection, name))
    }

    /// When the next try at a desk is allowed; none for now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn retry_at(&self, profile: ProfileId, now: UnixMs) -> Result<Option<UnixMs>, DoorError> {
        let tries = self.reading.read(|connection| tries::load(connection, profile))?;
        Ok(tries.retry_at(now))
    }
}
