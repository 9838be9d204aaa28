//! Why something is allowed or refused, and what a member may do at all.
//!
//! An admin sees what another member may, and nothing that they wrote. Looking
//! is recorded, and the member is told.

use std::collections::HashMap;

use domain::{DataClass, GroupId, Role, UnixMs};
use policy::Exception;
use policy::{Action, Principal, Resource, Row, Rules};
use serde_json::Value;
use workspace::{Group, Member, RecordQuery, RecordedEvent, Workspace};

use crate::api::{
    Access, AccessView, Explain, Failure, Layer, LayerView, Refusal, Says, ViewAccess, Why,
};
use crate::desk::Desk;
use crate::limits::standing;
use crate::things::Things;

/// What a list of refusals shows.
const MOST_REFUSALS: u32 = 20;
const EXCEPTION: &str = "exception/";

impl Desk {
    pub(crate) async fn explain(&self, request: Explain) -> Result<Why, Failure> {
        self.allow_own(Action::DeskUse)?;
        let action = Action::named(&request.action).ok_or_else(nobody_says)?;
        let named = |row: &Row| row.action() == action;
        if request.row.as_ref().is_some_and(|row| !named(row)) {
            return Err(nobody_says());
        }
        let Some(workspace) = &self.session.workspace else { return Ok(self.of_a_guest(request)) };
        let (things, members) = (Things::of(workspace).await?, workspace.members().await?);
        let access = {
            let view = View::of(workspace, &things, self.principal());
            let class = request.class.unwrap_or(DataClass::Public);
            let access = view.of_class(class).access(action, request.row.clone());
            // Names of what there is are for those who may see it.
            let sees = self.allow(Action::ProviderRead, &Resource::Workspace).is_ok();
            Access { label: access.label.filter(|_| sees), ..access }
        };
        let asked = match &request.row {
            Some(row) => self.waiting_for(row).await?,
            None => None,
        };
        let can_ask = !access.allowed && request.row.is_some_and(|row| things.has(&row));
        Ok(Why { access, changed_by: admins(&members), can_ask, asked })
    }

    /// A guest has the rules that come with Carrel, and nobody to ask.
    fn of_a_guest(&self, request: Explain) -> Why {
        let access = Access {
            action: request.action,
            row: request.row,
            label: None,
            allowed: false,
            layers: Vec::new(),
        };
        Why { access, changed_by: Vec::new(), can_ask: false, asked: None }
    }

    pub(crate) async fn view_access(&self, request: ViewAccess) -> Result<AccessView, Failure> {
        let grant = self.allow(Action::RoleAssign, &Resource::Profile(request.member))?;
        let workspace = self.session.workspace()?;
        let members = workspace.members().await?;
        let member = members.iter().find(|one| one.profile == request.member && !one.erased);
        let member = member.ok_or_else(Failure::not_found)?.clone();
        let (things, now) = (Things::of(workspace).await?, self.app.now());
        // Recorded before anything is shown.
        workspace.look_at_access(&grant, member.profile, now).await?;
        let query = RecordQuery {
            newest_first: true,
            beyond: None,
            limit: MOST_REFUSALS,
            actor: Some(member.profile),
            kinds: vec!["denied".to_owned()],
        };
        let events = workspace.events(query).await?;
        let who = Principal { profile: member.profile, role: member.role, at: now };
        let (access, role_name) = {
            let view = View::of(workspace, &things, who);
            let rows = things.rows().into_iter();
            let access = rows.map(|known| view.access(known.row.action(), Some(known.row)));
            (access.collect(), view.role_name(member.role))
        };
        let limits = workspace.limits_of(member.profile, member.role, now).await?;
        Ok(AccessView {
            member: member.profile,
            role: member.role,
            role_name,
            access,
            limits: limits.into_iter().map(standing).collect(),
            refused: events.into_iter().filter_map(|event| refusal(&event, &things)).collect(),
            changed_by: admins(&members),
        })
    }
}

