//! Backups of a vault: made, listed, put back.
//!
//! A backup is a directory `backups/<time>` with an encrypted, verified copy
//! of each database under the profile's backup key. It appears whole or not
//! at all. After a deletion the next backup replaces all others, so that
//! what was deleted does not live on in them. The keyring is not part of it.

mod restore;

use domain::UnixMs;
use sealed::{GiveWay, files};
use std::io;
use std::path::{Path, PathBuf};

use crate::history::{erasure, message};
use crate::vault::Stored;
use crate::{Vault, VaultError};

pub use restore::Restored;

const HISTORY: &str = "history-1.db";
const PRIVATE: &str = "private.db";
const GUEST: &str = "a guest desk keeps nothing, so it has no backups";
/// How many backups are kept.
const KEPT: usize = 3;

/// One verified backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its name below the profile's backup directory.
    pub name: String,
    /// When it was made.
    pub made_at: UnixMs,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Vault {
    /// Copies both databases, opens and checks the copies, then removes what is too old or
    /// still holds deleted text.
    ///
    /// # Errors
    /// `Invalid` for a guest, who keeps nothing; `Database`.
    pub async fn backup_now(&self, now: UnixMs) -> Result<Backup, VaultError> {
        self.backup_giving_way(now, &GiveWay::default()).await
    }

    /// As [`Vault::backup_now`], unless somebody asks it to give way; then nothing is changed.
    ///
    /// # Errors
    /// As [`Vault::backup_now`], and `Database` with `GaveWay`.
    pub async fn backup_giving_way(
        &self,
        now: UnixMs,
        way: &GiveWay,
    ) -> Result<Backup, VaultError> {
        let stored = self.0.stored.as_ref().ok_or(VaultError::Invalid(GUEST))?;
        let Stored { dir: profile, backup_key, backing_up } = stored;
        let _one_at_a_time = backing_up.lock().await;
        let dir = dir(profile);
        files::ensure_dir(&dir)?;
        let name = free_name(&dir, now);
        let making = dir.join(format!("{name}.new"));
        files::remove_tree(&making)?;
        files::ensure_dir(&making)?;
        let uncovered = self.0.history.read(|connection| {
            // A copy made in the middle of an erasure still holds what is being erased.
            let erased = message::orphaned(connection)?.is_none();
            Ok::<_, VaultError>(erasure::uncovered(connection)?.filter(|_| erased))
        });
        let uncovered = uncovered.await?;
        let made = async {
            self.0.history.backup_giving_way(&making.join(HISTORY), backup_key, way).await?;
            self.0.private.backup_giving_way(&making.join(PRIVATE), backup_key, way).await
        };
        if let Err(error) = made.await {
            drop(files::remove_tree(&making));
            return Err(error.into());
        }
        std::fs::rename(&making, dir.join(&name))?;
        sync(&dir)?;
        if let Some(done) = uncovered {
            purge(&dir, &name)?;
            self.change(move |tx| Ok(erasure::cover(tx, done)?)).await?;
        } else {
            thin_out(&dir, &name)?;
        }
        let bytes = size(&dir.join(&name))?;
        Ok(Backup { made_at: time(&name).unwrap_or(now), name, bytes })
    }

    /// True where a backup may still hold text that was deleted: make one soon.
    ///
    /// # Errors
    /// `Database`.
    pub async fn backups_are_stale(&self) -> Result<bool, VaultError> {
        let uncovered = |connection: &rusqlite::Connection| {
            Ok::<_, VaultError>(erasure::uncovered(connection)?.is_some())
        };
        Ok(self.0.stored.is_some() && self.0.history.read(uncovered).await?)
    }

    /// The backups of the profile in `profile_dir`, newest first. Needs no keys.
    ///
    /// # Errors
    /// `Database` when the directory cannot be read.
    pub fn list_backups(profile_dir: &Path) -> Result<Vec<Backup>, VaultError> {
        let dir = dir(profile_dir);
        let mut backups = Vec::new();
        for name in names(&dir)? {
            let path = dir.join(&name);
            if let Some(made_at) = time(&name).filter(|_| path.is_dir()) {
                backups.push(Backup { bytes: size(&path)?, name, made_at });
            }
        }
        backups.sort_by(|a, b| b.name.cmp(&a.name));
        Ok(backups)
    }
}

/// Where a profile's backups lie.
pub(crate) fn dir(profile_dir: &Path) -> PathBuf {
    profile_dir.join("backups")
}

/// A name that sorts by time: thirteen digits or more, as milliseconds are until 2286.
fn free_name(dir: &Path, now: UnixMs) -> String {
    let mut at = now.0.max(0);
    while dir.join(format!("{at:013}")).symlink_metadata().is_ok() {
        at += 1;
    }
    format!("{at:013}")
}

/// The time in a backup's name; none for other names.
fn time(name: &str) -> Option<UnixMs> {
    let digits = name.len() == 13 && name.bytes().all(|b| b.is_ascii_digit());
    name.parse().ok().filter(|_| digits).map(UnixMs)
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Removes the oldest backups until [`KEPT`] are left, and what was begun and never finished.
fn thin_out(dir: &Path, newest: &str) -> io::Result<()> {
    let mut names = names(dir)?;
    names.sort_by(|a, b| b.cmp(a));
    let mut others = 0;
    for name in names.iter().filter(|name| *name != newest) {
        let is_backup = time(name).is_some();
        others += usize::from(is_backup);
        if name.ends_with(".new") || (is_backup && others >= KEPT) {
            files::remove_tree(&dir.join(name))?;
        }
    }
    sync(dir)
}

/// Removes everything but the newest backup, whatever its name says of its time: older
/// backups, what migrations left, and what restoring set aside in the profile.
fn purge(dir: &Path, newest: &str) -> io::Result<()> {
    for name in names(dir)?.iter().filter(|name| *name != newest) {
        remove(&dir.join(name))?;
    }
    sync(dir)?;
    restore::remove_set_aside(dir.parent().unwrap_or(dir))
}

fn remove(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_dir() {
        files::remove_tree(path)
    } else {
        std::fs::remove_file(path)
    }
}

/// Makes the names in a directory durable.
fn sync(dir: &Path) -> io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

fn size(backup: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(backup)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
