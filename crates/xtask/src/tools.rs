//! The cargo tools of the gate, at pinned versions, below `target/tools`.
//!
//! A tool that is already on the PATH is used as it is, at any version, except
//! `tauri-driver`, whose versions understand different capabilities.

use std::process::Command;

use crate::command::{says_yes, shown};
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

struct Tool {
    name: &'static str,
    version: &'static str,
    /// Whether another version will not do.
    exact: bool,
}

const TOOLS: [Tool; 3] = [
    Tool { name: DRIVER, version: "2.1.0", exact: true },
    Tool { name: "cargo-nextest", version: "0.9.143", exact: false },
    Tool { name: "cargo-deny", version: "0.20.2", exact: false },
];

/// Drives the real window.
pub(crate) const DRIVER: &str = "tauri-driver";

/// Installs what the gate needs and is missing.
///
/// # Errors
/// When cargo cannot.
pub(crate) fn ensure(place: &Place) -> Result<(), Trouble> {
    TOOLS.iter().try_for_each(|tool| ensure_one(place, tool.name))
}

/// Installs the tool of this name, where it is missing.
///
/// # Errors
/// When cargo cannot.
pub(crate) fn ensure_one(place: &Place, name: &str) -> Result<(), Trouble> {
    for tool in TOOLS.iter().filter(|tool| tool.name == name) {
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
        if self.exact {
            return self.recorded(place);
        }
        let subcommand = self.name.trim_start_matches("cargo-");
        let mut probe = Command::new(self.name);
        says_yes(probe.args([subcommand, "--version"]).env("PATH", path(place)))
    }

    /// Cargo keeps a list of what it installed, here and for the person.
    fn recorded(&self, place: &Place) -> bool {
        let home = std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from);
        let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
        let entry = format!("\"{} {} ", self.name, self.version);
        let lists = home.into_iter().chain([place.tools()]);
        lists
            .filter_map(|folder| std::fs::read_to_string(folder.join(".crates.toml")).ok())
            .any(|list| list.contains(&entry))
    }

    /// Without optimisation: built in half the time, and fast enough.
    fn install(&self, place: &Place) -> Result<(), Trouble> {
        ensure_dir(&place.tools())?;
        let mut install = Command::new("cargo");
        install.args(["install", self.name, "--version", self.version, "--locked", "--debug"]);
        shown(install.arg("--root").arg(place.tools()).env_remove("CARGO_TARGET_DIR"))
    }
}
