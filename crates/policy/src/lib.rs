//! May this person do this? The answer is a `Grant` or a `Denial`.
//!
//! Denies by default. Knows no storage, no clock and no network. Functions
//! that leave the machine or touch what belongs to the workspace demand a
//! `&Grant`, and only `authorize` makes one, so a forgotten check does not
//! compile. The built-in roles decide here; signed policies join them later.

mod action;
mod authorize;
mod grant;
mod matrix;

pub use action::{Action, Resource};
pub use authorize::{Principal, authorize, permitted};
pub use grant::{Denial, Grant};
