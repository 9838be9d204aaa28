//! The one line on standard output: ready, or why not.
//!
//! The parent reads exactly one JSON line. Everything else the process has to
//! say is said over HTTP.

use std::io::Write;

use serde::Serialize;

use crate::gguf::Unusable;

/// The model answers on this port.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Ready<'a> {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// The model's name, as callers see it.
    pub model: &'a str,
    /// Tokens it can read at once, answer included.
    pub context: usize,
}

/// Why the model cannot start. The code is what the parent branches on. It shows
/// the first sentence as it is, names the file where that is at fault, and lets
/// the last follow its own "did not start:".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartupError {
    /// The processor lacks what the build needs.
    #[error(
        "This computer's processor is too old for the built-in model (it lacks {0}). Choose another model."
    )]
    UnsupportedCpu(String),
    /// The weights are not there.
    #[error("{0}; fetch the model or choose another file")]
    Missing(String),
    /// The weights are not whole.
    #[error("{0}; delete the file and fetch the model again")]
    Damaged(String),
    /// The weights are whole, but of a kind that llama.cpp does not know; its name.
    #[error("{0}")]
    UnknownKind(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl StartupError {
    /// The flat code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedCpu(_) => "unsupported_cpu",
            Self::Missing(_) => "missing",
            Self::Damaged(_) => "damaged",
            Self::UnknownKind(_) => "unknown_kind",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<Unusable> for StartupError {
    fn from(unusable: Unusable) -> Self {
        let message = unusable.to_string();
        match unusable {
            Unusable::Missing(_) => Self::Missing(message),
            Unusable::Damaged(_) => Self::Damaged(message),
        }
    }
}

/// Tells the parent where to ask.
///
/// # Errors
/// When standard output is gone, and with it the parent.
pub fn announce(ready: &Ready<'_>) -> std::io::Result<()> {
    say(&serde_json::json!(ready))
}

/// Tells the parent why there will be no answers.
///
/// # Errors
/// When standard output is gone, and with it the parent.
pub fn complain(error: &StartupError) -> std::io::Result<()> {
    say(&complaint(error))
}

fn complaint(error: &StartupError) -> serde_json::Value {
    serde_json::json!({ "error": { "code": error.code(), "message": error.to_string() } })
}

fn say(line: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_processor_is_told_in_the_words_that_the_screens_know() {
        let line = complaint(&StartupError::UnsupportedCpu("avx2, bmi2".to_owned())).to_string();
        let known = r#"{"error":{"code":"unsupported_cpu","message":"This computer's processor is too old for the built-in model (it lacks avx2, bmi2). Choose another model."}}"#;
        assert_eq!(line, known, "tests/support/local_model.rs says the same line");
    }

    #[test]
    fn a_complaint_carries_a_code_and_the_next_step() {
        let error = StartupError::from(Unusable::Missing("No such file".to_owned()));
        let expected = serde_json::json!({ "error": {
            "code": "missing",
            "message": "the model file cannot be read: No such file; fetch the model or choose another file",
        }});
        assert_eq!(complaint(&error), expected, "the shell shows this sentence");
    }
}
