//! Exceptions: one row, allowed to one person until some time.
//!
//! An exception is one more policy that allows. It never lifts what a policy
//! denies, and ends by itself.

use domain::{ProfileId, UnixMs};
use serde::{Deserialize, Serialize};

use crate::cedar::cedar;
use crate::entities::profile_uid;
use crate::matrix::{Row, place};
use crate::{Statement, Unsound};

/// What the policies of exceptions are named by.
pub(crate) const NAMED: &str = "exception/";

/// One exception, as admins sign it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Names it: that of the request which it answers.
    pub id: String,
    /// For whom.
    pub profile: ProfileId,
    /// What is allowed.
    pub row: Row,
    /// Until when, by the computer's clock; the last millisecond that is not allowed.
    pub until: UnixMs,
}

impl Exception {
    /// The longest name, in bytes.
    pub const LONGEST_ID: usize = 64;
    /// How many a workspace has at most.
    pub const MOST: usize = 500;

    /// The policy that it is.
    pub(crate) fn statement(&self) -> Result<Statement, Unsound> {
        let id = format!("{NAMED}{}", self.id);
        self.text().map(|text| Statement { id, text }).ok_or_else(Unsound::program)
    }

    fn text(&self) -> Option<String> {
        let cedar = cedar()?;
        let (person, action) =
            (profile_uid(cedar, self.profile)?, cedar.action(self.row.action())?);
        let (on, when) = place(cedar, &self.row)?;
        let when = if when.is_empty() { String::new() } else { format!("{when} && ") };
        Some(format!(
            "permit (principal == {person}, action == {action}, resource{on}) when {{ {when}context.at < {} }};",
            self.until.0
        ))
    }
}
