//! The promise that a lane taken is given back once.

use std::sync::{Arc, Mutex, PoisonError};

use domain::BreakerState;
use tokio::sync::Notify;

use crate::Gateway;
use crate::lanes::{Boarding, Landing, Lanes};
use crate::moment::Clock;
use crate::random::Randomness;
use crate::route::LaneId;

/// A lane that is being called. Dropped without `land`, it says nothing about
/// the provider's health: nobody saw the end.
pub(super) struct Lease {
    lanes: Arc<Mutex<Lanes>>,
    changed: Arc<Notify>,
    clock: Arc<Clock>,
    randomness: Randomness,
    id: LaneId,
    boarding: Option<Boarding>,
    pub(super) breaker: BreakerState,
}

impl Lease {
    pub(super) fn new(gateway: &Gateway, id: LaneId, boarding: Boarding) -> Self {
        Self {
            lanes: Arc::clone(&gateway.lanes),
            changed: Arc::clone(&gateway.changed),
            clock: Arc::clone(&gateway.clock),
            randomness: gateway.randomness.clone(),
            id,
            breaker: boarding.breaker,
            boarding: Some(boarding),
        }
    }

    /// The first token came.
    pub(super) fn alive(&self) {
        let Some(boarding) = &self.boarding else { return };
        let now = self.clock.now();
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).alive(&self.id, boarding, now);
        if self.breaker != BreakerState::Closed {
            self.changed.notify_waiters();
        }
    }

    /// The call ended.
    pub(super) fn land(mut self, landing: Landing) {
        self.give_back(landing);
    }

    fn give_back(&mut self, landing: Landing) {
        let Some(boarding) = self.boarding.take() else { return };
        let (now, random) = (self.clock.now(), self.randomness.draw());
        self.lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .leave(&self.id, boarding, landing, now, random);
        self.changed.notify_waiters();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What it used is not known here; what was held stays counted.
        self.give_back(Landing::unseen(Some(u64::MAX)));
    }
}
