//! The open vault: two databases, opened in order and closed in order.
//!
//! `private.db` comes first, judged by the anchor that the caller kept outside;
//! it holds the anchor by which the history is judged. Cheap to clone: all
//! clones are the same open vault.

use rusqlite::Transaction;
use sealed::{Database, DatabaseError, Key, Keyring, files};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::oneshot;

use crate::VaultError;
use crate::anchors::Anchors;
use crate::history::{self, EPOCH};
use crate::private::{self, anchor};
use crate::wait;

/// One profile's private store, open. See the crate's documentation.
#[derive(Clone)]
pub struct Vault(pub(crate) Arc<Open>);

/// What an open vault holds.
pub(crate) struct Open {
    pub(crate) history: Database,
    pub(crate) private: Database,
    anchors: Arc<Anchors>,
    /// Set when the vault is about to close: erasing goes on after the next opening.
    pub(crate) leaving: AtomicBool,
    pub(crate) stored: Option<Stored>,
}

/// Where a vault lies, and the key of its backups; a guest's lies nowhere.
pub(crate) struct Stored {
    pub(crate) dir: PathBuf,
    pub(crate) backup_key: Key,
    /// Held while a backup is made: one at a time.
    pub(crate) backing_up: tokio::sync::Mutex<()>,
}

/// How an existing vault is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    /// Someone was told that a file is older than it was, and accepts that.
    pub accept_older: bool,
    /// [`Vault::private_counter`] as remembered outside this vault.
    pub private_anchor: Option<u64>,
}

impl Vault {
    /// Makes an empty vault in the profile's directory.
    ///
    /// # Errors
    /// `Database(Io)` with `AlreadyExists` if there is one.
    pub fn create(dir: &Path, keyring: &Keyring) -> Result<Self, VaultError> {
        for part in [dir.to_owned(), history_dir(dir), crate::backup::dir(dir)] {
            files::ensure_dir(&part)?;
        }
        let key = keyring.history_key(EPOCH);
        let history = Database::create(&history_path(dir), &key, &history::SHAPE)?;
        let private =
            Database::create(&private_path(dir), &keyring.private_key(), &private::SHAPE)?;
        Ok(Self::assemble(history, private, Some(Stored::of(dir, keyring))))
    }

    /// Opens the vault in the profile's directory. Blocks; call [`Vault::replay_unsettled`]
    /// before anything else.
    ///
    /// # Errors
    /// `Database`, as [`Database::open`] names what is refused; `RolledBack` also for a keyring
    /// older than the last one seen here.
    pub fn open(dir: &Path, keyring: &Keyring, opening: Opening) -> Result<Self, VaultError> {
        // A link in the place of a folder would lead all files elsewhere.
        for part in dir.parent().into_iter().chain([dir, &history_dir(dir)]) {
            files::own_dir(part)?;
        }
        let stored = Stored::of(dir, keyring);
        let backups = crate::backup::dir(dir);
        let backup = Some((backups.as_path(), &stored.backup_key));
        let Opening { accept_older, private_anchor } = opening;
        let private = Database::open(
            &private_path(dir),
            &keyring.private_key(),
            &private::SHAPE,
            sealed::Opening { anchor: private_anchor, accept_older, backup },
        )?;
        check_keyring(&private, keyring.generation(), accept_older)?;
        let history_anchor = read_anchor(&private)?;
        let history = Database::open(
            &history_path(dir),
            &keyring.history_key(EPOCH),
            &history::SHAPE,
            sealed::Opening { anchor: history_anchor, accept_older, backup },
        )?;
        Ok(Self::assemble(history, private, Some(stored)))
    }

    /// A vault in memory: the same in every way, and gone without a trace.
    ///
    /// # Errors
    /// Only when memory or threads run out.
    pub fn guest(_keyring: &Keyring) -> Result<Self, VaultError> {
        let history = Database::in_memory(&history::SHAPE)?;
        let private = Database::in_memory(&private::SHAPE)?;
        Ok(Self::assemble(history, private, None))
    }

    fn assemble(history: Database, private: Database, stored: Option<Stored>) -> Self {
        let (anchors, leaving) = (Arc::default(), AtomicBool::new(false));
        Self(Arc::new(Open { history, private, anchors, leaving, stored }))
    }

