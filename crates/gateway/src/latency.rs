//! How soon a model began to answer of late.

/// The last first-token times, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    last: Vec<u32>,
    next: usize,
}

/// Enough for a 95th percentile, few enough to follow a change within minutes.
const KEPT: usize = 64;

impl Latencies {
    pub(crate) fn note(&mut self, millis: u32) {
        match self.last.get_mut(self.next) {
            Some(oldest) => *oldest = millis,
            None => self.last.push(millis),
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The time that `percent` of the answers did not exceed; none without answers.
    pub(crate) fn percentile(&self, percent: usize) -> Option<u32> {
        let mut sorted = self.last.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_last_answers() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile(50), None, "nothing is known yet");
        (0..1_000).for_each(|_| latencies.note(9_000));
        (1..=64).for_each(|millis| latencies.note(millis));
        assert_eq!(
            (latencies.percentile(50), latencies.percentile(95)),
            (Some(32), Some(61)),
            "the old, slow times are forgotten"
        );
    }
}
