//! Inviting someone.
//!
//! One typed key holds everything: its hash names the invitation, and a
//! signing and an envelope key come from it. The public halves stand in a
//! signed document, so that the newcomer's own document, signed with the
//! one-time key, is accepted once; and the workspace's key is sealed to it
//! afresh at each re-keying. The door keeps what the newcomer must pin.

use std::fmt;

use domain::{ProfileId, Role, UnixMs};
use policy::{Action, Grant};
use rusqlite::Connection;
use sealed::{Key, RecipientKey, RecoveryCode, Secret, SigningKey};

use crate::audit::AuditKind;
use crate::book::Book;
use crate::digest::hex;
use crate::document::{Body, InvitationBody};
use crate::draft::Draft;
use crate::{Pins, Workspace, WorkspaceError, policies};

/// A new invitation: the key to hand over, and what the door keeps.
pub struct Invited {
    key: Secret,
    pub(crate) id: String,
    pub(crate) role: Role,
    pub(crate) expires_at: UnixMs,
    pub(crate) sealed: Vec<u8>,
}

impl Invited {
    /// The one-time key in eight groups of four, shown once and handed over in person.
    #[must_use]
    pub fn key(&self) -> String {
        self.key.expose().to_owned()
    }

    /// Names the invitation, for revoking it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for Invited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invited").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An invitation that nobody used or took back, as the signed documents know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Names it for revoking.
    pub id: String,
    /// What the newcomer will be.
    pub role: Role,
    /// Refused afterwards.
    pub expires_at: UnixMs,
    /// The admin who made it, or last changed it.
    pub author: ProfileId,
}

/// What comes from a typed key.
pub(crate) struct OneTimeKey(Key);

impl OneTimeKey {
    /// The key as typed; none for a text that cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(Self::of(&RecoveryCode::parse(text).ok()?))
    }

    /// 160 random bits need no stretching; the hash only gives them their length.
    fn of(code: &RecoveryCode) -> Self {
        let text = sealed::Zeroizing::new(code.groups().concat());
        Self(Key::from_bytes(sealed::sha256(text.as_bytes())))
    }

    pub(crate) fn id(&self) -> String {
        hex(&sealed::sha256(self.0.derive("carrel invitation id").bytes()))
    }

    pub(crate) fn signing(&self) -> SigningKey {
        SigningKey::from_seed(self.0.derive("carrel invitation signing").bytes())
    }

    pub(crate) fn recipient(&self) -> RecipientKey {
        RecipientKey::from_bytes(self.0.derive("carrel invitation recipient").bytes())
    }

    fn seal(&self, pins: &Pins) -> Vec<u8> {
        sealed::seal(&self.sealing(), self.id().as_bytes(), &pins.to_bytes())
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Pins> {
        let plain = sealed::open(&self.sealing(), self.id().as_bytes(), sealed).ok()?;
        Pins::from_bytes(&plain).ok()
    }

    fn sealing(&self) -> Key {
        self.0.derive("carrel invitation pins")
    }
}

impl Workspace {
    /// Invites someone; the result goes to the door (`Door::put_invitation`), which refuses
    /// it from `expires_at` on. The signed document gives it as long from the last document
    /// on, where that is dated ahead of `now`; else nobody could ever join after it.
    ///
    /// # Errors
    /// `WrongGrant`, or `Refused` where this person is no admin.
    pub async fn invite(
        &self,
        grant: &Grant,
        role: Role,
        expires_at: UnixMs,
        now: UnixMs,
    ) -> Result<Invited, WorkspaceError> {
        self.check(grant, Action::ProfileCreate)?;
        let code = RecoveryCode::random();
        let one_time = OneTimeKey::of(&code);
        let mut body = InvitationBody {
            id: one_time.id(),
            role,
            expires_at,
            signing: one_time.signing().public(),
            recipient: one_time.recipient().public(),
            revoked: false,
        };
        let id = body.id.clone();
        self.amend(now, move |tx, draft| {
            let ahead = draft.book.time(now).since(now);
            body.expires_at = expires_at.plus(i64::try_from(ahead).unwrap_or(i64::MAX));
            let (invitation, expires_at) = (body.id.clone(), body.expires_at);
            policies::must_exist(&draft.book, role)?;
            // Who comes in comes by one signature.
            if role == Role::Admin && draft.book.has_several_admins() {
                return Err(WorkspaceError::OneSignature);
            }
            draft.sign(tx, Body::Invitation(body))?;
            draft.record(tx, AuditKind::InvitationMade { invitation, role, expires_at })
        })
        .await?;
        self.seal_envelopes(now).await?;
        let sealed = one_time.seal(&self.pins());
        Ok(Invited { key: Secret::new(code.groups().join("-")), id, role, expires_at, sealed })
    }

    /// Every open invitation in order of making, from the signed documents, so that none can
    /// be hidden at the door. Those that have expired are among them until they are revoked.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn invitations(&self) -> Result<Vec<OpenInvitation>, WorkspaceError> {
        let book = self.fresh_book().await?;
        let open = book.open_invitations().into_iter().map(|one| OpenInvitation {
            id: one.body.id.clone(),
            role: one.body.role,
            expires_at: one.body.expires_at,
            author: one.author,
        });
        Ok(open.collect())
    }

    /// Takes an invitation back, with a new key for the workspace: who holds the invitation
    /// may have opened its envelope already.
    ///
    /// # Errors
    /// `NotFound` for one that is not open (any more), `Busy`.
    pub async fn revoke_invitation(
        &self,
        grant: &Grant,
        id: &str,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ProfileCreate)?;
        // Asked before the file is copied for nothing, and again for what happened since.
        open(&self.fresh_book().await?, id)?;
        let id = id.to_owned();
        self.rekey(now, move |tx, draft| {
            let body = open(&draft.book, &id)?;
            revoke(tx, draft, body)
        })
        .await
    }
}

/// Takes back what `author` invited: whoever is kept out must not return by it.
pub(crate) fn revoke_all_of(
    connection: &Connection,
    draft: &mut Draft,
    author: ProfileId,
) -> Result<(), WorkspaceError> {
    let open = draft.book.open_invitations().into_iter();
    let theirs: Vec<_> =
        open.filter(|one| one.author == author).map(|one| one.body.clone()).collect();
    theirs.into_iter().try_for_each(|body| revoke(connection, draft, body))
}

fn open(book: &Book, id: &str) -> Result<InvitationBody, WorkspaceError> {
    let found = book.open_invitations().into_iter().find(|one| one.body.id == id);
    Ok(found.ok_or(WorkspaceError::NotFound)?.body.clone())
}

fn revoke(
    connection: &Connection,
    draft: &mut Draft,
    body: InvitationBody,
) -> Result<(), WorkspaceError> {
    let invitation = body.id.clone();
    draft.sign(connection, Body::Invitation(InvitationBody { revoked: true, ..body }))?;
    draft.record(connection, AuditKind::InvitationRevoked { invitation })
}
