//! Programs of others that the tests talk to: the independent mock of model
//! APIs, and the official clients for JavaScript and Python.

use std::process::Command;

use crate::command::shown;
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;
use crate::ui::{fingerprint, install_in};

/// Installs what the lock files name, where they changed since the last time.
///
/// # Errors
/// When npm or pip fails.
pub(crate) fn install(place: &Place) -> Result<(), Trouble> {
    install_in(place, &place.mock(), "npm-mock")?;
    let wanted = place.mock().join("requirements.txt");
    let (stamp, lock) = (place.notes().join("pip-mock.stamp"), fingerprint(&wanted)?);
    let there = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock);
    if there && place.python().join("openai").is_dir() {
        println!("nothing changed since the last pip install");
        return Ok(());
    }
    if place.python().exists() {
        std::fs::remove_dir_all(place.python()).map_err(Trouble::file(&place.python()))?;
    }
    // Each package is named, so none is looked for; what else lies on this machine is no matter.
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]);
    pip.args(["--disable-pip-version-check", "--root-user-action=ignore"]);
    shown(pip.arg("--requirement").arg(&wanted).arg("--target").arg(place.python()))?;
    ensure_dir(&place.notes())?;
    std::fs::write(&stamp, lock).map_err(Trouble::file(&stamp))
}
