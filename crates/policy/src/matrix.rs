//! The matrix: what admins set by cell, written as policies and read back from them.
//!
//! A cell owns one policy with a name and a text of its own making. Whatever is
//! written in any other way stays as it is, and counts as written by hand.

use std::collections::BTreeMap;

use domain::{ModelRef, ProviderId, Role, RouteId};
use serde::{Deserialize, Serialize};

use crate::cedar::{Cedar, cedar};
use crate::entities::{model_uid, provider_uid, role_uid, route_uid};
use crate::{Action, Resource, Statement};

const OWNED: &str = "matrix/";

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Row {
    /// Asking a question.
    Ask {},
    /// Models that run on this machine.
    LocalModels {},
    /// Models to which text leaves this machine.
    CloudModels {},
    /// Those among them whose provider works outside the home regions.
    ForeignModels {},
    /// Ways to several models.
    Routes {},
    /// One's own programs.
    Programs {},
    /// Instructions of one's own.
    Instructions {},
    /// Seeing which models and providers there are.
    SeeProviders {},
    /// Seeing who is in the workspace.
    SeeMembers {},
    /// All models of one provider.
    Provider {
        /// Which one.
        provider: ProviderId,
    },
    /// One model.
    Model {
        /// Which one.
        model: ModelRef,
    },
    /// One route.
    Route {
        /// Which one.
        route: RouteId,
    },
}

/// What a cell says; one that inherits is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Allowed, unless something denies it.
    Allow,
    /// Denied, whatever allows it.
    Deny,
}

/// The cells that say something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix(pub BTreeMap<(Role, Row), Stance>);

impl Row {
    /// The rows that every workspace has.
    #[must_use]
    pub fn usual() -> [Self; 9] {
        [
            Self::Ask {},
            Self::LocalModels {},
            Self::CloudModels {},
            Self::ForeignModels {},
            Self::Routes {},
            Self::Programs {},
            Self::Instructions {},
            Self::SeeProviders {},
            Self::SeeMembers {},
        ]
    }

    /// The permission that it is about.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Ask {} => Action::ChatSend,
            Self::LocalModels {}
            | Self::CloudModels {}
            | Self::ForeignModels {}
            | Self::Provider { .. }
            | Self::Model { .. } => Action::ModelUse,
            Self::Routes {} | Self::Route { .. } => Action::RouteUse,
            Self::Programs {} => Action::EndpointUse,
            Self::Instructions {} => Action::InstructionsSetOwn,
            Self::SeeProviders {} => Action::ProviderRead,
            Self::SeeMembers {} => Action::MemberRead,
        }
    }

    /// The row that a refusal is about, by its permission and its thing: the narrowest one. None
    /// for what only a role gives.
    #[must_use]
    pub fn about(permission: &str, on: &Resource) -> Option<Self> {
        let named = |row: &Self| row.action().name() == permission;
        match on {
            Resource::Model { model, .. } => Some(Self::Model { model: model.clone() }),
            Resource::Route { id, .. } => Some(Self::Route { route: *id }),
            Resource::Profile(_) | Resource::Workspace => Self::usual().into_iter().find(named),
            Resource::Provider(_) | Resource::Group(_) => None,
        }
        .filter(named)
    }

    fn name(&self) -> String {
        match self {
            Self::Ask {} => "ask".to_owned(),
            Self::LocalModels {} => "local-models".to_owned(),
            Self::CloudModels {} => "cloud-models".to_owned(),
            Self::ForeignModels {} => "foreign-models".to_owned(),
            Self::Routes {} => "routes".to_owned(),
            Self::Programs {} => "programs".to_owned(),
            Self::Instructions {} => "instructions".to_owned(),
            Self::SeeProviders {} => "see-providers".to_owned(),
            Self::SeeMembers {} => "see-members".to_owned(),
            Self::Provider { provider } => format!("provider/{provider}"),
            Self::Model { model } => format!("model/{}/{}", model.provider, model.model),
            Self::Route { route } => format!("route/{route}"),
        }
    }

    fn named(name: &str) -> Option<Self> {
        if let Some(usual) = Self::usual().into_iter().find(|row| row.name() == name) {
            return Some(usual);
        }
        let (kind, rest) = name.split_once('/')?;
        match kind {
            "provider" => Some(Self::Provider { provider: rest.parse().ok()? }),
            "route" => Some(Self::Route { route: rest.parse().ok()? }),
            "model" => {
                let (provider, model) = rest.split_once('/')?;
                let provider = provider.parse().ok()?;
                Some(Self::Model { model: ModelRef { provider, model: model.to_owned() } })
            }
            _ => None,
        }
    }
}

