//! Text that must not be seen: provider keys, tokens.
//!
//! Wiped when dropped, never printed, never compared by accident.

use std::fmt;
use zeroize::Zeroizing;

/// Secret text. Reading it is spelled `expose`, so that a search finds every reader.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over `text`, without copying it.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A second owner of the same text.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let secret = Secret::new("sk-123".into());
        assert_eq!(format!("{secret:?}"), "Secret(…)", "what a log shows");
        assert_eq!(secret.expose(), "sk-123", "what a request sends");
    }
}
