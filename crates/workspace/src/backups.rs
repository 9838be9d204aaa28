//! Backups of the workspace: made, listed, opened.
//!
//! A backup is a folder with a verified copy of the database, under a key that
//! comes from the workspace's own, and with that key sealed to each who may
//! have it: any member's desk opens it, nobody else's. Once the key changed,
//! older backups go: who was kept out could open them, and be in them.

use std::path::Path;

use domain::UnixMs;
use sealed::{Database, Key, Opening, files};

use crate::access::blocking;
use crate::book::Book;
use crate::envelopes::Envelopes;
use crate::pins::Pins;
use crate::rekey::sealed_to;
use crate::shelf::{self, Backup};
use crate::tables::{SHAPE, documents};
use crate::wait::wait;
use crate::workspace::{Identity, Me};
use crate::{Workspace, WorkspaceError};

/// The database in a backup.
const DATABASE: &str = "workspace.db";

/// What a person could put back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restorable {
    /// The backups that open for them, newest first.
    pub backups: Vec<Backup>,
    /// Whether they may: an admin by the newest of these, and by all they have seen.
    pub allowed: bool,
}

/// A backup, opened and read to its end.
pub(crate) struct Saved {
    pub(crate) made_at: UnixMs,
    pub(crate) generation: u64,
    /// The workspace's key at that time.
    pub(crate) key: Key,
    pub(crate) database: Database,
}

impl Workspace {
    /// Backs the workspace up on `shelf` where its documents or its key changed since the
    /// last backup, or a day went by. True where one was made.
    ///
    /// # Errors
    /// `Database` with `Damaged` where the file or its copy fails the check; then older
    /// backups stay.
    pub async fn back_up_if_due(&self, shelf: &Path, now: UnixMs) -> Result<bool, WorkspaceError> {
        let next = self.fresh_book().await?.next();
        if !shelf::is_due(&list(shelf)?, &state(self.opened().generation, next), now) {
            return Ok(false);
        }
        let _lock = self.hold_envelopes().await?;
        let (opened, book) = (self.opened(), self.fresh_book().await?);
        let generation = opened.generation;
        files::ensure_dir(shelf)?;
        let name = shelf::free_name(shelf, now, &state(generation, book.next()));
        let making = shelf.join(format!("{name}.new"));
        files::remove_tree(&making)?;
        files::ensure_dir(&making)?;
        let made = async {
            opened.database.backup(&making.join(DATABASE), &saving(&opened.key)).await?;
            let (at, envelopes) = (making.clone(), sealed_to(&book, generation, &opened.key, now));
            blocking(move || {
                envelopes.store(&at)?;
                let holds = Envelopes::load(&at)? == envelopes;
                if holds { Ok(()) } else { Err(WorkspaceError::Damaged) }
            })
            .await
        };
        if let Err(error) = made.await {
            drop(files::remove_tree(&making));
            return Err(error);
        }
        std::fs::rename(&making, shelf.join(&name))?;
        shelf::sync(shelf)?;
        let began = book.restoration().map(|restored| restored.generation);
        let mut others = list(shelf)?;
        others.retain(|backup| backup.name != name);
        let spent = spent(&others, generation, began);
        shelf::clear(shelf, &spent.names)?;
        if spent.keys {
            forget_older(&self.dir)?;
        }
        Ok(true)
    }

    /// The backups on `shelf`, newest first. Needs no keys.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list_backups(shelf: &Path) -> Result<Vec<Backup>, WorkspaceError> {
        list(shelf)
    }

    /// What this person could put back from `shelf`. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn restorable(
        shelf: &Path,
        identity: Identity<'_>,
        pins: &Pins,
    ) -> Result<Restorable, WorkspaceError> {
        let me = Me::of(identity);
        let mut found = Restorable::default();
        for backup in list(shelf)? {
            match open(shelf, &backup.name, &me).and_then(|saved| saved.book(pins)) {
                Ok(book) => {
                    if found.backups.is_empty() {
                        found.allowed = book.is_admin_by(me.profile, pins);
                    }
                    found.backups.push(backup);
                }
                Err(error) => tracing::warn!(%error, "a backup of the workspace is passed over"),
            }
        }
        Ok(found)
    }
}

