//! People and things to decide about.

use std::collections::HashMap;

use domain::{DataClass, GroupId, ModelRef, ProfileId, ProviderId, Role, RoleId, RouteId, UnixMs};
use policy::{CustomRole, ModelFacts, Principal, Resource, Rules, Statement};

/// When everybody asks.
pub(crate) const NOW: UnixMs = UnixMs(1_790_000_000_000);

pub(crate) fn profile(number: u8) -> ProfileId {
    ProfileId::new(UnixMs(1), [number; 10])
}

pub(crate) fn person(role: Role) -> Principal {
    Principal { profile: profile(1), role, at: NOW }
}

pub(crate) fn group(number: u8) -> GroupId {
    GroupId::new(UnixMs(1), [number; 10])
}

pub(crate) fn provider() -> ProviderId {
    ProviderId::new(UnixMs(1), [9; 10])
}

pub(crate) fn named(model: &str) -> ModelRef {
    ModelRef { provider: provider(), model: model.to_owned() }
}

pub(crate) fn model(local: bool, for_guests: bool) -> Resource {
    let base = if local { ModelFacts::HERE } else { ModelFacts::ELSEWHERE };
    Resource::Model { model: named("m"), facts: ModelFacts { for_guests, ..base } }
}

/// A model elsewhere, outside the home regions or not, for a text of this class.
pub(crate) fn receiving(accepts: DataClass, sent: DataClass, at_home: bool) -> Resource {
    let facts = ModelFacts { accepts, sent, at_home, ..ModelFacts::ELSEWHERE };
    Resource::Model { model: named("m"), facts }
}

pub(crate) fn route(for_guests: bool) -> Resource {
    Resource::Route { id: RouteId::new(UnixMs(1), [8; 10]), for_guests }
}

/// One thing of each kind and kind of kind.
pub(crate) fn things() -> Vec<Resource> {
    let (own, other) = (Resource::Profile(profile(1)), Resource::Profile(profile(2)));
    let mut all = vec![Resource::Workspace, own, other, Resource::Provider(provider())];
    all.extend([Resource::Group(group(1)), Resource::Group(group(2))]);
    for open in [true, false] {
        all.extend([route(open), model(true, open), model(false, open)]);
        let usual = DataClass::Internal;
        all.extend([usual, DataClass::Confidential].map(|sent| receiving(usual, sent, open)));
    }
    all
}

pub(crate) fn crew() -> Role {
    Role::Custom(RoleId::new(UnixMs(1), [7; 10]))
}

/// Rules with the role "Field crew", where the first person is in the first group, and these
/// statements.
pub(crate) fn rules(inherits: Option<Role>, statements: &[Statement]) -> Rules {
    let Role::Custom(id) = crew() else { unreachable!("it is made") };
    let role = CustomRole { name: "Field crew".to_owned(), inherits };
    Rules::compile(statements, HashMap::from([(id, role)]), &[])
        .expect("they hold")
        .with_groups(HashMap::from([(profile(1), vec![group(1)])]))
}

pub(crate) fn written(id: &str, text: &str) -> Statement {
    Statement { id: id.to_owned(), text: text.to_owned() }
}
