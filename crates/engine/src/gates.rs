//! One gate for each desk: it is opened or closed by one at a time.
//!
//! Opening waits until closing has released the files. A backup that is made
//! as a desk closes gives way to whoever comes to the gate meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ProfileId;
use sealed::GiveWay;
use tokio::sync::OwnedMutexGuard;

/// The gates of all desks that were opened in this run.
#[derive(Default)]
pub(crate) struct Gates(Mutex<HashMap<ProfileId, Gate>>);

#[derive(Clone, Default)]
struct Gate {
    passage: Arc<tokio::sync::Mutex<()>>,
    /// Of whoever closed the desk last.
    way: GiveWay,
}

/// Nobody else opens or closes the desk while this is held.
pub(crate) type Passage = OwnedMutexGuard<()>;

impl Gates {
    /// Waits until nobody else is opening or closing this desk, and hurries who closes it.
    pub(crate) async fn enter(&self, profile: ProfileId) -> Passage {
        let gate = self.of(profile);
        gate.way.ask();
        gate.passage.lock_owned().await
    }

    /// The same for closing it, with the wish of those who come later.
    pub(crate) async fn leave(&self, profile: ProfileId) -> (Passage, GiveWay) {
        let passage = self.of(profile).passage.lock_owned().await;
        let way = GiveWay::default();
        self.all().entry(profile).or_default().way = way.clone();
        (passage, way)
    }

    /// Waits until whoever is opening or closing a desk at this moment is through.
    pub(crate) async fn settle(&self) {
        let profiles: Vec<_> = self.all().keys().copied().collect();
        for profile in profiles {
            drop(self.enter(profile).await);
        }
    }

    fn of(&self, profile: ProfileId) -> Gate {
        self.all().entry(profile).or_default().clone()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ProfileId, Gate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn desk() -> ProfileId {
        ProfileId::from_bytes([1; 16])
    }

    fn waits(future: std::pin::Pin<&mut impl Future>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn whoever_wants_in_hurries_the_one_who_closes_and_waits() {
        let gates = Gates::default();
        let (closing, way) = gates.leave(desk()).await;
        assert!(!way.is_asked(), "nobody wants in");
        let mut entering = pin!(gates.enter(desk()));
        assert!(waits(entering.as_mut()), "the files are not released yet");
        assert!(way.is_asked(), "the backup gives way");
        drop(closing);
        drop(entering.await);
        let (_closing, way) = gates.leave(desk()).await;
        assert!(!way.is_asked(), "what was wished before does not hurry the next closing");
    }

    #[tokio::test]
    async fn closing_twice_hurries_nobody() {
        let gates = Gates::default();
        let (closing, way) = gates.leave(desk()).await;
        let mut again = pin!(gates.leave(desk()));
        assert!(waits(again.as_mut()), "it is being closed");
        assert!(!way.is_asked(), "who locks twice wants the backup no less");
        drop(closing);
        drop(again.await);
    }

    #[tokio::test]
    async fn all_gates_are_quiet_once_the_closing_ones_are_through() {
        let gates = Gates::default();
        let (closing, way) = gates.leave(desk()).await;
        let mut settling = pin!(gates.settle());
        assert!(waits(settling.as_mut()) && way.is_asked(), "a computer that sleeps cannot wait");
        drop(closing);
        settling.await;
    }
}
