//! The device key: 32 random bytes, from which come the door's database key
//! and the key that signs its events.
//!
//! It lies in this computer's keychain where one answered when the first
//! files were made, and else in `device.key` (mode 0600). `device.place` says
//! which, so that a keychain that is away is never taken for a first start.

use std::io::ErrorKind;
use std::path::Path;

use sealed::files::{self, FileLock, Held, ReadSmall};
use sealed::{Key, Keychain, KeychainError, SigningKey, Zeroizing};

use crate::DoorError;
use crate::digest::hex;

const FILE: &str = "device.key";
const PLACE: &str = "device.place";
const LOCK: &str = "first-start.lock";
/// Longest `device.place`, in bytes.
const LONGEST_PLACE: usize = 200;
/// How an entry of the keychain begins; an id of this installation follows.
const ENTRY: &str = "device-key-";

/// Where the device key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicePlace {
    /// In this computer's keychain.
    Keychain,
    /// In the file `device.key`.
    File,
}

pub(super) struct DeviceKey {
    key: Key,
    pub(super) place: DevicePlace,
}

impl DeviceKey {
    pub(super) fn database(&self) -> Key {
        self.key.derive("carrel door database")
    }

    pub(super) fn signing(&self) -> SigningKey {
        SigningKey::from_seed(self.key.derive("carrel door signing").bytes())
    }

    fn in_file(key: Key) -> Self {
        Self { key, place: DevicePlace::File }
    }

    fn in_keychain(key: Key) -> Self {
        Self { key, place: DevicePlace::Keychain }
    }
}

/// What `device.place` remembers.
enum Place {
    /// Decided when the first files were made: no keychain answered.
    File,
    Keychain {
        entry: String,
    },
}

/// The device key; none at a first start.
///
/// A key that lies in a file without that being decided moves into the keychain, once
/// one answers.
pub(super) fn load(
    data_dir: &Path,
    keychain: &dyn Keychain,
) -> Result<Option<DeviceKey>, DoorError> {
    let file = read_file(data_dir)?;
    match (read_place(data_dir)?, file) {
        (Some(Place::Keychain { entry }), file) => {
            from_keychain(data_dir, keychain, &entry, file).map(Some)
        }
        (Some(Place::File), file) => Ok(file.map(DeviceKey::in_file)),
        (None, Some(key)) => Ok(Some(move_over(data_dir, keychain, new_entry(), key)?)),
        (None, None) => Ok(None),
    }
}

/// The device key where it lies now; none where nothing was made yet. Moves nothing.
pub(super) fn look(
    data_dir: &Path,
    keychain: &dyn Keychain,
) -> Result<Option<DeviceKey>, DoorError> {
    let file = key_in_file(data_dir, files::look_small)?;
    let Some(Place::Keychain { entry }) = place(data_dir, files::look_small)? else {
        return Ok(file.map(DeviceKey::in_file));
    };
    match (keychain.read(&entry), file) {
        (Ok(Some(key)), _) => Ok(Some(DeviceKey::in_keychain(key))),
        (_, Some(file)) => Ok(Some(DeviceKey::in_file(file))),
        (Ok(None), None) => Err(DoorError::NotInKeychain),
        (Err(error), None) => Err(DoorError::Keychain { why: error }),
    }
}

