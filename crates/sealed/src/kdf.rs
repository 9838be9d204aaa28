//! From a passphrase to a key: Argon2id (RFC 9106) and its cost.
//!
//! A cost read from a file is refused outside floor and ceiling before any
//! memory is taken, so that a planted file can neither weaken nor stall us.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

use crate::key::Key;
use crate::random::random_bytes;

/// How hard guessing is made: memory, passes over it, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes the memory is cut into.
    pub lanes: u32,
}

/// The cost lies outside floor and ceiling, or this machine cannot give that much memory.
#[derive(Debug)]
pub(crate) struct OutOfRange;

impl KdfCost {
    /// The least that is accepted: 64 MiB, 3 passes, 1 lane. For tests.
    pub const FLOOR: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// What a profile gets unless the machine can do more: 128 MiB, 3 passes, 4 lanes.
    pub const USUAL: Self = Self { memory_kib: 128 * 1024, passes: 3, lanes: 4 };
    /// The most that is accepted: 1 GiB, 10 passes, 8 lanes.
    pub const CEILING: Self = Self { memory_kib: 1024 * 1024, passes: 10, lanes: 8 };

    /// The cost that takes this machine about half a second, never below [`KdfCost::USUAL`]
    /// and never above 512 MiB. Takes up to a second itself.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "calibrating is measuring; nothing is stored")]
    pub fn calibrated() -> Self {
        let mut cost = Self::USUAL;
        while cost.memory_kib < 512 * 1024 {
            let start = std::time::Instant::now();
            if cost.key(b"calibration", &random_bytes()).is_err() {
                return Self::USUAL;
            }
            // Twice the memory takes twice the time: go on while that stays below half a second.
            if start.elapsed().as_millis() > 250 {
                break;
            }
            cost.memory_kib *= 2;
        }
        cost
    }

    /// Whether floor and ceiling admit this cost.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        let within = |value, floor, ceiling| (floor..=ceiling).contains(&value);
        within(self.memory_kib, Self::FLOOR.memory_kib, Self::CEILING.memory_kib)
            && within(self.passes, Self::FLOOR.passes, Self::CEILING.passes)
            && within(self.lanes, Self::FLOOR.lanes, Self::CEILING.lanes)
    }

    /// The key of this passphrase and salt at this cost.
    pub(crate) fn key(&self, passphrase: &[u8], salt: &[u8; 32]) -> Result<Key, OutOfRange> {
        if !self.is_admitted() {
            return Err(OutOfRange);
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| OutOfRange)?;
        let blocks = params.block_count();
        // Our own memory, because the crate's does not wipe itself.
        let mut memory = Zeroizing::new(Vec::new());
        memory.try_reserve_exact(blocks).map_err(|_| OutOfRange)?;
        memory.resize(blocks, Block::default());
        let mut bytes = [0; 32];
        let stretched = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(passphrase, salt, &mut bytes, memory.as_mut_slice());
        let key = Key::from_bytes(bytes);
        bytes.zeroize();
        stretched.map(|()| key).map_err(|_| OutOfRange)
    }
}

impl Default for KdfCost {
    fn default() -> Self {
        Self::USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_outside_floor_and_ceiling_are_refused_without_taking_memory() {
        let floor = KdfCost::FLOOR;
        let absurd = [
            KdfCost { memory_kib: 64 * 1024 - 1, ..floor },
            KdfCost { memory_kib: 1024 * 1024 + 1, ..floor },
            KdfCost { memory_kib: u32::MAX, passes: u32::MAX, lanes: u32::MAX },
            KdfCost { memory_kib: 0, passes: 0, lanes: 0 },
            KdfCost { passes: 2, ..floor },
            KdfCost { passes: 11, ..floor },
            KdfCost { lanes: 0, ..floor },
            KdfCost { lanes: 9, ..floor },
        ];
        for cost in absurd {
            // 4 TiB would not even be reserved; an error says that it was never asked for.
            assert!(cost.key(b"x", &[0; 32]).is_err(), "{cost:?} lies outside");
        }
        assert!(
            KdfCost::USUAL.is_admitted() && KdfCost::CEILING.is_admitted(),
            "the bounds are in"
        );
    }

    #[test]
    fn the_key_depends_on_passphrase_salt_and_cost() {
        let floor = KdfCost::FLOOR;
        let key = floor.key(b"one", &[1; 32]).unwrap();
        assert_eq!(key.bytes(), floor.key(b"one", &[1; 32]).unwrap().bytes(), "it repeats");
        assert_ne!(key.bytes(), floor.key(b"two", &[1; 32]).unwrap().bytes(), "passphrase");
        assert_ne!(key.bytes(), floor.key(b"one", &[2; 32]).unwrap().bytes(), "salt");
        let lanes = KdfCost { lanes: 2, ..floor };
        assert_ne!(key.bytes(), lanes.key(b"one", &[1; 32]).unwrap().bytes(), "cost");
    }
}
