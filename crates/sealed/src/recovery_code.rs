//! The recovery code: 160 random bits that a person writes on paper.
//!
//! Eight groups of four characters in Crockford's base 32, which has no I, L,
//! O or U. Reading it back forgives case, spaces, dashes and those letters.

use std::fmt;
use zeroize::{Zeroize, Zeroizing};

use crate::random::random_bytes;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 32;
const BYTES: usize = 20;

/// A recovery code. Wiped when dropped, prints as `RecoveryCode(…)`.
pub struct RecoveryCode(Box<[u8; BYTES]>);

/// Why a text is no recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryCodeError {
    /// Not 32 characters.
    #[error("a recovery code has 32 letters and digits")]
    Length,
    /// A character that no recovery code has.
    #[error("a recovery code has no such character")]
    Character,
}

impl RecoveryCode {
    /// A new random code.
    #[must_use]
    pub fn random() -> Self {
        Self(Box::new(random_bytes()))
    }

    /// The code as a person sees it.
    #[must_use]
    pub fn groups(&self) -> [String; 8] {
        let mut groups: [String; 8] = std::array::from_fn(|_| String::with_capacity(4));
        let (mut held, mut bits, mut place) = (0_u32, 0, 0);
        for byte in self.0.iter() {
            held = (held << 8) | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                let symbol = ALPHABET[(held >> bits) as usize & 31];
                if let Some(group) = groups.get_mut(place / 4) {
                    group.push(char::from(symbol));
                }
                place += 1;
            }
        }
        groups
    }

    /// The code that a person typed.
    ///
    /// # Errors
    /// [`RecoveryCodeError`] if it cannot be one; a code that is merely wrong is found out
    /// when it does not unlock.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let mut symbols = Zeroizing::new([0_u8; CHARACTERS]);
        let mut count = 0;
        for character in text.chars().filter(|c| !c.is_whitespace() && !"-–—_.".contains(*c)) {
            let place = symbols.get_mut(count).ok_or(RecoveryCodeError::Length)?;
            *place = symbol(character).ok_or(RecoveryCodeError::Character)?;
            count += 1;
        }
        if count != CHARACTERS {
            return Err(RecoveryCodeError::Length);
        }
        let mut code = Self(Box::new([0; BYTES]));
        for (eight, five) in symbols.chunks_exact(8).zip(code.0.chunks_exact_mut(5)) {
            let mut packed = eight.iter().fold(0_u64, |all, s| (all << 5) | u64::from(*s));
            for (byte, shift) in five.iter_mut().zip([32, 24, 16, 8, 0]) {
                *byte = (packed >> shift) as u8;
            }
            packed.zeroize();
        }
        Ok(code)
    }

    /// True where `typed` is this group as a person may type it.
    #[must_use]
    pub fn same_group(group: &str, typed: &str) -> bool {
        let symbols = |text: &str| -> Option<Vec<u8>> {
            text.chars().filter(|c| !c.is_whitespace()).map(symbol).collect()
        };
        symbols(group).is_some_and(|group| symbols(typed) == Some(group))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The value of a character, forgiving the letters that look like digits.
fn symbol(character: char) -> Option<u8> {
    let wanted = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|symbol| char::from(*symbol) == wanted)?;
    u8::try_from(place).ok()
}

impl Drop for RecoveryCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_survives_being_written_down_and_typed() {
        let code = RecoveryCode::random();
        let typed = code.groups().join("-").to_lowercase();
        assert_eq!(RecoveryCode::parse(&typed).unwrap().bytes(), code.bytes(), "dashes, lowercase");
        let spaced = code.groups().join("  ").replace('0', "O").replace('1', "l");
        assert_eq!(RecoveryCode::parse(&spaced).unwrap().bytes(), code.bytes(), "look-alikes");
    }

    #[test]
    fn every_bit_of_the_code_is_in_the_text() {
        let mut seen = std::collections::HashSet::new();
        for bit in 0..160 {
            let mut bytes = [0; BYTES];
            bytes[bit / 8] = 1 << (bit % 8);
            let code = RecoveryCode(Box::new(bytes));
            assert!(code.groups().iter().all(|g| g.len() == 4), "eight groups of four");
            assert_eq!(
                RecoveryCode::parse(&code.groups().concat()).unwrap().bytes(),
                bytes,
                "{bit}"
            );
            seen.insert(code.groups().concat());
        }
        assert_eq!(seen.len(), 160, "no two codes share a text");
    }

    #[test]
    fn what_cannot_be_a_code_is_named() {
        assert_eq!(RecoveryCode::parse("").unwrap_err(), RecoveryCodeError::Length, "nothing");
        assert_eq!(
            RecoveryCode::parse(&"0".repeat(31)).unwrap_err(),
            RecoveryCodeError::Length,
            "31"
        );
        assert_eq!(
            RecoveryCode::parse(&"0".repeat(33)).unwrap_err(),
            RecoveryCodeError::Length,
            "33"
        );
        assert_eq!(
            RecoveryCode::parse(&"U".repeat(32)).unwrap_err(),
            RecoveryCodeError::Character,
            "U"
        );
    }

    proptest! {
        #[test]
        fn parsing_any_text_ends_well(text in "\\PC{0,80}") {
            if let Ok(code) = RecoveryCode::parse(&text) {
                prop_assert!(RecoveryCode::parse(&code.groups().concat()).is_ok(), "it prints");
            }
        }
    }
}
