//! Finding and opening the current file, and verifying what it says.
//!
//! Blocking work. What a crash left between two files is put right here: a
//! move to a new key that nobody is making any more is taken back.

use std::path::Path;

use domain::{SessionId, UnixMs};
use sealed::{Database, Key, Opening, RecipientKey, files};

use crate::access::{STEP, STEPS};
use crate::book::Book;
use crate::document::{Standing, Written};
use crate::envelopes::{self, Envelopes};
use crate::pins::{FileAnchor, PinnedCheckpoint, Pins};
use crate::tables::{SHAPE, audit, checkpoints, documents, generation};
use crate::wait::wait;
use crate::workspace::{Identity, Known, Me, Opened};
use crate::{Workspace, WorkspaceError};

/// To whom the key of the current generation is sealed.
pub(crate) struct Holder<'a> {
    pub(crate) name: String,
    pub(crate) recipient: &'a RecipientKey,
}

impl<'a> Holder<'a> {
    pub(crate) fn member(me: &'a Me) -> Self {
        Self { name: me.profile.to_string(), recipient: &me.recipient }
    }
}

/// Opens and verifies; see [`Workspace::open`].
pub(crate) fn open(
    dir: &Path,
    identity: Identity<'_>,
    pins: &Pins,
    now: UnixMs,
) -> Result<Workspace, WorkspaceError> {
    // A link in the place of the folder would lead all files elsewhere.
    files::own_dir(dir)?;
    let me = Me::of(identity);
    let opened = locate(dir, &Holder::member(&me), pins.file)?;
    let rows = wait(opened.database.read(|connection| documents::from(connection, 0)))?;
    let book = match Book::read(&rows, pins, now) {
        Ok(book) => book,
        Err(_) if was_put_back(&rows, pins) => return Err(WorkspaceError::PutBack),
        Err(error) => return Err(error),
    };
    standing(&book, &me)?;
    let pinned = pins.audit;
    let seen = pins.checkpoint;
    let (head, holds, gone) = wait(opened.database.read(move |connection| {
        let holds = match pinned {
            Some(pin) => audit::hash_at(connection, pin.sequence)? == Some(pin.hash),
            None => true,
        };
        let gone = match seen {
            Some(seen) => checkpoints::note(connection, seen.number)?
                .is_none_or(|note| PinnedCheckpoint::of(seen.number, &note) != seen),
            None => false,
        };
        Ok::<_, WorkspaceError>((audit::head(connection)?, holds, gone))
    }))?;
    if !holds {
        if book.was_put_back_since(pins) {
            return Err(WorkspaceError::PutBack);
        }
        tracing::warn!("the audit log is not the one that was seen before");
    }
    let audit = if holds { head } else { pinned };
    let kept = book.next();
    let known = Known {
        book,
        audit,
        audit_cut: !holds,
        checkpoint: pins.checkpoint,
        checkpoints_gone: gone,
        older_accepted: false,
        kept,
        rules: None,
    };
    let session = SessionId::new(now, sealed::random_bytes());
    Ok(Workspace::assemble(dir, me, session, opened, known))
}

/// Whether documents that undo what was seen are a backup on the word of an admin.
fn was_put_back(rows: &[Written], pins: &Pins) -> bool {
    Book::read_whenever(rows, &pins.accepting_older())
        .is_ok_and(|book| book.was_put_back_since(pins))
}

/// Opens the current file with the key that is sealed to `holder`.
pub(crate) fn locate(
    dir: &Path,
    holder: &Holder<'_>,
    anchor: Option<FileAnchor>,
) -> Result<Opened, WorkspaceError> {
    for _ in 0..STEPS {
        let envelopes = Envelopes::load(dir)?;
        let generation = envelopes.generation;
        if anchor.is_some_and(|seen| seen.generation > generation) {
            return Err(WorkspaceError::RolledBack);
        }
        let key = envelopes.open(&holder.name, holder.recipient)?;
        let opening = Opening {
            anchor: anchor.filter(|seen| seen.generation == generation).map(|seen| seen.counter),
            ..Opening::default()
        };
        let reached = reach(dir, generation, key, opening);
        // Meanwhile the file may have been replaced, and its log removed from beside it: what it
        // said then, whatever it was, is not what the workspace says.
        if Envelopes::load(dir)?.generation != generation {
            continue;
        }
        let (opened, moving) = reached?;
        if !moving || take_back(dir, &opened)? {
            // A crash right after a re-keying leaves the file that someone must not open.
            envelopes::tidy(dir, generation.saturating_sub(1));
            return Ok(opened);
        }
        std::thread::sleep(STEP);
    }
    Err(WorkspaceError::Busy)
}

/// Opens the file of `generation`, and says whether the workspace is moving away from it.
fn reach(
    dir: &Path,
    generation: u64,
    key: Key,
    opening: Opening<'_>,
) -> Result<(Opened, bool), WorkspaceError> {
    let database = Database::open(&envelopes::database(dir, generation), &key, &SHAPE, opening)?;
    if wait(database.read(generation::number))? != generation {
        return Err(WorkspaceError::RolledBack);
    }
    let moving = wait(
        database.read(|connection| generation::is_moving(connection).map_err(WorkspaceError::from)),
    )?;
    Ok((Opened { generation, database, key }, moving))
}

/// Ends a move to a new key that a crash interrupted; false while someone is making it.
fn take_back(dir: &Path, opened: &Opened) -> Result<bool, WorkspaceError> {
    let Some(_lock) = envelopes::try_lock(dir)? else {
        return Ok(false);
    };
    if Envelopes::load(dir)?.generation != opened.generation {
        return Ok(false);
    }
    tracing::warn!("a change of the workspace's key was interrupted and is taken back");
    envelopes::remove_database(dir, opened.generation.saturating_add(1))?;
    wait(opened.database.write(|tx| generation::name_successor(tx, None)))?;
    Ok(true)
}

/// The documents of an opened file, verified but for their times.
pub(crate) fn verified(opened: &Opened, pins: &Pins) -> Result<Book, WorkspaceError> {
    let rows = wait(opened.database.read(|connection| documents::from(connection, 0)))?;
    Book::read_whenever(&rows, pins)
}

/// Whether this person is still an active member with these keys.
pub(crate) fn standing(book: &Book, me: &Me) -> Result<(), WorkspaceError> {
    match book.member(me.profile) {
        Some(member)
            if member.standing == Standing::Active
                && member.signing == me.signing.public()
                && member.recipient == me.recipient.public() =>
        {
            Ok(())
        }
        _ => Err(WorkspaceError::NotAMember),
    }
}
