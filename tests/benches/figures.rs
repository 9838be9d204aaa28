//! Samples, their middle and their tail, and the file that `xtask` reads.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

/// One row of the table. `crates/xtask/src/bench.rs` describes the fields.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Figure {
    name: String,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    median: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Figure {
    /// The median and the 95th percentile of `samples`, which are in `unit`.
    pub(crate) fn of(name: &str, unit: &str, samples: &Samples) -> Self {
        let (median, p95) = (samples.quantile(0.5), samples.quantile(0.95));
        Self { median, p95, ..Self::named(name, unit) }
    }

    /// A single number.
    pub(crate) fn one(name: &str, unit: &str, value: f64) -> Self {
        Self { median: Some(value), ..Self::named(name, unit) }
    }

    /// A row without a number, and why.
    pub(crate) fn missing(name: &str, unit: &str, why: &str) -> Self {
        Self { note: Some(why.to_owned()), ..Self::named(name, unit) }
    }

    /// What it should be, such as `≤ 400` or `p95 ≤ 20`.
    pub(crate) fn target(self, target: &str) -> Self {
        Self { target: Some(target.to_owned()), ..self }
    }

    /// How it was measured.
    pub(crate) fn note(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// Another tail than the 95th percentile: where more is better, the 5th.
    pub(crate) fn tail(self, p95: Option<f64>) -> Self {
        Self { p95, ..self }
    }

    fn named(name: &str, unit: &str) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), ..Self::default() }
    }
}

/// The figures of one group, written as they come.
pub(crate) struct Sheet(Option<File>);

impl Sheet {
    /// Begins the file of a group below `CARREL_BENCH_DIR`; without that
    /// variable the figures are only printed.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub(crate) fn begin(group: &str) -> io::Result<Self> {
        let folder = std::env::var_os("CARREL_BENCH_DIR").map(PathBuf::from);
        let file = folder.map(|folder| File::create(folder.join(format!("{group}.json"))));
        Ok(Self(file.transpose()?))
    }

    /// Writes a figure down and prints it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn add(&mut self, figure: &Figure) -> io::Result<()> {
        let line = serde_json::to_string(figure)?;
        println!("{line}");
        match &mut self.0 {
            Some(file) => writeln!(file, "{line}"),
            None => Ok(()),
        }
    }
}

/// Numbers of one unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    pub(crate) fn push_ms(&mut self, took: Duration) {
        self.push(took.as_secs_f64() * 1e3);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5).unwrap_or(f64::NAN)
    }

    /// The smallest sample that this part of all samples does not exceed.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index among some thousand samples"
    )]
    pub(crate) fn quantile(&self, part: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (part * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

/// The one clock of the benches.
#[expect(clippy::disallowed_methods, reason = "to measure is what a bench is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// What `work` returns, and how long it took.
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = now();
    (work.await, start.elapsed())
}
