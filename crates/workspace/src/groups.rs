//! Groups: people whose use is limited and seen together.
//!
//! One signed document holds them all. A call counts for the groups that its
//! person was in when it left, whatever becomes of these groups later.

use std::collections::{HashMap, HashSet};

use domain::{GroupId, LimitScope, ProfileId, UnixMs};
use policy::{Action, Grant};
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::book::Book;
use crate::document::{Body, DocumentName, Standing};
use crate::{Workspace, WorkspaceError};

/// Groups that a workspace has at most.
const MOST_GROUPS: usize = 100;
/// People in one of them at most.
const MOST_MEMBERS: usize = 1_000;
/// Groups that one person is in at most; each is a sum that every call of theirs counts for.
pub(crate) const MOST_OF_ONE: usize = 8;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 160;

/// A group, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Names it in limits and policies.
    pub id: GroupId,
    /// For people.
    pub name: String,
    /// Who is in it.
    pub members: Vec<ProfileId>,
}

/// All groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupsBody {
    pub(crate) groups: Vec<Group>,
}

impl GroupsBody {
    /// Whether every reader can hold it, and knows by name what is in it.
    pub(crate) fn is_within_bounds(&self) -> bool {
        let ids: HashSet<GroupId> = self.groups.iter().map(|group| group.id).collect();
        let sound = |group: &Group| {
            let once: HashSet<ProfileId> = group.members.iter().copied().collect();
            !group.name.trim().is_empty()
                && group.name.len() <= LONGEST_NAME
                && group.members.len() <= MOST_MEMBERS
                && once.len() == group.members.len()
        };
        self.groups.len() <= MOST_GROUPS
            && ids.len() == self.groups.len()
            && self.groups.iter().all(sound)
            && self.by_member().values().all(|groups| groups.len() <= MOST_OF_ONE)
    }

    /// The groups of each person who is in one.
    pub(crate) fn by_member(&self) -> HashMap<ProfileId, Vec<GroupId>> {
        let mut found: HashMap<ProfileId, Vec<GroupId>> = HashMap::new();
        for group in &self.groups {
            for member in &group.members {
                found.entry(*member).or_default().push(group.id);
            }
        }
        found
    }

    /// The groups that one person is in.
    pub(crate) fn of(&self, profile: ProfileId) -> Vec<GroupId> {
        let is_in = |group: &&Group| group.members.contains(&profile);
        self.groups.iter().filter(is_in).map(|group| group.id).collect()
    }
}

impl Book {
    pub(crate) fn groups(&self) -> GroupsBody {
        match self.latest(&DocumentName::groups()) {
            Some(Body::Groups(body)) => body.clone(),
            _ => GroupsBody::default(),
        }
    }
}

impl Workspace {
    /// The groups there are, in the order in which they were made.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn groups(&self) -> Result<Vec<Group>, WorkspaceError> {
        Ok(self.fresh_book().await?.groups().groups)
    }

    /// The same, as far as they are known here.
    #[must_use]
    pub fn groups_known(&self) -> Vec<Group> {
        self.known().book.groups().groups
    }

    /// Makes a group, or changes the one with this id.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound` where someone in it is no member of this workspace;
    /// `GroupsTooLarge`; `NameTaken`; `Refused` where this person is no admin.
    pub async fn save_group(
        &self,
        grant: &Grant,
        group: Group,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::GroupManage)?;
        self.amend(now, move |tx, draft| {
            let here: HashSet<ProfileId> = draft
                .book
                .members()
                .iter()
                .filter(|member| member.standing != Standing::Erased)
                .map(|member| member.profile)
                .collect();
            if !group.members.iter().all(|member| here.contains(member)) {
                return Err(WorkspaceError::NotFound);
            }
            let mut body = draft.book.groups();
            let same_name = |one: &Group| one.id != group.id && one.name == group.name;
            if body.groups.iter().any(same_name) {
                return Err(WorkspaceError::NameTaken);
            }
            let id = group.id;
            match body.groups.iter_mut().find(|one| one.id == id) {
                Some(known) => *known = group,
                None => body.groups.push(group),
            }
            if !body.is_within_bounds() {
                return Err(WorkspaceError::GroupsTooLarge);
            }
            draft.sign(tx, Body::Groups(body))?;
            draft.record(tx, AuditKind::GroupSaved { group: id })
        })
        .await
    }

    /// Removes a group; its people stay.
    ///
    /// # Errors
    /// `WrongGrant`, `NotFound`; `GroupInUse` where a limit is about it; `Refused` where this
    /// person is no admin.
    pub async fn remove_group(
        &self,
        grant: &Grant,
        group: GroupId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::GroupManage)?;
        self.amend(now, move |tx, draft| {
            let mut body = draft.book.groups();
            let before = body.groups.len();
            body.groups.retain(|one| one.id != group);
            if body.groups.len() == before {
                return Err(WorkspaceError::NotFound);
            }
            let about_it = LimitScope::Group { group };
            if draft.book.limits().limits.iter().any(|limit| limit.scope == about_it) {
                return Err(WorkspaceError::GroupInUse);
            }
            draft.sign(tx, Body::Groups(body))?;
            draft.record(tx, AuditKind::GroupRemoved { group })
        })
        .await
    }
}
