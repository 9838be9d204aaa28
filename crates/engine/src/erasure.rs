//! Removing an erased desk from the disk, also when that is interrupted.
//!
//! First a mark, then the keys, then the rest. A start of the application that
//! finds the mark goes on where the last one stopped; without a mark nothing
//! is removed, because a missing keyring may be put back by its owner. Where it
//! stopped before the mark, the signed document that says so is reason enough.

use std::io;
use std::path::Path;

use domain::ProfileId;
use sealed::files::FileLock;
use sealed::{Keyring, files};

use crate::App;
use crate::api::Failure;
use crate::session::Session;

const MARK: &str = "erased";

/// Destroys the keys of the profile in `dir`: from here on nobody reads its files. Blocks.
///
/// # Errors
/// When the mark or the keyring cannot be written.
pub(crate) fn destroy_keys(dir: &Path) -> io::Result<()> {
    files::write_atomic(&dir.join(MARK), b"")?;
    Keyring::destroy(dir)
}

/// Removes the files of an erased profile. Blocks.
///
/// # Errors
/// When something cannot be removed; the next start tries again.
pub(crate) fn remove_files(dir: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() == MARK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files::remove_tree(&entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    // The mark last: until then a start goes on from here.
    files::remove_tree(dir)
}

/// Finishes erasures that were interrupted, below the folder of all profiles. Blocks.
pub(crate) fn resume(profiles: &Path) {
    let Ok(entries) = std::fs::read_dir(profiles) else { return };
    for dir in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if dir.join(MARK).symlink_metadata().is_err() {
            continue;
        }
        if let Err(error) = Keyring::destroy(&dir).and_then(|()| remove_files(&dir)) {
            tracing::error!(%error, "an erased desk could not be removed yet");
        }
    }
}

impl App {
    /// Removes what is left of a desk that the workspace has erased: its keys first. Nobody
    /// has it open: `lock` is the proof.
    pub(crate) async fn remove_remains(
        &self,
        profile: ProfileId,
        lock: FileLock,
    ) -> Result<(), Failure> {
        let door = self.door()?;
        door.remove_card(profile).await?;
        self.forget_anchor(profile).await?;
        self.replace_door_backups(self.now()).await;
        let dir = self.profile_dir(profile);
        let removed = tokio::task::spawn_blocking(move || {
            let _lock = lock;
            if dir.symlink_metadata().is_err() {
                return Ok(());
            }
            destroy_keys(&dir)?;
            if let Err(error) = remove_files(&dir) {
                tracing::error!(%error, "an erased desk's files are removed at the next start");
            }
            Ok::<_, io::Error>(())
        });
        removed.await.map_err(|_| Failure::internal("the desk could not be removed"))??;
        self.forget_login_secret(profile).await;
        Ok(())
    }

    /// Finishes what a crash left between the document that erases a member and the mark.
    pub(crate) async fn finish_erasures(&self, session: &Session) {
        let Some(workspace) = &session.workspace else { return };
        let Ok(members) = workspace.members().await else { return };
        for member in members.into_iter().filter(|member| member.erased) {
            if self.profile_dir(member.profile).symlink_metadata().is_err() {
                continue;
            }
            // Where it is open, its own lock goes on with it.
            let Ok(lock) = self.hold(member.profile) else { continue };
            if let Err(failure) = self.remove_remains(member.profile, lock).await {
                tracing::error!(code = ?failure.code, "an erased desk could not be removed yet");
            }
        }
    }
}
