//! `carrel audit`: the record verified, and written out for others to verify.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use engine::api::{
    AutomaticCheckpoint, CheckpointPage, CheckpointStanding, ComparedCheckpoint, DocumentPage,
    ExportDocuments, KeptCheckpoint, MadeCheckpoint, MakeCheckpoint, ProveEvent, ReadCheckpoints,
    ReadRecord, RecordPage, RecordReport, VerifyRecord, WrittenProof,
};
use engine::{CheckedExport, ShownByProof};

use crate::DeskArgs;
use crate::client::Client;
use crate::exit::{Problem, say};

/// Events of one page.
const PAGE: u32 = 500;
/// The longest checkpoint or proof that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The record of who did what; for those who may read it.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Say whether chain and signatures hold, from the first event to the last.
    Verify {
        #[command(flatten)]
        desk: DeskArgs,
        /// A checkpoint that you kept; the record must begin with what it stands for.
        #[arg(long)]
        checkpoint: Option<PathBuf>,
        /// Only hashes, order and checkpoints, not who signed each event: what stands before the
        /// last checkpoint is then as it was when that was made.
        #[arg(long)]
        quick: bool,
    },
    /// Write a checkpoint: a signed line that stands for the whole record by now. Keep it on
    /// another machine, and compare with it later.
    Checkpoint(DeskArgs),
    /// Write a proof that one event is in the record, for someone who may not see the others.
    Inclusion {
        #[command(flatten)]
        desk: DeskArgs,
        /// The event's number.
        event: u64,
        /// In the part that this checkpoint stands for, in place of the whole record.
        #[arg(long)]
        checkpoint: Option<PathBuf>,
    },
    /// Write a proof that the record only grew since a checkpoint.
    Consistency {
        #[command(flatten)]
        desk: DeskArgs,
        /// The checkpoint that you kept.
        #[arg(long)]
        checkpoint: PathBuf,
    },
    /// Write the record as lines of JSON: the root key, every signed document, every event with
    /// its hash and signature. Ends with exit code 10 where the record does not hold.
    Export(DeskArgs),
    /// Say whether an exported record or a proof holds; needs no desk. `docs/audit-verify.py`
    /// says the same without Carrel.
    Check {
        /// The exported record, or the proof.
        file: PathBuf,
        /// A checkpoint that you kept; the record must begin with what it stands for, and a
        /// proof be about it.
        #[arg(long)]
        checkpoint: Option<PathBuf>,
        /// The root key that you trust, in hexadecimal; without it, the record's own is believed.
        #[arg(long)]
        root: Option<String>,
        /// Of a proof: the key that you trust, in hexadecimal.
        #[arg(long, conflicts_with = "root")]
        key: Option<String>,
    },
}

impl Audit {
    /// Checks an exported record; none for what needs a desk.
    pub(crate) fn check(&self, json: bool) -> Option<Result<(), Problem>> {
        let Self::Check { file, checkpoint, root, key } = self else { return None };
        let trusted = Trusted { root: root.as_deref(), key: key.as_deref() };
        Some(check(file, checkpoint.as_deref(), &trusted, json))
    }
}

/// Keys that the reader brings along.
struct Trusted<'a> {
    root: Option<&'a str>,
    key: Option<&'a str>,
}

