//! The tables of the workspace's database, one file each.

pub(crate) mod attempts;
pub(crate) mod audit;
pub(crate) mod checkpoints;
pub(crate) mod documents;
pub(crate) mod generation;
pub(crate) mod names;
pub(crate) mod price_list;
pub(crate) mod provider_keys;
pub(crate) mod requests;
pub(crate) mod spool_keys;
pub(crate) mod tallies;
pub(crate) mod usage;

use rusqlite::types::ValueRef;
use sealed::{Migration, Shape};

/// The workspace's database. "CrlW" marks the file.
pub(crate) const SHAPE: Shape = Shape {
    name: "workspace",
    application_id: 0x4372_6c57,
    migrations: &[
        Migration::Sql(include_str!("../sql/workspace-1.sql")),
        Migration::Sql(include_str!("../sql/workspace-2.sql")),
        Migration::Sql(include_str!("../sql/workspace-3.sql")),
        Migration::Sql(include_str!("../sql/workspace-4.sql")),
        Migration::Sql(include_str!("../sql/workspace-5.sql")),
        Migration::Sql(include_str!("../sql/workspace-6.sql")),
        Migration::Sql(include_str!("../sql/workspace-7.sql")),
        Migration::Sql(include_str!("../sql/workspace-8.sql")),
        Migration::Sql(include_str!("../sql/workspace-9.sql")),
    ],
};

/// A count as SQLite stores it.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count as it was stored.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What stands in a column, as bytes; none of what is neither text nor bytes.
pub(crate) fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => &[],
    }
}
