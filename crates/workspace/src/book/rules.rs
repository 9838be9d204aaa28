//! Whether the next document holds: its place, its signature, its author's right.

use sealed::PublicKey;

use super::Book;
use crate::Refusal;
use crate::document::{
    Author, Body, Document, INVITATIONS_END, MemberBody, Standing, TWO_SIGNATURES, Written,
};
use crate::policies;
use domain::{ProfileId, Role};

impl Book {
    pub(super) fn judge(&self, row: &Written, document: &Document) -> Result<(), Refusal> {
        if document.workspace != self.workspace {
            return Err(Refusal::Foreign);
        }
        self.judge_signature(row, document)?;
        self.judge_place(document)?;
        self.judge_right(document)
    }

    fn judge_place(&self, document: &Document) -> Result<(), Refusal> {
        let chapter = self.chapters.get(&document.body.name());
        let (seen, last) = chapter
            .map_or((0, None), |chapter| (chapter.latest.version, chapter.hashes.last().copied()));
        if document.version <= seen {
            return Err(Refusal::Replayed);
        }
        let follows = document.position == self.next
            && document.previous == self.head
            && document.version == seen.saturating_add(1)
            && document.predecessor == last
            && document.issued_at >= self.latest_at
            && document.v >= self.form;
        if follows { Ok(()) } else { Err(Refusal::OutOfPlace) }
    }

    fn judge_signature(&self, row: &Written, document: &Document) -> Result<(), Refusal> {
        if row.signature.is_empty() {
            return Err(Refusal::Unsigned);
        }
        let key = self.key_of(&document.author).ok_or(Refusal::UnknownAuthor)?;
        if row.is_signed_by(&key) { Ok(()) } else { Err(Refusal::Forged) }
    }

    fn key_of(&self, author: &Author) -> Option<PublicKey> {
        match author {
            Author::Root => Some(self.root),
            Author::Profile(profile) => Some(self.member(*profile)?.signing),
            Author::Invitation(id) => {
                let name = crate::DocumentName::invitation(id);
                match &self.chapters.get(&name)?.latest.body {
                    Body::Invitation(invitation) => Some(invitation.signing),
                    _ => None,
                }
            }
        }
    }

    fn judge_right(&self, document: &Document) -> Result<(), Refusal> {
        match &document.author {
            Author::Root => self.judge_root(document),
            Author::Profile(_) if self.next == 0 => Err(Refusal::UnknownAuthor),
            Author::Profile(profile) => {
                let author = self.member(*profile).ok_or(Refusal::UnknownAuthor)?;
                self.judge_member(author, document)
            }
            Author::Invitation(id) => self.judge_newcomer(id, document),
        }
    }

    /// The root makes members: the first admin, or one more when none is left. While there is
    /// one it makes none: its key lies in a desk whose owner may be no admin any more.
    fn judge_root(&self, document: &Document) -> Result<(), Refusal> {
        let has_admin =
            self.members().into_iter().any(|member| self.is_active_admin(member.profile));
        match &document.body {
            Body::Member(member) if !has_admin => self.judge_change_of(member),
            _ => Err(Refusal::NotAllowed),
        }
    }

    fn judge_member(&self, author: &MemberBody, document: &Document) -> Result<(), Refusal> {
        if author.standing != Standing::Active {
            return Err(Refusal::NotAllowed);
        }
        match &document.body {
            Body::Member(member) => {
                // Newcomers come by invitation only.
                self.member(member.profile).ok_or(Refusal::NotAllowed)?;
                self.judge_change_of(member)?;
                // Everyone may leave; everything else is for admins.
                let leaves = member.profile == author.profile
                    && *member == MemberBody { standing: Standing::Erased, ..author.clone() };
                allow(leaves || author.role == Role::Admin)?;
                if leaves { Ok(()) } else { self.judge_agreement(author.profile, member, document) }
            }
            Body::Invitation(invitation) => {
                let alone = document.v >= TWO_SIGNATURES
                    && invitation.role == Role::Admin
                    && !invitation.revoked
                    && self.has_several_admins();
                if alone { Err(Refusal::OneSignature) } else { allow(author.role == Role::Admin) }
            }
            Body::Proposal(proposal) => {
                let present = self
                    .member(proposal.member)
                    .is_some_and(|member| member.standing != Standing::Erased);
                allow(author.role == Role::Admin && (present || proposal.withdrawn))
            }
            Body::Provider(_)
            | Body::Route(_)
            | Body::Settings(_)
            | Body::Override(_)
            | Body::PriceList(_)
            | Body::Device(_)
            | Body::Restoration(_) => allow(author.role == Role::Admin),
            Body::Limits(limits) => allow(author.role == Role::Admin && limits.is_within_bounds()),
            Body::Policy(policy) => {
                allow(author.role == Role::Admin && policies::is_within_bounds(policy))
            }
            Body::Groups(groups) => allow(author.role == Role::Admin && groups.is_within_bounds()),
            Body::Concessions(given) => {
                let holds = given.is_within_bounds(document.issued_at);
                allow(author.role == Role::Admin && holds)
            }
        }
    }

    /// What makes an admin or erases somebody else needs a second admin's word, where there is
    /// a second one.
    fn judge_agreement(
        &self,
        author: ProfileId,
        member: &MemberBody,
        document: &Document,
    ) -> Result<(), Refusal> {
        if document.v < TWO_SIGNATURES {
            return Ok(());
        }
        match self.lacks_agreement(author, member, document.issued_at) {
            Some(_) => Err(Refusal::OneSignature),
            None => Ok(()),
        }
    }

    /// Keys stay those of the person, and who was erased stays erased.
    fn judge_change_of(&self, member: &MemberBody) -> Result<(), Refusal> {
        match self.member(member.profile) {
            Some(before) => allow(
                before.standing != Standing::Erased
                    && before.signing == member.signing
                    && before.recipient == member.recipient,
            ),
            None => Ok(()),
        }
    }

    fn judge_newcomer(&self, id: &str, document: &Document) -> Result<(), Refusal> {
        let Body::Member(member) = &document.body else {
            return Err(Refusal::NotAllowed);
        };
        if self.spent.contains(id) {
            return Err(Refusal::Replayed);
        }
        let invitation = self
            .open_invitations()
            .into_iter()
            .find(|invitation| invitation.body.id == id)
            .ok_or(Refusal::NotAllowed)?;
        if document.issued_at >= invitation.body.expires_at {
            return Err(Refusal::Expired);
        }
        // Who joined before this rule stays; books that hold them must go on verifying.
        let by_entitled = document.v < INVITATIONS_END || self.is_active_admin(invitation.author);
        let alone =
            document.v >= TWO_SIGNATURES && member.role == Role::Admin && self.has_several_admins();
        allow(
            by_entitled
                && !alone
                && document.version == 1
                && member.role == invitation.body.role
                && member.standing == Standing::Active,
        )
    }
}

fn allow(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::NotAllowed) }
}