    /// The commit counter of the private database, for keeping outside this vault. May be
    /// asked after closing, which is when it is final.
    #[must_use]
    pub fn private_counter(&self) -> u64 {
        self.0.private.counter()
    }

    /// The commit counter of the history, and the one that is kept of it in the private file.
    ///
    /// # Errors
    /// `Database`.
    pub async fn history_anchored(&self) -> Result<(u64, Option<u64>), VaultError> {
        let anchor = self
            .0
            .private
            .read(|connection| Ok::<_, VaultError>(anchor::read(connection, anchor::HISTORY)?));
        let anchor = anchor.await?;
        Ok((self.0.history.counter(), anchor))
    }

    /// Remembers how often the keyring was written ([`Keyring::generation`]): call it after
    /// each change, so that the one before it opens nothing any more.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_keyring(&self, generation: u64) -> Result<(), VaultError> {
        let save = move |tx: &Transaction<'_>| Ok(anchor::save(tx, anchor::KEYRING, generation)?);
        self.0.private.write(save).await
    }

    /// Reads every page and every tree of both databases, and says whether all are as they
    /// were written.
    ///
    /// # Errors
    /// `Database(Damaged)`.
    pub async fn check(&self) -> Result<(), VaultError> {
        self.0.history.check().await?;
        Ok(self.0.private.check().await?)
    }

    /// Finishes the work in hand, stores the last anchor and closes the files. Every clone is
    /// closed with it.
    pub async fn close(&self) {
        let (open, (done, closed)) = (Arc::clone(&self.0), oneshot::channel());
        // Closing joins threads, which must not block the caller's runtime.
        std::thread::spawn(move || {
            open.close();
            drop(open);
            // Nobody waits any more if this fails.
            let _ = done.send(());
        });
        drop(closed.await);
    }

    /// One transaction on the history, then its anchor.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let changed = self.0.history.write(f).await?;
        if self.0.stored.is_some() {
            self.0.anchors.send(&self.0.private, self.0.history.counter());
        }
        Ok(changed)
    }
}

impl Open {
    fn close(&self) {
        // First, so that the anchor counts even those commits that nobody waited for.
        self.history.close_blocking();
        if self.stored.is_some() {
            let last = self.anchors.flush(&self.private, self.history.counter());
            if let Err(error) = wait::until(last) {
                // Closed before; or the anchor before it stands, and notices less.
                tracing::debug!(%error, "the last anchor was not stored");
            }
        }
        self.private.close_blocking();
    }
}

impl Stored {
    fn of(dir: &Path, keyring: &Keyring) -> Self {
        Self {
            dir: dir.to_owned(),
            backup_key: keyring.backup_key(),
            backing_up: tokio::sync::Mutex::default(),
        }
    }
}

pub(crate) fn history_dir(dir: &Path) -> PathBuf {
    dir.join("history")
}

pub(crate) fn history_path(dir: &Path) -> PathBuf {
    history_dir(dir).join(format!("{EPOCH}.db"))
}

pub(crate) fn private_path(dir: &Path) -> PathBuf {
    dir.join("private.db")
}

/// Refuses a keyring that was written less often than one that opened this vault before:
/// someone put it back, perhaps with a passphrase that was given up. Blocks.
fn check_keyring(private: &Database, found: u64, accept_older: bool) -> Result<(), VaultError> {
    let known: Result<_, VaultError> =
        wait::until(private.read(|connection| Ok(anchor::read(connection, anchor::KEYRING)?)));
    match known? {
        Some(anchor) if found < anchor && !accept_older => {
            Err(DatabaseError::RolledBack { found, anchor }.into())
        }
        Some(anchor) if found == anchor => Ok(()),
        _ => wait::until(private.write(move |tx| Ok(anchor::save(tx, anchor::KEYRING, found)?))),
    }
}

/// The history's anchor. Blocks.
pub(crate) fn read_anchor(private: &Database) -> Result<Option<u64>, VaultError> {
    wait::until(private.read(|connection| Ok(anchor::read(connection, anchor::HISTORY)?)))
}
