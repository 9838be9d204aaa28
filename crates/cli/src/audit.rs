//! `carrel audit`: the record verified, and written out for others to verify.

use std::fs::File;
use std::io::{BufReader, IsTerminal, Read, stdout};
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use domain::{MessageId, RecordForm};
use engine::api::{
    CheckpointStanding, ComparedCheckpoint, ContentProof, ContentSide, ExportRecord,
    ExportedRecord, KeptCheckpoint, MadeCheckpoint, MakeCheckpoint, ProveContent, ProveEvent,
    RecordReport, VerifyRecord, WrittenProof,
};
use engine::{CheckedExport, CheckedPackage, ShownByProof};

use crate::DeskArgs;
use crate::ask::harmless;
use crate::client::Client;
use crate::exit::{Problem, say};

/// The longest proof that is read, in bytes.
const LONGEST_PROOF: u64 = 32 << 20;
/// The longest checkpoint that is read, in bytes.
const LONGEST_NOTE: u64 = 1 << 20;

/// The record of who did what; but for `content` and `check`, for those who may read it.
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
    /// Write a proof that the record speaks of your own question or answer. Whoever gets it
    /// reads that text, and the event that speaks of it.
    Content {
        #[command(flatten)]
        desk: DeskArgs,
        /// The answer, as `carrel ask --json` names it.
        answer: MessageId,
        /// Which text it shows.
        #[arg(long, value_enum)]
        side: ShownSide,
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
    /// Write the record to standard output, for others to read or to verify. Ends with exit
    /// code 10 where the record does not hold; of such a record there is no package.
    Export {
        #[command(flatten)]
        desk: DeskArgs,
        /// In which form.
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
    },
    /// Say whether an exported record, a package or a proof holds; needs no desk.
    /// `docs/audit-verify.py` says the same without Carrel.
    Check {
        /// The exported record (lines of JSON), the package, or the proof.
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
    beginning(file, LONGEST_NOTE)
}

fn beginning(file: &Path, longest: u64) -> Result<String, Problem> {
    let mut text = String::new();
    File::open(file)?.take(longest).read_to_string(&mut text)?;
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
        let text = beginning(file, LONGEST_PROOF)?;
        let proof = engine::check_proof_of(text.trim_end(), kept.as_deref(), trusted.key)?;
        return shown(&proof, json);
    }
    if trusted.key.is_some() {
        let why = "A record leads to a root key: --root HEX.";
        return Err(Problem::Usage(why.to_owned()));
    }
    if engine::is_package(&mut from)? {
        let package = engine::check_package(from.into_inner(), trusted.root, kept.as_deref())?;
        return opened(&package, json);
    }
    let export = engine::check_export(from, trusted.root, kept.as_deref())?;
    if !json {
        lead(&export)?;
    }
    tell(&export.report, false, json)
}

/// Where the documents lead.
fn lead(CheckedExport { root, documents, .. }: &CheckedExport) -> Result<(), Problem> {
    say(&format!("root  {root}"))?;
    say(&format!("well  {documents} signed documents lead to it"))
}

/// What a package is, and its record.
fn opened(package: &CheckedPackage, json: bool) -> Result<(), Problem> {
    let CheckedPackage { export, by, key, made_at } = package;
    let report = &export.report;
    if json {
        let made = serde_json::json!({ "by": by, "key": key, "made_at": made_at });
        say(&serde_json::json!({ "package": made, "record": report }).to_string())?;
        return well(report);
    }
    say(&format!("key   {key}"))?;
    say(&format!("well  every file is as {by} signed it"))?;
    lead(export)?;
    tell(report, false, json)
}

fn well(report: &RecordReport) -> Result<(), Problem> {
    if report.fault.is_none() { Ok(()) } else { Err(Problem::NotWell) }
}

