//! What each process of the window holds in memory. The command line and the
//! built-in model's process are measured with the other programs.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::figures::Sheet;
use crate::held::{Held, missing};

/// The processes by the beginning of their names, as the kernel cuts them.
const PROCESSES: [(&str, &str); 3] = [
    ("carrel-desktop", "shell with the engine"),
    ("WebKitWebProc", "web process"),
    ("WebKitNetwork", "network process"),
];

/// Writes down the memory of all processes that run over `data_dir`.
pub(super) fn note(sheet: &mut Sheet, data_dir: &Path, when: &str) -> Outcome {
    for (begin, name) in PROCESSES {
        let held: Vec<Held> = running(data_dir, begin)?;
        let figure = if held.is_empty() {
            missing(name, &format!("no such process was found {when}"))
        } else {
            Held::sum(&held).figure(name, when)
        };
        sheet.add(&figure)?;
    }
    Ok(())
}

/// Children keep the environment they were started with, and with it the
/// data folder by which this run is told from others.
fn running(data_dir: &Path, begin: &str) -> Outcome<Vec<Held>> {
    let mark = format!("CARREL_DATA_DIR={}\0", data_dir.display());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let process = entry.path();
        // Processes end while they are looked at; they then hold nothing.
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let ours = environment.windows(mark.len()).any(|part| part == mark.as_bytes());
        if !name.starts_with(begin) || !ours {
            continue;
        }
        found.push(Held::read(&process)?);
    }
    Ok(found)
}
