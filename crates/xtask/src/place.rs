//! Where things lie in this tree.
//!
//! `target/carrel/` is the application as it is run: the desktop program, the
//! command line, the sidecar and `models/` side by side. Elsewhere
//! `CARREL_LOCAL_MODEL` names the sidecar and `CARREL_MODELS_DIR` the folder
//! of weights.

use std::path::{Path, PathBuf};

use crate::trouble::Trouble;

/// The folders the tasks use.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The top of the tree.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
}

impl Place {
    /// The tree this program was compiled from, and cargo's target folder.
    ///
    /// # Errors
    /// When the tree was moved since.
    pub(crate) fn find() -> Result<Self, Trouble> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().map_err(Trouble::file(&root))?;
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |target| root.join(target));
        Ok(Self { root, target })
    }

    /// The folder of the independent mock of model APIs and the official clients.
    pub(crate) fn mock(&self) -> PathBuf {
        self.root.join("tests/mock")
    }

    /// The screens.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The application, put together.
    pub(crate) fn app(&self) -> PathBuf {
        self.target.join("carrel")
    }

    /// Fetched weights.
    pub(crate) fn models(&self) -> PathBuf {
        self.target.join("models")
    }

    /// Cargo tools of this tree alone; the programs lie in `bin` below.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Python packages that the tests need.
    pub(crate) fn python(&self) -> PathBuf {
        self.target.join("python")
    }

    /// Other gateways to measure beside.
    pub(crate) fn peers(&self) -> PathBuf {
        self.target.join("peers")
    }

    /// Logs and stamps of these tasks.
    pub(crate) fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// Measured figures, one file for each group.
    pub(crate) fn figures(&self) -> PathBuf {
        self.target.join("bench")
    }
}

/// Creates a folder and those above it.
pub(crate) fn ensure_dir(path: &Path) -> Result<(), Trouble> {
    std::fs::create_dir_all(path).map_err(Trouble::file(path))
}
