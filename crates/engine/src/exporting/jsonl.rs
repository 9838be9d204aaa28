//! Lines of JSON, with everything by which a record is verified.
//!
//! First whose record it is, then every signed document, then every event with the
//! checkpoints between them.

use serde_json::json;
use workspace::{KeptCheckpoint, RecordedEvent, Workspace};

use super::Sink;
use crate::api::Failure;

/// Documents of one page.
const PAGE: u32 = 250;

/// Whose record it is, and the first so many documents: whose keys stand under the events, and why they do.
pub(super) async fn write_documents(
    workspace: &Workspace,
    count: u64,
    to: &mut dyn Sink,
) -> Result<(), Failure> {
    let head = serde_json::to_string(&workspace.export_head())
        .map_err(|_| Failure::internal("the record could not be written out"))?;
    to.take(format!("{head}\n").as_bytes())?;
    let mut from = 0;
    loop {
        let mut documents = workspace.signed_documents(from, PAGE).await?;
        documents.retain(|one| one.position < count);
        let Some(last) = documents.last() else { return Ok(()) };
        from = last.position + 1;
        let lines: String = documents
            .iter()
            .map(|one| format!("{}\n", json!({ "document": one.text, "signature": one.signature })))
            .collect();
        to.take(lines.as_bytes())?;
    }
}

/// A line for each event, and behind it one for the checkpoint that stands for all up to there.
pub(super) fn lines(events: &[RecordedEvent], checkpoints: &[KeptCheckpoint]) -> Vec<u8> {
    let mut checkpoints = checkpoints.iter().peekable();
    let mut lines = String::new();
    for event in events {
        let (text, hash, signature) = (&event.text, &event.hash, &event.signature);
        let line = json!({ "text": text, "hash": hash, "signature": signature });
        lines.push_str(&format!("{line}\n"));
        while let Some(one) = checkpoints.next_if(|one| one.size <= event.sequence) {
            lines.push_str(&format!("{}\n", json!({ "checkpoint": one.note })));
        }
    }
    lines.into_bytes()
}
