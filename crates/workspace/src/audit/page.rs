//! A piece of the log, as it is read while it is being verified.

use rusqlite::Connection;

use super::Entry;
use crate::WorkspaceError;
use crate::tables::audit;
use crate::tables::checkpoints::{self, Kept};

/// How many events are read at a time.
const MOST: u32 = 1_000;

/// The next entries, and the checkpoints on the way.
pub(crate) struct Page {
    pub(super) entries: Vec<Entry>,
    pub(super) checkpoints: Vec<Kept>,
}

impl Page {
    /// From the event with this number on, with the checkpoints that stand for at most `reach`
    /// events: those that were there when the walk began. Others may come between two pages.
    pub(crate) fn read(
        connection: &Connection,
        from: u64,
        reach: u64,
    ) -> Result<Self, WorkspaceError> {
        let before = from.saturating_sub(1);
        let checkpoints = checkpoints::between(connection, before, reach, MOST)?;
        Ok(Self { entries: audit::page(connection, from, u64::from(MOST))?, checkpoints })
    }
}
