//! Checkpoints of the record, kept elsewhere and compared later.

use std::io::BufRead;

use domain::UnixMs;
use policy::{Action, Grant, Resource};
use sealed::Side;
use workspace::{Checkpoint, Compared, NoCheckpoint, Proof, ProofError, check_proof};

use crate::api::{
    CheckpointStanding, ComparedCheckpoint, ContentSide, Failure, KeptCheckpoint, MadeCheckpoint,
    MakeCheckpoint, ProveEvent, WrittenProof,
};
use crate::auditing::in_hex;
use crate::desk::Desk;

impl Desk {
    pub(crate) async fn make_checkpoint(
        &self,
        request: MakeCheckpoint,
    ) -> Result<MadeCheckpoint, Failure> {
        let (grant, now) = (self.reads_the_record()?, self.app.now());
        let checkpoint = self.session.workspace()?.make_checkpoint(&grant, now).await?;
        let note = checkpoint.note();
        let saved = match request.save {
            true => Some(self.app.save_file(&file_name(now), note.as_bytes())?),
            false => None,
        };
        Ok(MadeCheckpoint { note, size: checkpoint.size, saved })
    }

    pub(crate) async fn compare_checkpoint(
        &self,
        request: KeptCheckpoint,
    ) -> Result<ComparedCheckpoint, Failure> {
        let grant = self.reads_the_record()?;
        let kept = Checkpoint::read(&request.note)?;
        let workspace = self.session.workspace()?;
        let standing = match workspace.compare_checkpoint(&grant, &kept).await? {
            Compared::Holds { signer } => {
                let members = workspace.members().await?;
                let named = |profile| members.into_iter().find(|one| one.profile == profile);
                let signer = signer.and_then(named).map(|member| member.name);
                CheckpointStanding::Holds { signer }
            }
            Compared::Changed => CheckpointStanding::Changed {},
            Compared::Shorter => CheckpointStanding::Shorter {},
            Compared::Unsigned => CheckpointStanding::Unsigned {},
            Compared::Foreign => CheckpointStanding::Foreign {},
        };
        Ok(ComparedCheckpoint { standing, size: kept.size })
    }

    pub(crate) async fn prove_event(&self, request: ProveEvent) -> Result<WrittenProof, Failure> {
        let grant = self.reads_the_record()?;
        let kept = request.note.as_deref().map(Checkpoint::read).transpose()?;
        let workspace = self.session.workspace()?;
        written(&workspace.prove_event(&grant, request.sequence, kept).await?)
    }

    pub(crate) async fn prove_growth(
        &self,
        request: KeptCheckpoint,
    ) -> Result<WrittenProof, Failure> {
        let grant = self.reads_the_record()?;
        let kept = Checkpoint::read(&request.note)?;
        written(&self.session.workspace()?.prove_growth(&grant, &kept).await?)
    }

    fn reads_the_record(&self) -> Result<Grant, Failure> {
        self.allow(Action::AuditRead, &Resource::Workspace)
    }
}

fn written(proof: &Proof) -> Result<WrittenProof, Failure> {
    let text = serde_json::to_string(proof)
        .map_err(|_| Failure::internal("the proof could not be written"))?;
    Ok(WrittenProof { text })
}

fn file_name(now: UnixMs) -> String {
    let day = jiff::Timestamp::from_millisecond(now.0)
        .map(|moment| moment.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default();
    format!("Carrel record checkpoint {day}.txt")
}

impl From<NoCheckpoint> for Failure {
    fn from(error: NoCheckpoint) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// What a proof shows, checked without a desk.
#[derive(Clone, Debug)]
pub struct ShownByProof {
    /// The event's number and text; none of a proof that the record only grew.
    pub event: Option<(u64, String)>,
    /// The text that the event commits to; none of other proofs.
    pub content: Option<(ContentSide, String)>,
    /// How many events the earlier checkpoint stands for; none of a proof about an event.
    pub since: Option<u64>,
    /// How many events the checkpoint stands for that it leads to.
    pub size: u64,
    /// The key with which that one is signed, in lowercase hexadecimal.
    pub key: String,
    /// True where that key is trusted, or that checkpoint was kept. Else whoever made the key
    /// can have made up the rest.
    pub is_vouched_for: bool,
}

/// Checks a proof; where a checkpoint was kept, that it is about that one, and where a key is
/// trusted (in lowercase hexadecimal), that it is signed with that one.
///
/// # Errors
/// Why it shows nothing.
pub fn check_proof_of(
    text: &str,
    kept: Option<&str>,
    trusted: Option<&str>,
) -> Result<ShownByProof, Failure> {
    let shown = check_proof(text)?;
    let key = in_hex(shown.key);
    if trusted.is_some_and(|trusted| trusted != key) {
        return Err(Failure::invalid(
            "This proof is signed with another key than the one you named.",
        ));
    }
    let is_kept = kept.is_some() && shown.earlier.is_none();
    if let Some(note) = kept {
        let kept = Checkpoint::read(note)?;
        let about = shown.earlier.as_ref().unwrap_or(&shown.checkpoint);
        let same = |one: &Checkpoint| (one.workspace, one.size, one.root);
        if same(about) != same(&kept) {
            return Err(Failure::invalid("This proof is not about the checkpoint that you kept."));
        }
    }
    Ok(ShownByProof {
        event: shown.event,
        content: shown.content.map(|one| (side_of(one.side), one.text)),
        since: shown.earlier.map(|one| one.size),
        size: shown.checkpoint.size,
        is_vouched_for: trusted.is_some() || is_kept,
        key,
    })
}

fn side_of(side: Side) -> ContentSide {
    match side {
        Side::Input => ContentSide::Input,
        Side::Output => ContentSide::Output,
    }
}

/// Reads a checkpoint, for who compares an export with it.
pub(crate) fn kept(note: Option<&str>) -> Result<Option<Checkpoint>, Failure> {
    Ok(note.map(Checkpoint::read).transpose()?)
}

/// True where this is a proof and no exported record.
///
/// # Errors
/// When it cannot be read.
pub fn is_proof(from: &mut impl BufRead) -> std::io::Result<bool> {
    Ok(from.fill_buf()?.starts_with(b"{\"carrel_proof\""))
}
