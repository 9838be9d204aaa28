//! Groups of people.

use domain::{GroupId, ProfileId};
use serde::{Deserialize, Serialize};

/// All groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GroupList {
    /// By name.
    pub groups: Vec<GroupView>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GroupView {
    /// Which group.
    pub id: GroupId,
    /// For people.
    pub name: String,
    /// Who is in it, in order of joining the workspace.
    pub members: Vec<ProfileId>,
}

/// Make a group, or change one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaveGroup {
    /// None for a new one.
    pub id: Option<GroupId>,
    /// For people, at most 40 characters; no two groups have the same one.
    pub name: String,
    /// Who is in it. Nobody is in more than eight.
    pub members: Vec<ProfileId>,
}

/// Names one group.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneGroup {
    /// Which group.
    pub id: GroupId,
}
