//! The tables of the history database, one file each.
//!
//! Functions here run inside a transaction that the caller owns; each touches
//! its own table only, except that a text and its index entry always change
//! together. What belongs together in one transaction is decided above.

pub(crate) mod body;
pub(crate) mod chat;
pub(crate) mod column;
pub(crate) mod commitment;
pub(crate) mod day;
pub(crate) mod draft;
pub(crate) mod erasure;
pub(crate) mod journal;
pub(crate) mod message;
pub(crate) mod message_index;
pub(crate) mod title_index;
pub(crate) mod turn;

use sealed::{Migration, Shape};

/// The first epoch; a new one begins when oversight does.
pub(crate) const EPOCH: u32 = 1;

/// Version by version, what the history database contains.
pub(crate) const SHAPE: Shape = Shape {
    name: "history",
    application_id: 0x4361_4869,
    migrations: &[
        Migration::Sql(include_str!("../migrations/history/0001.sql")),
        Migration::Sql(include_str!("../migrations/history/0002.sql")),
        Migration::Sql(include_str!("../migrations/history/0003.sql")),
        Migration::Sql(include_str!("../migrations/history/0004.sql")),
    ],
};
