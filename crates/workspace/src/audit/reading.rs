//! The log read page by page, as it stands in the file.
//!
//! Every member can write to that file, so nothing here trusts a text: what
//! cannot be read as an event is shown as what it is, in its place, instead of
//! hiding all the others. Whether the log holds says `verify_audit`.

use domain::{ProfileId, UnixMs};
use serde::Deserialize;
use serde_json::Value;

use super::Actor;
use crate::digest::hex;
use crate::tables::audit as table;
use crate::{Workspace, WorkspaceError};

/// Most events of one page.
pub const LARGEST_PAGE: u32 = 1_000;
/// Of a longer text only so many bytes are read: no event is that long.
pub(crate) const LONGEST_TEXT: u32 = 64 << 10;

/// Which events to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordQuery {
    /// Newest first; else oldest first.
    pub newest_first: bool,
    /// Go on behind the event with this number; none to begin.
    pub beyond: Option<u64>,
    /// At most so many, and never more than [`LARGEST_PAGE`].
    pub limit: u32,
    /// Only what this person did.
    pub actor: Option<ProfileId>,
    /// Only these kinds, by their names in the log; empty for all.
    pub kinds: Vec<String>,
}

/// A row of the log, and everything that proves it or shows that it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its place; counts from 1 without gaps where the log holds.
    pub sequence: u64,
    /// When, by the clock of the actor's computer; none where it does not say.
    pub at: Option<UnixMs>,
    /// Who; none where it does not say.
    pub actor: Option<Actor>,
    /// What kind of thing, by its name in the log; none where it does not say.
    pub kind: Option<String>,
    /// The canonical JSON that was hashed and signed.
    pub text: String,
    /// The RFC 6962 leaf hash of the text, which the next event names; lowercase hexadecimal.
    pub hash: String,
    /// Ed25519 over "carrel audit event 1", a zero byte and the text; lowercase hexadecimal.
    pub signature: String,
}

/// A row as it stands in the file, whatever somebody wrote there.
pub(crate) struct Row {
    pub(crate) sequence: u64,
    pub(crate) text: String,
    pub(crate) hash: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Workspace {
    /// A page of the log.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn events(&self, query: RecordQuery) -> Result<Vec<RecordedEvent>, WorkspaceError> {
        let query = RecordQuery { limit: query.limit.min(LARGEST_PAGE), ..query };
        let rows = self.read(move |connection| table::select(connection, &query)).await?;
        Ok(rows.into_iter().map(recorded).collect())
    }
}

/// Field by field, so that a kind that only a newer Carrel knows is an event all the same.
fn recorded(row: Row) -> RecordedEvent {
    let event: Value = serde_json::from_str(&row.text).unwrap_or_default();
    RecordedEvent {
        sequence: row.sequence,
        at: event["at"].as_i64().map(UnixMs),
        actor: Actor::deserialize(&event["actor"]).ok(),
        kind: event["what"]["kind"].as_str().map(str::to_owned),
        text: row.text,
        hash: hex(&row.hash),
        signature: hex(&row.signature),
    }
}
