//! Why something is allowed or refused, and what a person may do at all.

use domain::{DataClass, GroupId, ProfileId, Role, UnixMs};
use policy::Row;
use serde::{Deserialize, Serialize};

use super::{LimitStanding, RequestView};

/// Ask why this person may, or may not, do something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Explain {
    /// The permission, as `Denied` names it.
    pub action: String,
    /// What it is about; none where `Denied` names none.
    pub row: Option<Row>,
    /// The class of the text, as `Denied` names it; none for the least.
    pub class: Option<DataClass>,
}

/// What was refused: enough to ask why, and for access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Denied {
    /// The permission that is missing.
    pub action: String,
    /// What it is about; none for what only a role gives.
    pub row: Option<Row>,
    /// The class of the text that would have been sent; none where nothing would.
    pub class: Option<DataClass>,
}

/// The answer to a why.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Why {
    /// What decides, and on what way.
    pub access: Access,
    /// Admins who can change it, by name.
    pub changed_by: Vec<String>,
    /// True where an admin can be asked for it.
    pub can_ask: bool,
    /// What was asked of them already and is not decided yet.
    pub asked: Option<RequestView>,
}

/// Whether one person may do one thing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Access {
    /// The permission.
    pub action: String,
    /// What it is about; none for what only a role gives.
    pub row: Option<Row>,
    /// The name of the provider, model or route; none for what every workspace has.
    pub label: Option<String>,
    /// Whether it is allowed after all.
    pub allowed: bool,
    /// Who says what, from the whole workspace to this person. A deny wins.
    pub layers: Vec<LayerView>,
}

/// What one layer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LayerView {
    /// Who says it.
    pub layer: Layer,
    /// What.
    pub says: Says,
    /// True where this made the answer.
    pub decides: bool,
    /// The policies that say it.
    pub rules: Vec<String>,
    /// Until when, of an exception.
    pub until: Option<UnixMs>,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Layer {
    /// Rules about everyone.
    Workspace {},
    /// Rules about a role.
    Role {
        /// Which role.
        role: Role,
        /// As admins named it; none for one that comes with Carrel.
        name: Option<String>,
    },
    /// Rules about a group that this person is in.
    Group {
        /// Which group.
        group: GroupId,
        /// Its name; none where it was removed.
        name: Option<String>,
    },
    /// Rules about this person alone.
    Person {},
}

/// What a layer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It allows it.
    Allows,
    /// It denies it.
    Denies,
    /// It does not speak of it.
    Nothing,
}

/// See what a member may do. That is recorded, and the member is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ViewAccess {
    /// Whose access.
    pub member: ProfileId,
}

/// What a member may do. Nothing that they wrote.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccessView {
    /// Whose access.
    pub member: ProfileId,
    /// What they are.
    pub role: Role,
    /// As admins named it; none for one that comes with Carrel.
    pub role_name: Option<String>,
    /// The rows of the matrix: what every workspace has, then models, then routes.
    pub access: Vec<Access>,
    /// The limits that their calls are held against, and how these stand for them; those of
    /// single providers, models, routes and keys are left out.
    pub limits: Vec<LimitStanding>,
    /// What they were refused, the newest first; at most 20.
    pub refused: Vec<Refusal>,
    /// Admins who can change it, by name.
    pub changed_by: Vec<String>,
}

/// Something that policy refused, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Refusal {
    /// Its number in the record.
    #[cfg_attr(test, ts(as = "f64"))]
    pub sequence: u64,
    /// When.
    pub at: UnixMs,
    /// The permission that was missing.
    pub action: String,
    /// The name of the model, provider or route; none for anything else.
    pub label: Option<String>,
    /// The policies that forbade it; empty where simply nothing allowed it.
    pub rules: Vec<String>,
    /// How often, since it was recorded before.
    pub count: u32,
}
