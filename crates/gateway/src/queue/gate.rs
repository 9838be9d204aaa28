//! The queue's edge: waits for a place and gives it back when dropped.
//!
//! A place belongs to an answer from its first call to the end of its
//! stream. Whoever is cancelled or too late leaves the queue for good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ProfileId;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Arrival, FairQueue, QueueRules, Ticket};

/// Lets answers in, fairly.
#[derive(Debug)]
pub(crate) struct QueueGate {
    line: Mutex<Line>,
    /// Counts departures, so that those who wait can say how many are ahead.
    moved: watch::Sender<u64>,
}

#[derive(Debug)]
struct Line {
    queue: FairQueue,
    calls: HashMap<Ticket, oneshot::Sender<Place>>,
}

/// Why nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedBack {
    /// Too many of this person's questions are waiting.
    Full,
    Cancelled,
    TooLate,
}

impl QueueGate {
    pub(crate) fn new(rules: QueueRules) -> Arc<Self> {
        let line = Line { queue: FairQueue::new(rules), calls: HashMap::new() };
        Arc::new(Self { line: Mutex::new(line), moved: watch::Sender::new(0) })
    }

    pub(crate) fn weigh(&self, profile: ProfileId, weight: u32) {
        self.line().queue.weigh(profile, weight);
    }

    /// Waits for a place; `ahead` is told how many go before, as it changes.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        profile: ProfileId,
        until: Instant,
        cancel: &CancellationToken,
        mut ahead: impl FnMut(usize) + Send,
    ) -> Result<Place, TurnedBack> {
        let mut moved = self.moved.subscribe();
        let (mut called, waiting) = {
            let mut line = self.line();
            match line.queue.arrive(profile) {
                Arrival::Admitted => return Ok(Place { gate: Arc::clone(self) }),
                Arrival::Full => return Err(TurnedBack::Full),
                Arrival::Queued(ticket) => {
                    let (sender, called) = oneshot::channel();
                    line.calls.insert(ticket, sender);
                    (called, Waiting { gate: self, profile, ticket })
                }
            }
        };
        let mut told = None;
        loop {
            let now_ahead = self.line().queue.ahead(profile, waiting.ticket);
            if now_ahead != told
                && let Some(before) = now_ahead
            {
                told = now_ahead;
                ahead(before);
            }
            tokio::select! {
                biased;
                place = &mut called => return place.map_err(|_| TurnedBack::Cancelled),
                () = cancel.cancelled() => return Err(TurnedBack::Cancelled),
                () = tokio::time::sleep_until(until) => return Err(TurnedBack::TooLate),
                // The sender lives in `self`: this cannot fail.
                _ = moved.changed() => {}
            }
        }
    }

    /// Answers under way, and questions waiting.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let line = self.line();
        (line.queue.running(), line.queue.waiting())
    }

    fn release(self: &Arc<Self>) {
        let mut line = self.line();
        line.queue.finish();
        let mut let_in = Vec::new();
        while let Some(ticket) = line.queue.next() {
            if let Some(call) = line.calls.remove(&ticket) {
                let_in.push(call);
            }
        }
        drop(line);
        for call in let_in {
            // Whoever just left drops the place, which releases it again.
            drop(call.send(Place { gate: Arc::clone(self) }));
        }
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run one answer.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<QueueGate>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.release();
    }
}

/// Takes the question out of the queue, however waiting ends.
struct Waiting<'a> {
    gate: &'a QueueGate,
    profile: ProfileId,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut line = self.gate.line();
        if line.queue.leave(self.profile, self.ticket) {
            line.calls.remove(&self.ticket);
            drop(line);
            self.gate.moved.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

/// A rough guess of how long until a place is free, for people.
pub(crate) const FULL_FOR: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use domain::UnixMs;

    fn person(n: u8) -> ProfileId {
        ProfileId::new(UnixMs(0), [n; 10])
    }

    fn in_an_hour() -> Instant {
        Instant::now() + Duration::from_secs(3_600)
    }

    #[tokio::test(start_paused = true)]
    async fn wall_66_cancelled_and_late_questions_never_run_and_leak_nothing() {
        let gate = QueueGate::new(QueueRules { at_once: 1, deep: 4 });
        let none = CancellationToken::new();
        let held = gate.enter(person(1), in_an_hour(), &none, |_| {}).await.expect("free");
        let cancelled = CancellationToken::new();
        let mut told = Vec::new();
        let (cancel, late, ()) = tokio::join!(
            gate.enter(person(1), in_an_hour(), &cancelled, |ahead| told.push(ahead)),
            gate.enter(person(2), Instant::now() + Duration::from_secs(9), &none, |_| {}),
            async { cancelled.cancel() },
        );
        assert_eq!(cancel.err(), Some(TurnedBack::Cancelled), "as the person wished");
        assert_eq!(late.err(), Some(TurnedBack::TooLate), "nine seconds were all it had");
        assert_eq!(told, [0], "it was told its place");
        drop(held);
        assert_eq!(gate.counts(), (0, 0), "no place leaked");
        assert!(gate.line().calls.is_empty(), "and nobody is called in vain");
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_given_to_somebody_who_just_left_goes_on_to_the_next() {
        let gate = QueueGate::new(QueueRules { at_once: 1, deep: 4 });
        let none = CancellationToken::new();
        let held = gate.enter(person(1), in_an_hour(), &none, |_| {}).await.expect("free");
        let mut leaving = Box::pin(gate.enter(person(1), in_an_hour(), &none, |_| {}));
        let mut staying = Box::pin(gate.enter(person(2), in_an_hour(), &none, |_| {}));
        assert!(futures::poll!(leaving.as_mut()).is_pending(), "it waits");
        assert!(futures::poll!(staying.as_mut()).is_pending(), "it waits too");
        drop(held);
        drop(leaving);
        let place = staying.await.expect("the place came on");
        assert_eq!(gate.counts(), (1, 0), "one runs");
        drop(place);
        assert_eq!(gate.counts(), (0, 0), "and none is left");
    }
}
