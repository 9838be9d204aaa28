//! The name of a window, as the shell gives it.

use std::fmt;

/// One window of one shell. Never reused within a process.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WindowLabel(String);

impl WindowLabel {
    /// The label's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for WindowLabel {
    fn from(label: &str) -> Self {
        Self(label.to_owned())
    }
}

impl fmt::Debug for WindowLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Window({})", self.0)
    }
}
