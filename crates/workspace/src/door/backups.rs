//! Backups of the door: made, listed, put back.
//!
//! They lie under the device key, as the door does: whoever can read the one
//! can put back the other, and nobody unlocks anything for it. What a desk or
//! the workspace keeps is not in them.

use std::path::{Path, PathBuf};

use domain::UnixMs;
use rusqlite::Connection;
use sealed::{Database, Key, Keychain, Opening, files};

use super::{Door, FILE, SHAPE, device};
use crate::DoorError;
use crate::digest::hex;
use crate::shelf::{self, Backup};
use crate::wait::wait;

/// What makes a door another one. When somebody came, and how often they mistyped, does not.
const ESSENCE: [&str; 3] = [
    "SELECT quote(workspace_name) || quote(spool_recipient) || quote(guest_offer)
     || without_passphrase FROM installation",
    "SELECT quote(profile) || quote(name) || avatar || has_passphrase || disabled
     FROM card ORDER BY profile",
    "SELECT id FROM invitation ORDER BY id",
];

impl Door {
    /// Backs the door up where it changed since the last backup, or a day went by; not
    /// before there is a workspace. True where a backup was made.
    ///
    /// # Errors
    /// `Database` with `Damaged` where the file or its copy fails the check; then older
    /// backups stay.
    pub async fn back_up_if_due(&self, data_dir: &Path, now: UnixMs) -> Result<bool, DoorError> {
        let state = self.state().await?;
        let listed = list(&shelf_in(data_dir))?;
        let is_made = self.workspace_name().await?.is_some();
        if !is_made || !shelf::is_due(&listed, &state, now) {
            return Ok(false);
        }
        self.back_up(data_dir, &state, now, shelf::KEPT).await?;
        Ok(true)
    }

    /// Puts a backup in the place of all others, and of what was set aside, after a card was
    /// removed for good.
    ///
    /// # Errors
    /// As [`Door::back_up_if_due`].
    pub async fn replace_backups(&self, data_dir: &Path, now: UnixMs) -> Result<(), DoorError> {
        let state = self.state().await?;
        self.back_up(data_dir, &state, now, 1).await?;
        for name in shelf::names(data_dir)? {
            if name.starts_with(FILE) && files::is_set_aside(&name) {
                shelf::remove(&data_dir.join(name))?;
            }
        }
        Ok(shelf::sync(data_dir)?)
    }

    async fn back_up(
        &self,
        data_dir: &Path,
        state: &str,
        now: UnixMs,
        kept: usize,
    ) -> Result<(), DoorError> {
        let shelf = shelf_in(data_dir);
        files::ensure_dir(&shelf)?;
        let name = shelf::free_name(&shelf, now, state);
        self.database.backup(&shelf.join(&name), &self.saving).await?;
        // Whatever their names say of their time.
        let others = list(&shelf)?.into_iter().map(|one| one.name).filter(|one| *one != name);
        let spent: Vec<_> = others.skip(kept.saturating_sub(1)).collect();
        Ok(shelf::clear(&shelf, &spent)?)
    }

    async fn state(&self) -> Result<String, DoorError> {
        let essence = self.database.read(essence).await?;
        // Under a key: the name of a file must not let anyone guess who has a desk here.
        let tag = sealed::mac(&self.saving, essence.as_bytes());
        Ok(format!("{}.db", hex(tag.get(..4).unwrap_or_default())))
    }

    /// The backups of the door in `data_dir`, newest first. Needs no keys.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list_backups(data_dir: &Path) -> Result<Vec<Backup>, DoorError> {
        Ok(list(&shelf_in(data_dir))?)
    }

    /// Puts the backup `name` in the place of a damaged or missing door, which nobody may
    /// have open, and says when it was made. What stood there is kept aside. Blocks; may be
    /// repeated after a crash.
    ///
    /// # Errors
    /// `Whole` where the door is; `NotFound`; `Database` with `Damaged` where the backup is;
    /// as [`Door::open`] where the device key is not to be had.
    pub fn restore(
        data_dir: &Path,
        keychain: &dyn Keychain,
        name: &str,
    ) -> Result<UnixMs, DoorError> {
        let device = device::load(data_dir, keychain)?.ok_or(DoorError::DeviceKey)?;
        let _lock = device::first_start(data_dir)?;
        let path = data_dir.join(FILE);
        match read(&path, &device.database()) {
            Ok(_) => return Err(DoorError::Whole),
            Err(error) if error.means_damage() => {}
            Err(error) => return Err(error),
        }
        let shelf = shelf_in(data_dir);
        let known = list(&shelf)?.into_iter().find(|backup| backup.name == name);
        let backup = known.ok_or(DoorError::NotFound)?;
        let saved = read(&shelf.join(&backup.name), &saving(&device.database()))?;
        files::set_aside(&path)?;
        wait(saved.backup(&path, &device.database()))?;
        Ok(backup.made_at)
    }
}

/// Opens a door's database and reads all of it.
pub(super) fn read(path: &Path, key: &Key) -> Result<Database, DoorError> {
    let database = Database::open(path, key, &SHAPE, Opening::default())?;
    wait(database.check())?;
    Ok(database)
}

/// The key of the backups, from the door's.
pub(super) fn saving(key: &Key) -> Key {
    key.derive("carrel door backup")
}

fn shelf_in(data_dir: &Path) -> PathBuf {
    data_dir.join("backups").join("door")
}

fn list(shelf: &Path) -> std::io::Result<Vec<Backup>> {
    let mut found = shelf::list(shelf)?;
    found.retain(|backup| backup.name.ends_with(".db"));
    Ok(found)
}

fn essence(connection: &Connection) -> Result<String, DoorError> {
    let mut text = String::new();
    for query in ESSENCE {
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            text.push_str(&row.get::<_, String>(0)?);
            text.push('\n');
        }
    }
    Ok(text)
}
