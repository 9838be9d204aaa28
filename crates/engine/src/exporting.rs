//! The record written out for others, in each of its forms.
//!
//! Page by page: however long the record is, a page of it is in memory. What a
//! form looks like stands in a file of its own.

use domain::{RecordForm, UnixMs};
use policy::{Action, Resource};
use workspace::{AuditKind, KeptCheckpoint, RecordQuery, RecordedEvent, Workspace, WorkspaceError};

use crate::App;
use crate::api::{ExportRecord, ExportedRecord, Failure};
use crate::auditing::told;
use crate::desk::Desk;
use crate::host::NewFile;

mod csv;
mod jsonl;
mod ocsf;
mod opened;
mod package;

pub use opened::{CheckedPackage, check_package, is_package};

/// Events of one page.
const PAGE: u32 = 250;

impl Desk {
    pub(crate) async fn export_record(
        &self,
        request: ExportRecord,
    ) -> Result<ExportedRecord, Failure> {
        let grant = self.allow(Action::AuditRead, &Resource::Workspace)?;
        let (workspace, form, now) = (self.session.workspace()?, request.form, self.app.now());
        // Recorded before anything leaves, and so a part of what leaves.
        let exported = AuditKind::RecordExported { form: Some(form) };
        self.session.record(&self.app, exported).await?;
        let report = workspace.verify_audit().await?;
        // What is recorded from here on is in no form. Of a record that does not hold, all there is.
        let until = report.fault.is_none().then_some(report.events);
        let checkpointed = until.map(|_| report.checkpointed.events);
        let documents = workspace.document_count().await?;
        let source = Source { workspace, documents, until, checkpointed };
        let mut file = self.app.begin_file(&file_name(form, now))?;
        match form {
            RecordForm::Jsonl => source.write(Flat::Jsonl, &mut file).await?,
            RecordForm::Csv => source.write(Flat::Csv, &mut file).await?,
            RecordForm::Ocsf => source.write(Flat::Ocsf, &mut file).await?,
            RecordForm::Package if report.fault.is_some() => {
                return Err(WorkspaceError::RecordBroken.into());
            }
            RecordForm::Package => {
                let packing = package::Packing { source, grant: &grant, record: &report, now };
                packing.write(&mut file).await?;
            }
        }
        let path = file.keep().map_err(not_saved)?;
        Ok(ExportedRecord { path: path.display().to_string(), report: told(report) })
    }
}

impl App {
    /// Begins a file for the person.
    fn begin_file(&self, name: &str) -> Result<Box<dyn NewFile>, Failure> {
        self.host.begin_file(name).map_err(not_saved)
    }
}

/// "Carrel record 2026-11-26.csv".
fn file_name(form: RecordForm, now: UnixMs) -> String {
    let moment = crate::cells::moment(now);
    let (day, _) = moment.split_once('T').unwrap_or_default();
    let end = match form {
        RecordForm::Jsonl => ".jsonl",
        RecordForm::Csv => ".csv",
        RecordForm::Ocsf => " OCSF.jsonl",
        RecordForm::Package => ".tar",
    };
    format!("Carrel record {day}{end}")
}

/// A form whose text is made event by event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flat {
    Jsonl,
    Csv,
    Ocsf,
}

/// Why the record is not where it was to go.
fn not_saved(error: std::io::Error) -> Failure {
    let why = "The record could not be written where it was to go.";
    Failure::invalid(format!("{why} {error}"))
}

/// Where bytes go.
trait Sink: Send {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

impl Sink for Box<dyn NewFile> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write(bytes).map_err(not_saved)
    }
}

/// What is written out: the record up to an event, or all of it.
struct Source<'a> {
    workspace: &'a Workspace,
    /// So many signed documents, those that there were when it began.
    documents: u64,
    until: Option<u64>,
    /// How many events the last checkpoint stands for that is written out, too: one may be made
    /// for these events while they are.
    checkpointed: Option<u64>,
}

impl Source<'_> {
    async fn write(&self, form: Flat, to: &mut dyn Sink) -> Result<(), Failure> {
        match form {
            Flat::Jsonl => jsonl::write_documents(self.workspace, self.documents, to).await?,
            Flat::Csv => to.take(&csv::head()?)?,
            Flat::Ocsf => {}
        }
        let workspace = self.workspace.export_head().workspace;
        let mut beyond = None;
        loop {
            let events = self.page(beyond).await?;
            let Some(last) = events.last() else { return Ok(()) };
            beyond = Some(last.sequence);
            to.take(&match form {
                Flat::Jsonl => jsonl::lines(&events, &self.checkpoints(&events).await?),
                Flat::Csv => csv::rows(&events)?,
                Flat::Ocsf => ocsf::lines(&events, workspace),
            })?;
        }
    }

    /// The checkpoints that stand for these events and all before them.
    async fn checkpoints(&self, events: &[RecordedEvent]) -> Result<Vec<KeptCheckpoint>, Failure> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(Vec::new());
        };
        let until = self.checkpointed.unwrap_or(u64::MAX).min(last.sequence);
        Ok(self.workspace.checkpoints(first.sequence.saturating_sub(1), until).await?)
    }

    async fn page(&self, beyond: Option<u64>) -> Result<Vec<RecordedEvent>, Failure> {
        let query = RecordQuery { beyond, limit: PAGE, ..RecordQuery::default() };
        let mut events = self.workspace.events(query).await?;
        events.retain(|event| self.until.is_none_or(|until| event.sequence <= until));
        Ok(events)
    }
}
