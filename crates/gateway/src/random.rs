//! Chance, from one injected source.
//!
//! Deciders take a number and are pure; only the edge draws it. Not for
//! secrets: it spreads load, draws candidates and names attempts.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Draws numbers that are evenly spread over all 64 bits.
#[derive(Clone)]
pub struct Randomness(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Randomness {
    /// Draws from `source`.
    pub fn new(source: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The same numbers for the same seed (SplitMix64; Steele, Lea, Flood 2014).
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let state = AtomicU64::new(seed);
        Self::new(move || {
            const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
            let mut z = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        })
    }

    pub(crate) fn draw(&self) -> u64 {
        (self.0)()
    }

    /// Ten bytes for an id.
    pub(crate) fn ten_bytes(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        let drawn = self.draw().to_le_bytes().into_iter().chain(self.draw().to_le_bytes());
        for (byte, random) in bytes.iter_mut().zip(drawn) {
            *byte = random;
        }
        bytes
    }
}

impl Default for Randomness {
    /// Seeded by the operating system, through the standard library's hasher.
    fn default() -> Self {
        Self::seeded(RandomState::new().build_hasher().finish())
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness(…)")
    }
}

/// `random` as a fraction from 0 up to, never reaching, 1.
pub(crate) fn fraction(random: u64) -> f64 {
    // 53 bits are what a double holds exactly.
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_published_sequence() {
        let random = Randomness::seeded(1_234_567);
        let drawn = [random.draw(), random.draw(), random.draw()];
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(drawn, published, "SplitMix64's reference output");
        assert!(fraction(u64::MAX) < 1.0 && fraction(0) == 0.0, "half open");
    }
}
