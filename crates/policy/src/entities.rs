//! People and things as Cedar sees them.

use std::collections::{HashMap, HashSet};

use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression};
use domain::{GroupId, ModelRef, ProfileId, ProviderId, Role, RouteId};

use crate::cedar::{Cedar, Kind};
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
        Resource::Model { model, local, for_guests } => {
            let attributes = [truth("local", *local), truth("guests", *for_guests)];
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

fn truth(name: &str, holds: bool) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_bool(holds))
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
