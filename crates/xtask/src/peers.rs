//! Other gateways, which `cargo xtask bench` measures Carrel beside.
//!
//! They are installed below the target folder only where somebody asks for it
//! (`bench --peers`): nearly a gigabyte, from the Python and Node registries.
//! What could not be installed stands in the table as not measured.

use std::path::Path;
use std::process::Command;

use crate::command::shown;
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

const LITELLM: &str = "1.108.7";
const PORTKEY: &str = "1.15.2";

/// Installs each peer that is not there yet in its version.
///
/// # Errors
/// When their folder cannot be made; a peer that fails is told and left out.
pub(crate) fn install(place: &Place) -> Result<(), Trouble> {
    let peers = place.peers();
    ensure_dir(&peers)?;
    one(&peers, "litellm", LITELLM, || {
        let python = peers.join("python");
        shown(Command::new("python3").args(["-m", "venv"]).arg(&python))?;
        let mut pip = Command::new(python.join("bin/pip"));
        shown(pip.args(["install", "--quiet", &format!("litellm[proxy]=={LITELLM}")]))
    });
    one(&peers, "portkey", PORTKEY, || {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&peers);
        shown(npm.arg(format!("@portkey-ai/gateway@{PORTKEY}")))
    });
    Ok(())
}

/// Notes the version once it is there; the bench finds a peer by this note.
fn one(peers: &Path, name: &str, version: &str, install: impl FnOnce() -> Result<(), Trouble>) {
    let note = peers.join(format!("{name}.version"));
    if std::fs::read_to_string(&note).is_ok_and(|there| there == version) {
        println!("{name} {version} is there");
        return;
    }
    let installed =
        install().and_then(|()| std::fs::write(&note, version).map_err(Trouble::file(&note)));
    match installed {
        Ok(()) => println!("installed {name} {version}"),
        Err(trouble) => println!("{name} is left out: {trouble}"),
    }
}
