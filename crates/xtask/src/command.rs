//! Other programs: shown while they run, or kept in a log until they fail.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::trouble::Trouble;

/// Runs with its output shown.
pub(crate) fn shown(command: &mut Command) -> Result<(), Trouble> {
    let status = as_typed(command).stdin(Stdio::null()).status().map_err(not_started(command))?;
    check(command, status)
}

/// Runs in silence, and returns what it said on standard output.
pub(crate) fn asked(command: &mut Command) -> Result<String, Trouble> {
    let output = as_typed(command).stdin(Stdio::null()).output().map_err(not_started(command))?;
    check(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether the program exists and says yes.
pub(crate) fn says_yes(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs with everything it says in the file `log`.
pub(crate) fn logged(command: &mut Command, log: &Path) -> Result<(), Trouble> {
    let out = File::create(log).map_err(Trouble::file(log))?;
    let err = out.try_clone().map_err(Trouble::file(log))?;
    let command = as_typed(command).stdin(Stdio::null()).stdout(out).stderr(err);
    let status = command.status().map_err(not_started(command))?;
    check(command, status)
}

/// A program beside this one, which must not outlive it.
pub(crate) struct Attendant(pub(crate) Child);

impl Attendant {
    /// Starts it with its output shown.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Trouble> {
        command.stdin(Stdio::null()).spawn().map(Self).map_err(not_started(command))
    }

    /// Starts it, and returns the line it says when it is ready.
    pub(crate) fn ready(command: &mut Command) -> Result<(Self, String), Trouble> {
        let mut attendant = Self::start(command.stdout(Stdio::piped()).stderr(Stdio::null()))?;
        let mut line = String::new();
        if let Some(out) = attendant.0.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(not_started(command))?;
        }
        match line.trim() {
            "" => Err(Trouble::Mend(format!("{} did not come up", spell(command)))),
            said => Ok((attendant, said.to_owned())),
        }
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Without what cargo told this program of its own package. Build scripts look at it, so that
/// a command typed by hand would build anew what the same command built from here.
fn as_typed(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let spelled = name.to_string_lossy();
        if spelled.starts_with("CARGO_PKG_") || spelled.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

fn check(command: &Command, status: ExitStatus) -> Result<(), Trouble> {
    if status.success() {
        return Ok(());
    }
    Err(Trouble::Failed { program: spell(command), status: status.to_string() })
}

fn not_started(command: &Command) -> impl FnOnce(std::io::Error) -> Trouble + use<> {
    let program = spell(command);
    move |cause| Trouble::NotStarted { program, cause }
}

/// As one would type it.
pub(crate) fn spell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
