//! From every family's errors to the one shape that a screen sees.
//!
//! Only this file makes a `Failure` out of an error. The sentences say what
//! happened and what to do; none carries a secret, a prompt or a path.

use crate::api::{Failure, FailureCode};

impl Failure {
    /// A failure that needs no time and no rules.
    #[must_use]
    pub fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_at: None, rule_ids: Vec::new() }
    }

    pub(crate) fn internal(what: &str) -> Self {
        Self::new(
            FailureCode::Internal,
            format!("Something went wrong inside Carrel: {what}. Nothing was lost; try again."),
        )
    }

    pub(crate) fn locked() -> Self {
        Self::new(FailureCode::Locked, "This desk is locked. Open it again to go on.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(FailureCode::NotFound, "There is no such thing on this desk.")
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(FailureCode::Invalid, message)
    }
}
