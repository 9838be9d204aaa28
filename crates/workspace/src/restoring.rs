//! Putting a backup in the place of a damaged workspace.
//!
//! Only an admin may, and their signature goes into the documents: it is how
//! everyone else tells a workspace that was put back knowingly from an old
//! copy that someone slipped in. The key changes with it. What stood there is
//! kept aside.

use std::path::Path;

use domain::UnixMs;
use rusqlite::Transaction;
use sealed::{Database, Key, Opening, RecipientKey, files};

use crate::access::hold_lock;
use crate::audit::AuditKind;
use crate::backups::{self, Saved};
use crate::book::Book;
use crate::document::{Body, RestorationBody};
use crate::draft::Draft;
use crate::envelopes::{self, Envelopes};
use crate::founding::{begin, finish};
use crate::opening::standing;
use crate::pins::Pins;
use crate::rekey::sealed_to;
use crate::tables::{SHAPE, documents, generation, provider_keys, spool_keys};
use crate::wait::wait;
use crate::workspace::{Identity, Me, Opened};
use crate::{Workspace, WorkspaceError, shelf};

/// What stands in the place of the workspace.
enum Present {
    Damaged,
    /// Whole, and older than what the person had seen.
    Older,
}

impl Workspace {
    /// Puts the backup `name` from `shelf` in the place of the workspace in `dir`, which
    /// nobody may have open. Blocks; returns it opened, and the person's new pins. May be
    /// repeated after a crash.
    ///
    /// # Errors
    /// `Whole` where the workspace is, or where the backup would undo what this person has
    /// seen of a whole one; `NotAnAdmin` for whom the backup, or what they have seen since,
    /// does not call an active admin; `NotFound`; `Damaged` where the backup itself is.
    pub fn restore(
        dir: &Path,
        shelf: &Path,
        name: &str,
        identity: Identity<'_>,
        pins: &Pins,
        now: UnixMs,
    ) -> Result<(Self, Pins), WorkspaceError> {
        let present = look(dir, identity, pins, now)?;
        files::ensure_dir(dir)?;
        let _lock = hold_lock(dir)?;
        let me = Me::of(identity);
        let saved = backups::open(shelf, name, &me)?;
        let book = saved.book(pins)?;
        standing(&book, &me)?;
        if !book.is_admin_by(me.profile, pins) {
            return Err(WorkspaceError::NotAnAdmin);
        }
        if matches!(present, Present::Older) && undoes(&saved, pins)? {
            return Err(WorkspaceError::Whole);
        }
        let next = next_generation(dir, saved.generation, pins)?;
        let draft = begin(book, &me, None, now);
        let (opened, draft) = build(dir, &saved, next, draft)?;
        let sealed = sealed_to(&draft.book, next, &opened.key, now);
        clear_the_place(dir, next)?;
        sealed.store(dir)?;
        let workspace = finish(dir, opened, draft);
        let pins = workspace.pins();
        Ok((workspace, pins))
    }
}

/// Judges the workspace in `dir`; one that is whole and current is not for replacing.
fn look(
    dir: &Path,
    identity: Identity<'_>,
    pins: &Pins,
    now: UnixMs,
) -> Result<Present, WorkspaceError> {
    let opened = Workspace::open(dir, identity, pins, now);
    let judged = opened.and_then(|(workspace, _)| wait(workspace.check_file()));
    match judged {
        Ok(()) => Err(WorkspaceError::Whole),
        Err(error) if error.means_damage() => Ok(Present::Damaged),
        Err(WorkspaceError::RolledBack) => Ok(Present::Older),
        Err(WorkspaceError::Database(sealed::DatabaseError::RolledBack { .. })) => {
            Ok(Present::Older)
        }
        // Kept out, held elsewhere, a full disk: no reason to replace anything.
        Err(error) => Err(error),
    }
}

/// Whether a document that this person has seen is missing from the backup, or older there.
fn undoes(saved: &Saved, pins: &Pins) -> Result<bool, WorkspaceError> {
    let rows = wait(saved.database.read(|connection| documents::from(connection, 0)))?;
    Ok(Book::read_whenever(&rows, pins).is_err())
}

/// Above every generation that this person, the backup or the folder knows of.
fn next_generation(dir: &Path, saved: u64, pins: &Pins) -> Result<u64, WorkspaceError> {
    let numbered = shelf::names(dir)?;
    let numbered = numbered.iter().filter_map(|name| number_of(name));
    let current = Envelopes::load(dir).ok().map(|envelopes| envelopes.generation);
    let seen = pins.file.map(|file| file.generation);
    let highest = numbered.chain(current).chain(seen).fold(saved, u64::max);
    Ok(highest.saturating_add(1))
}

fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(".db")?.parse().ok()
}

/// The backup as a database of its own generation, with the admin's word in it.
fn build(
    dir: &Path,
    saved: &Saved,
    next: u64,
    mut draft: Draft,
) -> Result<(Opened, Draft), WorkspaceError> {
    let key = Key::random();
    let path = envelopes::database(dir, next);
    envelopes::remove_database(dir, next)?;
    wait(saved.database.backup(&path, &key))?;
    let database = Database::open(&path, &key, &SHAPE, Opening::default())?;
    let (sealing, resealing) = (provider_keys::sealing(&saved.key), provider_keys::sealing(&key));
    let made_at = saved.made_at;
    let draft = wait(database.write(move |tx: &Transaction<'_>| {
        generation::begin(tx, next)?;
        provider_keys::reseal(tx, &sealing, &resealing)?;
        spool_keys::add(tx, &RecipientKey::random())?;
        draft.sign(tx, Body::Restoration(RestorationBody { made_at, generation: next }))?;
        draft.record(tx, AuditKind::WorkspaceRestored { made_at, generation: next })?;
        Ok::<_, WorkspaceError>(draft)
    }))?;
    wait(database.truncate_log())?;
    Ok((Opened { generation: next, database, key }, draft))
}

/// Sets aside what stood there; from here until the new envelopes stand, there is none.
fn clear_the_place(dir: &Path, next: u64) -> Result<(), WorkspaceError> {
    files::set_aside(&envelopes::path(dir))?;
    for name in shelf::names(dir)? {
        if number_of(&name).is_some_and(|number| number != next) {
            files::set_aside(&dir.join(name))?;
        }
    }
    Ok(())
}