/// What a proof shows.
fn shown(proof: &ShownByProof, json: bool) -> Result<(), Problem> {
    let ShownByProof { event, content, since, size, key, is_vouched_for } = proof;
    if json {
        let event = event
            .as_ref()
            .map(|(sequence, text)| serde_json::json!({ "sequence": sequence, "text": text }));
        let content =
            content.as_ref().map(|(side, text)| serde_json::json!({ "side": side, "text": text }));
        let shown = serde_json::json!({
            "event": event, "content": content, "since": since, "size": size, "key": key,
            "trusted": is_vouched_for,
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
            say(&text.replace(char::is_control, "\u{fffd}"))?;
            content.as_ref().map_or(Ok(()), |(side, text)| spoken_of(*side, text))
        }
        (None, since) => {
            let since = since.unwrap_or_default();
            say(&format!(
                "well  the record of {size} events begins with the {since} of the checkpoint"
            ))
        }
    }
}

/// The text that an event commits to.
fn spoken_of(side: ContentSide, text: &str) -> Result<(), Problem> {
    let side = match side {
        ContentSide::Input => "asked",
        ContentSide::Output => "answered",
    };
    say(&format!("well  it says that this text of {} bytes was {side}:", text.len()))?;
    // Its lines are none of this program's.
    harmless(text).lines().try_for_each(|line| say(&format!("    | {line}")))
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
            let report = client.call("verify_record", &VerifyRecord { quick: *quick }).await?;
            tell(&report, *quick, json)?;
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
        Audit::Content { desk, answer, side, checkpoint } => {
            let note = checkpoint.as_deref().map(read).transpose()?;
            client.unlock(desk).await?;
            let wanted = ProveContent { answer: *answer, side: side.side(), save: false, note };
            let proof: ContentProof = client.call("prove_content", &wanted).await?;
            say(&proof.text.unwrap_or_default())
        }
        Audit::Consistency { desk, checkpoint } => {
            let note = read(checkpoint)?;
            client.unlock(desk).await?;
            let proof: WrittenProof = client.call("prove_growth", &KeptCheckpoint { note }).await?;
            say(&proof.text)
        }
        Audit::Export { desk, format } => {
            if matches!(format, Format::Package) && stdout().is_terminal() {
                let why = "A package is no text. Send it to a file: > record.tar";
                return Err(Problem::Usage(why.to_owned()));
            }
            client.unlock(desk).await?;
            let wanted = ExportRecord { form: format.form() };
            let exported: ExportedRecord = client.call("export_record", &wanted).await?;
            // Whoever keeps what was written out is told if it proves nothing.
            well(&exported.report)
        }
    }
}

fn tell(report: &RecordReport, quick: bool, json: bool) -> Result<(), Problem> {
    if json {
        say(&serde_json::json!({ "record": report, "quick": quick }).to_string())?;
    } else if let Some(at) = &report.fault {
        let fault = serde_json::to_value(at.fault).unwrap_or_default();
        let fault = fault.as_str().unwrap_or_default().replace('_', " ");
        say(&format!("NOT WELL  event {} does not hold: {fault}", at.sequence))?;
    } else {
        let head = report.head.as_deref().unwrap_or("none");
        say(&format!("well  {} events hold; the last has the hash {head}", report.events))?;
        if quick {
            say("note  hashes, order and checkpoints were looked at, and no event's signature")?;
        }
        say(&checkpoints(report))?;
    }
    well(report)
}

/// Of the checkpoints that Carrel made by itself.
fn checkpoints(report: &RecordReport) -> String {
    let RecordReport { checkpoints, checkpointed, begun, .. } = report;
    match &report.first_key {
        None => "note  no checkpoint was made by itself yet".to_owned(),
        Some(_) if checkpoints < begun => {
            "note  checkpoints were removed: none is left where they began".to_owned()
        }
        Some(key) if *begun > 1 => format!(
            "note  {checkpoints} checkpoints hold, the last for {checkpointed} events; they began anew {} times, the first since then is signed with {key}",
            begun - 1
        ),
        Some(key) => format!(
            "well  {checkpoints} checkpoints hold, the last for {checkpointed} events; the first is signed with {key}"
        ),
    }
}

/// As `--side` names them.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ShownSide {
    /// What you asked.
    Question,
    /// What was answered.
    Answer,
}

impl ShownSide {
    fn side(self) -> ContentSide {
        match self {
            Self::Question => ContentSide::Input,
            Self::Answer => ContentSide::Output,
        }
    }
}

/// As `--format` names the forms.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Lines of JSON: the root key, every signed document, every event with its hash and
    /// signature. What `audit check` verifies.
    Jsonl,
    /// A table for spreadsheets, without formulas.
    Csv,
    /// Events of OCSF 1.3.0, as lines of JSON.
    Ocsf,
    /// All of these and a verifier in one tar file, signed with your key.
    Package,
}

impl Format {
    fn form(self) -> RecordForm {
        match self {
            Self::Jsonl => RecordForm::Jsonl,
            Self::Csv => RecordForm::Csv,
            Self::Ocsf => RecordForm::Ocsf,
            Self::Package => RecordForm::Package,
        }
    }
}
