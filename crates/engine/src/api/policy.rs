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
    /// How many policies are kept that no cell owns, because they were written by hand.
    pub by_hand: u32,
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
