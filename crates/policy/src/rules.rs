//! Rules compiled: may this person do this, and which policies say so.
//!
//! For each action there is a set of its own, of the few policies that speak
//! of it. What is fixed is decided by the built-in policies alone, so that no
//! signed one locks an owner out of a desk, or every admin out of mending it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cedar_policy::{
    ActionConstraint, Context, Decision, Effect, Entities, EntityUid, Policy, PolicySet,
    PrincipalConstraint, Request, Response, RestrictedExpression, ValidationMode,
    ValidationWarning, Validator,
};
use domain::{GroupId, ProfileId, Role, RoleId};

use crate::cedar::{Cedar, cedar};
use crate::entities::entities;
use crate::exception::{self, Exception};
use crate::{Action, Denial, Grant, Principal, Resource, Statement, Unsound};

/// How an annotated policy of the program is named.
const ID: &str = "id";
/// Names that admins' policies cannot take.
const RESERVED: [&str; 3] = ["builtin.", "policy.", exception::NAMED];
/// How deep brackets may stand within brackets in a policy that an admin wrote: Cedar's reader
/// goes down the stack with each, and asks nobody how much of it is left.
const DEEPEST: usize = 40;
/// What reading policies gets of the stack, whoever reads them: what an author could sign, every
/// reader can read.
const STACK: usize = 64 << 20;

/// A role that admins made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRole {
    /// As people read it.
    pub name: String,
    /// Whose permissions it has besides its own.
    pub inherits: Option<Role>,
}

/// The rules of a workspace, ready to decide.
#[derive(Debug, Default)]
pub struct Rules {
    sets: HashMap<Action, PolicySet>,
    roles: HashMap<RoleId, CustomRole>,
    groups: HashMap<ProfileId, Vec<GroupId>>,
}

static BUILT_IN: LazyLock<Arc<Rules>> =
    LazyLock::new(|| Arc::new(Rules::compile(&[], HashMap::new(), &[]).unwrap_or_default()));

/// A question that Cedar understands.
pub(crate) struct Question {
    asked: Request,
    all: Entities,
}

impl Question {
    pub(crate) fn answer(&self, cedar: &Cedar, by: &PolicySet) -> Response {
        with_room(|| cedar.authorizer.is_authorized(&self.asked, by, &self.all))
    }
}

struct Verdict {
    allowed: bool,
    /// The policies that decided.
    rules: Vec<String>,
}

