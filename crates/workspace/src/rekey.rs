//! A new key for the workspace, when someone must not open it any more.
//!
//! The file is copied under the new key, the change is written into the copy,
//! the copy is checked, and replacing the envelopes makes it current. Until
//! that moment a crash leaves the old file as it was. Everyone else who has
//! the old file open is told so by the file itself and comes over.

use domain::UnixMs;
use rusqlite::Transaction;
use sealed::{Database, Key, Opening, RecipientKey};

use crate::access::blocking;
use crate::book::Book;
use crate::document::Standing;
use crate::draft::Draft;
use crate::envelopes::{self, Envelopes};
use crate::tables::{SHAPE, generation, provider_keys, spool_keys};
use crate::workspace::Opened;
use crate::{Workspace, WorkspaceError};

impl Workspace {
    /// Writes `change` into a copy under a new key, and makes the copy the workspace.
    pub(crate) async fn rekey<F>(&self, now: UnixMs, change: F) -> Result<(), WorkspaceError>
    where
        F: FnOnce(&Transaction<'_>, &mut Draft) -> Result<(), WorkspaceError> + Send + 'static,
    {
        let _lock = self.hold_envelopes().await?;
        let old = self.opened();
        let next = old.generation.saturating_add(1);
        let set = |successor| move |tx: &Transaction<'_>| generation::name_successor(tx, successor);
        old.database.write(set(Some(next))).await?;
        match self.build(&old, next, now, change).await {
            Ok((opened, draft)) => {
                self.go_on_with(opened);
                self.adopt(draft);
                // Others who have it open still reach it; by its name nobody does.
                envelopes::tidy(&self.dir, old.generation);
                Ok(())
            }
            Err(error) => {
                old.database.write(set(None)).await?;
                envelopes::tidy(&self.dir, next);
                Err(error)
            }
        }
    }

    async fn build<F>(
        &self,
        old: &Opened,
        next: u64,
        now: UnixMs,
        change: F,
    ) -> Result<(Opened, Draft), WorkspaceError>
    where
        F: FnOnce(&Transaction<'_>, &mut Draft) -> Result<(), WorkspaceError> + Send + 'static,
    {
        let key = Key::random();
        let path = envelopes::database(&self.dir, next);
        envelopes::remove_database(&self.dir, next)?;
        old.database.backup(&path, &key).await?;
        let (at, with) = (path, key.duplicate());
        let database =
            blocking(move || Ok(Database::open(&at, &with, &SHAPE, Opening::default())?)).await?;
        let mut draft = self.draft(now);
        let (sealing, resealing) = (provider_keys::sealing(&old.key), provider_keys::sealing(&key));
        let draft = database
            .write(move |tx| {
                generation::begin(tx, next)?;
                provider_keys::reseal(tx, &sealing, &resealing)?;
                spool_keys::add(tx, &RecipientKey::random())?;
                draft.catch_up(tx)?;
                change(tx, &mut draft)?;
                Ok::<_, WorkspaceError>(draft)
            })
            .await?;
        // What the change erased must not stand in the log.
        database.truncate_log().await?;
        self.publish(&sealed_to(&draft.book, next, &key, now))?;
        Ok((Opened { generation: next, database, key }, draft))
    }

    /// Replaces the envelopes. If only making that durable failed, it has happened.
    fn publish(&self, envelopes: &Envelopes) -> Result<(), WorkspaceError> {
        match envelopes.store(&self.dir) {
            Err(_) if Envelopes::load(&self.dir).is_ok_and(|now| now == *envelopes) => Ok(()),
            stored => stored,
        }
    }
}

/// The key for everyone who may have it: active members, and whoever is
/// invited by someone who still may.
pub(crate) fn sealed_to(book: &Book, generation: u64, key: &Key, now: UnixMs) -> Envelopes {
    let mut envelopes = Envelopes::new(generation);
    for member in book.members() {
        if member.standing == Standing::Active {
            envelopes.put(&member.profile.to_string(), &member.recipient, key);
        }
    }
    for invitation in book.valid_invitations(now) {
        envelopes.put(&invitation.id, &invitation.recipient, key);
    }
    envelopes
}
