//! Carries the history's commit counter into the private database.
//!
//! Commits come faster than anchors need to: at most one is under way, and
//! it takes the newest counter along when it runs.

use sealed::Database;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::VaultError;
use crate::private::anchor;
use crate::wait;

#[derive(Default)]
pub(crate) struct Anchors {
    latest: AtomicU64,
    pending: AtomicBool,
}

impl Anchors {
    /// Stores `counter` soon; returns at once.
    pub(crate) fn send(self: &Arc<Self>, private: &Database, counter: u64) {
        self.latest.fetch_max(counter, Ordering::AcqRel);
        if self.pending.swap(true, Ordering::AcqRel) {
            return;
        }
        let anchors = Arc::clone(self);
        wait::start(private.write(move |tx| {
            // Before the counter is read: who comes later sends again.
            anchors.pending.store(false, Ordering::Release);
            let latest = anchors.latest.load(Ordering::Acquire);
            Ok::<_, VaultError>(anchor::save(tx, anchor::HISTORY, latest)?)
        }));
    }

    /// Stores `counter` and waits until it is durable.
    pub(crate) async fn flush(&self, private: &Database, counter: u64) -> Result<(), VaultError> {
        let latest = self.latest.fetch_max(counter, Ordering::AcqRel).max(counter);
        private.write(move |tx| Ok(anchor::save(tx, anchor::HISTORY, latest)?)).await
    }
}