impl Rules {
    /// The rules where no admin signed any. Were they defective, nothing would be allowed.
    #[must_use]
    pub fn built_in() -> &'static Arc<Self> {
        &BUILT_IN
    }

    /// What holds where the signed policy cannot be read: only what is fixed.
    #[must_use]
    pub fn shut() -> Self {
        let text = "forbid (principal, action, resource);".to_owned();
        let all = Statement { id: "policy.unreadable".to_owned(), text };
        let shut = || Self::of(&[compiled(&all)?], HashMap::new());
        with_room(shut).unwrap_or_default()
    }

    /// The built-in rules and what admins signed, with exceptions.
    ///
    /// # Errors
    /// The first statement that does not hold, and why.
    pub fn compile(
        statements: &[Statement],
        roles: HashMap<RoleId, CustomRole>,
        exceptions: &[Exception],
    ) -> Result<Self, Unsound> {
        stacker::grow(STACK, || Self::compiled(statements, roles, exceptions))
    }

    fn compiled(
        statements: &[Statement],
        roles: HashMap<RoleId, CustomRole>,
        exceptions: &[Exception],
    ) -> Result<Self, Unsound> {
        let exceptions = exceptions.iter().map(|one| compiled(&one.statement()?));
        let signed = statements.iter().map(parsed).chain(exceptions);
        Self::of(&signed.collect::<Result<Vec<_>, _>>()?, roles)
    }

    fn of(signed: &[Policy], roles: HashMap<RoleId, CustomRole>) -> Result<Self, Unsound> {
        let cedar = cedar().ok_or_else(Unsound::program)?;
        let built_in = built_in_policies().ok_or_else(Unsound::program)?;
        validate(cedar, built_in.iter().chain(signed))?;
        let mut sets = HashMap::new();
        for action in Action::ALL {
            let signed = signed.iter().filter(|_| !action.is_fixed());
            let about = built_in.iter().chain(signed).filter(|one| is_about(cedar, one, *action));
            let set = PolicySet::from_policies(about.cloned()).map_err(|_| Unsound::program())?;
            sets.insert(*action, set);
        }
        Ok(Self { sets, roles, groups: HashMap::new() })
    }

    /// The same, where people are in these groups; nobody is in any before.
    #[must_use]
    pub fn with_groups(self, groups: HashMap<ProfileId, Vec<GroupId>>) -> Self {
        Self { groups, ..self }
    }

    /// Decides one action on one resource.
    ///
    /// # Errors
    /// A `Denial` that names the missing permission, and the policies that forbid it.
    pub fn authorize(
        &self,
        who: &Principal,
        action: Action,
        on: &Resource,
    ) -> Result<Grant, Denial> {
        let Verdict { allowed, rules } =
            self.verdict(who, action, on).unwrap_or(Verdict { allowed: false, rules: Vec::new() });
        if allowed {
            let groups = self.groups_of(who.profile);
            return Ok(Grant::new(who, groups, action, on.clone(), rules));
        }
        Err(self.denial(who, action, Some(on.clone()), rules))
    }

    fn denial(
        &self,
        who: &Principal,
        action: Action,
        on: Option<Resource>,
        rule_ids: Vec<String>,
    ) -> Denial {
        Denial { role: self.role_name(who.role), missing: action.name(), on, rule_ids }
    }

    /// Whether some policy could allow it somewhere; for showing only what exists for someone,
    /// and for refusing before a request is read. Never says no where `authorize` says yes.
    #[must_use]
    pub fn may_try(&self, who: &Principal, action: Action) -> bool {
        let (Some(cedar), Some(set)) = (cedar(), self.sets.get(&action)) else { return false };
        let Some((person, _, all)) = self.entities(cedar, who, &Resource::Profile(who.profile))
        else {
            return false;
        };
        set.policies().filter(|policy| policy.effect() == Effect::Permit).any(|policy| match policy
            .principal_constraint()
        {
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => true,
            PrincipalConstraint::Eq(one) => one == person,
            PrincipalConstraint::In(over) | PrincipalConstraint::IsIn(_, over) => {
                over == person || all.is_ancestor_of(&over, &person)
            }
        })
    }

    /// Refuses what no policy could allow this person anywhere.
    ///
    /// # Errors
    /// A `Denial` that names the missing permission.
    pub fn admit(&self, who: &Principal, action: Action) -> Result<(), Denial> {
        if self.may_try(who, action) {
            return Ok(());
        }
        Err(self.denial(who, action, None, Vec::new()))
    }

    /// The names of everything this person may do somewhere. Showing is not deciding: every
    /// command asks again.
    #[must_use]
    pub fn permitted(&self, who: &Principal) -> Vec<&'static str> {
        let may = |action: &&Action| self.may_try(who, **action);
        Action::ALL.iter().filter(may).map(|action| action.name()).collect()
    }

    fn verdict(&self, who: &Principal, action: Action, on: &Resource) -> Option<Verdict> {
        let question = self.question(who, action, on)?;
        let answer = question.answer(cedar()?, self.about(action)?);
        let mut rules: Vec<String> =
            answer.diagnostics().reason().map(ToString::to_string).collect();
        rules.sort();
        // Cedar passes over a policy that fails, be it one that forbids.
        let sound = answer.diagnostics().errors().next().is_none();
        Some(Verdict { allowed: sound && answer.decision() == Decision::Allow, rules })
    }

    /// The policies that speak of an action.
    pub(crate) fn about(&self, action: Action) -> Option<&PolicySet> {
        self.sets.get(&action)
    }

    /// As it is put to Cedar. None for what the schema does not know, such as asking a question
    /// of a provider: that is refused.
    pub(crate) fn question(
        &self,
        who: &Principal,
        action: Action,
        on: &Resource,
    ) -> Option<Question> {
        let cedar = cedar()?;
        let (person, thing, all) = self.entities(cedar, who, on)?;
        let mut known = vec![("at".to_owned(), RestrictedExpression::new_long(who.at.0))];
        if let (Action::ModelUse, Resource::Model { facts, .. }) = (action, on) {
            let class = RestrictedExpression::new_long(facts.sent.level().into());
            known.push(("class".to_owned(), class));
        }
        let context = Context::from_pairs(known).ok()?;
        let action = cedar.action(action)?;
        let asked = Request::new(person, action, thing, context, Some(&cedar.schema)).ok()?;
        Some(Question { asked, all })
    }

    fn entities(
        &self,
        cedar: &Cedar,
        who: &Principal,
        on: &Resource,
    ) -> Option<(EntityUid, EntityUid, Entities)> {
        entities(cedar, who, &self.roles_of(who.role), self.groups_of(who.profile), on)
    }

    /// The groups that a person is in.
    pub(crate) fn groups_of(&self, profile: ProfileId) -> &[GroupId] {
        self.groups.get(&profile).map(Vec::as_slice).unwrap_or_default()
    }

    /// A role and all whose permissions it has.
    pub(crate) fn roles_of(&self, role: Role) -> Vec<Role> {
        match role {
            Role::Guest | Role::Member | Role::Auditor => vec![role],
            Role::Manager | Role::Admin => vec![role, Role::Member],
            Role::Custom(id) => {
                let inherits = self.roles.get(&id).and_then(|known| known.inherits);
                // Of the built-in ones only: there is no circle to run in.
                let inherits = inherits.filter(|one| !matches!(one, Role::Custom(_)));
                let over = inherits.map(|one| self.roles_of(one)).unwrap_or_default();
                [vec![role], over].concat()
            }
        }
    }

    fn role_name(&self, role: Role) -> String {
        match role {
            Role::Guest => "A guest".to_owned(),
            Role::Member => "A member".to_owned(),
            Role::Manager => "A manager".to_owned(),
            Role::Auditor => "An auditor".to_owned(),
            Role::Admin => "An admin".to_owned(),
            Role::Custom(id) => match self.roles.get(&id) {
                Some(known) => format!("The role \u{201c}{}\u{201d}", known.name),
                None => "A role that was removed".to_owned(),
            },
        }
    }
}

