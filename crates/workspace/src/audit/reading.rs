//! The log read page by page, as it was signed.

use domain::{EventId, ProfileId, SessionId, UnixMs};

use super::{Actor, AuditKind, Entry, Event};
use crate::digest::hex;
use crate::tables::audit as table;
use crate::{Digest, Workspace, WorkspaceError};

/// Most events of one page.
pub const LARGEST_PAGE: u32 = 1_000;

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

/// An event, and everything that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Counts from 1 without gaps.
    pub sequence: u64,
    /// When, by the clock of the actor's computer.
    pub at: UnixMs,
    /// Who.
    pub actor: Actor,
    /// In which unlock.
    pub session: Option<SessionId>,
    /// Which event; also names it elsewhere.
    pub id: EventId,
    /// What.
    pub what: AuditKind,
    /// The canonical JSON that was hashed and signed.
    pub text: String,
    /// The RFC 6962 leaf hash of the text, which the next event names.
    pub hash: Digest,
    /// Ed25519 over "carrel audit event 1", a zero byte and the text; lowercase hexadecimal.
    pub signature: String,
}

impl Workspace {
    /// A page of the log. Only what is well-formed; whether it holds says
    /// [`Workspace::verify_audit`].
    ///
    /// # Errors
    /// `Damaged` where an event is no event at all.
    pub async fn events(&self, query: RecordQuery) -> Result<Vec<RecordedEvent>, WorkspaceError> {
        let query = RecordQuery { limit: query.limit.min(LARGEST_PAGE), ..query };
        let entries = self.read(move |connection| table::select(connection, &query)).await?;
        entries.into_iter().map(recorded).collect()
    }
}

fn recorded(entry: Entry) -> Result<RecordedEvent, WorkspaceError> {
    let event: Event = serde_json::from_str(&entry.text).map_err(|_| WorkspaceError::Damaged)?;
    Ok(RecordedEvent {
        sequence: event.sequence,
        at: event.at,
        actor: event.actor,
        session: event.session,
        id: event.id,
        what: event.what,
        text: entry.text,
        hash: entry.hash,
        signature: hex(&entry.signature),
    })
}
