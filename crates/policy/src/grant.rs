//! The two answers.

use domain::{GroupId, ProfileId, Role};

use crate::{Action, Principal, Resource};

/// Proof that policy allowed one action on one resource for one person.
///
/// Has no public constructor and cannot be copied: it belongs to the use case
/// that asked for it.
#[derive(Debug)]
pub struct Grant {
    profile: ProfileId,
    role: Role,
    groups: Vec<GroupId>,
    action: Action,
    resource: Resource,
    rule_ids: Vec<String>,
}

impl Grant {
    pub(crate) fn new(
        principal: &Principal,
        groups: &[GroupId],
        action: Action,
        resource: Resource,
        rule_ids: Vec<String>,
    ) -> Self {
        let Principal { profile, role, .. } = *principal;
        Self { profile, role, groups: groups.to_vec(), action, resource, rule_ids }
    }

    /// Who was allowed.
    #[must_use]
    pub fn profile(&self) -> ProfileId {
        self.profile
    }

    /// In which role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The groups they were in.
    #[must_use]
    pub fn groups(&self) -> &[GroupId] {
        &self.groups
    }

    /// What was allowed.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// On what.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The policies that allowed it, for the audit log.
    #[must_use]
    pub fn rule_ids(&self) -> &[String] {
        &self.rule_ids
    }

    /// True where this grant is for exactly this action.
    #[must_use]
    pub fn covers(&self, action: Action) -> bool {
        self.action == action
    }
}

/// Why policy refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{role} may not do this: {missing} is missing")]
pub struct Denial {
    /// The role that was asked for, as people read it.
    pub role: String,
    /// The permission that nothing granted.
    pub missing: &'static str,
    /// On what; none where it was refused before that was asked.
    pub on: Option<Resource>,
    /// The policies that forbid it; empty where simply nothing allowed it.
    pub rule_ids: Vec<String>,
}
