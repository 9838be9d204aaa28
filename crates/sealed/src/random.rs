//! The one source of randomness: the operating system's.
//!
//! Nothing here falls back to something weaker. A machine that cannot give
//! random bytes cannot seal anything, so the process ends instead.

use ring::rand::{SecureRandom, SystemRandom};

/// `N` bytes from the operating system's generator.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        impossible("the system gives no random bytes");
    }
    bytes
}

/// Ends the process where going on would mean weaker cryptography.
///
/// Stands for the failures that the primitives' signatures allow and that a
/// key of fixed length or a message below 64 GiB rules out.
pub(crate) fn impossible(what: &'static str) -> ! {
    tracing::error!(what, "cannot go on safely");
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<32>(), random_bytes::<32>(), "a repeated draw is no randomness");
    }
}
