//! Roles, and what each may: the matrix.

use domain::{Role, RoleId, UnixMs};
use policy::{Row, Stance};
use serde::{Deserialize, Serialize};

/// What each role may, as it was signed last or as it would be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PolicyView {
    /// Counts the signed versions; 0 where nobody signed any.
    pub version: u32,
    /// When the newest was signed.
    pub saved_at: Option<UnixMs>,
    /// The name of who signed it; none where they were erased.
    pub saved_by: Option<String>,
    /// The columns: member, manager, auditor, what admins made, admin.
    pub roles: Vec<RoleView>,
    /// The rows: what every workspace has, then each provider with its models, then routes.
    pub rows: Vec<RowView>,
    /// One for each role and row.
    pub cells: Vec<CellView>,
    /// The policies that no cell owns, because they were written by hand.
    pub by_hand: Vec<HandWritten>,
    /// How many of the signed policies this Carrel cannot read. As long as there is one, only
    /// what is fixed is allowed; saving leaves them out.
    pub unreadable: u32,
}

/// One role.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RoleView {
    /// Which role.
    pub role: Role,
    /// As admins named it; none for one that comes with Carrel.
    pub name: Option<String>,
    /// Whose permissions it has besides its own.
    pub inherits: Option<Role>,
    /// How many people have it who are not erased.
    pub people: u32,
}

/// One row.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RowView {
    /// What it is about.
    pub row: Row,
    /// The name of the provider, model or route; none for what every workspace has.
    pub label: Option<String>,
}

/// What one role may in one row.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CellView {
    /// The column.
    pub role: Role,
    /// The row.
    pub row: Row,
    /// What an admin said here; none where the cell inherits.
    pub stance: Option<Stance>,
    /// Whether it is allowed after all.
    pub allowed: bool,
    /// The policies that decide so; empty where nothing allows it.
    pub by: Vec<String>,
}

/// Change cells of the matrix. Everything that is named is changed, or nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CellChanges {
    /// The version that was looked at.
    pub version: u32,
    /// At most 500, each role and row once.
    pub changes: Vec<CellChange>,
}

/// One cell, as it shall be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CellChange {
    /// The column; not guests, to whom models are opened one by one.
    pub role: Role,
    /// The row.
    pub row: Row,
    /// None to inherit.
    pub stance: Option<Stance>,
}

/// Make a role, or change one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaveRole {
    /// The version that was looked at.
    pub version: u32,
    /// None for a new one.
    pub id: Option<RoleId>,
    /// For people, at most 40 characters; no two roles have the same one.
    pub name: String,
    /// Whether it may what members may, besides what its cells say.
    pub like_member: bool,
}

/// Remove a role that nobody has.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemoveRole {
    /// The version that was looked at.
    pub version: u32,
    /// Which role.
    pub id: RoleId,
}

/// A policy in Cedar that an admin wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HandWritten {
    /// Its name, 1 to 80 characters; where something is refused, it is named by it.
    pub id: String,
    /// One policy in Cedar, at most 8 KiB.
    pub text: String,
}

/// Whether a policy holds; nothing is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatementChecked {
    /// What is wrong, in Cedar's words; none where it holds.
    pub problem: Option<String>,
}

/// Write a policy by hand, or change one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaveStatement {
    /// The version that was looked at.
    pub version: u32,
    /// The name it had; none for a new one.
    pub was: Option<String>,
    /// As it shall be.
    pub statement: HandWritten,
}

/// Remove a policy that was written by hand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemoveStatement {
    /// The version that was looked at.
    pub version: u32,
    /// Its name.
    pub id: String,
}

/// Everything a policy by hand can name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PolicyWords {
    /// Permissions that policies decide about, as they are written, such as
    /// `Action::"chat.send"`. What is not here is fixed.
    pub actions: Vec<String>,
    /// People and things, each kind in its order.
    pub names: Vec<PolicyWord>,
}

/// One of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PolicyWord {
    /// What it is.
    pub kind: PolicyWordKind,
    /// For people; empty for a role that comes with Carrel.
    pub label: String,
    /// As it is written, such as `Role::"member"`.
    pub written: String,
}

/// What a policy can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PolicyWordKind {
    /// Everyone in a role.
    Role,
    /// Everyone in a group.
    Group,
    /// One person.
    Profile,
    /// All models of a provider.
    Provider,
    /// One model.
    Model,
    /// One route.
    Route,
}

/// Read signed versions of roles and policies, the newest first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadPolicyHistory {
    /// Only older ones; none from the newest on.
    pub before: Option<u32>,
}

/// Twenty versions, or fewer where there are no more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PolicyHistory {
    /// The newest first.
    pub versions: Vec<PolicyVersion>,
    /// Whether there are older ones.
    pub more: bool,
}

/// One signed version, and what it changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PolicyVersion {
    /// Counts from 1.
    pub version: u32,
    /// When it was signed.
    pub at: UnixMs,
    /// The name of who signed it; none where they were erased.
    pub by: Option<String>,
    /// What differs from the version before. Nothing where cells of what was gone went with it.
    pub changes: Vec<PolicyChange>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PolicyChange {
    /// A role was made, changed or removed.
    Role {
        /// As it was; none for a new one.
        before: Option<RoleShape>,
        /// As it is; none for one that was removed.
        after: Option<RoleShape>,
    },
    /// A cell of the matrix.
    Cell {
        /// The column.
        role: Role,
        /// As admins named it then; none for one that comes with Carrel.
        role_name: Option<String>,
        /// The row.
        row: Row,
        /// What the row is called now; none for what every workspace has or what is gone.
        label: Option<String>,
        /// What it said; none where it inherited.
        before: Option<Stance>,
        /// What it says; none where it inherits.
        after: Option<Stance>,
    },
    /// A policy by hand.
    ByHand {
        /// Its name.
        id: String,
        /// As it was; none for a new one.
        before: Option<String>,
        /// As it is; none for one that was removed.
        after: Option<String>,
    },
}

/// A role that admins made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RoleShape {
    /// For people.
    pub name: String,
    /// Whether it may what members may.
    pub like_member: bool,
}
