//! What of Cedar is made once: the schema, its names, the evaluator.
//!
//! Only values go to Cedar, never texts that were put together: a model's name
//! may hold quotes. Where the shipped schema itself had a defect, there is
//! nothing to decide with, and everything is refused.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Authorizer, EntityId, EntityTypeName, EntityUid, Schema};

use crate::Action;

/// Kinds of things, as the schema names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Role,
    Group,
    Profile,
    Workspace,
    Provider,
    Model,
    Route,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Role,
        Self::Group,
        Self::Profile,
        Self::Workspace,
        Self::Provider,
        Self::Model,
        Self::Route,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::Group => "Group",
            Self::Profile => "Profile",
            Self::Workspace => "Workspace",
            Self::Provider => "Provider",
            Self::Model => "Model",
            Self::Route => "Route",
        }
    }
}

pub(crate) struct Cedar {
    pub(crate) schema: Schema,
    pub(crate) authorizer: Authorizer,
    kinds: HashMap<Kind, EntityTypeName>,
    actions: HashMap<Action, EntityUid>,
}

static CEDAR: LazyLock<Option<Cedar>> = LazyLock::new(|| {
    let schema = Schema::from_str(include_str!("schema.cedarschema")).ok()?;
    let kind = |kind: Kind| Some((kind, EntityTypeName::from_str(kind.name()).ok()?));
    let kinds = Kind::ALL.into_iter().map(kind).collect::<Option<_>>()?;
    let acts = EntityTypeName::from_str("Action").ok()?;
    let action = |action: &Action| {
        let uid = EntityUid::from_type_name_and_id(acts.clone(), EntityId::new(action.name()));
        (*action, uid)
    };
    let actions = Action::ALL.iter().map(action).collect();
    Some(Cedar { schema, authorizer: Authorizer::new(), kinds, actions })
});

/// None where the shipped schema has a defect.
pub(crate) fn cedar() -> Option<&'static Cedar> {
    CEDAR.as_ref()
}

impl Cedar {
    pub(crate) fn uid(&self, kind: Kind, id: &str) -> Option<EntityUid> {
        let name = self.kinds.get(&kind)?.clone();
        Some(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
    }

    pub(crate) fn action(&self, action: Action) -> Option<EntityUid> {
        self.actions.get(&action).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_holds_and_knows_exactly_the_actions_that_exist() {
        let cedar = cedar().expect("the shipped schema is read");
        let mut known: Vec<String> =
            cedar.schema.actions().map(|uid| uid.id().escaped().to_string()).collect();
        let mut named: Vec<String> = Action::ALL.iter().map(|one| one.name().to_owned()).collect();
        known.sort();
        named.sort();
        assert_eq!(known, named, "an action that the schema does not know would be refused always");
    }
}
