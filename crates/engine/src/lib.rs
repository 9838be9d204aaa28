//! The use cases of Carrel, and the one API that every shell calls.
//!
//! The only place where vault, workspace, gateway and policy meet. Knows no
//! windows, no SQL and no HTTP. A shell starts an `App`, names its windows
//! and passes commands through `App::call`; who is asking follows from the
//! window. See `docs/architecture.md` for the way of one message.

mod anchors;
pub mod api;

mod about;
mod access;
mod app;
mod auditing;
#[cfg(test)]
mod bindings;
mod catalogue;
mod cells;
mod chats;
mod checkpoints;
mod clock;
mod commands;
mod computer;
mod content;
mod denials;
mod departures;
mod desk;
mod dispatch;
mod door;
mod erasure;
mod estimate;
mod examination;
mod exporting;
mod failure;
mod gates;
mod groups;
mod health;
mod host;
mod idle;
mod keeping;
mod keys;
mod licences;
mod limits;
mod link;
mod local_model;
mod login;
mod members;
mod models;
mod newcomers;
mod policies;
mod policy_history;
mod price;
mod probe;
pub mod programs;
mod providers;
mod reach;
mod record;
mod requests;
mod routes;
mod secrets;
mod session;
mod settings;
mod shared;
mod statements;
mod things;
mod troubles;
mod turn;
mod usage;
mod views;
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use app::{App, KeyCost, Setup};
pub use auditing::{CheckedExport, check_export};
pub use checkpoints::{ShownByProof, check_proof_of, is_proof};
pub use clock::{Clock, SystemClock, Uptime};
pub use dispatch::{DESK_COMMANDS, DESK_GATES, DOOR_COMMANDS};
pub use examination::Examiner;
pub use exporting::{CheckedPackage, check_package, is_package};
pub use host::{Host, NewFile, NoWindows, begin_beside, save_beside};
pub use local_model::{BUILT_IN_LABEL, BUILT_IN_MODEL, LocalModelFiles, WEIGHTS_FILE};
pub use sealed::{Keychain, KeychainError, MemoryKeychain, NoKeychain};
pub use turn::TurnSink;
pub use window::WindowLabel;

/// Where Carrel keeps everything: `CARREL_DATA_DIR`, else the usual place for
/// a person's application data on this system, else `carrel` in this folder.
#[must_use]
pub fn data_dir() -> PathBuf {
    std::env::var_os("CARREL_DATA_DIR")
        .map(PathBuf::from)
        .or_else(usual_dir)
        .unwrap_or_else(|| PathBuf::from("carrel"))
}

fn usual_dir() -> Option<PathBuf> {
    dirs::data_dir().map(|folder| folder.join("carrel"))
}

/// The keychain for what lies in `data_dir`: this computer's for the usual place, unless
/// `CARREL_KEYCHAIN` is `off`. Any other folder may have to open on another computer.
#[must_use]
pub fn keychain(data_dir: &Path) -> Arc<dyn Keychain> {
    let off = std::env::var_os("CARREL_KEYCHAIN").is_some_and(|value| value == "off");
    if off || usual_dir().is_none_or(|usual| usual != data_dir) {
        Arc::new(NoKeychain)
    } else {
        Arc::new(sealed::SystemKeychain::default())
    }
}

/// Keeps this process's memory out of crash dumps, overwrites it as it is freed,
/// and keeps what a panic was about to itself. Call before anything else.
pub fn guard_memory() {
    residue::hide_panic_texts();
    residue::wipe_freed_memory();
    if let Err(error) = residue::forbid_core_dumps() {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
}
