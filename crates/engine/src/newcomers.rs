//! Desks that are being made, also when that is interrupted.
//!
//! A new desk's folder carries a mark until the desk was shown once. A start
//! that finds the mark removes what nobody can ever open; where the workspace
//! may know the desk already, whoever unlocks next finds out.

use std::io;
use std::path::{Path, PathBuf};

use domain::ProfileId;
use sealed::{Keyring, files};
use workspace::{Card, Door, Member, Workspace};

use crate::api::Failure;
use crate::door::Caller;
use crate::erasure;
use crate::session::Session;

const MARK: &str = "unfinished";

/// What becomes of a desk that is found with its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It may be somebody's: an unlock decides.
    Stays,
    /// Nobody can ever open it.
    Goes,
}

/// Judged from outside: whether there is a workspace by name, and whether its key is sealed
/// to this desk, where that can be read.
fn fate(is_named: bool, is_sealed_to: Option<bool>) -> Fate {
    match (is_named, is_sealed_to) {
        (true, Some(true) | None) => Fate::Stays,
        // Without a name the first run begins anew; without an envelope nobody has joined.
        (false, _) | (true, Some(false)) => Fate::Goes,
    }
}

/// Marks the folder of a new desk, before anything is in it.
pub(crate) fn mark(dir: &Path) -> io::Result<()> {
    files::ensure_dir(dir)?;
    files::write_atomic(&dir.join(MARK), b"")
}

pub(crate) fn is_marked(dir: &Path) -> bool {
    dir.join(MARK).symlink_metadata().is_ok()
}

fn unmark(dir: &Path) -> io::Result<()> {
    match std::fs::remove_file(dir.join(MARK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The marked desks that no process is making at this moment, each with the lock on it.
fn left(data_dir: &Path) -> Vec<(ProfileId, PathBuf, files::FileLock)> {
    let Ok(entries) = std::fs::read_dir(data_dir.join("profiles")) else { return Vec::new() };
    let found = entries.filter_map(|entry| {
        let dir = entry.ok()?.path();
        let profile: ProfileId = dir.file_name()?.to_str()?.parse().ok()?;
        let lock = is_marked(&dir).then(|| lock(data_dir, profile))?.ok()?;
        Some((profile, dir, lock))
    });
    found.collect()
}

/// Keeps every other process out of a desk.
pub(crate) fn lock(data_dir: &Path, profile: ProfileId) -> Result<files::FileLock, files::Held> {
    let run = data_dir.join("run");
    files::ensure_dir(&run)?;
    files::lock(&run.join(format!("{profile}.lock")))
}

/// Removes what interrupted beginnings left, at a start.
pub(crate) async fn resume(data_dir: &Path, door: &Door) -> Result<(), Failure> {
    let is_named = door.workspace_name().await?.is_some();
    let workspace = data_dir.join("workspace");
    for (profile, dir, _lock) in left(data_dir) {
        let is_sealed_to = Workspace::seems_open_to(&workspace, profile);
        if fate(is_named, is_sealed_to) == Fate::Stays {
            continue;
        }
        door.remove_card(profile).await?;
        if !is_named && is_sealed_to == Some(true) {
            // Its only admin is this desk.
            files::remove_tree(&workspace)?;
        }
        remove(&dir)?;
    }
    Ok(())
}

/// Destroys a desk in which nobody has ever been.
fn remove(dir: &Path) -> io::Result<()> {
    erasure::destroy_keys(dir)?;
    erasure::remove_files(dir)
}

impl Caller {
    /// Takes back a desk that could not be made, or whose making was interrupted before
    /// anyone joined.
    pub(crate) async fn abandon(&self, profile: ProfileId) {
        let dir = self.profile_dir(profile);
        let forgotten = match self.app.door() {
            Ok(door) => door.remove_card(profile).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        let removed = forgotten.and_then(|()| Ok(remove(&dir)?));
        if let Err(failure) = removed {
            tracing::error!(code = ?failure.code, "a desk that was not made could not be removed");
        }
    }

    /// The person of `session` is in: their desk is finished, and they know about others.
    ///
    /// # Errors
    /// Where the mark cannot be removed. What concerns others alone keeps nobody out.
    pub(crate) async fn arrived(&self, session: &Session) -> Result<(), Failure> {
        unmark(&self.profile_dir(session.profile))?;
        if let Err(failure) = self.settle_newcomers(session).await {
            tracing::error!(code = ?failure.code, "the chooser could not be put right");
        }
        Ok(())
    }

    /// Puts right what an interruption left beside what the workspace says: members get in,
    /// desks that an older door left without a card get one, and beginnings that never became
    /// a member go.
    async fn settle_newcomers(&self, session: &Session) -> Result<(), Failure> {
        let Some(workspace) = &session.workspace else { return Ok(()) };
        workspace.seal_where_missing(self.app.now()).await?;
        workspace.adopt_form(self.app.now()).await?;
        let (door, members) = (self.app.door()?, workspace.members().await?);
        let cards = door.cards().await?;
        for member in members.iter().filter(|member| !member.erased) {
            match cards.iter().find(|card| card.profile == member.profile) {
                Some(card) if card.disabled != member.disabled => {
                    door.set_disabled(member.profile, member.disabled).await?;
                }
                Some(_) => {}
                None => self.show_card_of(member).await?,
            }
        }
        for (profile, dir, _lock) in left(&self.app.data_dir) {
            if !members.iter().any(|member| member.profile == profile) {
                door.remove_card(profile).await?;
                remove(&dir)?;
            }
        }
        Ok(())
    }

    /// A card for a member whose desk lies here.
    async fn show_card_of(&self, member: &Member) -> Result<(), Failure> {
        let dir = self.profile_dir(member.profile);
        let Ok(has_passphrase) = Keyring::asks_for_passphrase(&dir, member.profile) else {
            return Ok(());
        };
        let card = Card {
            profile: member.profile,
            name: member.name.clone(),
            avatar: member.avatar,
            created_at: self.app.now(),
            last_open: None,
            has_passphrase,
            disabled: member.disabled,
        };
        Ok(self.app.door()?.put_card(card).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_can_ever_open_goes() {
        assert_eq!(fate(false, Some(true)), Fate::Goes, "a first run that had no end");
        assert_eq!(fate(true, Some(false)), Fate::Goes, "stopped before it joined");
        assert_eq!(fate(true, Some(true)), Fate::Stays, "it may have joined");
        assert_eq!(fate(true, None), Fate::Stays, "what cannot be read decides nothing");
    }
}
