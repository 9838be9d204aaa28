//! The built-in models' processes: started on demand, shared, stopped when idle.
//!
//! Each model runs in a sidecar, so that a crash in it costs one answer and
//! never the desk. `files` finds the models, `process` is one sidecar. A
//! sidecar that has read a desk's words ends when that desk is locked; where
//! another desk's answer is still being written, it ends with that answer.

mod files;
mod process;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ProfileId;

use crate::clock::Uptime;
pub use files::{BUILT_IN_LABEL, BUILT_IN_MODEL, LocalModelFiles, WEIGHTS_FILE};
pub(crate) use files::{WeightsFile, label_of, own_folder};
use process::{Process, Reachable};

/// A model that nobody asked for this long is unloaded.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// Why a built-in model cannot answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalModelError {
    /// The weights that come with Carrel are not on this machine.
    #[error(
        "The built-in model's weights are not installed. Choose another model, or put {WEIGHTS_FILE} into {}.",
        folder.display()
    )]
    WeightsMissing {
        /// Where they can be put.
        folder: PathBuf,
    },
    /// A file that a person added is gone.
    #[error("The file of {model} is gone. Put it back into {}, or choose another model.", folder.display())]
    FileMissing {
        /// Which model.
        model: String,
        /// Where it can be put.
        folder: PathBuf,
    },
    /// A file is something else.
    #[error("{file} is not a GGUF model. Put a GGUF file in its place, or choose another model.")]
    NotAModel {
        /// Its name.
        file: String,
    },
    /// A file may not be read.
    #[error("{file} cannot be read. Give this user the right to read it, or choose another model.")]
    Unreadable {
        /// Its name.
        file: String,
    },
    /// A file is not whole.
    #[error(
        "{file} is damaged or cut short. Fetch it again and put it in its place, or choose another model."
    )]
    Damaged {
        /// Its name.
        file: String,
    },
    /// A file is whole, and nothing here knows what to do with it.
    #[error("{file} holds a kind of model that Carrel cannot run ({kind}). Choose another model.")]
    UnknownKind {
        /// Its name.
        file: String,
        /// As the file calls it.
        kind: String,
    },
    /// The processor lacks instructions that the model needs.
    #[error("{0}")]
    Unsupported(String),
    /// The sidecar could not be started or gave up.
    #[error("The built-in model did not start: {0}")]
    Failed(String),
}

/// Who asks which model, and when.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) model: &'a str,
    pub(crate) profile: ProfileId,
    pub(crate) now: Uptime,
}

/// Keeps a sidecar running for as long as an answer needs it.
pub(crate) struct Lease(Arc<Process>);

impl Lease {
    pub(crate) fn reachable(&self) -> Reachable {
        self.0.reachable.clone()
    }
}

struct Running {
    process: Arc<Process>,
    /// Whose words it has read.
    asked: HashSet<ProfileId>,
    /// When it was last seen at work, with the time the computer slept.
    used: Duration,
}

impl Running {
    /// True while an answer needs it; nobody else holds a process.
    fn is_leased(&self) -> bool {
        Arc::strong_count(&self.process) > 1
    }
}

/// Starts, shares and stops the sidecars.
pub(crate) struct LocalModel {
    files: LocalModelFiles,
    /// By the model's name.
    running: Mutex<HashMap<String, Running>>,
    /// Held while one is being started: two at once would only slow each other.
    starting: tokio::sync::Mutex<()>,
}

impl LocalModel {
    /// Nothing is started yet.
    #[must_use]
    pub(crate) fn new(files: LocalModelFiles) -> Self {
        Self { files, running: Mutex::default(), starting: tokio::sync::Mutex::new(()) }
    }

    /// Every model on this machine.
    pub(crate) fn weights(&self) -> Vec<WeightsFile> {
        self.files.weights()
    }

    /// Where people put models of their own.
    pub(crate) fn own_folder(&self) -> &Path {
        &self.files.own
    }

    /// Makes that folder where it is not there yet.
    pub(crate) fn make_own_folder(&self) {
        if let Err(error) = sealed::files::ensure_dir(&self.files.own) {
            tracing::warn!(kind = ?error.kind(), "the models folder could not be made");
        }
    }

    /// Whether `model` could be started, as far as can be told without starting it.
    ///
    /// # Errors
    /// Says what is missing.
    pub(crate) fn check(&self, model: &str) -> Result<WeightsFile, LocalModelError> {
        let weights = self.files.find_weights(model)?;
        weights.inspect()?;
        if !self.files.sidecar.is_file() {
            return Err(LocalModelError::Failed(format!(
                "{} is missing. Reinstall Carrel.",
                self.files.sidecar.display()
            )));
        }
        Ok(weights)
    }

    /// True while `model` is loaded, so that no wait is to be expected.
    pub(crate) fn is_loaded(&self, model: &str) -> bool {
        self.running().get(model).is_some_and(|one| one.process.is_alive())
    }

    /// Starts a model where it does not run. It runs at least until the lease is dropped.
    ///
    /// # Errors
    /// Says why it cannot run.
    pub(crate) async fn acquire(&self, asking: Asking<'_>) -> Result<Lease, LocalModelError> {
        let weights = self.check(asking.model)?;
        if let Some(lease) = self.lease(asking) {
            return Ok(lease);
        }
        let _one_at_a_time = self.starting.lock().await;
        if let Some(lease) = self.lease(asking) {
            return Ok(lease);
        }
        // Two models at once may be more than the machine's memory holds.
        self.stop(|one| !one.is_leased()).await;
        let process = Arc::new(Process::start(&self.files.sidecar, &weights).await?);
        let lease = Lease(Arc::clone(&process));
        let asked = HashSet::from([asking.profile]);
        let running = Running { process, asked, used: asking.now.total };
        self.running().insert(asking.model.to_owned(), running);
        Ok(lease)
    }

    /// The model where it runs.
    fn lease(&self, asking: Asking<'_>) -> Option<Lease> {
        let mut running = self.running();
        let one = running.get_mut(asking.model).filter(|one| one.process.is_alive())?;
        one.asked.insert(asking.profile);
        one.used = asking.now.total;
        Some(Lease(Arc::clone(&one.process)))
    }

    /// A desk is closed: nothing that has read its words goes on. Call once its answers have
    /// ended; where another's is still being written, the process ends with that one.
    pub(crate) async fn forget(&self, profile: ProfileId) {
        self.stop(|one| one.asked.contains(&profile)).await;
    }

    /// Stops what nobody has used for a while.
    pub(crate) async fn stop_idle(&self, now: Uptime) {
        self.stop(|one| {
            if one.is_leased() {
                one.used = now.total;
            }
            now.total.saturating_sub(one.used) >= IDLE
        })
        .await;
    }

    /// Lets go of those that `which` picks, and waits for the end of those that nobody leases.
    async fn stop(&self, mut which: impl FnMut(&mut Running) -> bool) {
        let picked: Vec<Running> =
            self.running().extract_if(|_, one| which(one)).map(|(_, one)| one).collect();
        for one in picked {
            // The last lease ends the others.
            if let Some(process) = Arc::into_inner(one.process) {
                process.end().await;
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