/// The text of a small file.
fn read(file: &Path) -> Result<String, Problem> {
    let mut text = String::new();
    File::open(file)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn check(
    file: &Path,
    checkpoint: Option<&Path>,
    trusted: &Trusted<'_>,
    json: bool,
) -> Result<(), Problem> {
    let kept = checkpoint.map(read).transpose()?;
    let mut from = BufReader::new(File::open(file)?);
    if engine::is_proof(&mut from)? {
        if trusted.root.is_some() {
            let why = "A proof leads to no root key. Name the key that signed it: --key HEX.";
            return Err(Problem::Usage(why.to_owned()));
        }
        let text = read(file)?;
        let proof = engine::check_proof_of(text.trim_end(), kept.as_deref(), trusted.key)?;
        return shown(&proof, json);
    }
    if trusted.key.is_some() {
        let why = "A record leads to a root key: --root HEX.";
        return Err(Problem::Usage(why.to_owned()));
    }
    let CheckedExport { root, documents, report } =
        engine::check_export(from, trusted.root, kept.as_deref())?;
    if !json {
        say(&format!("root  {root}"))?;
        say(&format!("well  {documents} signed documents lead to it"))?;
    }
    tell(&report, json)
}

/// What a proof shows.
fn shown(proof: &ShownByProof, json: bool) -> Result<(), Problem> {
    let ShownByProof { event, since, size, key, is_vouched_for } = proof;
    if json {
        let event = event
            .as_ref()
            .map(|(sequence, text)| serde_json::json!({ "sequence": sequence, "text": text }));
        let shown = serde_json::json!({
            "event": event, "since": since, "size": size, "key": key, "trusted": is_vouched_for,
        });
        return say(&serde_json::json!({ "proof": shown }).to_string());
    }
    say(&format!("key   {key}"))?;
    if !is_vouched_for {
        say("note  it holds as far as you trust this key: compare it, or bring a checkpoint")?;
    }
    match (event, since) {
        (Some((sequence, text)), _) => {
            say(&format!("well  event {sequence} is one of the {size} events of this record"))?;
            // Whoever wrote it does not write to this terminal.
            say(&text.replace(char::is_control, "\u{fffd}"))
        }
        (None, since) => {
            let since = since.unwrap_or_default();
            say(&format!(
                "well  the record of {size} events begins with the {since} of the checkpoint"
            ))
        }
    }
}

fn compared(found: &ComparedCheckpoint, json: bool) -> Result<(), Problem> {
    if json {
        say(&serde_json::json!({ "checkpoint": found }).to_string())?;
    } else {
        let size = found.size;
        match &found.standing {
            CheckpointStanding::Holds { signer: Some(name) } => {
                say(&format!("well  it begins with the {size} events that {name} signed"))?;
            }
            CheckpointStanding::Holds { signer: None } => say(&format!(
                "well  it begins with the {size} events of the checkpoint, which nobody here signed"
            ))?,
            CheckpointStanding::Changed {} => {
                say(&format!("NOT WELL  one of the first {size} events was changed"))?;
            }
            CheckpointStanding::Shorter {} => {
                say(&format!("NOT WELL  there were {size} events, and now there are fewer"))?;
            }
            CheckpointStanding::Unsigned {} => {
                say(
                    "NOT WELL  it does not begin with that, and nobody here signed this checkpoint",
                )?;
            }
            CheckpointStanding::Foreign {} => say("NOT WELL  it is of another workspace")?,
        }
    }
    let holds = matches!(found.standing, CheckpointStanding::Holds { .. });
    if holds { Ok(()) } else { Err(Problem::NotWell) }
}

pub(crate) async fn run(client: &Client, what: &Audit, json: bool) -> Result<(), Problem> {
    match what {
        // It needs no engine, and never comes here.
        Audit::Check { .. } => Ok(()),
        Audit::Verify { desk, checkpoint, quick } => {
            let kept = checkpoint.as_deref().map(read).transpose()?;
            client.unlock(desk).await?;
            tell(&client.call("verify_record", &VerifyRecord { quick: *quick }).await?, json)?;
            let Some(note) = kept else { return Ok(()) };
            compared(&client.call("compare_checkpoint", &KeptCheckpoint { note }).await?, json)
        }
        Audit::Checkpoint(desk) => {
            client.unlock(desk).await?;
            let wanted = MakeCheckpoint { save: false };
            let made: MadeCheckpoint = client.call("make_checkpoint", &wanted).await?;
            say(made.note.trim_end())
        }
        Audit::Inclusion { desk, event, checkpoint } => {
            let note = checkpoint.as_deref().map(read).transpose()?;
            client.unlock(desk).await?;
            let wanted = ProveEvent { sequence: *event, note };
            let proof: WrittenProof = client.call("prove_event", &wanted).await?;
            say(&proof.text)
        }
        Audit::Consistency { desk, checkpoint } => {
            let note = read(checkpoint)?;
            client.unlock(desk).await?;
            let proof: WrittenProof = client.call("prove_growth", &KeptCheckpoint { note }).await?;
            say(&proof.text)
        }
        Audit::Export(desk) => {
            client.unlock(desk).await?;
            export(client).await?;
            // Whoever keeps what was written out is told if it proves nothing.
            let report: RecordReport =
                client.call("verify_record", &VerifyRecord { quick: false }).await?;
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
        say(&match &report.first_key {
            Some(key) => format!(
                "well  {} checkpoints hold, the last for {} events; the first is signed with {key}",
                report.checkpoints, report.checkpointed
            ),
            None => "note  no checkpoint was made by itself yet".to_owned(),
        })?;
    }
    if report.fault.is_none() { Ok(()) } else { Err(Problem::NotWell) }
}

async fn export(client: &Client) -> Result<(), Problem> {
    export_documents(client).await?;
    let mut checkpoints = Checkpoints { client, ahead: VecDeque::new(), read: 0 };
    let mut beyond = None;
    loop {
        let (newest_first, limit, actor, kinds) = (false, PAGE, None, Vec::new());
        let query = ReadRecord { newest_first, beyond, limit, actor, kinds };
        let page: RecordPage = client.call("read_record", &query).await?;
        for event in &page.events {
            let (text, hash, signature) = (&event.text, &event.hash, &event.signature);
            let line = serde_json::json!({ "text": text, "hash": hash, "signature": signature });
            say(&line.to_string())?;
            checkpoints.say_behind(event.sequence).await?;
        }
        let last = page.events.last().map(|event| event.sequence);
        let goes_on = page.more && last > beyond;
        beyond = last.or(beyond);
        if !goes_on {
            return Ok(());
        }
    }
}

/// The checkpoints that Carrel made by itself, read ahead of the events that they are about.
struct Checkpoints<'a> {
    client: &'a Client,
    ahead: VecDeque<AutomaticCheckpoint>,
    /// How many events those stand for that were read.
    read: u64,
}

impl Checkpoints<'_> {
    /// Says the one that stands for all events up to this one, where there is one.
    async fn say_behind(&mut self, sequence: u64) -> Result<(), Problem> {
        if self.ahead.is_empty() && self.read < sequence {
            let query = ReadCheckpoints { beyond: self.read, limit: PAGE };
            let page: CheckpointPage = self.client.call("read_checkpoints", &query).await?;
            // Where there is none any more, nobody needs to ask again for a while.
            self.read = page.checkpoints.last().map_or(u64::MAX, |last| last.size);
            self.ahead.extend(page.checkpoints);
        }
        while let Some(one) = self.ahead.pop_front_if(|one| one.size <= sequence) {
            say(&serde_json::json!({ "checkpoint": one.note }).to_string())?;
        }
        Ok(())
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
