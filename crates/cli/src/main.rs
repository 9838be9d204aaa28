//! `carrel`: the same engine without a window.
//!
//! Reads a passphrase from the terminal or a file descriptor, never from an
//! argument. Answers on standard output, everything else on standard error.

mod ask;
mod audit;
mod backups;
mod catalogue;
mod client;
mod doctor;
mod exit;
mod passphrase;
mod profiles;
mod serve;
mod terminal;

use std::os::fd::RawFd;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::client::Client;
use crate::exit::{Problem, report};

/// Private desks for AI chat in a shared workspace, from the command line.
#[derive(Parser)]
#[command(name = "carrel", version, after_help = exit::HELP)]
struct Cli {
    /// Keep all data in this folder (default: CARREL_DATA_DIR, else the usual one).
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Ask a question and print the answer; the chat is kept on the desk.
    Ask(ask::Ask),
    /// List the desks of this computer.
    Profiles,
    /// Make a verified backup of a desk.
    Backup(DeskArgs),
    /// Put a desk's backup in the place of a damaged file.
    Restore(backups::Restore),
    /// Answer one's own programs on this machine, without a window, in OpenAI's way.
    Serve(serve::Serve),
    /// Show, replace or reset the list of models and their prices.
    #[command(subcommand)]
    Catalogue(catalogue::PriceList),
    /// Verify the record of who did what, or write it out.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Examine files, permissions, anchors, integrity and versions; changes nothing.
    Doctor(doctor::Doctor),
}

/// Which desk, and how its passphrase arrives.
#[derive(Args)]
struct DeskArgs {
    /// The desk's name or id; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Read the passphrase from this file descriptor instead of the terminal.
    #[arg(long, value_name = "NUMBER")]
    passphrase_fd: Option<RawFd>,
}

fn main() -> ExitCode {
    engine::guard_memory();
    let cli = Cli::parse();
    let outcome = tokio::runtime::Runtime::new()
        .map_err(Problem::from)
        .and_then(|runtime| runtime.block_on(run(&cli)));
    report(outcome, cli.json)
}

async fn run(cli: &Cli) -> Result<(), Problem> {
    let json = cli.json;
    if let Command::Serve(args) = &cli.command {
        let named = cli.data_dir.clone().or_else(serve::data_dir);
        return Box::pin(serve::run(named, args, json)).await;
    }
    let data_dir = cli.data_dir.clone().unwrap_or_else(engine::data_dir);
    match &cli.command {
        // An engine that starts makes, repairs and finishes things.
        Command::Doctor(args) => tokio::task::block_in_place(|| doctor::run(data_dir, args, json)),
        Command::Ask(args) => {
            with_engine(data_dir, async |client| Box::pin(ask::run(client, args, json)).await).await
        }
        // Has a folder of its own.
        Command::Serve(_) => Ok(()),
        Command::Profiles => {
            with_engine(data_dir, async |client| profiles::run(client, json).await).await
        }
        Command::Backup(args) => {
            with_engine(data_dir, async |client| backups::back_up(client, args, json).await).await
        }
        Command::Catalogue(what) => {
            with_engine(data_dir, async |client| catalogue::run(client, what, json).await).await
        }
        Command::Audit(what) => {
            if let Some(checked) = what.check(json) {
                return checked;
            }
            with_engine(data_dir, async |client| audit::run(client, what, json).await).await
        }
        Command::Restore(args) => {
            with_engine(data_dir, async |client| backups::restore(client, args, json).await).await
        }
    }
}

/// Does `work` with a running engine, and ends it.
async fn with_engine(
    data_dir: PathBuf,
    work: impl AsyncFnOnce(&Client) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let client = Client::start(data_dir).await?;
    let outcome = work(&client).await;
    client.close().await;
    outcome
}
