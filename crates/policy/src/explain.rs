//! Why a decision is what it is: what each layer says of it.
//!
//! Explaining gives no `Grant`: whoever sees what another may do cannot do it.

use cedar_policy::{Effect, PolicySet, PrincipalConstraint};
use domain::{GroupId, Role};

use crate::cedar::{Cedar, cedar};
use crate::entities::{group_uid, profile_uid, role_uid};
use crate::rules::Rules;
use crate::{Action, Principal, Resource};

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Rules about everyone.
    Workspace,
    /// Rules about a role.
    Role(Role),
    /// Rules about a group that this person is in.
    Group(GroupId),
    /// Rules about this person alone.
    Person,
}

/// What a layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It allows it.
    Allows,
    /// It denies it.
    Denies,
    /// It does not speak of it.
    Nothing,
}

/// One layer's part in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub layer: Layer,
    /// What.
    pub says: Says,
    /// Whether this made the answer.
    pub decides: bool,
    /// The policies that say it, by name.
    pub rules: Vec<String>,
}

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What `authorize` answers.
    pub allowed: bool,
    /// Every layer, from the whole workspace to the person.
    pub said: Vec<Said>,
}

/// A policy that applies.
struct Applying {
    id: String,
    layer: Layer,
    denies: bool,
}

impl Rules {
    /// Why `authorize` answers as it does.
    #[must_use]
    pub fn explain(&self, who: &Principal, action: Action, on: &Resource) -> Explanation {
        let allowed = self.authorize(who, action, on).is_ok();
        let roles = self.roles_of(who.role);
        let of = Belongs { roles: &roles, groups: self.groups_of(who.profile) };
        let applying = self.applying(who, &of, action, on).unwrap_or_default();
        let denied = applying.iter().any(|one| one.denies);
        let layers = [Layer::Workspace]
            .into_iter()
            .chain(roles.iter().rev().map(|role| Layer::Role(*role)))
            .chain(self.groups_of(who.profile).iter().map(|group| Layer::Group(*group)))
            .chain([Layer::Person]);
        let said = layers.map(|layer| {
            let here = || applying.iter().filter(|one| one.layer == layer);
            let says = match (here().any(|one| one.denies), here().next()) {
                (true, _) => Says::Denies,
                (false, Some(_)) => Says::Allows,
                (false, None) => Says::Nothing,
            };
            let decides = match says {
                Says::Denies => true,
                Says::Allows => allowed && !denied,
                Says::Nothing => false,
            };
            let mut rules: Vec<String> = here()
                .filter(|one| one.denies == (says == Says::Denies))
                .map(|one| one.id.clone())
                .collect();
            rules.sort();
            Said { layer, says, decides, rules }
        });
        Explanation { allowed, said: said.collect() }
    }

    /// Whether it makes sense to ask for this action on this thing.
    #[must_use]
    pub fn can_be_asked(&self, who: &Principal, action: Action, on: &Resource) -> bool {
        self.question(who, action, on).is_some()
    }

    /// The policies that apply, each asked alone.
    fn applying(
        &self,
        who: &Principal,
        of: &Belongs<'_>,
        action: Action,
        on: &Resource,
    ) -> Option<Vec<Applying>> {
        let cedar = cedar()?;
        let asked = self.question(who, action, on)?;
        let mut applying = Vec::new();
        for policy in self.about(action)?.policies() {
            let alone = PolicySet::from_policies([policy.clone()]).ok()?;
            if asked.answer(cedar, &alone).diagnostics().reason().next().is_some() {
                applying.push(Applying {
                    id: policy.id().to_string(),
                    layer: of.layer(cedar, who, &policy.principal_constraint()),
                    denies: policy.effect() == Effect::Forbid,
                });
            }
        }
        Some(applying)
    }
}

/// What a person belongs to.
struct Belongs<'a> {
    roles: &'a [Role],
    groups: &'a [GroupId],
}

impl Belongs<'_> {
    /// Where a policy stands that speaks of these principals.
    fn layer(&self, cedar: &Cedar, who: &Principal, about: &PrincipalConstraint) -> Layer {
        match about {
            PrincipalConstraint::Eq(one)
                if profile_uid(cedar, who.profile).as_ref() == Some(one) =>
            {
                Layer::Person
            }
            PrincipalConstraint::In(over) | PrincipalConstraint::IsIn(_, over) => {
                let role =
                    self.roles.iter().find(|one| role_uid(cedar, **one).as_ref() == Some(over));
                let group =
                    self.groups.iter().find(|one| group_uid(cedar, **one).as_ref() == Some(over));
                role.map(|role| Layer::Role(*role))
                    .or_else(|| group.map(|group| Layer::Group(*group)))
                    .unwrap_or(Layer::Workspace)
            }
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) | PrincipalConstraint::Eq(_) => {
                Layer::Workspace
            }
        }
    }
}
