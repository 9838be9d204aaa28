//! The numbered batches of one running turn, and who is watching it.
//!
//! A window that missed something, or was opened later, reads the log from
//! any number on. The log lives as long as the turn runs; afterwards the
//! stored message is the truth.

use std::sync::{Arc, Mutex, PoisonError};

use domain::TurnId;

use crate::api::{TurnBatch, TurnBatches, TurnEvent};

/// Largest amount of text in one batch, in bytes. Channel messages over 8 kB
/// cost the webview a second fetch, so a batch stays well below even where JSON doubles it.
const MAX_BATCH_TEXT: usize = 3 * 1024 + 512;

/// Receives batches as they are made.
pub trait TurnSink: Send + Sync {
    /// Takes one batch; must not block.
    fn send(&self, batch: TurnBatch);
}

/// The log of one turn.
pub(crate) struct TurnLog {
    turn: TurnId,
    state: Mutex<LogState>,
    sink: Arc<dyn TurnSink>,
}

#[derive(Default)]
struct LogState {
    batches: Vec<TurnBatch>,
    ended: bool,
}

impl TurnLog {
    pub(crate) fn new(turn: TurnId, sink: Arc<dyn TurnSink>) -> Self {
        Self { turn, state: Mutex::default(), sink }
    }

    /// Appends one batch and hands it to the watcher.
    pub(crate) fn push(&self, events: Vec<TurnEvent>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = u32::try_from(state.batches.len()).unwrap_or(u32::MAX);
        let batch = TurnBatch { turn: self.turn, seq, events };
        state.batches.push(batch.clone());
        // Sent under the lock, so that batches leave in the order of their numbers.
        self.sink.send(batch);
    }

    /// Appends text, in as many batches as its size asks for.
    pub(crate) fn push_text(&self, reasoning: &str, text: &str) {
        for piece in pieces(reasoning, MAX_BATCH_TEXT) {
            self.push(vec![TurnEvent::Reasoning { text: piece.to_owned() }]);
        }
        for piece in pieces(text, MAX_BATCH_TEXT) {
            self.push(vec![TurnEvent::Text { text: piece.to_owned() }]);
        }
    }

    /// Appends the last batch.
    pub(crate) fn end(&self, event: TurnEvent) {
        self.push(vec![event]);
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
    }

    /// Everything from `seq` on.
    pub(crate) fn since(&self, seq: u32) -> TurnBatches {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let from = usize::try_from(seq).unwrap_or(usize::MAX).min(state.batches.len());
        TurnBatches {
            batches: state.batches.iter().skip(from).cloned().collect(),
            running: !state.ended,
        }
    }
}

/// Cuts text into pieces of at most `limit` bytes at character boundaries.
fn pieces(text: &str, limit: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = rest.floor_char_boundary(limit.max(4).min(rest.len()));
        let (piece, tail) = rest.split_at(cut);
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::UnixMs;

    #[derive(Default)]
    struct Seen(Mutex<Vec<TurnBatch>>);

    impl TurnSink for Seen {
        fn send(&self, batch: TurnBatch) {
            self.0.lock().expect("no panic while held").push(batch);
        }
    }

    fn log() -> (TurnLog, Arc<Seen>) {
        let seen = Arc::new(Seen::default());
        (TurnLog::new(TurnId::new(UnixMs(1), [1; 10]), seen.clone()), seen)
    }

    #[test]
    fn batches_are_numbered_without_gaps() {
        let (log, seen) = log();
        log.push_text("", "a");
        log.push_text("b", "c");
        let numbers: Vec<u32> =
            seen.0.lock().expect("free").iter().map(|batch| batch.seq).collect();
        assert_eq!(numbers, vec![0, 1, 2], "a screen detects loss by a gap in the numbers");
    }

    #[test]
    fn a_long_text_is_cut_into_small_batches_and_stays_whole() {
        let (log, _) = log();
        let text = "añ€😀".repeat(4_000);
        log.push_text("", &text);
        let mut joined = String::new();
        for batch in log.since(0).batches {
            let json = serde_json::to_string(&batch).expect("plain values");
            assert!(json.len() < 8 * 1024, "a larger channel message stalls those behind it");
            for event in batch.events {
                if let TurnEvent::Text { text } = event {
                    joined.push_str(&text);
                }
            }
        }
        assert_eq!(joined, text, "cutting must not lose a byte");
    }

    #[test]
    fn a_late_window_reads_what_it_missed() {
        let (log, _) = log();
        log.push_text("", "one");
        log.push_text("", "two");
        let missed = log.since(1);
        assert_eq!((missed.batches.len(), missed.running), (1, true), "only what was missed");
        assert_eq!(log.since(99).batches.len(), 0, "a number from the future is harmless");
    }
}
