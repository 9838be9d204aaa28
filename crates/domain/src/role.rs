//! The built-in roles.

use serde::{Deserialize, Serialize};

/// What a person is in the workspace; policy decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Uses the machine and leaves nothing behind.
    Guest,
    /// Has a desk of their own.
    Member,
    /// Also looks after members, providers and policy.
    Admin,
}

impl Role {
    /// Every role, from least to most.
    pub const ALL: [Self; 3] = [Self::Guest, Self::Member, Self::Admin];
}