impl Saved {
    /// Its documents, verified from the root on; how far the person had seen is not asked.
    pub(crate) fn book(&self, pins: &Pins) -> Result<Book, WorkspaceError> {
        let rows = wait(self.database.read(|connection| documents::from(connection, 0)))?;
        Book::read_whenever(&rows, &pins.accepting_older())
    }
}

/// Opens the backup `name` and reads all of it.
pub(crate) fn open(shelf: &Path, name: &str, me: &Me) -> Result<Saved, WorkspaceError> {
    let known = list(shelf)?.into_iter().find(|backup| backup.name == name);
    let backup = known.ok_or(WorkspaceError::NotFound)?;
    let dir = shelf.join(&backup.name);
    let envelopes = Envelopes::load(&dir)?;
    let key = envelopes.open(&me.profile.to_string(), &me.recipient)?;
    let database = Database::open(&dir.join(DATABASE), &saving(&key), &SHAPE, Opening::default())?;
    wait(database.check())?;
    Ok(Saved { made_at: backup.made_at, generation: envelopes.generation, key, database })
}

/// The key of a backup, from the workspace's.
fn saving(key: &Key) -> Key {
    key.derive("carrel workspace backup")
}

fn state(generation: u64, documents: u64) -> String {
    format!("{generation}-{documents}")
}

fn list(shelf: &Path) -> Result<Vec<Backup>, WorkspaceError> {
    let mut found = shelf::list(shelf)?;
    found.retain(|backup| generation_of(backup).is_some());
    Ok(found)
}

fn generation_of(backup: &Backup) -> Option<u64> {
    let (_, state) = shelf::parts(&backup.name)?;
    let (generation, documents) = state.split_once('-')?;
    documents.parse::<u64>().ok()?;
    generation.parse().ok()
}

/// What a new backup makes superfluous.
#[derive(Debug, PartialEq, Eq)]
struct Spent {
    names: Vec<String>,
    /// Everything under older keys, wherever it lies.
    keys: bool,
}

/// Of the others, the newest of the current generation stay. Those of others go, unless the current one
/// began with a backup that was put back: then they may hold what it does not.
fn spent(others: &[Backup], generation: u64, began_with_a_backup: Option<u64>) -> Spent {
    let keys = began_with_a_backup != Some(generation);
    let (current, foreign): (Vec<_>, Vec<_>) =
        others.iter().partition(|backup| generation_of(backup) == Some(generation));
    let old = current.into_iter().skip(shelf::KEPT - 1);
    let names = old.chain(foreign.into_iter().filter(|_| keys)).map(|one| one.name.clone());
    Spent { names: names.collect(), keys }
}

/// Removes what migrations and restoring left beside the workspace under keys that are over.
fn forget_older(dir: &Path) -> Result<(), WorkspaceError> {
    for name in shelf::names(dir)? {
        if files::is_set_aside(&name) || name.starts_with("workspace-before-") {
            shelf::remove(&dir.join(name))?;
        }
    }
    Ok(shelf::sync(dir)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(at: i64, generation: u64) -> Backup {
        let name = shelf::name(UnixMs(1_800_000_000_000 + at), &state(generation, 7));
        Backup { name, made_at: UnixMs(1_800_000_000_000 + at), bytes: 1 }
    }

    fn ages(spent: &Spent) -> Vec<&str> {
        spent.names.iter().filter_map(|name| name.get(12..15)).collect()
    }

    #[test]
    fn three_backups_stay_and_none_of_an_older_key() {
        let listed: Vec<_> = [(4, 2), (3, 2), (2, 2), (1, 1)].map(|(at, key)| made(at, key)).into();
        assert_eq!(ages(&spent(&listed, 2, None)), ["2-2", "1-1"], "few, and of this key");
        assert_eq!(ages(&spent(&listed, 2, Some(1))), ["2-2", "1-1"], "after a later change");
    }

    #[test]
    fn after_a_restore_the_older_backups_stay_until_the_key_changes() {
        let listed: Vec<_> = [(3, 3), (2, 2), (1, 2)].map(|(at, key)| made(at, key)).into();
        let after = spent(&listed, 3, Some(3));
        assert_eq!(after, Spent { names: vec![], keys: false }, "they may hold what it does not");
    }
}