impl Matrix {
    /// The cells among `statements`, and everything else as it stands.
    #[must_use]
    pub fn read(statements: &[Statement]) -> (Self, Vec<Statement>) {
        let (mut cells, mut others) = (BTreeMap::new(), Vec::new());
        for statement in statements {
            match cell(statement) {
                Some((subject, row, stance)) => {
                    cells.insert((subject, row), stance);
                }
                None => others.push(statement.clone()),
            }
        }
        (Self(cells), others)
    }

    /// Whether a statement of this name belongs to a cell, or looks as if it did.
    #[must_use]
    pub fn owns(statement: &Statement) -> bool {
        statement.id.starts_with(OWNED)
    }

    /// The statements of these cells and `others`. None where the program's own part of the
    /// rules cannot be read.
    #[must_use]
    pub fn write(&self, others: &[Statement]) -> Option<Vec<Statement>> {
        let cells = self.0.iter().map(|((subject, row), stance)| statement(*subject, row, *stance));
        let cells = cells.collect::<Option<Vec<_>>>()?;
        Some([cells, others.to_vec()].concat())
    }
}

/// The cell that owns this statement; none where it was written by hand.
fn cell(owned: &Statement) -> Option<(Role, Row, Stance)> {
    let (subject, row) = owned.id.strip_prefix(OWNED)?.split_once('/')?;
    let (subject, row) = (subject.parse().ok()?, Row::named(row)?);
    let stance = [Stance::Allow, Stance::Deny]
        .into_iter()
        .find(|stance| statement(subject, &row, *stance).as_ref() == Some(owned))?;
    Some((subject, row, stance))
}

fn statement(subject: Role, row: &Row, stance: Stance) -> Option<Statement> {
    let cedar = cedar()?;
    let effect = match stance {
        Stance::Allow => "permit",
        Stance::Deny => "forbid",
    };
    // Displayed by Cedar, which escapes what a name may hold.
    let (role, action) = (role_uid(cedar, subject)?, cedar.action(row.action())?);
    let (on, when) = place(cedar, row)?;
    let when = if when.is_empty() { String::new() } else { format!(" when {{ {when} }}") };
    Some(Statement {
        id: format!("{OWNED}{subject}/{}", row.name()),
        text: format!("{effect} (principal in {role}, action == {action}, resource{on}){when};"),
    })
}

/// What a policy about this row says of the resource: in its scope, and in its condition.
pub(crate) fn place(cedar: &Cedar, row: &Row) -> Option<(String, &'static str)> {
    Some(match row {
        Row::LocalModels {} => (String::new(), "resource.local"),
        Row::CloudModels {} => (String::new(), "!resource.local"),
        Row::ForeignModels {} => (String::new(), "!resource.local && !resource.home"),
        Row::Ask {} | Row::Programs {} | Row::Instructions {} => {
            (String::new(), "resource == principal")
        }
        Row::Routes {} | Row::SeeProviders {} | Row::SeeMembers {} => (String::new(), ""),
        Row::Provider { provider } => (format!(" in {}", provider_uid(cedar, *provider)?), ""),
        Row::Model { model } => (format!(" == {}", model_uid(cedar, model)?), ""),
        Row::Route { route } => (format!(" == {}", route_uid(cedar, *route)?), ""),
    })
}
