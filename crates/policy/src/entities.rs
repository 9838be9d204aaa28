//! People and things as Cedar sees them.

use std::collections::{HashMap, HashSet};

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};
use domain::{GroupId, ModelRef, ProfileId, ProviderId, Role, RouteId};

use crate::cedar::{Cedar, Kind, cedar};
use crate::{Principal, Resource};

/// The one workspace there is.
const WORKSPACE: &str = "here";
/// What everyone is who has a desk that is kept.
const RESIDENT: &str = "resident";

/// Everything that a decision about this person and this thing looks at. None where Cedar does
/// not take it; then nothing is allowed.
pub(crate) fn entities(
    cedar: &Cedar,
    who: &Principal,
    roles: &[Role],
    groups: &[GroupId],
    on: &Resource,
) -> Option<(EntityUid, EntityUid, Entities)> {
    let person = profile_uid(cedar, who.profile)?;
    // All of them, so that no role has to be found through another.
    let mut parents: HashSet<EntityUid> =
        roles.iter().map(|role| role_uid(cedar, *role)).collect::<Option<_>>()?;
    if who.role != Role::Guest {
        parents.insert(cedar.uid(Kind::Role, RESIDENT)?);
    }
    for group in groups {
        parents.insert(group_uid(cedar, *group)?);
    }
    let thing = resource(cedar, on)?;
    let uid = thing.uid();
    let mut all = vec![Entity::new_no_attrs(person.clone(), parents)];
    // Twice the same would be refused.
    if uid != person {
        all.push(thing);
    }
    Some((person, uid, Entities::from_entities(all, None).ok()?))
}

pub(crate) fn profile_uid(cedar: &Cedar, profile: ProfileId) -> Option<EntityUid> {
    cedar.uid(Kind::Profile, &profile.to_string())
}

pub(crate) fn role_uid(cedar: &Cedar, role: Role) -> Option<EntityUid> {
    cedar.uid(Kind::Role, &role.to_string())
}

pub(crate) fn group_uid(cedar: &Cedar, group: GroupId) -> Option<EntityUid> {
    cedar.uid(Kind::Group, &group.to_string())
}

fn resource(cedar: &Cedar, on: &Resource) -> Option<Entity> {
    match on {
        Resource::Workspace => Some(Entity::with_uid(cedar.uid(Kind::Workspace, WORKSPACE)?)),
        Resource::Profile(profile) => Some(Entity::with_uid(profile_uid(cedar, *profile)?)),
        Resource::Group(id) => Some(Entity::with_uid(group_uid(cedar, *id)?)),
        Resource::Provider(id) => Some(Entity::with_uid(provider_uid(cedar, *id)?)),
        Resource::Model { model, facts } => {
            let attributes = [
                truth("local", facts.local),
                truth("guests", facts.for_guests),
                truth("home", facts.at_home),
                number("accepts", facts.accepts.level().into()),
            ];
            let provider = provider_uid(cedar, model.provider)?;
            let uid = model_uid(cedar, model)?;
            Entity::new(uid, HashMap::from(attributes), HashSet::from([provider])).ok()
        }
        Resource::Route { id, for_guests } => {
            let attributes = [truth("guests", *for_guests)];
            Entity::new(route_uid(cedar, *id)?, HashMap::from(attributes), HashSet::new()).ok()
        }
    }
}

/// Whom or what a policy can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// Everyone in a role.
    Role(Role),
    /// Everyone in a group.
    Group(GroupId),
    /// One person.
    Profile(ProfileId),
    /// All models of a provider.
    Provider(ProviderId),
    /// One model.
    Model(&'a ModelRef),
    /// One route.
    Route(RouteId),
}

impl Named<'_> {
    /// As it is written in a policy. None where the program's own part of the rules cannot be
    /// read.
    #[must_use]
    pub fn written(self) -> Option<String> {
        let cedar = cedar()?;
        let uid = match self {
            Self::Role(role) => role_uid(cedar, role),
            Self::Group(group) => group_uid(cedar, group),
            Self::Profile(profile) => profile_uid(cedar, profile),
            Self::Provider(provider) => provider_uid(cedar, provider),
            Self::Model(model) => model_uid(cedar, model),
            Self::Route(route) => route_uid(cedar, route),
        };
        Some(uid?.to_string())
    }
}

fn truth(name: &str, holds: bool) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_bool(holds))
}

fn number(name: &str, value: i64) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_long(value))
}

pub(crate) fn provider_uid(cedar: &Cedar, id: ProviderId) -> Option<EntityUid> {
    cedar.uid(Kind::Provider, &id.to_string())
}

pub(crate) fn model_uid(cedar: &Cedar, model: &ModelRef) -> Option<EntityUid> {
    cedar.uid(Kind::Model, &format!("{}/{}", model.provider, model.model))
}

pub(crate) fn route_uid(cedar: &Cedar, id: RouteId) -> Option<EntityUid> {
    cedar.uid(Kind::Route, &id.to_string())
}
