//! The device key: 32 random bytes in a file of mode 0600.
//!
//! From it come the door's database key and the key that signs its events.

use std::io::ErrorKind;
use std::path::Path;

use sealed::files::{self, FileLock, Held};
use sealed::{Key, SigningKey, Zeroizing};

use crate::DoorError;

const FILE: &str = "device.key";
const LOCK: &str = "first-start.lock";

pub(super) struct DeviceKey(Key);

impl DeviceKey {
    pub(super) fn database(&self) -> Key {
        self.0.derive("carrel door database")
    }

    pub(super) fn signing(&self) -> SigningKey {
        SigningKey::from_seed(self.0.derive("carrel door signing").bytes())
    }
}

/// The device key; none where there is no such file.
pub(super) fn load(data_dir: &Path) -> Result<Option<DeviceKey>, DoorError> {
    let bytes = match files::read_small(&data_dir.join(FILE), 32) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(DoorError::DeviceKey),
        Err(error) => return Err(error.into()),
    };
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ok(Some(DeviceKey(Key::from_bytes(bytes)))),
        Err(_) => Err(DoorError::DeviceKey),
    }
}

/// Makes the device key, unless there is a door already that it could not open.
pub(super) fn make(data_dir: &Path, door: &Path) -> Result<DeviceKey, DoorError> {
    let _lock = first_start(data_dir)?;
    if let Some(key) = load(data_dir)? {
        return Ok(key);
    }
    if door.symlink_metadata().is_ok() {
        return Err(DoorError::DeviceKey);
    }
    let key = Key::random();
    files::write_atomic(&data_dir.join(FILE), key.bytes())?;
    Ok(DeviceKey(key))
}

/// Held while the first files are made.
pub(super) fn first_start(data_dir: &Path) -> Result<FileLock, DoorError> {
    let run = data_dir.join("run");
    files::ensure_dir(&run)?;
    files::lock(&run.join(LOCK)).map_err(|held| match held {
        Held::Elsewhere => DoorError::Busy,
        Held::Io(error) => error.into(),
    })
}
