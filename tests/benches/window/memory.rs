//! What each process of the application holds in memory.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::figures::{Figure, Sheet};

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
        let name = format!("memory, {name}");
        let figure = if held.is_empty() {
            Figure::missing(&name, "MB", &format!("no such process was found {when}"))
        } else {
            let (shared_out, resident) =
                held.iter().fold((0.0, 0.0), |(pss, rss), one| (pss + one.pss, rss + one.rss));
            Figure::one(&name, "MB", shared_out)
                .note(&format!("{when}; PSS (resident with all shared pages: {resident:.0} MB)"))
        };
        sheet.add(&figure)?;
    }
    Ok(())
}

/// Megabytes of one process.
struct Held {
    /// Shared pages counted by their part.
    pss: f64,
    rss: f64,
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
        let maps = fs::read_to_string(process.join("smaps_rollup"))?;
        found.push(Held { pss: megabytes(&maps, "Pss:"), rss: megabytes(&maps, "Rss:") });
    }
    Ok(found)
}

fn megabytes(maps: &str, field: &str) -> f64 {
    let line = maps.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kib| kib * 1_024.0 / 1e6)
}
