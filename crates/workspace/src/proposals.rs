//! What one admin of several proposes and another one signs: a new admin, an erasure.
//!
//! The proposal is a signed document about the member. Signing what it proposes
//! is the member's own document, which the chain refuses from one admin alone.
//! Putting an admin out takes one signature, so that nobody is shut out by an
//! admin who is gone or hostile; the record says who did.

use domain::{ProfileId, Proposed, UnixMs};
use policy::{Action, Grant};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::document::{Body, FORM, MemberBody, Standing};
use crate::draft::Draft;
use crate::members::present;
use crate::{Workspace, WorkspaceError};

/// How long a proposal can be signed, in milliseconds: seven days.
pub(crate) const PROPOSAL_LIFE: i64 = 7 * 24 * 60 * 60 * 1_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposalBody {
    pub(crate) member: ProfileId,
    pub(crate) wanted: Proposed,
    pub(crate) withdrawn: bool,
}

/// A proposal that another admin can sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// About whom.
    pub member: ProfileId,
    /// What.
    pub wanted: Proposed,
    /// The admin who signed it.
    pub by: ProfileId,
    /// When.
    pub at: UnixMs,
    /// From when on it cannot be signed any more.
    pub until: UnixMs,
}

impl Workspace {
    /// Whether making an admin and erasing somebody needs two admins, and what is proposed.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn proposals(&self, now: UnixMs) -> Result<(bool, Vec<Proposal>), WorkspaceError> {
        let book = self.fresh_book().await?;
        let at = book.time(now);
        let members = book.members().into_iter();
        let open = members.filter_map(|member| book.proposal(member.profile, at)).collect();
        Ok((book.has_several_admins(), open))
    }

    /// Signs one document in the newest form where there are several admins and none did: from
    /// then on none of an older form is believed, in which one admin's signature was enough.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn adopt_form(&self, now: UnixMs) -> Result<(), WorkspaceError> {
        let book = self.fresh_book().await?;
        let is_due = book.form() < FORM && book.has_several_admins();
        if !is_due || !book.is_active_admin(self.me().profile) {
            return Ok(());
        }
        self.amend(now, |tx, draft| {
            draft.sign(tx, Body::Settings(draft.book.settings()))?;
            draft.record(tx, AuditKind::SettingsChanged)
        })
        .await
    }

    /// How many proposals of other admins this person can sign, as far as they are known here.
    #[must_use]
    pub fn to_sign(&self, now: UnixMs) -> u32 {
        let (known, me) = (self.known(), self.me().profile);
        let book = &known.book;
        if !book.is_active_admin(me) {
            return 0;
        }
        let open = |member: &&MemberBody| {
            book.proposal(member.profile, book.time(now)).is_some_and(|one| one.by != me)
        };
        u32::try_from(book.members().into_iter().filter(open).count()).unwrap_or(u32::MAX)
    }

    /// Proposes something about a member, for another admin to sign.
    ///
    /// # Errors
    /// `NotFound` for strangers and erased members; `ProposedAlready` where another admin did;
    /// `WrongGrant`; `Refused` where this person is no admin.
    pub async fn propose(
        &self,
        grant: &Grant,
        member: ProfileId,
        wanted: Proposed,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about(grant, Proposal::permission(wanted), member)?;
        self.amend(now, move |tx, draft| {
            present(&draft.book, member)?;
            let open = draft.book.proposal(member, draft.book.time(now));
            if open.is_some_and(|open| open.wanted == wanted && open.by != draft.me.profile) {
                return Err(WorkspaceError::ProposedAlready);
            }
            let body = ProposalBody { member, wanted, withdrawn: false };
            draft.sign(tx, Body::Proposal(body))?;
            draft.record(tx, AuditKind::ProposalMade { member, wanted })
        })
        .await
    }

    /// Withdraws what is proposed about a member: one's own proposal, or another admin's.
    ///
    /// # Errors
    /// `NotFound` where nothing is; `WrongGrant`; `Refused` where this person is no admin.
    pub async fn withdraw_proposal(
        &self,
        grant: &Grant,
        member: ProfileId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check_about(grant, Action::RoleAssign, member)?;
        self.amend(now, move |tx, draft| {
            let open = draft.book.proposal(member, draft.book.time(now));
            let wanted = open.ok_or(WorkspaceError::NotFound)?.wanted;
            draft.sign(tx, Body::Proposal(ProposalBody { member, wanted, withdrawn: true }))?;
            draft.record(tx, AuditKind::ProposalWithdrawn { member, wanted })
        })
        .await
    }

    /// Whether this person may sign a member's erasure by now: a desk is closed only for an
    /// erasure that then happens.
    ///
    /// # Errors
    /// `LastAdmin`, `OneSignature`, `NotFound`.
    pub async fn may_erase(&self, member: ProfileId, now: UnixMs) -> Result<(), WorkspaceError> {
        self.may_leave(member).await?;
        let book = self.fresh_book().await?;
        let body = MemberBody { standing: Standing::Erased, ..present(&book, member)?.clone() };
        match book.lacks_agreement(self.me().profile, &body, book.time(now)) {
            Some(_) => Err(WorkspaceError::OneSignature),
            None => Ok(()),
        }
    }
}

impl Proposal {
    /// The permission to do it, which is the one to propose it.
    #[must_use]
    pub fn permission(wanted: Proposed) -> Action {
        match wanted {
            Proposed::Admin => Action::RoleAssign,
            Proposed::Erasure => Action::ProfileErase,
        }
    }
}

impl Draft {
    /// Signs what becomes of a member, where nobody else has to agree or somebody did.
    pub(crate) fn sign_member(
        &mut self,
        tx: &Transaction<'_>,
        body: MemberBody,
    ) -> Result<(), WorkspaceError> {
        let at = self.book.time(self.now);
        if self.book.lacks_agreement(self.me.profile, &body, at).is_some() {
            return Err(WorkspaceError::OneSignature);
        }
        self.sign(tx, Body::Member(body))
    }
}
