//! What each built-in role may do, as a table.

use domain::Role;

use crate::Action;

/// How far a role's permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Not at all.
    No,
    /// On what is the person's own, or is open to guests.
    Own,
    /// On anything in the workspace.
    Any,
}

/// The reach of `action` for `role`, and the rule that says so.
pub(crate) fn reach(role: Role, action: Action) -> (Reach, &'static str) {
    match role {
        Role::Guest => (guest(action), "builtin.guest"),
        Role::Member => (member(action), "builtin.member"),
        Role::Admin => (admin(action), "builtin.admin"),
    }
}

fn guest(action: Action) -> Reach {
    match action {
        Action::ChatSend
        | Action::ChatReadOwn
        | Action::ModelUse
        | Action::RouteUse
        | Action::ProviderRead => Reach::Own,
        Action::EndpointUse
        | Action::InstructionsSetOwn
        | Action::ProfileKeep
        | Action::ProfileCreate
        | Action::ProfileDisable
        | Action::ProfileErase
        | Action::RoleAssign
        | Action::MemberRead
        | Action::ProviderConfigure
        | Action::KeyManage
        | Action::BudgetSet
        | Action::PolicySign
        | Action::AuditRead => Reach::No,
    }
}

fn member(action: Action) -> Reach {
    match action {
        Action::ChatSend
        | Action::ChatReadOwn
        | Action::EndpointUse
        | Action::InstructionsSetOwn
        | Action::ProfileKeep
        | Action::ProfileErase => Reach::Own,
        Action::ModelUse | Action::RouteUse | Action::ProviderRead | Action::MemberRead => {
            Reach::Any
        }
        Action::ProfileCreate
        | Action::ProfileDisable
        | Action::RoleAssign
        | Action::ProviderConfigure
        | Action::KeyManage
        | Action::BudgetSet
        | Action::PolicySign
        | Action::AuditRead => Reach::No,
    }
}

fn admin(action: Action) -> Reach {
    match action {
        // An admin's role opens nobody's desk: these stay with the owner.
        Action::ChatSend
        | Action::ChatReadOwn
        | Action::EndpointUse
        | Action::InstructionsSetOwn
        | Action::ProfileKeep => Reach::Own,
        Action::ModelUse
        | Action::RouteUse
        | Action::ProviderRead
        | Action::MemberRead
        | Action::ProfileCreate
        | Action::ProfileDisable
        | Action::ProfileErase
        | Action::RoleAssign
        | Action::ProviderConfigure
        | Action::KeyManage
        | Action::BudgetSet
        | Action::PolicySign
        | Action::AuditRead => Reach::Any,
    }
}
