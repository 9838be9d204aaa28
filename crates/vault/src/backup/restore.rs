//! Putting a backup in the place of damaged files.
//!
//! The history always comes from the backup; the private database only if
//! the present one cannot be read, because its pins must not go back. What
//! stood there is kept aside. The anchors then follow what was restored.

use sealed::{Database, Keyring, Opening, Shape, files};
use std::path::{Path, PathBuf};

use super::{HISTORY, PRIVATE, dir, names, sync, time};
use crate::history::{self, EPOCH};
use crate::private::{self, anchor};
use crate::vault::{history_dir, history_path, private_path};
use crate::{Vault, VaultError, wait};

/// In the names of files that were set aside.
const SET_ASIDE: &str = ".damaged-";

/// What a restore put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The private database came from the backup too: its pins may be older.
    pub private: bool,
    /// The private database's counter, to be remembered in the place of the old one.
    pub private_counter: u64,
}

impl Vault {
    /// Puts the backup `name` in the place of the profile's files, which must be closed.
    /// Blocks. May be repeated after a crash.
    ///
    /// # Errors
    /// `NotFound` for an unknown name; `Database`, `Damaged` where the backup itself is.
    pub fn restore_backup(
        profile_dir: &Path,
        keyring: &Keyring,
        name: &str,
    ) -> Result<Restored, VaultError> {
        let backups = dir(profile_dir);
        if time(name).is_none() || !names(&backups)?.iter().any(|known| known == name) {
            return Err(VaultError::NotFound);
        }
        let backup = backups.join(name);
        files::ensure_dir(&history_dir(profile_dir))?;
        let history_key = keyring.history_key(EPOCH);
        let private_key = keyring.private_key();
        let source = read(&backup.join(HISTORY), keyring, &history::SHAPE)?;
        let at = private_path(profile_dir);
        let restores_private = !is_whole(&at, &private_key);
        if restores_private {
            let source = read(&backup.join(PRIVATE), keyring, &private::SHAPE)?;
            set_aside(&at)?;
            wait::until(source.backup(&at, &private_key))?;
        }
        set_aside(&history_path(profile_dir))?;
        wait::until(source.backup(&history_path(profile_dir), &history_key))?;
        let counter = source.counter();
        drop(source);
        let private = Database::open(&at, &private_key, &private::SHAPE, Opening::default())?;
        wait::until(
            private
                .write(move |tx| Ok::<_, VaultError>(anchor::save(tx, anchor::HISTORY, counter)?)),
        )?;
        Ok(Restored { private: restores_private, private_counter: private.counter() })
    }
}

/// A backup's database, opened and read to its end.
fn read(path: &Path, keyring: &Keyring, shape: &Shape) -> Result<Database, VaultError> {
    let database = Database::open(path, &keyring.backup_key(), shape, Opening::default())?;
    wait::until(database.check())?;
    Ok(database)
}

fn is_whole(path: &Path, key: &sealed::Key) -> bool {
    Database::open(path, key, &private::SHAPE, Opening::default())
        .and_then(|database| wait::until(database.check()))
        .is_ok()
}

/// Removes what restoring set aside: it holds what was deleted since, under a key in use.
pub(super) fn remove_set_aside(profile_dir: &Path) -> std::io::Result<()> {
    for dir in [profile_dir.to_owned(), history_dir(profile_dir)] {
        for name in names(&dir)?.iter().filter(|name| name.contains(SET_ASIDE)) {
            super::remove(&dir.join(name))?;
        }
        sync(&dir)?;
    }
    Ok(())
}

/// Renames a database and its log out of the way, if it is there.
fn set_aside(path: &Path) -> Result<(), VaultError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let mut number = 1;
    while with(&format!("{SET_ASIDE}{number}")).symlink_metadata().is_ok() {
        number += 1;
    }
    // The database goes last: as long as it is there, this is repeated after a crash.
    for companion in ["-wal", "-shm", "-journal", ""] {
        let from = with(companion);
        if from.symlink_metadata().is_ok() {
            std::fs::rename(&from, with(&format!("{SET_ASIDE}{number}{companion}")))?;
        }
    }
    if let Some(parent) = path.parent() {
        sync(parent)?;
    }
    Ok(())
}
