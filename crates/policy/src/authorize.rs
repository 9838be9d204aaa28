//! The one place where a grant is made.

use domain::{ProfileId, Role};

use crate::matrix::{Reach, reach};
use crate::{Action, Denial, Grant, Resource};

/// Who asks: taken from the open session, never from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person's profile.
    pub profile: ProfileId,
    /// Their role, from the signed member document.
    pub role: Role,
}

/// Decides one action on one resource.
///
/// # Errors
/// A `Denial` that names the missing permission.
pub fn authorize(
    principal: &Principal,
    action: Action,
    resource: &Resource,
) -> Result<Grant, Denial> {
    let (reach, rule_id) = reach(principal.role, action);
    let allowed = match reach {
        Reach::No => false,
        Reach::Own => is_own(principal, resource),
        Reach::Any => true,
    };
    if allowed {
        return Ok(Grant::new(principal, action, resource.clone(), rule_id));
    }
    Err(Denial { role: role_name(principal.role), missing: action.name(), rule_ids: Vec::new() })
}

/// The names of everything this person may do somewhere; for showing only
/// what exists for them. Showing is not deciding: every command asks again.
#[must_use]
pub fn permitted(role: Role) -> Vec<&'static str> {
    Action::ALL
        .iter()
        .filter(|action| reach(role, **action).0 != Reach::No)
        .map(|action| action.name())
        .collect()
}

fn is_own(principal: &Principal, resource: &Resource) -> bool {
    match resource {
        Resource::Profile(profile) => *profile == principal.profile,
        Resource::Provider { for_guests, .. }
        | Resource::Model { for_guests, .. }
        | Resource::Route { for_guests, .. } => *for_guests,
        Resource::Workspace => principal.role == Role::Guest,
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Guest => "A guest",
        Role::Member => "A member",
        Role::Admin => "An admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ModelRef, ProviderId, RouteId, UnixMs};

    fn profile(n: u8) -> ProfileId {
        ProfileId::new(UnixMs(1), [n; 10])
    }

    fn principal(role: Role) -> Principal {
        Principal { profile: profile(1), role }
    }

    fn model(for_guests: bool) -> Resource {
        let provider = ProviderId::new(UnixMs(1), [9; 10]);
        Resource::Model { model: ModelRef { provider, model: "m".into() }, for_guests }
    }

    #[test]
    fn nobody_reads_anothers_chats_whatever_their_role() {
        for role in Role::ALL {
            let answer =
                authorize(&principal(role), Action::ChatReadOwn, &Resource::Profile(profile(2)));
            assert!(answer.is_err(), "{role:?} must not reach another desk: it is a promise");
        }
    }

    #[test]
    fn only_admins_change_what_is_shared() {
        for action in [
            Action::ProviderConfigure,
            Action::KeyManage,
            Action::BudgetSet,
            Action::ProfileCreate,
            Action::ProfileDisable,
            Action::RoleAssign,
            Action::PolicySign,
        ] {
            for role in Role::ALL {
                let allowed = authorize(&principal(role), action, &Resource::Workspace).is_ok();
                assert_eq!(allowed, role == Role::Admin, "{} for {role:?}", action.name());
            }
        }
    }

    #[test]
    fn a_guest_uses_only_models_that_are_open_to_guests() {
        let guest = principal(Role::Guest);
        assert!(authorize(&guest, Action::ModelUse, &model(true)).is_ok(), "opened by an admin");
        assert!(authorize(&guest, Action::ModelUse, &model(false)).is_err(), "not opened");
    }

    #[test]
    fn a_guest_uses_only_routes_with_a_model_for_guests_and_others_use_all() {
        for role in Role::ALL {
            for for_guests in [true, false] {
                let route = Resource::Route { id: RouteId::new(UnixMs(1), [8; 10]), for_guests };
                let allowed = authorize(&principal(role), Action::RouteUse, &route).is_ok();
                assert_eq!(allowed, for_guests || role != Role::Guest, "{role:?}, {for_guests}");
            }
        }
    }

    #[test]
    fn a_denial_names_the_missing_permission() {
        let denial =
            authorize(&principal(Role::Member), Action::ProviderConfigure, &Resource::Workspace)
                .expect_err("members do not configure providers");
        assert_eq!(denial.missing, "provider.configure", "the person must learn what to ask for");
    }

    #[test]
    fn a_grant_says_who_what_and_by_which_rule() {
        let grant = authorize(&principal(Role::Admin), Action::ProfileCreate, &Resource::Workspace)
            .expect("admins invite");
        assert_eq!(
            (grant.profile(), grant.action(), grant.resource(), grant.rule_id()),
            (profile(1), Action::ProfileCreate, &Resource::Workspace, "builtin.admin"),
            "the audit log records these four"
        );
    }

    #[test]
    fn a_role_with_more_trust_never_loses_a_permission_over_what_is_shared() {
        for action in Action::ALL {
            let member = authorize(&principal(Role::Member), *action, &model(false)).is_ok();
            let admin = authorize(&principal(Role::Admin), *action, &model(false)).is_ok();
            assert!(!member || admin, "{} must not shrink for admins", action.name());
        }
    }
}
