//! One profile's keyring: who can open it, and the keys it holds.
//!
//! A random master key wraps independent random keys; slots (passphrase or
//! keychain, recovery code) wrap the master key. Changing a slot re-encrypts 32 bytes
//! and no data. Which key opens which file is for `vault` to know.

mod file;
mod slot;

use domain::ProfileId;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::files;
use crate::kdf::KdfCost;
use crate::key::{Key, stretch};
use crate::passphrase::Passphrase;
use crate::recipient::RecipientKey;
use crate::recovery_code::RecoveryCode;
use crate::signing::SigningKey;
use file::{Contents, Purpose};
use slot::{Slot, SlotKind};

const NAME: &str = "keyring";

/// An opened keyring. Its keys are wiped when it is dropped.
pub struct Keyring {
    contents: Contents,
    master: Key,
    keys: Vec<(Purpose, u32, Key)>,
    /// Where the file is; a guest has none.
    dir: Option<PathBuf>,
    recovered: bool,
}

/// What a person opens the keyring with.
#[derive(Clone, Copy, Debug)]
pub enum Unlocking<'a> {
    /// Their passphrase.
    Passphrase(&'a Passphrase),
    /// Their recovery code; ask for a new passphrase and give a new code afterwards.
    Recovery(&'a RecoveryCode),
    /// The secret that the system's keychain keeps for a profile without a passphrase.
    Keychain(&'a Key),
}

/// What a keyring is to be opened with day by day.
#[derive(Clone, Copy, Debug)]
pub enum Locking<'a> {
    /// A passphrase, and what each guess of it costs.
    Passphrase(&'a Passphrase, KdfCost),
    /// A random secret in the system's keychain: whoever is logged in opens it.
    Keychain(&'a Key),
}

/// Why a keyring did not open or could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file is whole; the passphrase or code is not the right one.
    #[error("this does not open the keyring")]
    WrongSecret,
    /// The file was cut or changed.
    #[error("the keyring is damaged; restore it from a backup")]
    Damaged,
    /// A newer Carrel wrote it.
    #[error("a newer version wrote this keyring")]
    Newer,
    /// It is another profile's.
    #[error("this keyring belongs to another profile")]
    Foreign,
    /// Its key derivation cost lies outside floor and ceiling, or above this machine's memory.
    #[error("the keyring asks for a key derivation that is not allowed")]
    CostOutOfRange,
    /// There is none, or it has no such slot.
    #[error("there is no keyring to open this way")]
    Missing,
    /// The file cannot be read or written.
    #[error("the keyring cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

impl Keyring {
    /// Makes a new keyring in `dir` and the recovery code that is shown once.
    ///
    /// # Errors
    /// `Io` with `AlreadyExists` if there is one; [`KeyringError`] otherwise.
    pub fn create(
        dir: &Path,
        profile: ProfileId,
        with: Locking<'_>,
    ) -> Result<(Self, RecoveryCode), KeyringError> {
        files::ensure_dir(dir)?;
        if dir.join(NAME).symlink_metadata().is_ok() {
            return Err(KeyringError::Io(io::ErrorKind::AlreadyExists.into()));
        }
        let mut keyring = Self::fresh(profile);
        let code = RecoveryCode::random();
        keyring.contents.slots =
            vec![keyring.slot(with)?, Slot::for_recovery(profile, &code, &keyring.master)];
        keyring.dir = Some(dir.to_owned());
        keyring.save()?;
        Ok((keyring, code))
    }

    /// Opens the keyring of `profile` in `dir`.
    ///
    /// # Errors
    /// [`KeyringError`]; `WrongSecret` only when the file itself is whole.
    pub fn unlock(
        dir: &Path,
        profile: ProfileId,
        with: Unlocking<'_>,
    ) -> Result<Self, KeyringError> {
        let mut keyring = Self::open(read(dir, profile, files::read_small)?, with)?;
        keyring.dir = Some(dir.to_owned());
        Ok(keyring)
    }

    /// As [`Keyring::unlock`], for looking only: the file is left as it is, and what is opened
    /// cannot be changed.
    ///
    /// # Errors
    /// As [`Keyring::unlock`].
    pub fn look(dir: &Path, profile: ProfileId, with: Unlocking<'_>) -> Result<Self, KeyringError> {
        Self::open(read(dir, profile, files::look_small)?, with)
    }

    fn open(
        (contents, bytes): (Contents, Vec<u8>),
        with: Unlocking<'_>,
    ) -> Result<Self, KeyringError> {
        let master = contents.open_slot(with)?;
        let keys = contents.open_keys(&master, &bytes)?;
        let recovered = matches!(with, Unlocking::Recovery(_));
        Ok(Self { contents, master, keys, dir: None, recovered })
    }

    /// Whether the keyring of `profile` in `dir` is opened with a passphrase day by day. Asks
    /// the file alone: whoever can write it could have changed the answer.
    ///
    /// # Errors
    /// [`KeyringError`], where the file cannot be read.
    pub fn asks_for_passphrase(dir: &Path, profile: ProfileId) -> Result<bool, KeyringError> {
        let (contents, _) = read(dir, profile, files::look_small)?;
        Ok(contents.slot(SlotKind::Keychain).is_err())
    }

    /// A keyring for a guest: in memory only, nothing of it is ever written.
    #[must_use]
    pub fn guest(profile: ProfileId) -> Self {
        Self::fresh(profile)
    }

    /// Proves again, while open, that `with` is the right way in.
    ///
    /// # Errors
    /// `WrongSecret`; `Missing` for a guest, or where there is no such way in.
    pub fn check(&self, with: Unlocking<'_>) -> Result<(), KeyringError> {
        self.contents.open_slot(with).map(drop)
    }

    /// Whether a passphrase opens this keyring day by day.
    #[must_use]
    pub fn has_passphrase(&self) -> bool {
        self.contents.slot(SlotKind::Passphrase).is_ok()
    }

    /// Makes `with` what opens this keyring; what did so before no longer does. A new
    /// passphrase costs what the one before did; the cost given is for the first one.
    ///
    /// # Errors
    /// `Io`, and the way before still holds; `Missing` for a guest.
    pub fn change_lock(&mut self, with: Locking<'_>) -> Result<(), KeyringError> {
        let with = match (with, self.contents.slot(SlotKind::Passphrase)) {
            (Locking::Passphrase(passphrase, _), Ok(held)) => {
                Locking::Passphrase(passphrase, held.cost)
            }
            (with, _) => with,
        };
        let slot = self.slot(with)?;
        self.replace(slot)
    }

    /// Gives a new recovery code; the old one no longer opens the keyring.
    ///
    /// # Errors
    /// `Io`, and the old code still holds; `Missing` for a guest.
    pub fn renew_recovery(&mut self) -> Result<RecoveryCode, KeyringError> {
        let code = RecoveryCode::random();
        self.replace(Slot::for_recovery(self.profile(), &code, &self.master))?;
        self.recovered = false;
        Ok(code)
    }

    /// Opened with the recovery code, which was not renewed since.
    #[must_use]
    pub fn was_recovered(&self) -> bool {
        self.recovered
    }

    /// Whose keyring this is.
    #[must_use]
    pub fn profile(&self) -> ProfileId {
        self.contents.profile
    }

    /// How often the file was written: an anchor against an old one put back.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.contents.generation
    }

    /// The key of one epoch's history. An epoch the keyring does not hold gives a key
    /// that opens nothing that exists.
    #[must_use]
    pub fn history_key(&self, epoch: u32) -> Key {
        self.key(Purpose::History, epoch)
    }

    /// The key of the private database.
    #[must_use]
    pub fn private_key(&self) -> Key {
        self.key(Purpose::Private, 0)
    }

    /// The key of backups.
    #[must_use]
    pub fn backup_key(&self) -> Key {
        self.key(Purpose::Backup, 0)
    }

    /// The key of attachments; derive one for each.
    #[must_use]
    pub fn blob_key(&self) -> Key {
        self.key(Purpose::Blob, 0)
    }

    /// The key that signs as this profile.
    #[must_use]
    pub fn signing(&self) -> SigningKey {
        SigningKey::from_seed(self.key(Purpose::Signing, 0).bytes())
    }

    /// The key to which others seal for this profile.
    #[must_use]
    pub fn recipient(&self) -> RecipientKey {
        RecipientKey::from_bytes(self.key(Purpose::Recipient, 0).bytes())
    }

    /// The key that wraps all others, for a test that looks where it must not lie.
    #[cfg(feature = "reveal")]
    #[must_use]
    pub fn master_key(&self) -> Key {
        self.master.duplicate()
    }

    /// Destroys the keyring in `dir`: overwritten, then removed. What it opened stays closed.
    ///
    /// # Errors
    /// When the file cannot be overwritten or removed.
    pub fn destroy(dir: &Path) -> io::Result<()> {
        shred_leftovers(dir)?;
        files::shred(&dir.join(NAME))
    }

    fn fresh(profile: ProfileId) -> Self {
        let keys = Purpose::ALL.map(|(purpose, epoch)| (purpose, epoch, Key::random()));
        Self {
            contents: Contents { profile, generation: 0, slots: Vec::new(), keys: Vec::new() },
            master: Key::random(),
            keys: keys.into(),
            dir: None,
            recovered: false,
        }
    }

    fn key(&self, purpose: Purpose, epoch: u32) -> Key {
        let held = self.keys.iter().find(|(p, e, _)| (*p, *e) == (purpose, epoch));
        held.map_or_else(
            || stretch(self.master.bytes(), &epoch.to_be_bytes(), "carrel keyring: no such epoch"),
            |(_, _, key)| key.duplicate(),
        )
    }

    fn slot(&self, with: Locking<'_>) -> Result<Slot, KeyringError> {
        match with {
            Locking::Passphrase(passphrase, cost) => {
                Slot::for_passphrase(self.profile(), passphrase, cost, &self.master)
            }
            Locking::Keychain(secret) => {
                Ok(Slot::for_keychain(self.profile(), secret, &self.master))
            }
        }
    }

    fn replace(&mut self, slot: Slot) -> Result<(), KeyringError> {
        let place = self.contents.slots.iter().position(|held| slot.kind.replaces(held.kind));
        let held = place.and_then(|place| self.contents.slots.get_mut(place));
        let before = std::mem::replace(held.ok_or(KeyringError::Missing)?, slot);
        self.save().inspect_err(|_| {
            if let Some(held) = place.and_then(|place| self.contents.slots.get_mut(place)) {
                *held = before;
            }
        })
    }

    /// Writes the next generation; the previous one goes once the new one is whole and durable.
    fn save(&mut self) -> Result<(), KeyringError> {
        let dir = self.dir.as_deref().ok_or(KeyringError::Missing)?;
        let generation = self.contents.generation;
        self.contents.generation += 1;
        self.contents.wrap_keys(&self.master, &self.keys);
        let bytes = self.contents.encode(&self.master);
        let written = Contents::decode(&bytes)
            .and_then(|again| again.open_keys(&self.master, &bytes))
            .and_then(|_| Ok(files::write_atomic(&dir.join(NAME), &bytes)?));
        if written.is_err() {
            self.contents.generation = generation;
            return written;
        }
        // What could not be tidied up today is tidied up at the next change.
        if let Err(error) = shred_leftovers(dir) {
            tracing::warn!(%error, "a temporary keyring could not be removed");
        }
        Ok(())
    }
}

/// The file of `profile`, with its bytes.
fn read(
    dir: &Path,
    profile: ProfileId,
    small: files::ReadSmall,
) -> Result<(Contents, Vec<u8>), KeyringError> {
    let bytes = match small(&dir.join(NAME), file::LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(KeyringError::Missing);
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(KeyringError::Damaged);
        }
        Err(error) => return Err(error.into()),
    };
    let contents = Contents::decode(&bytes)?;
    if contents.profile != profile {
        return Err(KeyringError::Foreign);
    }
    Ok((contents, bytes))
}

/// Destroys the temporary files that a crash left beside the keyring.
fn shred_leftovers(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("keyring.") && name.ends_with(".new") {
            files::shred(&entry.path())?;
        }
    }
    Ok(())
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({}, …)", self.profile())
    }
}
