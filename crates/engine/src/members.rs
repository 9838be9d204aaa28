//! Members and invitations: who comes in, what they are, and who goes.

use domain::{ProfileId, Role};
use policy::{Action, Resource};
use workspace::Proposal;

use crate::api::{
    AssignRole, EraseMember, Failure, Invitation, InvitationView, Invite, MemberList, MemberView,
    Nothing, OneInvitation, ProposalView, Propose, SetDisabled, WithdrawProposal,
};
use crate::desk::Desk;

/// How long an invitation can be used, in milliseconds.
const INVITATION_LIFE: i64 = 7 * 24 * 60 * 60 * 1_000;

impl Desk {
    pub(crate) async fn list_members(&self, _: Nothing) -> Result<MemberList, Failure> {
        self.allow(Action::MemberRead, &Resource::Workspace)?;
        self.member_list().await
    }

    async fn member_list(&self) -> Result<MemberList, Failure> {
        let workspace = self.session.workspace()?;
        let (two_signatures, proposals) = workspace.proposals(self.app.now()).await?;
        let me = self.session.profile;
        let proposed = |member: ProfileId| {
            let open = proposals.iter().find(|one| one.member == member)?;
            let Proposal { wanted, by, at, until, .. } = *open;
            Some(ProposalView { wanted, by, at, until, is_mine: by == me })
        };
        let members = workspace
            .members()
            .await?
            .into_iter()
            .map(|member| MemberView {
                profile: member.profile,
                is_me: member.profile == me,
                name: member.name,
                avatar: member.avatar,
                role: member.role,
                disabled: member.disabled,
                erased: member.erased,
                proposal: proposed(member.profile),
            })
            .collect();
        let invitations = if self.allow(Action::ProfileCreate, &Resource::Workspace).is_ok() {
            workspace
                .invitations()
                .await?
                .into_iter()
                .map(|one| InvitationView {
                    id: one.id,
                    role: one.role,
                    expires_at: one.expires_at,
                })
                .collect()
        } else {
            Vec::new()
        };
        Ok(MemberList { members, invitations, two_signatures })
    }

    /// Says what another admin shall sign.
    pub(crate) async fn propose(&self, request: Propose) -> Result<MemberList, Failure> {
        let Propose { member, wanted } = request;
        let grant = self.allow(Proposal::permission(wanted), &Resource::Profile(member))?;
        if member == self.session.profile {
            return Err(Failure::invalid("You cannot propose anything about yourself."));
        }
        let workspace = self.session.workspace()?;
        workspace.propose(&grant, member, wanted, self.app.now()).await?;
        self.app.spread_changes().await;
        self.member_list().await
    }

    pub(crate) async fn withdraw_proposal(
        &self,
        request: WithdrawProposal,
    ) -> Result<MemberList, Failure> {
        let grant = self.allow(Action::RoleAssign, &Resource::Profile(request.member))?;
        let workspace = self.session.workspace()?;
        workspace.withdraw_proposal(&grant, request.member, self.app.now()).await?;
        self.app.spread_changes().await;
        self.member_list().await
    }

    pub(crate) async fn invite(&self, request: Invite) -> Result<Invitation, Failure> {
        let grant = self.allow(Action::ProfileCreate, &Resource::Workspace)?;
        if request.role == Role::Guest {
            return Err(Failure::invalid("Guests need no invitation; open a model to guests."));
        }
        let workspace = self.session.workspace()?;
        let now = self.app.now();
        let expires_at = now.plus(INVITATION_LIFE);
        let made = workspace.invite(&grant, request.role, expires_at, now).await?;
        let key = made.key();
        self.app.door()?.put_invitation(made).await?;
        Ok(Invitation { key, expires_at })
    }

    pub(crate) async fn revoke_invitation(
        &self,
        request: OneInvitation,
    ) -> Result<Nothing, Failure> {
        let grant = self.allow(Action::ProfileCreate, &Resource::Workspace)?;
        self.session.workspace()?.revoke_invitation(&grant, &request.id, self.app.now()).await?;
        self.app.door()?.remove_invitation(&request.id).await?;
        Ok(Nothing {})
    }

    pub(crate) async fn set_disabled(&self, request: SetDisabled) -> Result<Nothing, Failure> {
        let resource = Resource::Profile(request.member);
        let grant = self.allow(Action::ProfileDisable, &resource)?;
        if request.member == self.session.profile {
            return Err(Failure::invalid("You cannot disable your own desk; another admin can."));
        }
        let workspace = self.session.workspace()?;
        workspace.set_disabled(&grant, request.member, request.disabled, self.app.now()).await?;
        self.app.door()?.set_disabled(request.member, request.disabled).await?;
        if request.disabled {
            self.put_out(request.member).await;
        }
        Ok(Nothing {})
    }

    pub(crate) async fn assign_role(&self, request: AssignRole) -> Result<Nothing, Failure> {
        let grant = self.allow(Action::RoleAssign, &Resource::Profile(request.member))?;
        if request.role == Role::Guest {
            return Err(Failure::invalid("A member is no guest. Disable or erase the desk."));
        }
        if request.member == self.session.profile {
            return Err(Failure::invalid("You cannot change your own role; another admin can."));
        }
        let workspace = self.session.workspace()?;
        workspace.assign_role(&grant, request.member, request.role, self.app.now()).await?;
        self.put_out(request.member).await;
        Ok(Nothing {})
    }

    /// Erases a desk without its owner: it may be disabled, or its passphrase and code lost.
    pub(crate) async fn erase_member(&self, request: EraseMember) -> Result<Nothing, Failure> {
        let profile = request.member;
        let grant = self.allow(Action::ProfileErase, &Resource::Profile(profile))?;
        if profile == self.session.profile {
            return Err(Failure::invalid("Your own desk is erased under Privacy."));
        }
        let workspace = self.session.workspace()?;
        let known = workspace.member(profile).await?.filter(|member| !member.erased);
        let member = known.ok_or_else(Failure::not_found)?;
        if request.typed_name.trim() != member.name {
            return Err(Failure::invalid("Type the name exactly as it stands on the desk."));
        }
        // Before anything is closed that then goes on existing.
        workspace.may_erase(profile, self.app.now()).await?;
        self.put_out(profile).await;
        let _gate = self.app.gates.enter(profile).await;
        let lock = self.app.hold(profile)?;
        workspace.erase_member(&grant, profile, self.app.now()).await?;
        self.app.remove_remains(profile, lock).await?;
        Ok(Nothing {})
    }

    /// Locks what a member has open in this process.
    async fn put_out(&self, member: ProfileId) {
        if let Some(open) = self.app.session_of(member) {
            self.app.lock(&open).await;
        }
    }
}
