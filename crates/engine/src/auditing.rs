//! Reading the record and verifying it, for those who may.

use std::collections::HashMap;
use std::io::BufRead;

use domain::{ProfileId, UnixMs};
use policy::{Action, Resource};
use sealed::PublicKey;
use workspace::{
    Actor, AuditReport, ExportError, Fault, LARGEST_PAGE, RecordQuery, RecordedEvent,
    VerifiedExport, verify_export,
};

use crate::api::{
    self, Failure, FaultKind, ReadRecord, RecordFault, RecordPage, RecordReport, RecordedActor,
    VerifyRecord,
};
use crate::checkpoints::kept;
use crate::desk::Desk;

const MOST_KINDS: usize = 100;
/// The last moment that a screen can show, in milliseconds since 1970.
const LATEST: i64 = 8_640_000_000_000_000;
/// The kind of what is no event.
const UNREADABLE: &str = "unreadable";

impl Desk {
    pub(crate) async fn read_record(&self, request: ReadRecord) -> Result<RecordPage, Failure> {
        self.allow(Action::AuditRead, &Resource::Workspace)?;
        if request.kinds.len() > MOST_KINDS || request.limit == 0 {
            return Err(Failure::invalid("Ask for at least one event, and at most 100 kinds."));
        }
        let workspace = self.session.workspace()?;
        let limit = request.limit.min(LARGEST_PAGE - 1);
        let ReadRecord { newest_first, beyond, actor, kinds, .. } = request;
        // One more, to see whether there is one.
        let query = RecordQuery { newest_first, beyond, limit: limit + 1, actor, kinds };
        let mut events = workspace.events(query).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = events.len() > wanted;
        events.truncate(wanted);
        let members = workspace.members().await?;
        let names = members.into_iter().map(|one| (one.profile, one.name)).collect();
        let events = events.into_iter().map(|event| view(event, &names)).collect();
        Ok(RecordPage { events, more })
    }

    pub(crate) async fn verify_record(
        &self,
        request: VerifyRecord,
    ) -> Result<RecordReport, Failure> {
        self.allow(Action::AuditRead, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        let report = match request.quick {
            true => workspace.verify_tree().await?,
            false => workspace.verify_audit().await?,
        };
        Ok(told(report))
    }
}

/// An exported record, verified without a desk.
#[derive(Clone, Debug)]
pub struct CheckedExport {
    /// The root key that it names, which nobody but the reader can know to be the right one.
    pub root: String,
    /// How many signed documents hold.
    pub documents: u64,
    /// Whether the events hold.
    pub report: RecordReport,
}

/// Verifies an export; `root` is the key that is trusted, in lowercase hexadecimal, none to
/// believe the export's own. Where a checkpoint was kept, the export must begin with what it
/// stands for.
///
/// # Errors
/// Why it cannot be verified; what is wrong with its events is in the report.
pub fn check_export(
    from: impl BufRead,
    root: Option<&str>,
    note: Option<&str>,
) -> Result<CheckedExport, Failure> {
    verified(from, root, note).map(shown)
}

/// The same, with all that was found.
pub(crate) fn verified(
    from: impl BufRead,
    root: Option<&str>,
    note: Option<&str>,
) -> Result<VerifiedExport, Failure> {
    let kept = kept(note)?;
    let root = match root {
        Some(text) => Some(
            serde_json::from_value(text.into())
                .map_err(|_| Failure::invalid("A root key is 64 hexadecimal digits."))?,
        ),
        None => None,
    };
    let mark = kept.as_ref().map(|one| one.size);
    let found = verify_export(from, root, mark).map_err(|error| match error {
        ExportError::Document(error) => error.into(),
        ExportError::Io(error) => error.into(),
        ExportError::OtherRoot | ExportError::Unreadable(_) => Failure::invalid(error.to_string()),
    })?;
    if let Some(kept) = kept {
        let same = kept.workspace == found.head.workspace && found.report.marked == Some(kept.root);
        if !same && found.report.fault.is_none() {
            return Err(Failure::invalid(
                "This record does not begin with what your checkpoint stands for: something before it was changed or is gone.",
            ));
        }
    }
    Ok(found)
}

pub(crate) fn shown(found: VerifiedExport) -> CheckedExport {
    CheckedExport {
        root: in_hex(found.head.root),
        documents: found.documents,
        report: told(found.report),
    }
}

/// Lowercase hexadecimal.
pub(crate) fn in_hex(key: PublicKey) -> String {
    let key = serde_json::to_value(key).unwrap_or_default();
    key.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn told(report: AuditReport) -> RecordReport {
    RecordReport {
        events: report.events,
        head: report.head.map(|head| head.hash.to_string()),
        fault: report.fault.map(|at| RecordFault {
            sequence: at.sequence,
            fault: match at.fault {
                Fault::Changed => FaultKind::Changed,
                Fault::Gap => FaultKind::Gap,
                Fault::UnknownSigner => FaultKind::UnknownSigner,
                Fault::BadSignature => FaultKind::BadSignature,
                Fault::Cut => FaultKind::Cut,
                Fault::Forked => FaultKind::Forked,
                Fault::NotAsCheckpointed => FaultKind::NotAsCheckpointed,
                Fault::BadCheckpoint => FaultKind::BadCheckpoint,
                Fault::CheckpointsGone => FaultKind::CheckpointsGone,
            },
        }),
        checkpoints: report.checkpointed.checkpoints,
        checkpointed: report.checkpointed.events,
        first_key: report.checkpointed.first.map(in_hex),
        begun: report.checkpointed.begun,
    }
}

fn view(event: RecordedEvent, names: &HashMap<ProfileId, String>) -> api::RecordedEvent {
    let actor = match event.actor {
        Some(Actor::Profile(profile)) => {
            let name = names.get(&profile).cloned().unwrap_or_default();
            RecordedActor::Member { profile, name }
        }
        Some(Actor::Guest) => RecordedActor::Guest {},
        Some(Actor::Door) => RecordedActor::Door {},
        None => RecordedActor::Nobody {},
    };
    let UnixMs(at) = event.at.unwrap_or_default();
    api::RecordedEvent {
        sequence: event.sequence,
        at: UnixMs(at.clamp(0, LATEST)),
        actor,
        kind: event.kind.unwrap_or_else(|| UNREADABLE.to_owned()),
        text: event.text,
        hash: event.hash,
        signature: event.signature,
    }
}
