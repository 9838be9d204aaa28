//! What two admins have to agree on, as far as the chain tells.

use domain::{ProfileId, Proposed, Role, UnixMs};

use super::Book;
use crate::document::{Author, Body, DocumentName, MemberBody, Standing};
use crate::proposals::{PROPOSAL_LIFE, Proposal};

impl Book {
    /// Whether there are two admins or more who are not kept out.
    pub(crate) fn has_several_admins(&self) -> bool {
        let active = |member: &&MemberBody| self.is_active_admin(member.profile);
        self.members().into_iter().filter(active).count() >= 2
    }

    /// What is proposed about a member at `at` and neither signed, withdrawn nor too old.
    pub(crate) fn proposal(&self, member: ProfileId, at: UnixMs) -> Option<Proposal> {
        let latest = &self.chapters.get(&DocumentName::proposal(member))?.latest;
        let about = &self.chapters.get(&DocumentName::member(member))?.latest;
        let (Body::Proposal(body), Author::Profile(by)) = (&latest.body, &latest.author) else {
            return None;
        };
        let until = latest.issued_at.plus(PROPOSAL_LIFE);
        // Whatever was signed about the member since has used it, or overtaken it.
        let open = !body.withdrawn
            && at < until
            && latest.position > about.position
            && self.is_active_admin(*by);
        let (by, at) = (*by, latest.issued_at);
        open.then_some(Proposal { member, wanted: body.wanted, by, at, until })
    }

    /// What another admin has to propose before `author` may sign this about a member.
    pub(crate) fn lacks_agreement(
        &self,
        author: ProfileId,
        member: &MemberBody,
        at: UnixMs,
    ) -> Option<Proposed> {
        let wanted = self.needs_agreement(author, member)?;
        let proposal = self.proposal(member.profile, at);
        let agreed = proposal.is_some_and(|one| one.wanted == wanted && one.by != author);
        (!agreed).then_some(wanted)
    }

    fn needs_agreement(&self, author: ProfileId, member: &MemberBody) -> Option<Proposed> {
        let becomes_admin = member.role == Role::Admin
            && member.standing == Standing::Active
            && !self.is_active_admin(member.profile);
        let erases = member.standing == Standing::Erased && member.profile != author;
        match (self.has_several_admins(), becomes_admin, erases) {
            (true, true, _) => Some(Proposed::Admin),
            (true, _, true) => Some(Proposed::Erasure),
            _ => None,
        }
    }
}
