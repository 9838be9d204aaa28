//! `carrel doctor`: looks at everything and changes nothing.

use clap::Args;
use engine::api::{Examination, Nothing};

use crate::DeskArgs;
use crate::client::Client;
use crate::exit::{Problem, say};

/// Examine the installation; with `--profile`, also the inside of that desk.
#[derive(Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    desk: DeskArgs,
}

pub(crate) async fn run(client: &Client, args: &Doctor, json: bool) -> Result<(), Problem> {
    let mut examination: Examination = client.call("examine_door", &Nothing {}).await?;
    if args.desk.profile.is_some() {
        client.unlock(&args.desk).await?;
        let inside: Examination = client.call("examine_desk", &Nothing {}).await?;
        examination.findings.extend(inside.findings);
    }
    if json {
        say(&serde_json::json!({ "findings": examination.findings }).to_string())?;
    } else {
        for finding in &examination.findings {
            let mark = if finding.well { "well    " } else { "NOT WELL" };
            say(&format!("{mark}  {}: {}", finding.subject, finding.detail))?;
        }
    }
    if examination.findings.iter().all(|finding| finding.well) {
        Ok(())
    } else {
        Err(Problem::NotWell)
    }
}
