//! The beginning of a membership: making a workspace, or joining one.
//!
//! Blocking work, done once for each person. Opening is `opening`'s.

use std::path::Path;
use std::sync::Arc;

use domain::{Role, SessionId, UnixMs, WorkspaceId};
use sealed::{Database, Key, PublicKey, RecipientKey, SigningKey, files};

use crate::access::{MOVES, hold};
use crate::audit::{AuditHead, AuditKind};
use crate::book::Book;
use crate::document::{Author, Body, DeviceBody, MemberBody, Standing};
use crate::door::{Card, Ticket};
use crate::draft::Draft;
use crate::envelopes::{self, Envelopes};
use crate::opening::{Holder, locate, verified};
use crate::pins::Pins;
use crate::tables::names::{self, Name};
use crate::tables::{SHAPE, spool_keys};
use crate::wait::wait;
use crate::workspace::{Identity, Known, Me, Opened};
use crate::{Workspace, WorkspaceError};

/// A new workspace.
pub struct Founded {
    /// Opened by its first admin.
    pub workspace: Workspace,
    /// For the first admin's private store.
    pub pins: Pins,
    /// The private half of the root key: for the first admin's private store and
    /// recovery kit. It is kept nowhere else.
    pub root: SigningKey,
}

impl Workspace {
    /// Makes a workspace in `dir` with `identity` as its first admin. `device` is the
    /// door's public key, whose signature counts for events before anyone unlocks.
    /// Blocks. Something that lies there already is moved aside, never overwritten.
    ///
    /// # Errors
    /// When the files cannot be made.
    pub fn create(
        dir: &Path,
        id: WorkspaceId,
        identity: Identity<'_>,
        card: &Card,
        device: PublicKey,
        now: UnixMs,
    ) -> Result<Founded, WorkspaceError> {
        move_aside(dir, now)?;
        files::ensure_dir(dir)?;
        let me = Me::of(identity);
        let (root, key) = (SigningKey::random(), Key::random());
        let database = Database::create(&envelopes::database(dir, 1), &key, &SHAPE)?;
        let mut draft = begin(Book::new(id, root.public()), &me, None, now);
        let (body, name) = newcomer(&me, Role::Admin, card);
        let signing = SigningKey::from_seed(root.seed());
        let draft = wait(database.write(move |tx| {
            draft.sign_as(tx, Author::Root, &signing, body)?;
            draft.sign(tx, Body::Device(DeviceBody { signing: device }))?;
            draft.sign(tx, Body::Settings(crate::document::SettingsBody::default()))?;
            names::put(tx, draft.me.profile, &name)?;
            spool_keys::add(tx, &RecipientKey::random())?;
            draft.record(tx, AuditKind::WorkspaceCreated)?;
            Ok::<_, WorkspaceError>(draft)
        }))?;
        let mut envelopes = Envelopes::new(1);
        envelopes.put(&me.profile.to_string(), &me.recipient.public(), &key);
        envelopes.store(dir)?;
        let workspace = finish(dir, Opened { generation: 1, database, key }, draft);
        let pins = workspace.pins();
        Ok(Founded { workspace, pins, root })
    }

    /// Joins the workspace in `dir` with an invitation found at the door. Blocks.
    ///
    /// # Errors
    /// `InvitationSpent` for one that was used or revoked or has expired;
    /// `PassphraseRequired` where the card says that there is none and no admin allowed it.
    pub fn join(
        dir: &Path,
        identity: Identity<'_>,
        ticket: &Ticket,
        card: &Card,
        now: UnixMs,
    ) -> Result<(Self, Pins), WorkspaceError> {
        let me = Me::of(identity);
        let recipient = ticket.recipient();
        let holder = Holder { name: ticket.id().to_owned(), recipient: &recipient };
        let spent = |error| match error {
            WorkspaceError::NotAMember => WorkspaceError::InvitationSpent,
            other => other,
        };
        for _ in 0..MOVES {
            let opened = locate(dir, &holder, ticket.pins().file).map_err(spent)?;
            let book = verified(&opened, ticket.pins())?;
            let (lock, mut envelopes) = hold(dir)?;
            if envelopes.generation != opened.generation {
                continue;
            }
            if !book.valid_invitations(now).iter().any(|one| one.id == ticket.id()) {
                return Err(WorkspaceError::InvitationSpent);
            }
            if !card.has_passphrase && !book.settings().without_passphrase {
                return Err(WorkspaceError::PassphraseRequired);
            }
            // First the envelope: a member document without one would lock its owner out.
            envelopes.put(&me.profile.to_string(), &me.recipient.public(), &opened.key);
            envelopes.store(dir)?;
            let mut draft = begin(book, &me, ticket.pins().audit, now);
            let (body, name) = newcomer(&me, ticket.role(), card);
            let (id, signing) = (ticket.id().to_owned(), ticket.signing());
            let joined = wait(opened.database.write(move |tx| {
                draft.catch_up(tx)?;
                draft.sign_as(tx, Author::Invitation(id.clone()), &signing, body)?;
                names::put(tx, draft.me.profile, &name)?;
                let role = draft.book.member(draft.me.profile).map_or(Role::Member, |me| me.role);
                draft.record(tx, AuditKind::MemberJoined { role, invitation: id })?;
                Ok::<_, WorkspaceError>(draft)
            }));
            match joined {
                Ok(_) => envelopes.remove(ticket.id()),
                Err(_) => envelopes.remove(&me.profile.to_string()),
            }
            // Whether they joined is decided; an envelope too many opens nothing to anyone new.
            if let Err(error) = envelopes.store(dir) {
                tracing::warn!(%error, "a spent envelope could not be removed yet");
            }
            drop(lock);
            let workspace = finish(dir, opened, joined?);
            let pins = workspace.pins();
            return Ok((workspace, pins));
        }
        Err(WorkspaceError::Busy)
    }
}

pub(crate) fn begin(book: Book, me: &Arc<Me>, pin: Option<AuditHead>, now: UnixMs) -> Draft {
    Draft {
        book,
        me: Arc::clone(me),
        session: SessionId::new(now, sealed::random_bytes()),
        now,
        pin,
        appended: None,
    }
}

pub(crate) fn finish(dir: &Path, opened: Opened, draft: Draft) -> Workspace {
    let audit_cut = draft.appended.is_some_and(|appended| !appended.pin_holds);
    let head = draft.appended.map(|appended| appended.head);
    let audit = if audit_cut { draft.pin } else { head };
    let kept = draft.book.next();
    let known = Known {
        book: draft.book,
        audit,
        audit_cut,
        checkpoint: None,
        checkpoints_gone: false,
        older_accepted: false,
        kept,
        rules: None,
    };
    Workspace::assemble(dir, draft.me, draft.session, opened, known)
}

fn newcomer(me: &Me, role: Role, card: &Card) -> (Body, Name) {
    let body = MemberBody {
        profile: me.profile,
        role,
        standing: Standing::Active,
        signing: me.signing.public(),
        recipient: me.recipient.public(),
    };
    (Body::Member(body), Name { name: card.name.clone(), avatar: card.avatar })
}

/// What an interrupted first run, or a lost door, left in the place of the new workspace.
fn move_aside(dir: &Path, now: UnixMs) -> Result<(), WorkspaceError> {
    if dir.symlink_metadata().is_err() {
        return Ok(());
    }
    let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    tracing::warn!("an earlier workspace is moved aside");
    Ok(std::fs::rename(dir, dir.with_file_name(format!("{name}-before-{}", now.0)))?)
}
