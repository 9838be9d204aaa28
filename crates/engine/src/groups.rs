//! Groups of people: whose use is limited and seen together.

use domain::GroupId;
use policy::{Action, Resource};
use workspace::Group;

use crate::api::{Failure, GroupList, GroupView, Nothing, OneGroup, SaveGroup};
use crate::desk::Desk;

/// Longest name of a group, in characters.
const MAX_NAME: usize = 40;

impl Desk {
    pub(crate) async fn list_groups(&self, _: Nothing) -> Result<GroupList, Failure> {
        self.allow(Action::MemberRead, &Resource::Workspace)?;
        self.group_list().await
    }

    pub(crate) async fn save_group(&self, request: SaveGroup) -> Result<GroupList, Failure> {
        let grant = self.allow(Action::GroupManage, &Resource::Workspace)?;
        let name = request.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(Failure::invalid("A group's name has 1 to 40 characters."));
        }
        let (now, workspace) = (self.app.now(), self.session.workspace()?);
        let known = workspace.groups().await?;
        let id = match request.id {
            Some(id) if known.iter().any(|group| group.id == id) => id,
            Some(_) => return Err(Failure::not_found()),
            None => GroupId::new(now, sealed::random_bytes()),
        };
        let mut members = request.members;
        members.sort_unstable();
        members.dedup();
        workspace.save_group(&grant, Group { id, name, members }, now).await?;
        self.group_list().await
    }

    pub(crate) async fn remove_group(&self, request: OneGroup) -> Result<GroupList, Failure> {
        let grant = self.allow(Action::GroupManage, &Resource::Workspace)?;
        self.session.workspace()?.remove_group(&grant, request.id, self.app.now()).await?;
        self.group_list().await
    }

    /// People who were erased are in no group any more.
    async fn group_list(&self) -> Result<GroupList, Failure> {
        let workspace = self.session.workspace()?;
        let members = workspace.members().await?;
        let mut groups: Vec<GroupView> = workspace
            .groups()
            .await?
            .into_iter()
            .map(|group| {
                let here = members.iter().filter(|one| !one.erased);
                let is_in = here.filter(|one| group.members.contains(&one.profile));
                GroupView {
                    id: group.id,
                    members: is_in.map(|one| one.profile).collect(),
                    name: group.name,
                }
            })
            .collect();
        groups.sort_by_cached_key(|group| group.name.to_lowercase());
        Ok(GroupList { groups })
    }
}
