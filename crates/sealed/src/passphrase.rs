//! Passphrases: one form for each, and a judgement of how good one is.
//!
//! Normalised to NFKC, so that the same words typed on another keyboard are
//! the same passphrase. Nothing is trimmed and no character is refused.

use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest passphrase, in bytes of its normalised form.
const LONGEST: usize = 1024;

/// A passphrase as it goes into the key derivation. Wiped when dropped.
pub struct Passphrase(Zeroizing<String>);

/// Why a text cannot be a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// There is nothing in it.
    #[error("a passphrase cannot be empty")]
    Empty,
    /// More than 1024 bytes once normalised.
    #[error("a passphrase has at most 1024 bytes")]
    TooLong,
}

impl Passphrase {
    /// The passphrase of this text.
    ///
    /// # Errors
    /// [`PassphraseError`] if the text is empty or longer than 1024 bytes when normalised.
    pub fn new(text: &str) -> Result<Self, PassphraseError> {
        // Room for one character more than allowed: a growing string leaves copies behind.
        let mut normal = Zeroizing::new(String::with_capacity(LONGEST + 8));
        for character in text.nfkc() {
            normal.push(character);
            if normal.len() > LONGEST {
                return Err(PassphraseError::TooLong);
            }
        }
        if normal.is_empty() {
            return Err(PassphraseError::Empty);
        }
        Ok(Self(normal))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// How well a passphrase would stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// From 0 (guessed at once) to 4 (strong), as zxcvbn judges.
    pub score: u8,
    /// At least eight characters and a score of two or more.
    pub acceptable: bool,
    /// What would make it better, in English; empty when there is nothing to say.
    pub advice: String,
}

/// Judges `passphrase` with zxcvbn; words of `context` (names, places) count as known.
#[must_use]
pub fn judge(passphrase: &str, context: &[&str]) -> Strength {
    let judged = zxcvbn::zxcvbn(passphrase, context);
    let score = u8::from(judged.score());
    let mut advice = Vec::new();
    if let Some(feedback) = judged.feedback() {
        advice.extend(feedback.warning().map(|warning| warning.to_string()));
        advice.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    Strength {
        score,
        acceptable: score >= 2 && passphrase.chars().nth(7).is_some(),
        advice: advice.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differently_typed_forms_are_one_passphrase() {
        let composed = Passphrase::new("caf\u{e9} \u{fb01}n").unwrap();
        let decomposed = Passphrase::new("cafe\u{301} fin").unwrap();
        assert_eq!(composed.bytes(), decomposed.bytes(), "the keyboard must not matter");
    }

    #[test]
    fn empty_and_endless_passphrases_are_refused() {
        assert_eq!(Passphrase::new("").unwrap_err(), PassphraseError::Empty, "nothing to derive");
        let endless = "x".repeat(1 << 20);
        assert_eq!(Passphrase::new(&endless).unwrap_err(), PassphraseError::TooLong, "1 MB");
        assert!(Passphrase::new(&"x".repeat(1024)).is_ok(), "1024 bytes are allowed");
        assert!(Passphrase::new(&"x".repeat(1025)).is_err(), "1025 are not");
    }

    #[test]
    fn a_nul_is_a_character_like_any_other() {
        let (short, long) = (Passphrase::new("a").unwrap(), Passphrase::new("a\0b").unwrap());
        assert_ne!(short.bytes(), long.bytes(), "nothing may be cut off at a NUL");
    }

    #[test]
    fn weak_known_and_short_passphrases_are_not_acceptable() {
        assert!(!judge("password1", &[]).acceptable, "everyone tries this one");
        assert!(!judge("q7%Zp", &[]).acceptable, "too short");
        assert!(!judge("annabella", &["annabella"]).acceptable, "one's own name");
        assert!(judge("orchid tramway plinth", &[]).acceptable, "three odd words");
        assert!(!judge("password1", &[]).advice.is_empty(), "a refusal says what to do");
    }
}
