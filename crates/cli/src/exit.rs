//! What went wrong, and the exit code that says so.

use std::io::Write;
use std::process::ExitCode;

use engine::api::{Failure, FailureCode};

/// Shown below `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failed for another reason
  2  wrong usage
  3  wrong passphrase, or too many tries
  4  the desk is open elsewhere
  5  not allowed
  6  no such desk, chat or backup
  7  a file is damaged, newer than this Carrel, or older than last seen
  8  the model or its provider failed
  9  the answer is partial; what arrived was printed and kept
  10 the examination found something that is not well
  11 this computer's keychain is locked or away, or does not have the key
  12 a limit of the workspace is reached";

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The engine refused or failed.
    #[error("{}", .0.message)]
    Engine(Failure),
    /// The terminal, a pipe or a file descriptor failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The arguments do not fit what is there.
    #[error("{0}")]
    Usage(String),
    /// The answer ended early.
    #[error("{0}")]
    Partial(String),
    /// The examination found something.
    #[error("Something is not well; see above.")]
    NotWell,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Engine(failure)
    }
}

impl Problem {
    fn code(&self) -> u8 {
        match self {
            Self::Io(_) => 1,
            Self::Usage(_) => 2,
            Self::Partial(_) => 9,
            Self::NotWell => 10,
            Self::Engine(failure) => match failure.code {
                FailureCode::WrongSecret | FailureCode::TooManyTries => 3,
                FailureCode::InUse => 4,
                FailureCode::Denied => 5,
                FailureCode::NotFound => 6,
                FailureCode::Damaged
                | FailureCode::WorkspaceDamaged
                | FailureCode::WorkspaceAltered
                | FailureCode::DoorDamaged
                | FailureCode::Newer
                | FailureCode::RolledBack
                | FailureCode::WorkspaceRolledBack => 7,
                FailureCode::NoModel
                | FailureCode::WeightsMissing
                | FailureCode::Unsupported
                | FailureCode::Provider
                | FailureCode::BadKey
                | FailureCode::RateLimited
                | FailureCode::ContextTooLong => 8,
                FailureCode::Invalid => 2,
                FailureCode::Keychain => 11,
                FailureCode::LimitReached => 12,
                FailureCode::Locked
                | FailureCode::DiskFull
                | FailureCode::ReadOnly
                | FailureCode::Busy
                | FailureCode::Internal => 1,
            },
        }
    }
}

/// Prints what went wrong and turns it into the process's exit code.
pub(crate) fn report(outcome: Result<(), Problem>, json: bool) -> ExitCode {
    let Err(problem) = outcome else { return ExitCode::SUCCESS };
    let line = match &problem {
        Problem::Engine(failure) if json => serde_json::json!({ "failure": failure }).to_string(),
        other if json => {
            serde_json::json!({ "failure": { "message": other.to_string() } }).to_string()
        }
        other => format!("carrel: {other}"),
    };
    // Where even standard error is gone, the exit code still tells.
    let _ = writeln!(std::io::stderr(), "{line}");
    ExitCode::from(problem.code())
}

/// Writes one line to standard output.
pub(crate) fn say(line: &str) -> Result<(), Problem> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
