//! What admins write, and why a text of theirs does not hold.

use serde::{Deserialize, Serialize};

/// One policy that an admin signed: opaque to everyone but this crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Names it in records and in the why of a decision.
    pub id: String,
    /// In Cedar.
    pub text: String,
}

impl Statement {
    /// The longest name, in bytes.
    pub const LONGEST_ID: usize = 1_024;
    /// The longest text, in bytes.
    pub const LONGEST_TEXT: usize = 8 << 10;
    /// How many a workspace has at most.
    pub const MOST: usize = 2_000;
    /// The texts of all of them together, in bytes.
    pub const LONGEST_TOGETHER: usize = 1 << 20;
}

/// Why rules do not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The policy {id} does not hold: {why}")]
pub struct Unsound {
    /// Which policy.
    pub id: String,
    /// What is wrong with it.
    pub why: String,
}

impl Unsound {
    pub(crate) fn named(id: &str, why: &str) -> Self {
        Self { id: id.to_owned(), why: why.to_owned() }
    }

    pub(crate) fn of(statement: &Statement, why: &str) -> Self {
        Self::named(&statement.id, why)
    }

    /// The program's own part is at fault.
    pub(crate) fn program() -> Self {
        Self::named("builtin", "this Carrel's own policies cannot be read")
    }
}
