//! Several people, one workspace, real files: what holds when someone cheats.
#![expect(clippy::unwrap_used, clippy::panic, clippy::string_slice, reason = "tests fail loudly")]

mod audit;
mod automatic;
mod catalogue;
mod checkpoints;
mod content;
mod device_key;
mod door;
mod door_backups;
mod grants;
mod groups;
mod histories;
mod hostile;
mod invitations;
mod keeping_out;
mod keys;
mod ledger;
mod policies;
mod pools;
mod proposals;
mod providers;
mod requests;
mod restoring;
mod routes;
mod spooled;
mod support;
