//! Passphrases and names as they come from a screen, checked.

use sealed::{Passphrase, PassphraseError};

use crate::api::{Failure, FailureCode};

/// A passphrase that is to be used from now on: strong enough.
///
/// # Errors
/// `Invalid` with advice.
pub(crate) fn new_passphrase(text: &str, context: &[&str]) -> Result<Passphrase, Failure> {
    let passphrase = Passphrase::new(text).map_err(refused)?;
    let strength = sealed::judge(text, context);
    if strength.acceptable {
        return Ok(passphrase);
    }
    let advice = if strength.advice.is_empty() {
        "Use at least eight characters; a few unusual words work well.".to_owned()
    } else {
        strength.advice
    };
    Err(Failure::invalid(format!("This passphrase is too easy to guess. {advice}")))
}

/// A passphrase that is to be tried.
///
/// # Errors
/// `WrongSecret` where no desk can have such a passphrase.
pub(crate) fn tried_passphrase(text: &str) -> Result<Passphrase, Failure> {
    Passphrase::new(text).map_err(|_| {
        Failure::new(FailureCode::WrongSecret, "This passphrase does not open the desk.")
    })
}

fn refused(error: PassphraseError) -> Failure {
    Failure::invalid(match error {
        PassphraseError::Empty => "Type a passphrase first.",
        PassphraseError::TooLong => "A passphrase has at most 1,024 bytes.",
    })
}

/// A name for people: trimmed, without control characters, of 1 to `most` characters.
///
/// # Errors
/// `Invalid`, naming the limit.
pub(crate) fn name(text: &str, most: usize, what: &str) -> Result<String, Failure> {
    let trimmed = text.trim();
    let length = trimmed.chars().count();
    if length == 0 || length > most || trimmed.chars().any(char::is_control) {
        return Err(Failure::invalid(format!("{what} needs 1 to {most} characters on one line.")));
    }
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_passphrase_is_refused_with_advice() {
        let failure = new_passphrase("password", &[]).expect_err("guessed at once");
        assert!(failure.message.len() > 40, "a refusal without advice helps nobody: {failure:?}");
        assert!(!failure.message.contains("\"password\""), "and never repeats the secret");
    }

    #[test]
    fn names_are_trimmed_and_limited() {
        assert_eq!(name("  Mira ", 60, "A name").ok().as_deref(), Some("Mira"), "spaces are noise");
        for bad in ["", "   ", "a\nb", &"x".repeat(61)] {
            assert!(name(bad, 60, "A name").is_err(), "{bad:?} cannot stand on a card");
        }
    }
}
