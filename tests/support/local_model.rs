//! The built-in model's program: the real one, one that only speaks, and those that run.
//!
//! The real one needs the weights that `cargo xtask test` fetches.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use engine::LocalModelFiles;
use rustix::process::{Pid, Signal, kill_process};

use crate::desktop::{binary, models_dir};
use crate::memory::family;

/// What the program says on a processor without AVX2; its own test holds it to these words.
pub const OLD_PROCESSOR: &str = r#"{"error":{"code":"unsupported_cpu","message":"This computer's processor is too old for the built-in model (it lacks avx2, bmi2). Choose another model."}}"#;

/// As much of the program's name as the system keeps.
const NAME: &str = "carrel-local-mo";

/// The real program and the real weights; people's own go into `data_dir`.
///
/// # Panics
/// Where the weights are not there.
#[must_use]
pub fn real(data_dir: &Path) -> LocalModelFiles {
    let weights = models_dir().join(engine::WEIGHTS_FILE);
    assert!(weights.is_file(), "no {}: run `cargo xtask weights`", weights.display());
    LocalModelFiles {
        sidecar: binary("carrel-local-model"),
        shipped: models_dir(),
        own: data_dir.join("models"),
    }
}

/// A program in `folder` that says `line` as its first one and ends.
///
/// # Panics
/// Where it cannot be written.
#[must_use]
pub fn that_says(folder: &Path, line: &str) -> PathBuf {
    let program = folder.join("stand-in");
    std::fs::write(&program, format!("#!/bin/sh\ncat <<'END'\n{line}\nEND\n")).expect("a script");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o700)).expect("it may run");
    program
}

/// The real programs that run below the process `ancestor`.
#[must_use]
pub fn running_below(ancestor: u32) -> Vec<u32> {
    let family = family(ancestor).into_iter();
    family.filter(|(_, name)| name == NAME).map(|(pid, _)| pid).collect()
}

/// Those that run below this process.
#[must_use]
pub fn running() -> Vec<u32> {
    running_below(std::process::id())
}

/// Ends one as a crash would.
///
/// # Panics
/// Where it is gone already.
pub fn crash(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::KILL).expect("it runs");
}
