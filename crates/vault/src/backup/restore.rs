//! Putting a backup in the place of damaged files.
//!
//! Only what is damaged is replaced, or older than it is known to have been
//! while the backup is newer: a whole file never goes. What stood there is
//! kept aside. The anchors then follow what was restored.

use rusqlite::Transaction;
use sealed::{Database, Key, Keyring, Opening, Shape, files};
use std::path::Path;

use super::{HISTORY, PRIVATE, dir, names, sync, time};
use crate::history::{self, EPOCH};
use crate::private::{self, anchor};
use crate::vault::{history_dir, history_path, private_path, read_anchor};
use crate::{Vault, VaultError, wait};

/// What a restore put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The history came from the backup.
    pub history: bool,
    /// The private database came from the backup: its pins may be older.
    pub private: bool,
    /// The private database's counter, to be remembered in the place of the old one.
    pub private_counter: u64,
}

/// A file as it is found on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Present {
    /// Missing, or not as it was written.
    Damaged,
    /// Every page as it was written.
    Whole { counter: u64, anchor: Option<u64> },
}

impl Present {
    fn counter(self) -> Option<u64> {
        match self {
            Self::Damaged => None,
            Self::Whole { counter, .. } => Some(counter),
        }
    }

    /// The backup, opened, where it is better than what is there.
    fn unless_better(
        self,
        saved: impl FnOnce() -> Result<Database, VaultError>,
    ) -> Result<Option<Database>, VaultError> {
        // Where even the newest backup would not do, it need not be whole either.
        if !self.gives_way_to(u64::MAX) {
            return Ok(None);
        }
        let saved = saved()?;
        Ok(self.gives_way_to(saved.counter()).then_some(saved))
    }

    /// Whether a backup with this counter is better than what is there.
    fn gives_way_to(self, backup: u64) -> bool {
        match self {
            Self::Damaged => true,
            Self::Whole { counter, anchor } => {
                anchor.is_some_and(|anchor| counter < anchor) && backup > counter
            }
        }
    }
}

impl Vault {
    /// Puts the backup `name` in the place of the profile's damaged files, which must be
    /// closed. `private_anchor` is [`Vault::private_counter`] as remembered outside. Blocks.
    ///
    /// # Errors
    /// `NotFound` for an unknown name; `Whole` where nothing here is worse than the backup;
    /// `Database`, `Damaged` where the backup itself is.
    pub fn restore_backup(
        profile_dir: &Path,
        keyring: &Keyring,
        name: &str,
        private_anchor: Option<u64>,
    ) -> Result<Restored, VaultError> {
        let backups = dir(profile_dir);
        if time(name).is_none() || !names(&backups)?.iter().any(|known| known == name) {
            return Err(VaultError::NotFound);
        }
        let backup = backups.join(name);
        let saved =
            |file: &str, shape: &Shape| read(&backup.join(file), &keyring.backup_key(), shape);
        files::ensure_dir(&history_dir(profile_dir))?;
        let (history_at, private_at) = (history_path(profile_dir), private_path(profile_dir));
        let (history_key, private_key) = (keyring.history_key(EPOCH), keyring.private_key());

        let found = look(&private_at, &private_key, &private::SHAPE)?;
        let known = found.as_ref().map(read_anchor).transpose()?.flatten();
        let there = found.map_or(Present::Damaged, |open| at(open.counter(), private_anchor));
        let private = there.unless_better(|| saved(PRIVATE, &private::SHAPE))?;
        let found = look(&history_at, &history_key, &history::SHAPE)?;
        let there = found.map_or(Present::Damaged, |open| at(open.counter(), known));
        let history = there.unless_better(|| saved(HISTORY, &history::SHAPE))?;
        if history.is_none() && private.is_none() {
            return Err(VaultError::Whole);
        }
        if let Some(saved) = &private {
            replace(&private_at, &private_key, saved)?;
        }
        if let Some(saved) = &history {
            replace(&history_at, &history_key, saved)?;
        }
        let open = Database::open(&private_at, &private_key, &private::SHAPE, Opening::default())?;
        if let Some(counter) = history.as_ref().map(Database::counter).or(there.counter()) {
            let save = move |tx: &Transaction<'_>| {
                Ok::<_, VaultError>(anchor::save(tx, anchor::HISTORY, counter)?)
            };
            wait::until(open.write(save))?;
        }
        Ok(Restored {
            history: history.is_some(),
            private: private.is_some(),
            private_counter: open.counter(),
        })
    }
}

fn at(counter: u64, anchor: Option<u64>) -> Present {
    Present::Whole { counter, anchor }
}

/// A database, opened and read to its end.
fn read(path: &Path, key: &Key, shape: &Shape) -> Result<Database, VaultError> {
    let database = Database::open(path, key, shape, Opening::default())?;
    wait::until(database.check())?;
    Ok(database)
}

/// The same for a file that may be damaged: then none. What fails otherwise may be whole.
fn look(path: &Path, key: &Key, shape: &Shape) -> Result<Option<Database>, VaultError> {
    match read(path, key, shape) {
        Ok(database) => Ok(Some(database)),
        Err(VaultError::Database(error)) if error.means_damage() => Ok(None),
        Err(error) => Err(error),
    }
}

fn replace(path: &Path, key: &Key, backup: &Database) -> Result<(), VaultError> {
    files::set_aside(path)?;
    Ok(wait::until(backup.backup(path, key))?)
}

/// Removes what restoring set aside, and replaced by something better: it holds what was
/// deleted since, under a key in use.
pub(super) fn remove_set_aside(profile_dir: &Path) -> std::io::Result<()> {
    for dir in [profile_dir.to_owned(), history_dir(profile_dir)] {
        for name in names(&dir)?.iter().filter(|name| files::is_set_aside(name)) {
            super::remove(&dir.join(name))?;
        }
        sync(&dir)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_gives_way_only_where_it_is_older_than_both_its_anchor_and_the_backup() {
        assert!(Present::Damaged.gives_way_to(1), "anything is better than nothing");
        assert!(!at(50, Some(50)).gives_way_to(90), "a current file");
        assert!(!at(50, None).gives_way_to(90), "a file of which nothing else is known");
        assert!(at(50, Some(99)).gives_way_to(90), "an old copy that someone put back");
        assert!(!at(50, Some(99)).gives_way_to(50), "a backup that is no newer than it");
        assert!(!at(50, Some(99)).gives_way_to(40), "an even older backup");
    }
}
