//! How far an answer may run ahead of whoever reads it.
//!
//! The sink is called in line and cannot wait. Where its reader is slow, it
//! says so here, and nothing more is read from the provider until there is
//! room again: its connection then holds the provider back by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// What an answer may be ahead of its reader. Clones are one pace; the default
/// is for readers that are never behind.
#[derive(Clone, Debug, Default)]
pub struct Pace(Option<Arc<Ahead>>);

#[derive(Debug)]
struct Ahead {
    /// In bytes.
    most: usize,
    bytes: AtomicUsize,
    read: Notify,
}

impl Pace {
    /// Lets an answer be about `most` bytes ahead: what one read of the
    /// provider's socket brought is passed on whole.
    #[must_use]
    pub fn at_most(most: usize) -> Self {
        Self(Some(Arc::new(Ahead { most, bytes: AtomicUsize::new(0), read: Notify::new() })))
    }

    /// So many bytes were passed on that nobody has read yet.
    pub fn passed_on(&self, bytes: usize) {
        if let Some(ahead) = &self.0 {
            ahead.bytes.fetch_add(bytes, Ordering::AcqRel);
        }
    }

    /// So many of them were read.
    pub fn read(&self, bytes: usize) {
        if let Some(ahead) = &self.0 {
            let before = ahead.bytes.fetch_sub(bytes, Ordering::AcqRel);
            if before >= ahead.most {
                ahead.read.notify_waiters();
            }
        }
    }

    /// True where more may be passed on.
    pub(crate) fn has_room(&self) -> bool {
        self.0.as_ref().is_none_or(|ahead| ahead.bytes.load(Ordering::Acquire) < ahead.most)
    }

    /// Waits until it may.
    pub(crate) async fn room(&self) {
        let Some(ahead) = &self.0 else { return };
        loop {
            // Made before the look, so that no reading in between is missed.
            let read = ahead.read.notified();
            if self.has_room() {
                return;
            }
            read.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_ahead_waits_for_the_reader() {
        let pace = Pace::at_most(10);
        pace.passed_on(9);
        assert!(pace.has_room(), "one more fits");
        pace.passed_on(9);
        assert!(!pace.has_room(), "what came is kept, and nothing more is read");
        let (reader, waiting) = (pace.clone(), pace.clone());
        let waiter = tokio::spawn(async move { waiting.room().await });
        tokio::task::yield_now().await;
        reader.read(4);
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished(), "14 are still unread");
        reader.read(5);
        waiter.await.expect("it goes on: 9 are");
    }

    #[tokio::test]
    async fn a_reader_that_is_never_behind_holds_nobody_back() {
        let pace = Pace::default();
        pace.passed_on(usize::MAX);
        pace.room().await;
        assert!(pace.has_room(), "a screen takes what comes");
    }
}
