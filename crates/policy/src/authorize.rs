//! Who asks, and the decision where no workspace has rules of its own.

use domain::{ProfileId, Role, UnixMs};

use crate::{Action, Denial, Grant, Resource, Rules};

/// Who asks: taken from the open session, never from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person's profile.
    pub profile: ProfileId,
    /// Their role, from the signed member document.
    pub role: Role,
    /// When they ask: exceptions end.
    pub at: UnixMs,
}

/// Decides one action on one resource by the built-in rules alone.
///
/// # Errors
/// A `Denial` that names the missing permission.
pub fn authorize(
    principal: &Principal,
    action: Action,
    resource: &Resource,
) -> Result<Grant, Denial> {
    Rules::built_in().authorize(principal, action, resource)
}
