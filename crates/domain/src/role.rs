//! What a person is in the workspace.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::RoleId;

/// What a person is in the workspace; policy decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(as = "String"))]
#[serde(into = "String", try_from = "String")]
pub enum Role {
    /// Uses the machine and leaves nothing behind.
    Guest,
    /// Has a desk of their own.
    Member,
    /// A member who also sees what the groups they are in use.
    Manager,
    /// Reads the record and what was used; asks nothing, unless admins allow it.
    Auditor,
    /// Also looks after members, providers and policy.
    Admin,
    /// One that admins made.
    Custom(RoleId),
}

impl Role {
    /// Every role that comes with Carrel, from least to most.
    pub const BUILT_IN: [Self; 5] =
        [Self::Guest, Self::Member, Self::Manager, Self::Auditor, Self::Admin];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => f.write_str("guest"),
            Self::Member => f.write_str("member"),
            Self::Manager => f.write_str("manager"),
            Self::Auditor => f.write_str("auditor"),
            Self::Admin => f.write_str("admin"),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

/// There is no such role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRole;

impl fmt::Display for NoRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a role is `guest`, `member`, `manager`, `auditor`, `admin` or the id of one that was made")
    }
}

impl std::error::Error for NoRole {}

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let made = text.parse().ok().map(Self::Custom);
        // An id has other spellings, too; a role has one.
        Self::BUILT_IN.into_iter().chain(made).find(|role| role.to_string() == text).ok_or(NoRole)
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.to_string()
    }
}

impl TryFrom<String> for Role {
    type Error = NoRole;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixMs;

    #[test]
    fn a_role_survives_its_text() {
        let made = Role::Custom(RoleId::new(UnixMs(1), [3; 10]));
        for role in Role::BUILT_IN.into_iter().chain([made]) {
            assert_eq!(role.to_string().parse(), Ok(role), "{role}");
        }
        assert_eq!("owner".parse::<Role>(), Err(NoRole), "not one that a newer Carrel may know");
    }
}
