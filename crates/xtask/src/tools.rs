//! The cargo tools of the gate, at pinned versions, below `target/tools`.
//!
//! A tool that is already on the PATH is used as it is, at any version.

use std::process::Command;

use crate::command::{says_yes, shown};
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

struct Tool {
    name: &'static str,
    version: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool { name: "cargo-nextest", version: "0.9.143" },
    Tool { name: "cargo-deny", version: "0.20.2" },
];

/// Installs what the gate needs and is missing.
///
/// # Errors
/// When cargo cannot.
pub(crate) fn ensure(place: &Place) -> Result<(), Trouble> {
    for tool in TOOLS {
        if tool.present(place) {
            println!("{} is there", tool.name);
        } else {
            tool.install(place)?;
        }
    }
    Ok(())
}

/// The PATH with this tree's tools in front.
pub(crate) fn path(place: &Place) -> std::ffi::OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let tools = std::iter::once(place.tools().join("bin"));
    std::env::join_paths(tools.chain(std::env::split_paths(&rest))).unwrap_or(rest)
}

impl Tool {
    fn present(&self, place: &Place) -> bool {
        let subcommand = self.name.trim_start_matches("cargo-");
        let mut probe = Command::new(self.name);
        says_yes(probe.args([subcommand, "--version"]).env("PATH", path(place)))
    }

    /// Without optimisation: built in half the time, and fast enough.
    fn install(&self, place: &Place) -> Result<(), Trouble> {
        ensure_dir(&place.tools())?;
        let mut install = Command::new("cargo");
        install.args(["install", self.name, "--version", self.version, "--locked", "--debug"]);
        shown(install.arg("--root").arg(place.tools()).env_remove("CARGO_TARGET_DIR"))
    }
}
