//! Reading the record and verifying it, for those who may.

use std::collections::HashMap;

use domain::{ProfileId, UnixMs};
use policy::{Action, Resource};
use workspace::{Actor, Fault, LARGEST_PAGE, RecordQuery, RecordedEvent};

use crate::api::{
    self, Failure, FaultKind, Nothing, ReadRecord, RecordFault, RecordPage, RecordReport,
    RecordedActor,
};
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

    pub(crate) async fn verify_record(&self, _: Nothing) -> Result<RecordReport, Failure> {
        self.allow(Action::AuditRead, &Resource::Workspace)?;
        let report = self.session.workspace()?.verify_audit().await?;
        Ok(RecordReport {
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
                },
            }),
        })
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