/// Makes the device key, unless there is a door already that it could not open.
pub(super) fn make(
    data_dir: &Path,
    door: &Path,
    keychain: &dyn Keychain,
) -> Result<DeviceKey, DoorError> {
    let _lock = first_start(data_dir)?;
    let key = match (read_place(data_dir)?, read_file(data_dir)?) {
        (Some(Place::Keychain { entry }), file) => {
            return from_keychain(data_dir, keychain, &entry, file);
        }
        // Another process was first.
        (_, Some(key)) => return Ok(DeviceKey::in_file(key)),
        (_, None) if door.symlink_metadata().is_ok() => return Err(DoorError::DeviceKey),
        (_, None) => Key::random(),
    };
    let entry = new_entry();
    match store(keychain, &entry, &key) {
        Ok(()) => {
            write_place(data_dir, &Place::Keychain { entry })?;
            Ok(DeviceKey::in_keychain(key))
        }
        Err(error) => {
            files::write_atomic(&data_dir.join(FILE), key.bytes())?;
            if error != KeychainError::Off {
                tracing::debug!(%error, "the device key stays in a file");
                write_place(data_dir, &Place::File)?;
            }
            Ok(DeviceKey::in_file(key))
        }
    }
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

/// The key that the keychain holds. A file beside it is what an interrupted move left.
fn from_keychain(
    data_dir: &Path,
    keychain: &dyn Keychain,
    entry: &str,
    file: Option<Key>,
) -> Result<DeviceKey, DoorError> {
    match (keychain.read(entry), file) {
        (Ok(Some(key)), file) => {
            if file.is_some_and(|file| file.bytes() == key.bytes()) {
                files::shred(&data_dir.join(FILE))?;
            }
            Ok(DeviceKey::in_keychain(key))
        }
        (Ok(None), Some(file)) => move_over(data_dir, keychain, entry.to_owned(), file),
        (Err(_), Some(file)) => Ok(DeviceKey::in_file(file)),
        (Ok(None), None) => Err(DoorError::NotInKeychain),
        (Err(error), None) => Err(DoorError::Keychain { why: error }),
    }
}

/// Moves a key out of its file. Where the keychain does not take it, it stays.
fn move_over(
    data_dir: &Path,
    keychain: &dyn Keychain,
    entry: String,
    key: Key,
) -> Result<DeviceKey, DoorError> {
    let _lock = match first_start(data_dir) {
        Ok(lock) => lock,
        // Another process moves it at this moment.
        Err(DoorError::Busy) => return Ok(DeviceKey::in_file(key)),
        Err(error) => return Err(error),
    };
    if let Err(error) = store(keychain, &entry, &key) {
        tracing::debug!(%error, "the device key stays in its file for now");
        return Ok(DeviceKey::in_file(key));
    }
    write_place(data_dir, &Place::Keychain { entry })?;
    files::shred(&data_dir.join(FILE))?;
    Ok(DeviceKey::in_keychain(key))
}

/// Stores a key and reads it back: only then may another copy go.
fn store(keychain: &dyn Keychain, entry: &str, key: &Key) -> Result<(), KeychainError> {
    keychain.write(entry, key)?;
    match keychain.read(entry)? {
        Some(kept) if kept.bytes() == key.bytes() => Ok(()),
        _ => Err(KeychainError::Refused),
    }
}

fn new_entry() -> String {
    format!("{ENTRY}{}", hex(&sealed::random_bytes::<16>()))
}

fn read_file(data_dir: &Path) -> Result<Option<Key>, DoorError> {
    key_in_file(data_dir, files::read_small)
}

fn key_in_file(data_dir: &Path, small: ReadSmall) -> Result<Option<Key>, DoorError> {
    let bytes = match small(&data_dir.join(FILE), 32) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(DoorError::DeviceKey),
        Err(error) => return Err(error.into()),
    };
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ok(Some(Key::from_bytes(bytes))),
        Err(_) => Err(DoorError::DeviceKey),
    }
}

fn read_place(data_dir: &Path) -> Result<Option<Place>, DoorError> {
    place(data_dir, files::read_small)
}

fn place(data_dir: &Path, small: ReadSmall) -> Result<Option<Place>, DoorError> {
    let bytes = match small(&data_dir.join(PLACE), LONGEST_PLACE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(DoorError::DeviceKey),
        Err(error) => return Err(error.into()),
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| DoorError::DeviceKey)?;
    match text.trim_end().split_once(' ') {
        None if text.trim_end() == "file" => Ok(Some(Place::File)),
        Some(("keychain", entry)) if entry.starts_with(ENTRY) => {
            Ok(Some(Place::Keychain { entry: entry.to_owned() }))
        }
        _ => Err(DoorError::DeviceKey),
    }
}

fn write_place(data_dir: &Path, place: &Place) -> Result<(), DoorError> {
    let text = match place {
        Place::File => "file\n".to_owned(),
        Place::Keychain { entry } => format!("keychain {entry}\n"),
    };
    Ok(files::write_atomic(&data_dir.join(PLACE), text.as_bytes())?)
}
