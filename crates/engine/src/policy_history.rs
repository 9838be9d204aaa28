//! Who changed what may be done, version by version.

use std::collections::HashMap;

use domain::{ProfileId, Role, RoleId};
use policy::{Action, Change, Resource};
use workspace::{MadeRole, SignedPolicy};

use crate::api::{
    Failure, PolicyChange, PolicyHistory, PolicyVersion, ReadPolicyHistory, RoleShape,
};
use crate::desk::Desk;
use crate::policies::aside;
use crate::things::Things;

/// How many versions are read at once.
const PAGE: usize = 20;

impl Desk {
    pub(crate) async fn read_policy_history(
        &self,
        request: ReadPolicyHistory,
    ) -> Result<PolicyHistory, Failure> {
        self.allow(Action::AuditRead, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        // One more than is shown: what the last one changed is seen by the one before it.
        let limit = u32::try_from(PAGE).unwrap_or(u32::MAX).saturating_add(1);
        let versions = workspace.policy_history(request.before, limit).await?;
        let things = Things::of(workspace).await?;
        let members = workspace.members().await?;
        let names: HashMap<ProfileId, String> =
            members.into_iter().map(|member| (member.profile, member.name)).collect();
        aside(move || {
            let nothing = SignedPolicy::default();
            let shown = versions.iter().take(PAGE).enumerate().map(|(at, version)| {
                let before = versions.get(at.saturating_add(1)).unwrap_or(&nothing);
                let by = version.signed_by.and_then(|by| names.get(&by).cloned());
                PolicyVersion {
                    version: version.version,
                    at: version.signed_at.unwrap_or_default(),
                    by: by.filter(|name| !name.is_empty()),
                    changes: changes(before, version, &things),
                }
            });
            PolicyHistory { versions: shown.collect(), more: versions.len() > PAGE }
        })
        .await
    }
}

/// Roles first, then cells, then policies by hand.
fn changes(before: &SignedPolicy, after: &SignedPolicy, things: &Things) -> Vec<PolicyChange> {
    let (old, new) = (by_id(&before.roles), by_id(&after.roles));
    let gone = before.roles.iter().filter(|role| !new.contains_key(&role.id));
    let roles = after.roles.iter().chain(gone).filter_map(|role| {
        let (before, after) = (old.get(&role.id).cloned(), new.get(&role.id).cloned());
        (before != after).then_some(PolicyChange::Role { before, after })
    });
    let differing = policy::changes(&before.statements, &after.statements).into_iter();
    let statements = differing.map(|change| match change {
        Change::Cell { role, row, before, after } => {
            let role_name = match role {
                Role::Custom(id) => new.get(&id).or_else(|| old.get(&id)).map(|r| r.name.clone()),
                _ => None,
            };
            let label = things.label(&row);
            PolicyChange::Cell { role, role_name, row, label, before, after }
        }
        Change::ByHand { id, before, after } => PolicyChange::ByHand { id, before, after },
    });
    roles.chain(statements).collect()
}

fn by_id(roles: &[MadeRole]) -> HashMap<RoleId, RoleShape> {
    let shape = |role: &MadeRole| RoleShape {
        name: role.name.clone(),
        like_member: role.inherits == Some(Role::Member),
    };
    roles.iter().map(|role| (role.id, shape(role))).collect()
}
