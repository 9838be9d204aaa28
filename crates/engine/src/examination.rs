//! Looking at an installation without changing it, for `carrel doctor`.
//!
//! Starts no engine: no file, mode, time or keychain entry changes, no lock
//! file appears, and nothing is recorded. A wrong passphrase is therefore not
//! counted; but where the door makes people wait, it makes them wait here too.

pub(crate) mod findings;
mod inside;
mod outside;

use std::path::PathBuf;
use std::sync::Arc;

use domain::{ProfileId, UnixMs};
use sealed::files::{self, FileLock, Held};
use sealed::{Keychain, Keyring, KeyringError, Unlocking};
use workspace::{Door, DoorReading};

use crate::api::{DeskCard, Examination, Failure};
use crate::secrets;

/// Who looks, and where. Everything here blocks.
pub struct Examiner {
    data_dir: PathBuf,
    keychain: Arc<dyn Keychain>,
    now: UnixMs,
}

impl Examiner {
    /// An examiner of `data_dir` at the time `now`.
    #[must_use]
    pub fn new(data_dir: PathBuf, keychain: Arc<dyn Keychain>, now: UnixMs) -> Self {
        Self { data_dir, keychain, now }
    }

    /// The desks, as the chooser shows them.
    ///
    /// # Errors
    /// Why the door cannot be read.
    pub fn desks(&self) -> Result<Vec<DeskCard>, Failure> {
        let Some(door) = self.door()? else { return Ok(Vec::new()) };
        let card = |card: workspace::Card| {
            let retry_at = door.retry_at(card.profile, self.now)?;
            Ok(DeskCard {
                profile: card.profile,
                name: card.name,
                avatar: card.avatar,
                last_open: card.last_open,
                open_here: false,
                has_passphrase: self.asks_for_passphrase(card.profile),
                disabled: card.disabled,
                retry_at,
                locked: None,
            })
        };
        door.cards()?.into_iter().map(card).collect()
    }

    /// What can be seen without opening a desk.
    #[must_use]
    pub fn outside(&self) -> Examination {
        Examination { findings: outside::findings(self) }
    }

    /// What can be seen inside one desk.
    ///
    /// # Errors
    /// `InUse` for a desk that is open; `WrongSecret`, `TooManyTries` or `Keychain` for who
    /// cannot open it. What is wrong with its files is among the findings.
    pub fn inside(&self, profile: ProfileId, passphrase: &str) -> Result<Examination, Failure> {
        let door = self.door()?.ok_or_else(Failure::no_such_desk)?;
        let _lock = self.hold(profile)?;
        let keyring = self.prove(&door, profile, passphrase)?;
        Ok(Examination { findings: inside::findings(self, &door, &keyring) })
    }

    fn door(&self) -> Result<Option<DoorReading>, Failure> {
        Ok(Door::look(&self.data_dir, &*self.keychain)?)
    }

    /// Keeps others out for as long as this lasts, where the desk was ever opened.
    fn hold(&self, profile: ProfileId) -> Result<Option<FileLock>, Failure> {
        let at = self.data_dir.join("run").join(format!("{profile}.lock"));
        files::lock_if_there(&at).map_err(|held| match held {
            Held::Elsewhere => Failure::open_elsewhere(),
            Held::Io(error) => error.into(),
        })
    }

    fn prove(
        &self,
        door: &DoorReading,
        profile: ProfileId,
        passphrase: &str,
    ) -> Result<Keyring, Failure> {
        if let Some(retry_at) = door.retry_at(profile, self.now)? {
            return Err(Failure::too_many_tries(retry_at));
        }
        let dir = self.profile_dir(profile);
        if self.asks_for_passphrase(profile) {
            let passphrase = secrets::tried_passphrase(passphrase)?;
            return Ok(Keyring::look(&dir, profile, Unlocking::Passphrase(&passphrase))?);
        }
        let read = self.keychain.read(&crate::login::entry(profile))?;
        let secret = read.ok_or_else(Failure::not_in_keychain)?;
        match Keyring::look(&dir, profile, Unlocking::Keychain(&secret)) {
            Err(KeyringError::WrongSecret) => Err(Failure::wrong_login_secret()),
            other => Ok(other?),
        }
    }

    /// A file that cannot be read is for the passphrase's way to name.
    fn asks_for_passphrase(&self, profile: ProfileId) -> bool {
        Keyring::asks_for_passphrase(&self.profile_dir(profile), profile).unwrap_or(true)
    }

    fn profile_dir(&self, profile: ProfileId) -> PathBuf {
        self.data_dir.join("profiles").join(profile.to_string())
    }
}
