//! `carrel doctor`: looks at everything and changes nothing, so it starts no engine.

use std::path::PathBuf;

use clap::Args;
use engine::api::Finding;
use engine::{Clock, Examiner, SystemClock};

use crate::DeskArgs;
use crate::client::choose;
use crate::exit::{Problem, say};
use crate::passphrase;

/// Examine the installation; with `--profile`, also the inside of that desk.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    desk: DeskArgs,
}

pub(crate) fn run(data_dir: PathBuf, args: &Doctor, json: bool) -> Result<(), Problem> {
    let keychain = engine::keychain(&data_dir);
    let examiner = Examiner::new(data_dir, keychain, SystemClock.now());
    let mut findings = examiner.outside().findings;
    if let Some(name) = &args.desk.profile {
        findings.extend(inside(&examiner, name, &args.desk)?);
    }
    print(&findings, json)?;
    if findings.iter().all(|finding| finding.well) { Ok(()) } else { Err(Problem::NotWell) }
}

fn inside(examiner: &Examiner, name: &str, args: &DeskArgs) -> Result<Vec<Finding>, Problem> {
    let desk = choose(&examiner.desks()?, Some(name))?;
    let passphrase = passphrase::of(&desk, args.passphrase_fd)?;
    Ok(examiner.inside(desk.profile, &passphrase)?.findings)
}

fn print(findings: &[Finding], json: bool) -> Result<(), Problem> {
    if json {
        return say(&serde_json::json!({ "findings": findings }).to_string());
    }
    findings.iter().try_for_each(|finding| {
        let mark = if finding.well { "well    " } else { "NOT WELL" };
        say(&format!("{mark}  {}: {}", finding.subject, finding.detail))
    })
}
