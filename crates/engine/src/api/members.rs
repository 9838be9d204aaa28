//! Members and invitations.

use domain::{ProfileId, Proposed, Role, UnixMs};
use serde::{Deserialize, Serialize};

/// Everyone in the workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MemberList {
    /// In order of joining.
    pub members: Vec<MemberView>,
    /// Invitations that were not redeemed yet.
    pub invitations: Vec<InvitationView>,
    /// Whether there are several admins, so that it takes two of them to make another one or
    /// to erase somebody else's desk.
    pub two_signatures: bool,
}

/// What one admin proposed about a member and another one can sign, by doing it: giving the role,
/// enabling the desk, erasing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProposalView {
    /// What.
    pub wanted: Proposed,
    /// The admin who proposed it.
    pub by: ProfileId,
    /// Whether that is the person who asks; then somebody else has to sign.
    pub is_mine: bool,
    /// When.
    pub at: UnixMs,
    /// From when on it cannot be signed any more.
    pub until: UnixMs,
}

/// A member as others may know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MemberView {
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
    /// Their desk was erased; they do not come back.
    pub erased: bool,
    /// True for the person who asks.
    pub is_me: bool,
    /// What is proposed about them and not signed yet.
    pub proposal: Option<ProposalView>,
}

/// An open invitation, without its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InvitationView {
    /// Names it for revoking.
    pub id: String,
    /// What the newcomer will be.
    pub role: Role,
    /// Refused afterwards.
    pub expires_at: UnixMs,
}

/// Invite someone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Invite {
    /// What they will be.
    pub role: Role,
}

/// A new invitation; the key is shown once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Invitation {
    /// To be handed over in person.
    pub key: String,
    /// Refused afterwards.
    pub expires_at: UnixMs,
}

/// Names one invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneInvitation {
    /// `InvitationView::id`.
    pub id: String,
}

/// Let someone in again, or keep them out.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetDisabled {
    /// Which member.
    pub member: ProfileId,
    /// True to keep them out.
    pub disabled: bool,
}

/// Give a member another role; their open desk locks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AssignRole {
    /// Which member; not oneself.
    pub member: ProfileId,
    /// Member or admin.
    pub role: Role,
}

/// Propose what another admin then signs. Needed where `MemberList::two_signatures` says so.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Propose {
    /// About whom; not oneself.
    pub member: ProfileId,
    /// What.
    pub wanted: Proposed,
}

/// Withdraw what is proposed about a member, by oneself or by another admin.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WithdrawProposal {
    /// About whom.
    pub member: ProfileId,
}

/// Erase another member's desk for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EraseMember {
    /// Which member; not oneself.
    pub member: ProfileId,
    /// The member's name, typed.
    pub typed_name: String,
}

/// Erase the open desk for good.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EraseDesk {
    /// Fresh proof that it is the owner.
    pub passphrase: String,
    /// The owner's name, typed.
    pub typed_name: String,
}
