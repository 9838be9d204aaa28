//! `carrel audit`: the record verified, and written out for others to verify.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use engine::CheckedExport;
use engine::api::{DocumentPage, ExportDocuments, Nothing, ReadRecord, RecordPage, RecordReport};

use crate::DeskArgs;
use crate::client::Client;
use crate::exit::{Problem, say};

/// Events of one page.
const PAGE: u32 = 500;

/// The record of who did what; for those who may read it.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Say whether chain and signatures hold, from the first event to the last.
    Verify(DeskArgs),
    /// Write the record as lines of JSON: the root key, every signed document, every event with
    /// its hash and signature. Ends with exit code 10 where the record does not hold.
    Export(DeskArgs),
    /// Say whether an exported record holds; needs no desk. `docs/audit-verify.py` says the same
    /// without Carrel.
    Check {
        /// The exported record.
        file: PathBuf,
        /// The root key that you trust, in hexadecimal; without it, the record's own is believed.
        #[arg(long)]
        root: Option<String>,
    },
}

impl Audit {
    /// Checks an exported record; none for what needs a desk.
    pub(crate) fn check(&self, json: bool) -> Option<Result<(), Problem>> {
        let Self::Check { file, root } = self else { return None };
        Some(check(file, root.as_deref(), json))
    }
}

fn check(file: &Path, root: Option<&str>, json: bool) -> Result<(), Problem> {
    let from = BufReader::new(File::open(file)?);
    let CheckedExport { root, documents, report } = engine::check_export(from, root)?;
    if !json {
        say(&format!("root  {root}"))?;
        say(&format!("well  {documents} signed documents lead to it"))?;
    }
    tell(&report, json)
}

pub(crate) async fn run(client: &Client, what: &Audit, json: bool) -> Result<(), Problem> {
    match what {
        // It needs no engine, and never comes here.
        Audit::Check { .. } => Ok(()),
        Audit::Verify(desk) => {
            client.unlock(desk).await?;
            tell(&client.call("verify_record", &Nothing {}).await?, json)
        }
        Audit::Export(desk) => {
            client.unlock(desk).await?;
            export(client).await?;
            // Whoever keeps what was written out is told if it proves nothing.
            let report: RecordReport = client.call("verify_record", &Nothing {}).await?;
            if report.fault.is_none() { Ok(()) } else { Err(Problem::NotWell) }
        }
    }
}

fn tell(report: &RecordReport, json: bool) -> Result<(), Problem> {
    if json {
        say(&serde_json::json!({ "record": report }).to_string())?;
    } else if let Some(at) = &report.fault {
        let fault = serde_json::to_value(at.fault).unwrap_or_default();
        let fault = fault.as_str().unwrap_or_default().replace('_', " ");
        say(&format!("NOT WELL  event {} does not hold: {fault}", at.sequence))?;
    } else {
        let head = report.head.as_deref().unwrap_or("none");
        say(&format!("well  {} events hold; the last has the hash {head}", report.events))?;
    }
    if report.fault.is_none() { Ok(()) } else { Err(Problem::NotWell) }
}

async fn export(client: &Client) -> Result<(), Problem> {
    export_documents(client).await?;
    let mut beyond = None;
    loop {
        let (newest_first, limit, actor, kinds) = (false, PAGE, None, Vec::new());
        let query = ReadRecord { newest_first, beyond, limit, actor, kinds };
        let page: RecordPage = client.call("read_record", &query).await?;
        for event in &page.events {
            let (text, hash, signature) = (&event.text, &event.hash, &event.signature);
            let line = serde_json::json!({ "text": text, "hash": hash, "signature": signature });
            say(&line.to_string())?;
        }
        let last = page.events.last().map(|event| event.sequence);
        let goes_on = page.more && last > beyond;
        beyond = last.or(beyond);
        if !goes_on {
            return Ok(());
        }
    }
}

/// Whose keys stand under the events, and why they do.
async fn export_documents(client: &Client) -> Result<(), Problem> {
    let mut from = 0;
    loop {
        let query = ExportDocuments { from, limit: PAGE };
        let page: DocumentPage = client.call("export_documents", &query).await?;
        if from == 0 {
            say(&page.head)?;
        }
        for document in &page.documents {
            let (text, signature) = (&document.text, &document.signature);
            say(&serde_json::json!({ "document": text, "signature": signature }).to_string())?;
        }
        match page.documents.last() {
            Some(last) => from = last.position + 1,
            None => return Ok(()),
        }
    }
}
