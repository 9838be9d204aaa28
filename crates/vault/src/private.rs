//! The tables of the private database, one file each.

pub(crate) mod anchor;
pub(crate) mod pin;
pub(crate) mod setting;

use sealed::{Migration, Shape};

/// Version by version, what the private database contains.
pub(crate) const SHAPE: Shape = Shape {
    name: "private",
    application_id: 0x4361_5072,
    migrations: &[Migration::Sql(include_str!("../migrations/private/0001.sql"))],
};
