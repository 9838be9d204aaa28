//! What one process holds in memory, as the system counts it.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::figures::Figure;

/// Megabytes of one process.
pub(crate) struct Held {
    /// Shared pages counted by their part.
    pub(crate) pss: f64,
    /// With all shared pages.
    pub(crate) rss: f64,
}

impl Held {
    /// Of the process that `folder` in `/proc` describes.
    pub(crate) fn read(folder: &Path) -> Outcome<Self> {
        let maps = fs::read_to_string(folder.join("smaps_rollup"))?;
        Ok(Self { pss: megabytes(&maps, "Pss:"), rss: megabytes(&maps, "Rss:") })
    }

    /// Of the process with this number.
    pub(crate) fn of(pid: u32) -> Outcome<Self> {
        Self::read(Path::new(&format!("/proc/{pid}")))
    }

    /// All of these together.
    pub(crate) fn sum(all: &[Self]) -> Self {
        let add = |sum: Self, one: &Self| Self { pss: sum.pss + one.pss, rss: sum.rss + one.rss };
        all.iter().fold(Self { pss: 0.0, rss: 0.0 }, add)
    }

    /// The row of the table.
    pub(crate) fn figure(&self, of: &str, when: &str) -> Figure {
        let rss = self.rss;
        Figure::one(&name(of), "MB", self.pss)
            .note(&format!("{when}; PSS (resident with all shared pages: {rss:.0} MB)"))
    }
}

/// A row without a figure.
pub(crate) fn missing(of: &str, why: &str) -> Figure {
    Figure::missing(&name(of), "MB", why)
}

fn name(of: &str) -> String {
    format!("memory, {of}")
}

fn megabytes(maps: &str, field: &str) -> f64 {
    let line = maps.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kib| kib * 1_024.0 / 1e6)
}
