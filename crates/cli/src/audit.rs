//! `carrel audit`: the record verified, and written out for others to verify.

use clap::Subcommand;
use engine::api::{Nothing, ReadRecord, RecordPage, RecordReport};

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
    /// Write every event as a line of JSON: what was signed, its hash and its signature.
    /// Ends with exit code 10 where the record does not hold.
    Export(DeskArgs),
}

pub(crate) async fn run(client: &Client, what: &Audit, json: bool) -> Result<(), Problem> {
    match what {
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
