//! The record: what an event costs, and what verifying a million of them takes.
//!
//! The events are those of calls, as they are written when a question is asked, in a workspace
//! of one person; automatic checkpoints are made as the record grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{AttemptId, Finish, ModelRef, NanoUsd, ProviderId, Tokens, TurnId, Usage};
use sealed::SigningKey;
use support::ledger::Ledger;
use workspace::{AttemptEnd, AttemptStart, AuditKind, Workspace};

use crate::Outcome;
use crate::figures::{Figure, Samples, Sheet, now, timed};
use crate::gateway::{NOW, count, micros};
use crate::held::Held;

/// Events that are written one after another.
const ALONE: usize = 400;
const AT_ONCE: usize = 64;
const EVENTS: u64 = 1_000_000;
const SIGNATURES: usize = 20_000;
const CHECKPOINTS: usize = 100;

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path(), NanoUsd(1_000), NOW);
    let workspace = ledger.workspace();
    alone(sheet, workspace).await?;
    checkpoints(sheet, workspace).await?;
    batched(sheet, &ledger).await?;
    verified(sheet, workspace).await
}

async fn alone(sheet: &mut Sheet, workspace: &Workspace) -> Outcome {
    let mut took = Samples::default();
    for number in 0..ALONE {
        let (written, time) = timed(workspace.record(event(number as u64), NOW)).await;
        written?;
        took.push(micros(time));
    }
    let figure = Figure::of("append one durable event", "µs", &took);
    Ok(sheet.add(&figure.note("signed, chained, on disk when it returns; one after another"))?)
}

async fn checkpoints(sheet: &mut Sheet, workspace: &Workspace) -> Outcome {
    let mut took = Samples::default();
    for number in 0..CHECKPOINTS {
        workspace.record(event(number as u64), NOW).await?;
        let (made, time) = timed(workspace.checkpoint(NOW)).await;
        if !made? {
            return Err("no checkpoint was made".into());
        }
        took.push_ms(time);
    }
    let note = "a new key, the note, a commit, the used key destroyed; nobody waits for it";
    Ok(sheet.add(&Figure::of("make a checkpoint", "ms", &took).note(note))?)
}

/// Fills the record on the way.
async fn batched(sheet: &mut Sheet, ledger: &Ledger) -> Outcome {
    let written = Arc::new(AtomicU64::new(0));
    let start = now();
    let writing: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (ledger, written) = (ledger.clone(), Arc::clone(&written));
            tokio::spawn(async move {
                loop {
                    let number = written.fetch_add(1, Ordering::AcqRel);
                    if number >= EVENTS {
                        return Ok::<_, String>(());
                    }
                    let done = ledger.workspace().record(event(number), NOW).await;
                    done.map_err(|error| error.to_string())?;
                    if number.is_multiple_of(256) {
                        let made = ledger.workspace().checkpoint(NOW).await;
                        made.map_err(|error| error.to_string())?;
                    }
                }
            })
        })
        .collect();
    for one in writing {
        one.await??;
    }
    let rate = count(usize::try_from(EVENTS)?) / start.elapsed().as_secs_f64();
    let note = format!("{EVENTS} events, {AT_ONCE} at once share commits; a checkpoint every 256");
    Ok(sheet.add(&Figure::one("append, batched commits", "events/s", rate).note(&note))?)
}

async fn verified(sheet: &mut Sheet, workspace: &Workspace) -> Outcome {
    let before = Held::of(std::process::id())?;
    let (report, took) = timed(workspace.verify_audit()).await;
    let (report, after) = (report?, Held::of(std::process::id())?);
    if report.fault.is_some() || report.events < EVENTS {
        return Err(format!("the record does not hold: {report:?}").into());
    }
    let signature = one_signature();
    let signatures = signature * count(usize::try_from(report.events)?) / 1e6;
    let note = format!(
        "{} events and {} checkpoints, all on disk and encrypted: text, hash, order, signature, tree",
        report.events, report.checkpointed.checkpoints
    );
    let whole = Figure::one("verify a record of a million events", "s", took.as_secs_f64());
    sheet.add(&whole.note(&note))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let note = format!(
        "{signature:.1} µs each, measured alone over {SIGNATURES}; {cores} cores share them"
    );
    sheet.add(&Figure::one("of that, signatures on one core", "s", signatures).note(&note))?;
    let (quick, took) = timed(workspace.verify_tree()).await;
    let figure =
        Figure::one("verify hashes, order and tree of a million events", "s", took.as_secs_f64());
    let note = format!("{} events on disk and encrypted, `--quick`", quick?.events);
    sheet.add(&figure.target("≤ 2").note(&note))?;
    let grown = Figure::one("memory while verifying", "MB", after.pss - before.pss);
    Ok(sheet.add(&grown.note("more than before, after it"))?)
}

/// Microseconds.
fn one_signature() -> f64 {
    let (key, message) = (SigningKey::random(), vec![7_u8; 500]);
    let (public, signature) = (key.public(), key.sign(&message));
    let start = now();
    let held = (0..SIGNATURES).filter(|_| public.verify(&message, &signature)).count();
    micros(start.elapsed()) / count(held.max(1))
}

/// In turns a call that leaves and its end.
fn event(number: u64) -> AuditKind {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&(number / 2).to_be_bytes());
    let attempt = AttemptId::new(NOW, random);
    let model = ModelRef { provider: ProviderId::new(NOW, [2; 10]), model: "model-1".to_owned() };
    if number.is_multiple_of(2) {
        return AuditKind::AttemptIntent(AttemptStart {
            attempt,
            turn: TurnId::new(NOW, random),
            program: None,
            model,
            host: "api.example.com".to_owned(),
            request_bytes: 4_321,
            key: None,
            route: None,
            number: 1,
            retry_of: None,
            hold: Some(NanoUsd(40_000_000)),
            output_cap: Some(Tokens(4_096)),
            class: Some(domain::DataClass::Internal),
            regions: Vec::new(),
            rules: Vec::new(),
        });
    }
    let usage = Usage { input: Tokens(900), output: Tokens(300), ..Usage::default() };
    AuditKind::AttemptOutcome(AttemptEnd {
        finish: Some(Finish::Complete),
        usage: Some(usage),
        served_model: Some("model-1-2026-10".to_owned()),
        http_status: Some(200),
        first_token_ms: None,
        total_ms: Some(2_100),
        billed: Some(true),
        cost: Some(NanoUsd(9_000_000)),
        ..AttemptEnd::unknown(attempt)
    })
}
