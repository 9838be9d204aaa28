//! A door between a test and a script.

use tokio_util::sync::CancellationToken;

/// Closed until somebody opens it; then open for good. Clones are one gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(CancellationToken);

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through who waits or will.
    pub fn open(&self) {
        self.0.cancel();
    }

    /// True once opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it is open.
    pub async fn passed(&self) {
        self.0.cancelled().await;
    }
}
