//! The vault from outside, on disk and in memory: what it keeps, finds, forgets and recovers.
#![expect(clippy::unwrap_used, reason = "tests and their preparation fail loudly")]

mod desk;

mod backups;
mod branches;
mod chats;
mod commitments;
mod crashes;
mod deletion;
mod drafts;
mod keepsakes;
mod opening;
mod orders;
mod searching;
mod turns;
