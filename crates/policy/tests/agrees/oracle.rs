//! What each built-in role may do, as a table: slow to change, easy to read.

use domain::Role;
use policy::{Action, Principal, Resource};

use crate::people::{group, profile};

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

/// The reach of `action` for a built-in role.
pub(crate) fn reach(role: Role, action: Action) -> Reach {
    match role {
        Role::Guest => guest(action),
        Role::Member => member(action),
        Role::Manager => manager(action),
        Role::Auditor => auditor(action),
        Role::Admin => admin(action),
        Role::Custom(_) => Reach::No,
    }
}

pub(crate) fn is_own(who: &Principal, on: &Resource) -> bool {
    match on {
        Resource::Profile(profile) => *profile == who.profile,
        Resource::Model { facts, .. } => facts.for_guests,
        Resource::Route { for_guests, .. } => *for_guests,
        Resource::Group(id) => *id == group(1) && who.profile == profile(1),
        Resource::Workspace => who.role == Role::Guest,
        Resource::Provider(_) => false,
    }
}

/// Whether a text may go to this thing at all, whoever sends it.
pub(crate) fn may_receive(on: &Resource) -> bool {
    match on {
        Resource::Model { facts, .. } => facts.sent <= facts.accepts,
        _ => true,
    }
}

/// Whether it makes sense to ask for this action on a thing of this kind.
pub(crate) fn applies(action: Action, on: &Resource) -> bool {
    match on {
        Resource::Workspace => matches!(
            action,
            Action::ProviderRead
                | Action::MemberRead
                | Action::ProfileCreate
                | Action::BudgetSet
                | Action::PolicySign
                | Action::RequestDecide
                | Action::GroupManage
                | Action::UsageReadAny
                | Action::AuditRead
                | Action::ProviderConfigure
                | Action::KeyManage
        ),
        Resource::Group(_) => action == Action::UsageReadAny,
        Resource::Provider(_) => matches!(action, Action::ProviderConfigure | Action::KeyManage),
        Resource::Model { .. } => action == Action::ModelUse,
        Resource::Route { .. } => action == Action::RouteUse,
        Resource::Profile(_) => matches!(
            action,
            Action::DeskUse
                | Action::ChatSend
                | Action::ChatReadOwn
                | Action::EndpointUse
                | Action::InstructionsSetOwn
                | Action::ProfileKeep
                | Action::ProfileErase
                | Action::RequestMake
                | Action::UsageReadOwn
                | Action::ProfileDisable
                | Action::RoleAssign
        ),
    }
}

fn guest(action: Action) -> Reach {
    match action {
        Action::DeskUse
        | Action::ChatSend
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
        | Action::RequestMake
        | Action::RequestDecide
        | Action::GroupManage
        | Action::UsageReadOwn
        | Action::UsageReadAny
        | Action::AuditRead => Reach::No,
    }
}

fn member(action: Action) -> Reach {
    match action {
        Action::DeskUse
        | Action::ChatSend
        | Action::ChatReadOwn
        | Action::EndpointUse
        | Action::InstructionsSetOwn
        | Action::ProfileKeep
        | Action::RequestMake
        | Action::UsageReadOwn
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
        | Action::RequestDecide
        | Action::GroupManage
        | Action::UsageReadAny
        | Action::AuditRead => Reach::No,
    }
}

/// A member who sees the amounts of their groups.
fn manager(action: Action) -> Reach {
    if action == Action::UsageReadAny { Reach::Own } else { member(action) }
}

/// Sees amounts, the record and who is who, and asks no model.
fn auditor(action: Action) -> Reach {
    match action {
        Action::DeskUse
        | Action::ChatReadOwn
        | Action::ProfileKeep
        | Action::ProfileErase
        | Action::RequestMake
        | Action::UsageReadOwn => Reach::Own,
        Action::ProviderRead | Action::MemberRead | Action::UsageReadAny | Action::AuditRead => {
            Reach::Any
        }
        Action::ChatSend
        | Action::ModelUse
        | Action::RouteUse
        | Action::EndpointUse
        | Action::InstructionsSetOwn
        | Action::ProfileCreate
        | Action::ProfileDisable
        | Action::RoleAssign
        | Action::GroupManage
        | Action::ProviderConfigure
        | Action::KeyManage
        | Action::BudgetSet
        | Action::PolicySign
        | Action::RequestDecide => Reach::No,
    }
}

fn admin(action: Action) -> Reach {
    match action {
        // An admin's role opens nobody's desk: these stay with the owner.
        Action::DeskUse
        | Action::ChatSend
        | Action::ChatReadOwn
        | Action::EndpointUse
        | Action::InstructionsSetOwn
        | Action::RequestMake
        | Action::UsageReadOwn
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
        | Action::RequestDecide
        | Action::GroupManage
        | Action::UsageReadAny
        | Action::AuditRead => Reach::Any,
    }
}
