//! May this person do this? The answer is a `Grant` or a `Denial`.
//!
//! Denies by default. Knows no storage, no clock and no network. Functions
//! that leave the machine or touch what belongs to the workspace demand a
//! `&Grant`, and only `authorize` makes one, so a forgotten check does not
//! compile. Cedar decides, by the built-in policies and by those that admins signed.

mod action;
mod authorize;
mod cedar;
mod changes;
mod entities;
mod exception;
mod explain;
mod grant;
mod matrix;
mod rules;
mod statement;

pub use action::{Action, ModelFacts, Resource};
pub use authorize::{Principal, authorize};
pub use changes::{Change, changes};
pub use entities::Named;
pub use exception::Exception;
pub use explain::{Explanation, Layer, Said, Says};
pub use grant::{Denial, Grant};
pub use matrix::{Matrix, Row, Stance};
pub use rules::{CustomRole, Rules};
pub use statement::{Statement, Unsound};
