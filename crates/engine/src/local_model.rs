//! The built-in model's process: started on demand, stopped when idle.
//!
//! The model runs in a sidecar, so that a crash in it costs one answer and
//! never the desk. It listens on a loopback port behind a random token and
//! ends by itself when this process goes away (its stdin closes).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;

/// The name people read.
pub const BUILT_IN_LABEL: &str = "SmolLM2 135M Instruct";
/// The name in requests.
pub const BUILT_IN_MODEL: &str = "smollm2-135m-instruct";
/// The file with its weights, below the models folder.
pub const WEIGHTS_FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

/// How long loading may take before it counts as failed.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Where the sidecar and its weights lie.
#[derive(Clone, Debug)]
pub struct LocalModelFiles {
    /// The sidecar's executable.
    pub sidecar: PathBuf,
    /// The weights, a GGUF file.
    pub weights: PathBuf,
}

impl LocalModelFiles {
    /// The files beside this executable, unless `CARREL_LOCAL_MODEL` (the
    /// sidecar) or `CARREL_MODELS_DIR` (the folder of weights) say otherwise.
    #[must_use]
    pub fn find() -> Self {
        let here = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(Path::to_path_buf))
            .unwrap_or_default();
        let sidecar = std::env::var_os("CARREL_LOCAL_MODEL").map_or_else(
            || here.join(format!("carrel-local-model{}", std::env::consts::EXE_SUFFIX)),
            PathBuf::from,
        );
        let folder = std::env::var_os("CARREL_MODELS_DIR")
            .map_or_else(|| here.join("models"), PathBuf::from);
        Self { sidecar, weights: folder.join(WEIGHTS_FILE) }
    }
}

/// Why the built-in model cannot answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalModelError {
    /// The weights are not on this machine.
    #[error(
        "The built-in model's weights are not installed. Run `cargo xtask weights`, or put {WEIGHTS_FILE} into {}.",
        folder.display()
    )]
    WeightsMissing {
        /// Where they are looked for.
        folder: PathBuf,
    },
    /// The processor lacks instructions that the model needs.
    #[error("{0}")]
    Unsupported(String),
    /// The sidecar could not be started or gave up.
    #[error("The built-in model did not start: {0}")]
    Failed(String),
}

/// Where the running sidecar can be reached.
#[derive(Clone)]
pub(crate) struct Reachable {
    /// `http://127.0.0.1:PORT/v1`
    pub base_url: String,
    /// The bearer token of this run.
    pub token: String,
}

struct Running {
    child: Child,
    // Held open for the sidecar's life: closing it ends the sidecar.
    _stdin: ChildStdin,
    reachable: Reachable,
    users: usize,
    uses: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Greeting {
    Ready { port: u16 },
    Failed { error: GreetingError },
}

#[derive(Deserialize)]
struct GreetingError {
    code: String,
    message: String,
}

/// Starts, shares and stops the sidecar.
pub(crate) struct LocalModel {
    files: LocalModelFiles,
    running: Mutex<Option<Running>>,
}

impl LocalModel {
    /// A model that is not started yet.
    #[must_use]
    pub(crate) fn new(files: LocalModelFiles) -> Self {
        Self { files, running: Mutex::new(None) }
    }

    /// Whether it could be started, as far as can be told without starting it.
    ///
    /// # Errors
    /// Says what is missing.
    pub(crate) fn check(&self) -> Result<(), LocalModelError> {
        if !self.files.weights.is_file() {
            let folder = self.files.weights.parent().map(Path::to_path_buf).unwrap_or_default();
            return Err(LocalModelError::WeightsMissing { folder });
        }
        if !self.files.sidecar.is_file() {
            return Err(LocalModelError::Failed(format!(
                "{} is missing. Reinstall Carrel.",
                self.files.sidecar.display()
            )));
        }
        Ok(())
    }

    /// True while the sidecar is loaded, so that no wait is to be expected.
    pub(crate) async fn is_loaded(&self) -> bool {
        self.running.lock().await.as_mut().is_some_and(Running::is_alive)
    }

    /// Starts the sidecar where it does not run and returns its address.
    /// Call `release` when the answer has ended.
    ///
    /// # Errors
    /// Says why it cannot run.
    pub(crate) async fn acquire(&self) -> Result<Reachable, LocalModelError> {
        self.check()?;
        let mut slot = self.running.lock().await;
        if !slot.as_mut().is_some_and(Running::is_alive) {
            *slot = Some(self.start().await?);
        }
        match slot.as_mut() {
            Some(running) => {
                running.users += 1;
                running.uses += 1;
                Ok(running.reachable.clone())
            }
            None => Err(LocalModelError::Failed("it ended at once".to_owned())),
        }
    }

    /// One answer has ended. Returns a mark for `stop_if_idle_since`.
    pub(crate) async fn release(&self) -> u64 {
        match self.running.lock().await.as_mut() {
            Some(running) => {
                running.users = running.users.saturating_sub(1);
                running.uses
            }
            None => 0,
        }
    }

    /// Stops the sidecar where nobody used it since `mark`.
    pub(crate) async fn stop_if_idle_since(&self, mark: u64) {
        let mut slot = self.running.lock().await;
        if slot.as_ref().is_some_and(|running| running.users == 0 && running.uses == mark) {
            *slot = None;
        }
    }

    async fn start(&self) -> Result<Running, LocalModelError> {
        let token = hex(&sealed::random_bytes::<32>());
        let mut child = Command::new(&self.files.sidecar)
            .arg("--model")
            .arg(&self.files.weights)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| LocalModelError::Failed(error.to_string()))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(LocalModelError::Failed("no pipe to it".to_owned()));
        };
        let greeting = async {
            stdin.write_all(format!("{token}\n").as_bytes()).await?;
            stdin.flush().await?;
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).await?;
            Ok::<_, std::io::Error>(line)
        };
        let line = tokio::time::timeout(START_LIMIT, greeting)
            .await
            .map_err(|_| LocalModelError::Failed("it took longer than a minute".to_owned()))?
            .map_err(|error| LocalModelError::Failed(error.to_string()))?;
        match serde_json::from_str(&line) {
            Ok(Greeting::Ready { port }) => Ok(Running {
                child,
                _stdin: stdin,
                reachable: Reachable { base_url: format!("http://127.0.0.1:{port}/v1"), token },
                users: 0,
                uses: 0,
            }),
            Ok(Greeting::Failed { error }) if error.code == "unsupported_cpu" => {
                Err(LocalModelError::Unsupported(error.message))
            }
            Ok(Greeting::Failed { error }) => Err(LocalModelError::Failed(error.message)),
            Err(_) => Err(LocalModelError::Failed("it ended without a word".to_owned())),
        }
    }
}

impl Running {
    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
