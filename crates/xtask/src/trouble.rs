//! What can stop a task, said so that the next step is clear.

/// Ends a task. Printed as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A program could not be started.
    #[error("{program} could not be started: {cause}")]
    NotStarted {
        /// What was to run.
        program: String,
        /// Why it did not.
        cause: std::io::Error,
    },
    /// A program ran and failed; its output was shown.
    #[error("{program} failed ({status})")]
    Failed {
        /// What ran.
        program: String,
        /// How it ended.
        status: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which one.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// Something is missing or wrong, and a person can mend it.
    #[error("{0}")]
    Mend(String),
}

impl Trouble {
    /// For `map_err` on file operations.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |cause| Self::File { path, cause }
    }
}
