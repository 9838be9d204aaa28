//! Policies that admins write by hand, in Cedar.
//!
//! They stand beside the matrix and hold what no cell can say: groups, single
//! persons, conditions. One that does not hold is refused before it is signed,
//! with what Cedar says about it.

use domain::{ModelRef, Role};
use policy::{Action, Matrix, Named, Resource, Statement};
use workspace::{SignedPolicy, Workspace};

use crate::api::{
    Failure, HandWritten, Nothing, PolicyView, PolicyWord, PolicyWordKind, PolicyWords,
    RemoveStatement, SaveStatement, StatementChecked,
};
use crate::desk::Desk;
use crate::models::label_of;
use crate::policies::{aside, no_rules};
use crate::secrets;

/// The longest name of a policy, in characters.
const LONGEST_NAME: usize = 80;

impl Desk {
    /// What a policy can name, and how that is written.
    pub(crate) async fn policy_words(&self, _: Nothing) -> Result<PolicyWords, Failure> {
        self.allow(Action::PolicySign, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        let mut words = Words::default();
        for role in Role::BUILT_IN {
            words.add(PolicyWordKind::Role, "", Named::Role(role));
        }
        for role in workspace.policy().await?.roles {
            words.add(PolicyWordKind::Role, &role.name, Named::Role(Role::Custom(role.id)));
        }
        for group in workspace.groups().await? {
            words.add(PolicyWordKind::Group, &group.name, Named::Group(group.id));
        }
        for member in workspace.members().await?.iter().filter(|member| !member.erased) {
            words.add(PolicyWordKind::Profile, &member.name, Named::Profile(member.profile));
        }
        for provider in workspace.providers().await? {
            let id = provider.id;
            words.add(PolicyWordKind::Provider, &provider.label, Named::Provider(id));
            for name in &provider.models {
                let model = ModelRef { provider: id, model: name.clone() };
                let label = label_of(&provider, name);
                words.add(PolicyWordKind::Model, &label, Named::Model(&model));
            }
        }
        for route in workspace.routes().await? {
            words.add(PolicyWordKind::Route, &route.name, Named::Route(route.id));
        }
        let open = Action::ALL.iter().filter(|action| !action.is_fixed());
        let actions = open.map(|action| format!("Action::\"{}\"", action.name())).collect();
        Ok(PolicyWords { actions, names: words.0 })
    }

    pub(crate) async fn check_statement(
        &self,
        request: HandWritten,
    ) -> Result<StatementChecked, Failure> {
        self.allow(Action::PolicySign, &Resource::Workspace)?;
        let statement = statement(request)?;
        let alone = SignedPolicy { statements: vec![statement], ..self.to_change().await? };
        let problem = aside(move || Workspace::rules_of(&alone).err()).await?;
        Ok(StatementChecked { problem: problem.map(|unsound| unsound.why) })
    }

    pub(crate) async fn save_statement(
        &self,
        request: SaveStatement,
    ) -> Result<PolicyView, Failure> {
        let grant = self.allow(Action::PolicySign, &Resource::Workspace)?;
        let SaveStatement { version, was, statement: wanted } = request;
        let wanted = statement(wanted)?;
        let signed = self.to_change().await?;
        let (matrix, mut by_hand) = Matrix::read(&signed.statements);
        let place = match &was {
            Some(name) => {
                let place = by_hand.iter().position(|one| one.id == *name);
                place.ok_or_else(Failure::not_found)?
            }
            None => by_hand.len(),
        };
        let taken = |(at, one): (usize, &Statement)| at != place && one.id == wanted.id;
        if by_hand.iter().enumerate().any(taken) {
            return Err(workspace::WorkspaceError::NameTaken.into());
        }
        match by_hand.get_mut(place) {
            Some(known) => *known = wanted,
            None => by_hand.push(wanted),
        }
        let statements = matrix.write(&by_hand).ok_or_else(no_rules)?;
        self.sign(&grant, version, SignedPolicy { statements, ..signed }).await
    }

    pub(crate) async fn remove_statement(
        &self,
        request: RemoveStatement,
    ) -> Result<PolicyView, Failure> {
        let grant = self.allow(Action::PolicySign, &Resource::Workspace)?;
        let signed = self.to_change().await?;
        let (matrix, mut by_hand) = Matrix::read(&signed.statements);
        let before = by_hand.len();
        by_hand.retain(|one| one.id != request.id);
        if by_hand.len() == before {
            return Err(Failure::not_found());
        }
        let statements = matrix.write(&by_hand).ok_or_else(no_rules)?;
        self.sign(&grant, request.version, SignedPolicy { statements, ..signed }).await
    }
}

#[derive(Default)]
struct Words(Vec<PolicyWord>);

impl Words {
    fn add(&mut self, kind: PolicyWordKind, label: &str, named: Named<'_>) {
        if let Some(written) = named.written() {
            self.0.push(PolicyWord { kind, label: label.to_owned(), written });
        }
    }
}

impl From<Statement> for HandWritten {
    fn from(Statement { id, text }: Statement) -> Self {
        Self { id, text }
    }
}

/// Letters that turn the direction of others, or that nobody sees: a name stands in refusals.
fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Within its limits, and with a name that no cell of the matrix has.
fn statement(wanted: HandWritten) -> Result<Statement, Failure> {
    let id = secrets::name(&wanted.id, LONGEST_NAME, "A policy's name")?;
    if id.chars().any(is_hidden) {
        return Err(Failure::invalid("A policy's name is written in letters that can be seen."));
    }
    if wanted.text.len() > Statement::LONGEST_TEXT {
        return Err(Failure::invalid("This policy is too long. Write it in 8 KiB."));
    }
    let statement = Statement { id, text: wanted.text };
    if Matrix::owns(&statement) {
        return Err(Failure::invalid(
            "This name belongs to a cell of the matrix. Choose another one.",
        ));
    }
    Ok(statement)
}
