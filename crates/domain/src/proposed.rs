//! What takes two admins.

use serde::{Deserialize, Serialize};

/// What one admin proposes about a member and another one signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Proposed {
    /// That the member is an admin, or one again.
    Admin,
    /// That the member's desk is erased.
    Erasure,
}
