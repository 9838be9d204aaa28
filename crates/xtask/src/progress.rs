//! Numbered steps with their durations.

use std::time::{Duration, Instant};

/// Counts the steps of one task.
pub(crate) struct Progress {
    done: usize,
    all: usize,
}

impl Progress {
    /// For a task of `all` steps.
    pub(crate) fn new(all: usize) -> Self {
        Self { done: 0, all }
    }

    /// Says what begins, does it, and says how long it took.
    pub(crate) fn step<T, E>(
        &mut self,
        title: &str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.done += 1;
        let (number, all) = (self.done, self.all);
        println!("\n[{number}/{all}] {title}");
        let (outcome, took) = timed(work);
        let word = if outcome.is_ok() { "done" } else { "FAILED" };
        println!("[{number}/{all}] {title}: {word} in {}", spell(took));
        outcome
    }

    /// Says what is left out, and why.
    pub(crate) fn skip(&mut self, title: &str, lacking: &str) {
        self.done += 1;
        println!("\n[{}/{}] {title}: left out, as this failed: {lacking}", self.done, self.all);
    }
}

#[expect(clippy::disallowed_methods, reason = "people want to know how long a step took")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

fn spell(took: Duration) -> String {
    match took.as_secs() {
        0..=9 => format!("{:.1} s", took.as_secs_f64()),
        seconds @ 10..=119 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spelled_for_people() {
        let spelled = [250, 59_000, 754_000].map(|ms| spell(Duration::from_millis(ms)));
        assert_eq!(spelled, ["0.2 s", "59 s", "12 min 34 s"], "nobody counts 754 seconds");
    }
}
