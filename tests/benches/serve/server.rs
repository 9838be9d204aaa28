//! Starting each server, and what it is told.
//!
//! The peers lie where `cargo xtask bench` installed them, in the folder that
//! `CARREL_BENCH_PEERS` names. They are started as their documentation says,
//! with as many workers as there are cores where they know workers.

use std::fmt::Display;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, header};
use rustix::process::{Pid, Signal, kill_process_group};
use support::upstream::Upstream;
use tempfile::TempDir;

use crate::Outcome;
use crate::direct::Direct;
use crate::figures::now;
use crate::held::Held;
use crate::programs::app;

/// Guards a port that only this bench knows.
const TOKEN: &str = "carrel-bench-token-0123456789abcdef";
/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(100);

/// Why a server is not measured.
pub(super) struct Absent(pub(super) String);

impl<E: Display> From<E> for Absent {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

type Starting<'a> = Pin<Box<dyn Future<Output = Result<Server, Absent>> + Send + 'a>>;

/// A server by its name in the table, and how it is started in front of an upstream.
type Entry = (&'static str, for<'a> fn(&'a Upstream) -> Starting<'a>);

/// Every server that is measured.
pub(super) const ALL: [Entry; 3] = [
    ("carrel serve", |upstream| Box::pin(carrel(upstream))),
    ("LiteLLM", |upstream| Box::pin(litellm(upstream))),
    ("Portkey", |upstream| Box::pin(portkey(upstream))),
];

/// A running server and the way through it; it ends when dropped.
pub(super) struct Server {
    pub(super) way: Arc<Direct>,
    /// Version and set-up, for the table.
    pub(super) about: String,
    child: Child,
    _home: TempDir,
}

impl Server {
    /// Starts `command` as a group of its own, and waits until it answers.
    async fn start(
        mut command: Command,
        way: Direct,
        about: String,
        home: TempDir,
    ) -> Result<Self, Absent> {
        command.current_dir(home.path()).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        let mut server = Self { way: Arc::new(way), about, child, _home: home };
        let start = now();
        loop {
            let answer = server.way.stages().await;
            match (answer, server.child.try_wait()?) {
                (Ok(_), _) => return Ok(server),
                (_, Some(status)) => return Err(format!("it ended: {status}").into()),
                (Err(error), None) if start.elapsed() > PATIENCE => return Err(error.into()),
                (Err(_), None) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// What each process of its group holds in memory.
    pub(super) fn processes(&self) -> Outcome<Vec<Held>> {
        let group = self.child.id().to_string();
        let mut held = Vec::new();
        for folder in fs::read_dir("/proc")?.filter_map(Result::ok).map(|entry| entry.path()) {
            // Behind the name in parentheses: state, parent, group.
            let stat = fs::read_to_string(folder.join("stat")).unwrap_or_default();
            let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            if rest.split_whitespace().nth(2) == Some(&group) {
                held.push(Held::read(&folder)?);
            }
        }
        Ok(held)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        drop(self.child.wait());
    }
}

async fn carrel(upstream: &Upstream) -> Result<Server, Absent> {
    let (home, port) = (tempfile::tempdir()?, free_port()?);
    let config = home.path().join("serve.toml");
    fs::write(
        &config,
        format!(
            "listen = \"127.0.0.1:{port}\"\n\
             [[programs]]\nname = \"bench\"\ntoken = \"{TOKEN}\"\n\
             [[providers]]\nname = \"up\"\ndialect = \"openai\"\nurl = \"{}\"\n\
             models = [\"test-model\"]\n\
             [[limits]]\ntokens = 1_000_000_000_000\nper = \"month\"\n",
            upstream.base_url()
        ),
    )?;
    let mut command = Command::new(app().join("carrel"));
    command.args(["serve", "--config"]).arg(&config);
    command.arg("--data-dir").arg(home.path().join("data"));
    let way = Direct::to(&format!("http://127.0.0.1:{port}/v1"), "test-model")?
        .with(header::AUTHORIZATION, &format!("Bearer {TOKEN}"))?;
    let about = "one limit; every call reserved, booked and recorded on disk".to_owned();
    Server::start(command, way, about, home).await
}

async fn litellm(upstream: &Upstream) -> Result<Server, Absent> {
    let program = peer("python/bin/litellm")?;
    let (home, port) = (tempfile::tempdir()?, free_port()?);
    let config = home.path().join("config.yaml");
    fs::write(
        &config,
        format!(
            "model_list:\n  - model_name: test-model\n    litellm_params:\n      \
             model: openai/test-model\n      api_base: {}\n      api_key: none\n\
             general_settings:\n  master_key: sk-{TOKEN}\n",
            upstream.base_url()
        ),
    )?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = Command::new(&program);
    command.arg("--config").arg(&config);
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--num_workers", &workers.to_string()]).env("LITELLM_TELEMETRY", "False");
    let way = Direct::to(&format!("http://127.0.0.1:{port}/v1"), "test-model")?
        .with(header::AUTHORIZATION, &format!("Bearer sk-{TOKEN}"))?;
    let about = format!("{}, {workers} workers, no database", version("litellm")?);
    Server::start(command, way, about, home).await
}

async fn portkey(upstream: &Upstream) -> Result<Server, Absent> {
    let program = peer("node_modules/@portkey-ai/gateway/build/start-server.js")?;
    let (home, port) = (tempfile::tempdir()?, free_port()?);
    let mut command = Command::new("node");
    command.arg(program).arg(format!("--port={port}")).arg("--headless");
    let named = |name: &'static str| HeaderName::from_static(name);
    let way = Direct::to(&format!("http://127.0.0.1:{port}/v1"), "test-model")?
        .with(header::AUTHORIZATION, "Bearer none")?
        .with(named("x-portkey-provider"), "openai")?
        .with(named("x-portkey-custom-host"), &upstream.base_url())?;
    let about = format!("{}, one process, no database", version("portkey")?);
    Server::start(command, way, about, home).await
}

/// A file of an installed peer.
fn peer(file: &str) -> Result<PathBuf, Absent> {
    let found = peers().map(|folder| folder.join(file)).filter(|file| file.is_file());
    found.ok_or_else(|| Absent("not installed here (`cargo xtask bench --peers`)".to_owned()))
}

/// The version that was installed, as `cargo xtask bench` wrote it down.
fn version(of: &str) -> Result<String, Absent> {
    let file = peer(&format!("{of}.version"))?;
    Ok(fs::read_to_string(file)?.trim().to_owned())
}

fn peers() -> Option<PathBuf> {
    std::env::var_os("CARREL_BENCH_PEERS").map(PathBuf::from)
}

/// A port that was free a moment ago.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