/// Cedar refuses to evaluate where less than 100 KiB of the stack are left, and a refusal of its
/// own would be one of ours. Whoever asks from deep inside gets room on another stack.
fn with_room<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(512 << 10, 4 << 20, work)
}

fn built_in_policies() -> Option<Vec<Policy>> {
    let all: PolicySet = include_str!("builtin.cedar").parse().ok()?;
    // In a file they have but numbers.
    let named = |policy: &Policy| {
        let id = policy.annotation(ID)?.parse().ok()?;
        Some(policy.new_id(id))
    };
    all.policies().map(named).collect()
}

fn parsed(statement: &Statement) -> Result<Policy, Unsound> {
    if RESERVED.iter().any(|reserved| statement.id.starts_with(reserved)) {
        return Err(Unsound::of(statement, "its name belongs to policies of another kind"));
    }
    if nesting(&statement.text) > DEEPEST {
        return Err(Unsound::of(statement, "it is nested too deeply; write it in simpler parts"));
    }
    compiled(statement)
}

/// How deep brackets stand within brackets. Those in strings and comments do not count: a reader
/// of the text does not go down for them.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut chars) = (0_usize, 0, text.chars().peekable());
    while let Some(letter) = chars.next() {
        match letter {
            '(' | '[' | '{' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '/' if chars.peek() == Some(&'/') => drop(chars.by_ref().find(|one| *one == '\n')),
            '"' => {
                while let Some(inside) = chars.next() {
                    match inside {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

fn compiled(statement: &Statement) -> Result<Policy, Unsound> {
    let id = cedar_policy::PolicyId::new(&statement.id);
    Policy::parse(Some(id), &statement.text)
        .map_err(|error| Unsound::of(statement, &error.to_string()))
}

/// Strictly, against the schema. A policy that can never apply is a mistake, too.
fn validate<'a>(cedar: &Cedar, policies: impl Iterator<Item = &'a Policy>) -> Result<(), Unsound> {
    let mut all = PolicySet::new();
    for policy in policies {
        let id = policy.id().to_string();
        all.add(policy.clone()).map_err(|_| Unsound::named(&id, "its name is taken"))?;
    }
    let result = Validator::new(cedar.schema.clone()).validate(&all, ValidationMode::Strict);
    if let Some(error) = result.validation_errors().next() {
        return Err(Unsound::named(error.policy_id().as_ref(), &error.to_string()));
    }
    let never = |warning: &&ValidationWarning| {
        matches!(
            warning,
            ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_)
        )
    };
    match result.validation_warnings().find(never) {
        Some(one) => Err(Unsound::named(one.policy_id().as_ref(), &one.to_string())),
        None => Ok(()),
    }
}

fn is_about(cedar: &Cedar, policy: &Policy, action: Action) -> bool {
    let Some(uid) = cedar.action(action) else { return false };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(those) => those.contains(&uid),
        ActionConstraint::Eq(one) => one == uid,
    }
}
