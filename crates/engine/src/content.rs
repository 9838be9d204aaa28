//! Showing others that the record speaks of one's own question or answer.
//!
//! The key that opens a commitment leaves the desk with the text that it opens, because the
//! person asked for it, and for that text alone.

use policy::Action;
use sealed::Side;
use vault::{ContentKey, VaultError};
use workspace::{Checkpoint, Proof, Shown, WorkspaceError};

use crate::api::{
    ContentProof, ContentSide, Failure, FailureCode, MAX_MESSAGE_BYTES, ProveContent,
};
use crate::desk::Desk;

impl Desk {
    pub(crate) async fn prove_content(
        &self,
        request: ProveContent,
    ) -> Result<ContentProof, Failure> {
        let grant = self.allow_own(Action::ChatReadOwn)?;
        let side = match request.side {
            ContentSide::Input => Side::Input,
            ContentSide::Output => Side::Output,
        };
        let found = self.session.vault.content_keys(request.answer, side).await;
        let found = found.map_err(|error| match error {
            VaultError::NotFound => nothing_said(),
            other => other.into(),
        })?;
        let kept = request.note.as_deref().map(Checkpoint::read).transpose()?;
        let workspace = self.session.workspace()?;
        // Of a call whose end was not recorded, the record says nothing; of one before, it may.
        for ContentKey { attempt, text, key } in found {
            if text.len() > MAX_MESSAGE_BYTES {
                return Err(Failure::invalid("A proof shows at most 4 MiB of text."));
            }
            let shown = Shown { attempt, side, content: text, key: &key };
            match workspace.prove_content(&grant, shown, kept.clone()).await {
                Ok(proof) => return self.handed_out(&proof, request.save),
                Err(WorkspaceError::NotFound) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(match kept {
            None => nothing_said(),
            Some(_) => Failure::new(
                FailureCode::NotFound,
                "The part of the record that this checkpoint stands for says nothing of this message.",
            ),
        })
    }

    fn handed_out(&self, proof: &Proof, save: bool) -> Result<ContentProof, Failure> {
        let unwritten = || Failure::internal("the proof could not be written");
        let Proof::Content { sequence, .. } = proof else { return Err(unwritten()) };
        let sequence = *sequence;
        let text = serde_json::to_string(proof).map_err(|_| unwritten())?;
        if !save {
            return Ok(ContentProof { sequence, text: Some(text), saved: None });
        }
        let name = format!("Carrel proof of event {sequence}.json");
        let saved = self.app.save_file(&name, text.as_bytes())?;
        Ok(ContentProof { sequence, text: None, saved: Some(saved) })
    }
}

/// The same of a message of which nothing was recorded, and of one that is not here.
fn nothing_said() -> Failure {
    Failure::new(
        FailureCode::NotFound,
        "The record says nothing of this message, or the message is not here any more.",
    )
}
