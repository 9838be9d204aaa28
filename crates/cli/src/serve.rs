//! `carrel serve`: programs ask through Carrel, without a person.
//!
//! Everything lies in a folder that was empty and is empty again at the end.
//! Whoever looks into it meanwhile, or after a crash, can read nothing.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use endpoint::config::{self, Config};
use endpoint::{Rules, Server, prepare};
use tokio::signal::unix::{SignalKind, signal};

use crate::client::Client;
use crate::exit::{Problem, say};

/// A larger file is not a configuration.
const LARGEST_CONFIG: u64 = 1 << 20;
/// How often unused built-in models are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Answer programs by a configuration file, until interrupted. An example lies in
/// docs/serve.example.toml.
#[derive(Args)]
pub(crate) struct Serve {
    /// What to serve, to whom, and how much of it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// The folder that the environment names. The usual one is never taken: a desktop would find
/// a workspace there that nobody can open.
pub(crate) fn data_dir() -> Option<PathBuf> {
    std::env::var_os("CARREL_DATA_DIR").filter(|name| !name.is_empty()).map(PathBuf::from)
}

pub(crate) async fn run(
    data_dir: Option<PathBuf>,
    args: &Serve,
    json: bool,
) -> Result<(), Problem> {
    let config = read(&args.config)?;
    let data_dir = data_dir.ok_or_else(|| {
        Problem::Usage(
            "Name an empty folder with --data-dir; all of it is removed at the end.".to_owned(),
        )
    })?;
    let data_dir = empty(&data_dir)?;
    let server = Server::bind(config.listen)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", config.listen)))?;
    // From here on an interruption is heard, and what was made is removed.
    let end = interruption()?;
    let client = Client::start_throwaway(data_dir.clone()).await?;
    let outcome = serve(&client, server, &config, &args.config, json, end).await;
    client.close().await;
    let removed = remove(&data_dir);
    outcome.and(removed.map_err(Problem::from))
}

async fn serve(
    client: &Client,
    server: Server,
    config: &Config,
    file: &Path,
    json: bool,
    end: impl Future<Output = ()>,
) -> Result<(), Problem> {
    let home = file.parent().unwrap_or(Path::new("."));
    let mut end = std::pin::pin!(end);
    tokio::select! {
        biased;
        () = &mut end => return Ok(()),
        prepared = prepare(&client.app, &client.window, config, home) => {
            prepared.map_err(|why| Problem::Usage(format!("{}: {why}", file.display())))?;
        }
    }
    let url = server.base_url();
    if json {
        say(&serde_json::json!({ "listening": url }).to_string())?;
    } else {
        say(&format!("Listening on {url}"))?;
    }
    let usual = Rules::default();
    let rules = Rules {
        manner: config.manner(),
        keep_alive: true,
        patience: config.patience().unwrap_or(usual.patience),
    };
    let models = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            client.app.stop_idle_models().await;
        }
    };
    tokio::select! {
        () = server.run(std::sync::Arc::clone(&client.app), rules, end) => {}
        () = models => {}
    }
    Ok(())
}

/// Ends with the first interruption or request to end.
fn interruption() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn read(file: &Path) -> Result<Config, Problem> {
    let told = |why: String| Problem::Usage(format!("{}: {why}", file.display()));
    let length = std::fs::metadata(file).map_err(|error| told(error.to_string()))?.len();
    if length > LARGEST_CONFIG {
        return Err(told("A configuration has at most 1 MiB.".to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
    config::read(&text).map_err(|bad| told(bad.to_string()))
}

/// The folder, which is made where it is missing; refused where anything lies in it.
fn empty(folder: &Path) -> Result<PathBuf, Problem> {
    std::fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    if std::fs::read_dir(&folder)?.next().is_some() {
        return Err(Problem::Usage(format!(
            "{} is not empty. `carrel serve` takes an empty folder and leaves it empty: name another one.",
            folder.display()
        )));
    }
    Ok(folder)
}

/// Removes what this run made; what somebody else put there stays.
fn remove(folder: &Path) -> io::Result<()> {
    const MADE: [&str; 4] = ["workspace", "backups", "run", "profiles"];
    for name in MADE {
        match std::fs::remove_dir_all(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("door.db") || name.starts_with("device.") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
