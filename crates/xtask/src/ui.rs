//! The screens: their dependencies from the lock file, and their build.

use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::command::{asked, shown};
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

/// Vite and its kin need it.
const LEAST_NODE: (u32, u32) = (20, 19);

/// `npm` with these arguments, in the folder of the screens.
pub(crate) fn npm(place: &Place, arguments: &[&str]) -> Command {
    npm_in(&place.ui(), arguments)
}

fn npm_in(folder: &Path, arguments: &[&str]) -> Command {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut npm = Command::new(program);
    npm.args(arguments).current_dir(folder);
    npm
}

/// Installs what the lock file names, where that changed since the last time.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub(crate) fn install(place: &Place) -> Result<(), Trouble> {
    check_node()?;
    install_in(place, &place.ui(), "npm")
}

/// Installs what the lock file in `folder` names; `note` remembers which it was.
///
/// # Errors
/// When npm fails.
pub(crate) fn install_in(place: &Place, folder: &Path, note: &str) -> Result<(), Trouble> {
    let stamp = place.notes().join(format!("{note}.stamp"));
    let wanted = fingerprint(&folder.join("package-lock.json"))?;
    let installed = std::fs::read_to_string(&stamp).unwrap_or_default();
    if installed == wanted && folder.join("node_modules/.package-lock.json").exists() {
        println!("nothing changed since the last npm ci");
        return Ok(());
    }
    shown(&mut npm_in(folder, &["ci", "--no-audit", "--no-fund"]))?;
    ensure_dir(&place.notes())?;
    std::fs::write(&stamp, wanted).map_err(Trouble::file(&stamp))
}

/// Builds the screens into `ui/dist`, which the application embeds.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(place: &Place) -> Result<(), Trouble> {
    shown(&mut npm(place, &["run", "build"]))
}

fn check_node() -> Result<(), Trouble> {
    let (major, minor) = LEAST_NODE;
    let found = asked(Command::new("node").arg("--version")).unwrap_or_default();
    if version(&found) >= Some(LEAST_NODE) {
        return Ok(());
    }
    let found = if found.is_empty() { "none" } else { found.trim() };
    Err(Trouble::Mend(format!(
        "The screens need Node {major}.{minor} or later (found: {found}). Install it from nodejs.org."
    )))
}

/// `v20.19.1` as (20, 19).
fn version(said: &str) -> Option<(u32, u32)> {
    let mut parts = said.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// Changes with the content of a file.
pub(crate) fn fingerprint(file: &Path) -> Result<String, Trouble> {
    let bytes = std::fs::read(file).map_err(Trouble::file(file))?;
    Ok(crate::weights::hex(&Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_compare_by_number() {
        assert!(version("v20.9.0\n") < Some(LEAST_NODE), "9 is less than 19");
        assert!(version("v22.1.0\n") >= Some(LEAST_NODE), "a later major is enough");
        assert!(version("") < Some(LEAST_NODE), "no Node is no version");
    }
}
