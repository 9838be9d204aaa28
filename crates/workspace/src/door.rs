//! The door: the only thing that is readable before anyone unlocks.
//!
//! Cards of the desks, the unlock throttle, open invitations, what guests may
//! use, anchors of the other files, and a spool of audit events that only a
//! member can open. It lies under the device key, which every process of this
//! login can read: it hides from other accounts and, where the key lies in
//! the keychain, from who takes the disk; nothing here is trusted more.

mod anchors;
mod backups;
mod cards;
mod device;
mod installation;
mod invitations;
mod reading;
mod spool;
mod throttle;
mod tries;

pub use cards::Card;
pub use device::DevicePlace;
pub use installation::GuestOffer;
pub use invitations::Ticket;
pub use reading::DoorReading;
pub(crate) use spool::Sealed;

use std::path::Path;

use sealed::{
    Database, DatabaseError, Key, Keychain, Migration, Opening, PublicKey, Shape, SigningKey, files,
};

use crate::DoorError;

const FILE: &str = "door.db";

/// The door's database. "CrlD" marks the file.
const SHAPE: Shape = Shape {
    name: "door",
    application_id: 0x4372_6c44,
    migrations: &[
        Migration::Sql(include_str!("../sql/door-1.sql")),
        Migration::Sql(include_str!("../sql/door-2.sql")),
    ],
};

/// The open door of an installation.
pub struct Door {
    database: Database,
    /// The key of its backups.
    saving: Key,
    signing: SigningKey,
    device_place: DevicePlace,
}

impl Door {
    /// Opens the door in `data_dir`; at the first start makes the directory, the device
    /// key and an empty door. Blocks, a keychain that does not answer included.
    ///
    /// # Errors
    /// `DeviceKey` where there is a door but not its key; `Keychain` and `NotInKeychain`
    /// where the key lies in a keychain that does not give it; `Database` with `Damaged` or
    /// `Missing` where a page of it, or all of it, is not as it was: see
    /// [`DoorError::means_damage`]. Nothing is changed then.
    pub fn open(data_dir: &Path, keychain: &dyn Keychain) -> Result<Self, DoorError> {
        files::ensure_dir(data_dir)?;
        let path = data_dir.join(FILE);
        let device = match device::load(data_dir, keychain)? {
            Some(device) => device,
            // Another key could open neither the door nor its backups.
            None if !Self::list_backups(data_dir)?.is_empty() => return Err(DoorError::DeviceKey),
            None => device::make(data_dir, &path, keychain)?,
        };
        let key = device.database();
        // Every page now: a door that fails at a later one could not be put right while open.
        let database = match backups::read(&path, &key) {
            // A door that has backups was not simply never made.
            Err(DoorError::Database(DatabaseError::Missing))
                if Self::list_backups(data_dir)?.is_empty() =>
            {
                Self::make(data_dir, &path, &device)?
            }
            other => other?,
        };
        let (saving, signing) = (backups::saving(&key), device.signing());
        Ok(Self { database, saving, signing, device_place: device.place })
    }

    fn make(
        data_dir: &Path,
        path: &Path,
        device: &device::DeviceKey,
    ) -> Result<Database, DoorError> {
        let _lock = device::first_start(data_dir)?;
        match Database::create(path, &device.database(), &SHAPE) {
            // Another process was first.
            Err(DatabaseError::Io(error)) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Ok(Database::open(path, &device.database(), &SHAPE, Opening::default())?)
            }
            other => Ok(other?),
        }
    }

    /// The public half of the key with which this door signs events.
    #[must_use]
    pub fn device(&self) -> PublicKey {
        self.signing.public()
    }

    /// Where the key to this door lies.
    #[must_use]
    pub fn device_place(&self) -> DevicePlace {
        self.device_place
    }

    /// Finishes the work in hand and closes the file.
    pub async fn close(self) {
        self.database.close().await;
    }

    /// Reads every page and says whether all are as they were written.
    ///
    /// # Errors
    /// `Database` with `Damaged`.
    pub async fn check_file(&self) -> Result<(), DoorError> {
        Ok(self.database.check().await?)
    }

    pub(crate) fn signing(&self) -> SigningKey {
        SigningKey::from_seed(self.signing.seed())
    }
}
