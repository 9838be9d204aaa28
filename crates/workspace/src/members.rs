//! Who is in the workspace, and keeping someone out of it.

use domain::{ProfileId, Role, UnixMs};
use policy::{Action, Grant, Resource};
use rusqlite::Transaction;
use sealed::{PublicKey, Recipient};

use crate::audit::AuditKind;
use crate::book::Book;
use crate::document::{MemberBody, Standing};
use crate::draft::Draft;
use crate::invitations::revoke_all_of;
use crate::tables::{names, requests};
use crate::{Workspace, WorkspaceError, policies};

/// A member as others may know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which member.
    pub profile: ProfileId,
    /// Their name; empty after erasure.
    pub name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// What they are.
    pub role: Role,
    /// May not open their desk.
    pub disabled: bool,
    /// Gone for good; only the pseudonym is left, for the audit log.
    pub erased: bool,
    /// Verifies what they sign.
    pub signing: PublicKey,
    /// Seals something to them.
    pub recipient: Recipient,
}

impl Workspace {
    /// Everyone, in order of joining; erased members included.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn members(&self) -> Result<Vec<Member>, WorkspaceError> {
        let book = self.fresh_book().await?;
        let mut named = self.read(names::all).await?;
        let members = book.members().into_iter().map(|body| {
            let name = named.remove(&body.profile);
            Member {
                profile: body.profile,
                avatar: name.as_ref().map_or(1, |name| name.avatar),
                name: name.map(|name| name.name).unwrap_or_default(),
                role: body.role,
                disabled: body.standing != Standing::Active,
                erased: body.standing == Standing::Erased,
                signing: body.signing,
                recipient: body.recipient,
            }
        });
        Ok(members.collect())
    }

    /// One member; none for a stranger.
    ///
    /// # Errors
    /// As [`Workspace::members`].
    pub async fn member(&self, profile: ProfileId) -> Result<Option<Member>, WorkspaceError> {
        Ok(self.members().await?.into_iter().find(|member| member.profile == profile))
    }

    /// Whether the workspace could do without this member.
    ///
    /// # Errors
    /// `LastAdmin` if nobody would be left to look after it.
    pub async fn may_leave(&self, profile: ProfileId) -> Result<(), WorkspaceError> {
        not_the_last_admin(&self.fresh_book().await?, profile)
    }

    /// Keeps a member out, with a new key for the workspace, or lets them in again.
    /// Doing what is done already changes nothing.
    ///
    /// # Errors
    /// `NotFound` for strangers and erased members, `LastAdmin`, `Busy`; `OneSignature` where
    /// another admin has to propose it first.
    pub async fn set_disabled(
        &self,
        grant: &Grant,
        profile: ProfileId,
        disabled: bool,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about(grant, Action::ProfileDisable, profile)?;
        let book = self.fresh_book().await?;
        let member = present(&book, profile)?.clone();
        if disabled && member.standing == Standing::Active {
            return self.keep_out(profile, Standing::Disabled, now).await;
        }
        if !disabled {
            self.let_in(member, now).await?;
        }
        Ok(())
    }

    /// Erases what the workspace keeps of a member: name and access. The pseudonym stays
    /// in the audit log. Everyone may erase themselves.
    ///
    /// # Errors
    /// As [`Workspace::set_disabled`].
    pub async fn erase_member(
        &self,
        grant: &Grant,
        profile: ProfileId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about(grant, Action::ProfileErase, profile)?;
        present(&self.fresh_book().await?, profile)?;
        self.keep_out(profile, Standing::Erased, now).await
    }

    /// Gives a member another role. Who is no admin any more may have opened what they sealed
    /// to invitations, so those are taken back and the workspace gets a new key. The role that
    /// they have already changes nothing.
    ///
    /// # Errors
    /// As [`Workspace::set_disabled`]; `NoSuchRole` for one that was never made or was removed.
    pub async fn assign_role(
        &self,
        grant: &Grant,
        profile: ProfileId,
        role: Role,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about(grant, Action::RoleAssign, profile)?;
        let book = self.fresh_book().await?;
        let before = present(&book, profile)?.role;
        if before == role {
            return Ok(());
        }
        let assign = move |tx: &Transaction<'_>, draft: &mut Draft| {
            let member = present(&draft.book, profile)?.clone();
            policies::must_exist(&draft.book, role)?;
            draft.sign_member(tx, MemberBody { role, ..member })?;
            draft.record(tx, AuditKind::RoleAssigned { member: profile, role })
        };
        if before != Role::Admin {
            return self.amend(now, assign).await;
        }
        not_the_last_admin(&book, profile)?;
        self.rekey(now, move |tx, draft| {
            not_the_last_admin(&draft.book, profile)?;
            revoke_all_of(tx, draft, profile)?;
            assign(tx, draft)
        })
        .await
    }

    /// What this person is by now, and whether they may still be here: as far as this value
    /// knows, which is from its last look at the documents.
    #[must_use]
    pub fn role_known(&self) -> Option<Role> {
        let (known, me) = (self.known(), self.me());
        let member = known.book.member(me.profile)?;
        (member.standing == Standing::Active).then_some(member.role)
    }

    /// Looks at the documents again; then [`Workspace::role_known`] is as of now.
    ///
    /// # Errors
    /// `NotAMember` for whom no key is sealed any more; else as [`Workspace::members`].
    pub async fn look_again(&self) -> Result<(), WorkspaceError> {
        self.fresh_book().await.map(drop)
    }

    async fn keep_out(
        &self,
        profile: ProfileId,
        standing: Standing,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        not_the_last_admin(&self.fresh_book().await?, profile)?;
        self.rekey(now, move |tx, draft| {
            // Again, for what other admins did since.
            not_the_last_admin(&draft.book, profile)?;
            let member = present(&draft.book, profile)?.clone();
            // First of all: who leaves by themselves can sign nothing afterwards.
            if draft.book.is_active_admin(draft.me.profile) {
                revoke_all_of(tx, draft, profile)?;
            }
            draft.sign_member(tx, MemberBody { standing, ..member })?;
            if standing == Standing::Erased {
                names::erase(tx, profile)?;
                requests::erase(tx, profile)?;
                draft.record(tx, AuditKind::MemberErased { member: profile })
            } else {
                draft.record(tx, AuditKind::MemberDisabled { member: profile })
            }
        })
        .await
    }

    async fn let_in(&self, member: MemberBody, now: UnixMs) -> Result<(), WorkspaceError> {
        let profile = member.profile;
        if member.standing != Standing::Active {
            self.amend(now, move |tx, draft| {
                let body = MemberBody { standing: Standing::Active, ..member };
                draft.sign_member(tx, body)?;
                draft.record(tx, AuditKind::MemberEnabled { member: profile })
            })
            .await?;
        }
        // Also where they count as active already: a crash may have come before this line.
        self.seal_envelopes(now).await
    }

    pub(crate) fn check_about(
        &self,
        grant: &Grant,
        action: Action,
        about: ProfileId,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, action)?;
        match grant.resource() {
            Resource::Profile(profile) if *profile == about => Ok(()),
            _ => Err(WorkspaceError::WrongGrant),
        }
    }
}

pub(crate) fn present(book: &Book, profile: ProfileId) -> Result<&MemberBody, WorkspaceError> {
    book.member(profile)
        .filter(|member| member.standing != Standing::Erased)
        .ok_or(WorkspaceError::NotFound)
}

fn not_the_last_admin(book: &Book, leaving: ProfileId) -> Result<(), WorkspaceError> {
    let others = book
        .members()
        .into_iter()
        .any(|member| member.profile != leaving && book.is_active_admin(member.profile));
    if book.is_active_admin(leaving) && !others { Err(WorkspaceError::LastAdmin) } else { Ok(()) }
}