/// What one person may do, by the rules in force.
pub(crate) struct View<'a> {
    rules: std::sync::Arc<Rules>,
    things: &'a Things,
    who: Principal,
    roles: HashMap<Role, String>,
    groups: Vec<Group>,
    exceptions: Vec<Exception>,
    /// The class of the text that it is about. The least, where it is about none.
    class: DataClass,
}

impl<'a> View<'a> {
    pub(crate) fn of(workspace: &Workspace, things: &'a Things, who: Principal) -> Self {
        let roles = workspace.roles_known().into_iter();
        let roles = roles.map(|role| (Role::Custom(role.id), role.name)).collect();
        let (rules, exceptions) = (workspace.rules(), workspace.exceptions());
        let (groups, class) = (workspace.groups_known(), DataClass::Public);
        Self { rules, things, who, roles, groups, exceptions, class }
    }

    /// The same, about a text of this class.
    fn of_class(self, class: DataClass) -> Self {
        Self { class, ..self }
    }

    fn role_name(&self, role: Role) -> Option<String> {
        self.roles.get(&role).cloned()
    }

    fn group_name(&self, id: GroupId) -> Option<String> {
        self.groups.iter().find(|group| group.id == id).map(|group| group.name.clone())
    }

    /// Whether this person may, and who says what of it.
    pub(crate) fn access(&self, action: Action, row: Option<Row>) -> Access {
        let own = Resource::Profile(self.who.profile);
        let on = match &row {
            Some(row) => self.things.one(row, self.who.profile, self.class),
            None if self.rules.can_be_asked(&self.who, action, &own) => own,
            None => Resource::Workspace,
        };
        let why = self.rules.explain(&self.who, action, &on);
        let layers = why.said.into_iter().map(|said| LayerView {
            layer: match said.layer {
                policy::Layer::Workspace => Layer::Workspace {},
                policy::Layer::Group(group) => Layer::Group { group, name: self.group_name(group) },
                policy::Layer::Role(role) => Layer::Role { role, name: self.role_name(role) },
                policy::Layer::Person => Layer::Person {},
            },
            says: match said.says {
                policy::Says::Allows => Says::Allows,
                policy::Says::Denies => Says::Denies,
                policy::Says::Nothing => Says::Nothing,
            },
            decides: said.decides,
            until: self.until(&said.rules),
            rules: said.rules,
        });
        let label = row.as_ref().and_then(|row| self.things.label(row));
        let (action, layers) = (action.name().to_owned(), layers.collect());
        Access { action, row, label, allowed: why.allowed, layers }
    }

    /// When the longest of these exceptions ends; none where there is none.
    fn until(&self, rules: &[String]) -> Option<UnixMs> {
        let named = rules.iter().filter_map(|rule| rule.strip_prefix(EXCEPTION));
        named
            .filter_map(|id| self.exceptions.iter().find(|one| one.id == id))
            .map(|one| one.until)
            .max()
    }
}

fn nobody_says() -> Failure {
    Failure::invalid("Nothing here says who may do this.")
}

/// Who can change what others may, by name.
pub(crate) fn admins(members: &[Member]) -> Vec<String> {
    let active = |one: &&Member| one.role == Role::Admin && !one.disabled && !one.erased;
    members.iter().filter(active).map(|one| one.name.clone()).collect()
}

/// A refusal as the record tells it; none for what is no such event.
fn refusal(event: &RecordedEvent, things: &Things) -> Option<Refusal> {
    let text: Value = serde_json::from_str(&event.text).ok()?;
    let what = &text["what"];
    let rules = what["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    Some(Refusal {
        sequence: event.sequence,
        at: event.at?,
        action: what["action"].as_str()?.to_owned(),
        label: what["on"].as_str().and_then(|on| things.named(on)),
        rules: rules.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        count: what["count"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
    })
}
