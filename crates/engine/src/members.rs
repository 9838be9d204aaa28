//! Members and invitations.

use domain::Role;
use policy::{Action, Resource};

use crate::api::{
    Failure, Invitation, InvitationView, Invite, MemberList, MemberView, Nothing, OneInvitation,
    SetDisabled,
};
use crate::desk::Desk;

/// How long an invitation can be used, in milliseconds.
const INVITATION_LIFE: i64 = 7 * 24 * 60 * 60 * 1_000;

impl Desk {
    pub(crate) async fn list_members(&self, _: Nothing) -> Result<MemberList, Failure> {
        self.allow(Action::MemberRead, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        let members = workspace
            .members()
            .await?
            .into_iter()
            .map(|member| MemberView {
                profile: member.profile,
                is_me: member.profile == self.session.profile,
                name: member.name,
                avatar: member.avatar,
                role: member.role,
                disabled: member.disabled,
                erased: member.erased,
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
        Ok(MemberList { members, invitations })
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
        self.back_up_shared_soon();
        Ok(Invitation { key, expires_at })
    }

    pub(crate) async fn revoke_invitation(
        &self,
        request: OneInvitation,
    ) -> Result<Nothing, Failure> {
        let grant = self.allow(Action::ProfileCreate, &Resource::Workspace)?;
        self.session.workspace()?.revoke_invitation(&grant, &request.id, self.app.now()).await?;
        self.app.door()?.remove_invitation(&request.id).await?;
        self.back_up_shared_soon();
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
        self.back_up_shared_soon();
        if request.disabled
            && let Some(open) = self.app.session_of(request.member)
        {
            self.app.lock(&open).await;
        }
        Ok(Nothing {})
    }
}
