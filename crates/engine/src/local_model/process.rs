//! One running sidecar: how it is started, greeted and ended.
//!
//! It listens on a loopback port behind a random token and ends by itself when
//! this process goes away (its stdin closes).

use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::LocalModelError;
use super::files::WeightsFile;

/// How long loading may take before it counts as failed.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Has glibc overwrite the small blocks too that the model's C++ code frees.
/// Source: "Memory Allocation Tunables" in the glibc manual.
const TUNABLES: (&str, &str) =
    ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.perturb=90");

/// Where a running sidecar can be reached.
#[derive(Clone)]
pub(crate) struct Reachable {
    /// `http://127.0.0.1:PORT/v1`
    pub(crate) base_url: String,
    /// The bearer token of this run.
    pub(crate) token: String,
}

/// A running sidecar. Dropping it ends it.
pub(super) struct Process {
    child: Mutex<Child>,
    // Held open for the sidecar's life: closing it ends the sidecar.
    _stdin: ChildStdin,
    pub(super) reachable: Reachable,
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

impl Process {
    /// Starts the program at `sidecar` with these weights and waits until it is ready.
    ///
    /// # Errors
    /// Says why it cannot run.
    pub(super) async fn start(
        sidecar: &Path,
        weights: &WeightsFile,
    ) -> Result<Self, LocalModelError> {
        let token = hex(&sealed::random_bytes::<32>());
        let mut child = Command::new(sidecar)
            .arg("--model")
            .arg(&weights.path)
            .env(TUNABLES.0, TUNABLES.1)
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
            // One that cannot run may be gone before it is told the token; it has said why.
            let told = stdin.write_all(format!("{token}\n").as_bytes()).await;
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).await?;
            if line.is_empty() { told.map(|()| line) } else { Ok(line) }
        };
        let line = tokio::time::timeout(START_LIMIT, greeting)
            .await
            .map_err(|_| LocalModelError::Failed("it took longer than a minute".to_owned()))?
            .map_err(|error| LocalModelError::Failed(error.to_string()))?;
        let port = heard(&line, &weights.file_name())?;
        let reachable = Reachable { base_url: format!("http://127.0.0.1:{port}/v1"), token };
        Ok(Self { child: Mutex::new(child), _stdin: stdin, reachable })
    }

    pub(super) fn is_alive(&self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }

    /// Ends it. When this returns, its memory is gone.
    pub(super) async fn end(self) {
        let mut child = self.child.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = child.kill().await {
            tracing::error!(%error, "the built-in model could not be stopped");
        }
    }
}

/// The port in the sidecar's first line, or why there is none.
fn heard(line: &str, file: &str) -> Result<u16, LocalModelError> {
    let error = match serde_json::from_str(line) {
        Ok(Greeting::Ready { port }) => return Ok(port),
        Ok(Greeting::Failed { error }) => error,
        Err(_) => return Err(LocalModelError::Failed("it ended without a word".to_owned())),
    };
    let file = file.to_owned();
    Err(match error.code.as_str() {
        "unsupported_cpu" => LocalModelError::Unsupported(error.message),
        "damaged" => LocalModelError::Damaged { file },
        "unknown_kind" => LocalModelError::UnknownKind { file, kind: error.message },
        "missing" => LocalModelError::Unreadable { file },
        _ => LocalModelError::Failed(error.message),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_first_line_of_the_sidecar_has_one_meaning() {
        let error = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"told"}}}}"#);
        assert_eq!(
            heard(r#"{"port":4711,"model":"m","context":9}"#, "f").ok(),
            Some(4711),
            "ready"
        );
        for (line, said) in [
            (error("unsupported_cpu"), "told"),
            (
                error("damaged"),
                "f is damaged or cut short. Fetch it again and put it in its place, or choose another model.",
            ),
            (
                error("unknown_kind"),
                "f holds a kind of model that Carrel cannot run (told). Choose another model.",
            ),
            (
                error("missing"),
                "f cannot be read. Give this user the right to read it, or choose another model.",
            ),
            (error("failed"), "The built-in model did not start: told"),
            (String::new(), "The built-in model did not start: it ended without a word"),
        ] {
            let told = heard(&line, "f").map_err(|error| error.to_string());
            assert_eq!(told, Err(said.to_owned()), "{line}");
        }
    }
}
