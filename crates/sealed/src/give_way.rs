//! How long work is told that somebody waits for what it holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish that work which may as well be done later ends now. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct GiveWay(Arc<AtomicBool>);

impl GiveWay {
    /// Asks the work to end; it cannot be taken back.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
