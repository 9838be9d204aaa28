//! Proofs that an event speaks of a text: for the person alone who asked, or was answered.
//!
//! An event holds a commitment to each text of a call, and no desk but the person's own its
//! key. The proof shows the text, and opens that one commitment.

use domain::AttemptId;
use policy::{Action, Grant};
use sealed::{Commitment, Key, Side};

use super::proof::{FORM, Included};
use super::{AuditKind, Checkpoint, Event, Proof};
use crate::digest::{hex, unhex};
use crate::tables::audit as table;
use crate::{Workspace, WorkspaceError};

/// The text that an event speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownContent {
    /// Which text of the call.
    pub side: Side,
    /// All of it.
    pub text: String,
}

/// A text of a call, and what opens the commitment to it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The call.
    pub attempt: AttemptId,
    /// Which of its texts.
    pub side: Side,
    /// All of it.
    pub content: String,
    /// The key of this text.
    pub key: &'a Key,
}

/// The text, where the event commits to it under this key.
pub(super) fn shown(event: &str, side: Side, text: String, key: &Key) -> Option<ShownContent> {
    let (attempt, commitment) = commitment_in(event, side)?;
    commitment.is_to(&text, side, attempt, key).then_some(ShownContent { side, text })
}

fn commitment_in(event: &str, side: Side) -> Option<(AttemptId, Commitment)> {
    let event: Event = serde_json::from_str(event).ok()?;
    let AuditKind::AttemptOutcome(end) = event.what else { return None };
    let commitment = match side {
        Side::Input => end.input,
        Side::Output => end.output,
    };
    Some((end.attempt, commitment?))
}

/// The key that is written so.
pub(super) fn opening_key(text: &str) -> Option<Key> {
    let bytes = unhex(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())?;
    Some(Key::from_bytes(bytes))
}

impl Workspace {
    /// Shows that the event that tells the end of this person's own call is in the record, or
    /// in the part of it that `kept` stands for, and commits to this text. The checkpoint that
    /// it leads to is signed with this person's key.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound` where no event there commits to it so; `NotItsBeginning` where
    /// the record does not begin with what was kept; `RecordBroken` where it does not hold.
    pub async fn prove_content(
        &self,
        grant: &Grant,
        wanted: Shown<'_>,
        kept: Option<Checkpoint>,
    ) -> Result<Proof, WorkspaceError> {
        self.check(grant, Action::ChatReadOwn)?;
        let Shown { attempt, side, content, key } = wanted;
        let me = self.me().profile;
        let found = self.read(move |connection| table::end_of(connection, me, attempt));
        let sequence = found.await?.ok_or(WorkspaceError::NotFound)?;
        let Included { text, path, checkpoint, key: signer } =
            self.included(sequence, kept).await?;
        let content = shown(&text, side, content, key).ok_or(WorkspaceError::NotFound)?.text;
        let (form, opening) = (FORM, hex(key.bytes()));
        let key = signer;
        Ok(Proof::Content { form, sequence, text, path, checkpoint, key, side, content, opening })
    }
}
