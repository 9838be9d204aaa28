//! Chance that can be repeated: one seed, told when a test fails.

use std::hash::{BuildHasher, RandomState};

/// SplitMix64 from a seed.
pub struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    /// Dice with a seed of their own, or with that of `CARREL_SEED`.
    #[must_use]
    pub fn new() -> Self {
        let given = std::env::var("CARREL_SEED").ok().and_then(|text| text.parse().ok());
        Self::from_seed(given.unwrap_or_else(|| RandomState::new().hash_one("dice")))
    }

    /// The dice of this seed.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What to say when a test fails: how to see the same again.
    #[must_use]
    pub fn told(&self) -> String {
        format!("again with CARREL_SEED={}", self.seed)
    }

    /// 64 random bits.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`, which is at least 1.
    pub fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.roll() % sides).unwrap_or(0)
    }

    /// A made-up word of `syllables` syllables of three letters each.
    pub fn word(&mut self, syllables: usize) -> String {
        let mut word = String::new();
        for _ in 0..syllables {
            for letters in ["bcdfghklmnprstvwz", "aeiou", "nrslt"] {
                let at = self.below(letters.len());
                word.extend(letters.chars().nth(at));
            }
        }
        word
    }
}

impl Default for Dice {
    fn default() -> Self {
        Self::new()
    }
}

/// True where everything is wanted: hours instead of seconds.
#[must_use]
pub fn soak() -> bool {
    std::env::var_os("CARREL_SOAK").is_some_and(|value| value == "1")
}
