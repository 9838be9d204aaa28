//! What the person learns of a pause.

use domain::{BreakerState, FailureClass};

use super::Asking;
use crate::moment::Moment;
use crate::pursuit::Standing;
use crate::{Delta, Pause, Waiting, Whom};

/// A pause that is put off by less is still the same pause, in milliseconds.
const SAME_PAUSE: u64 = 1_500;

impl Asking<'_> {
    /// Says why nothing happens, once for each pause.
    pub(super) fn tell(
        &mut self,
        until: Moment,
        lane: usize,
        instead: Option<usize>,
        now: Moment,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) {
        let told = self.paused.replace((lane, until));
        if told.is_some_and(|(then, at)| then == lane && until.since(at) <= SAME_PAUSE) {
            return;
        }
        let (Some(next), Some(reason)) = (self.whom(lane), self.reason(lane, now)) else { return };
        let (by, class) = reason;
        let pause = Pause {
            by,
            class,
            for_ms: until.since(now),
            until: self.wall(until),
            instead: instead.and_then(|lane| self.whom(lane)),
            next,
            tries: self.tries.clone(),
            skipped: self.skipped.so_far(),
        };
        sink(Delta::Waiting(Waiting::Pause(Box::new(pause))));
    }

    /// Whose doing it is that `lane` is not called now, and of which class.
    fn reason(&self, lane: usize, now: Moment) -> Option<(Whom, Option<FailureClass>)> {
        let id = &self.lanes.get(lane)?.id;
        let mut table = self.gateway.table();
        let standing = table.standing(id, &self.touched(lane)?, now);
        let complaint = table.complaint(id, now).map(|error| error.class);
        let open = table.breaker(id) != BreakerState::Closed;
        drop(table);
        if standing == Standing::Ready {
            // It is the pause after a failure.
            let (outcome, failed, _) = self.last.as_ref()?;
            return Some((self.whom(*failed)?, outcome.error.as_ref().map(|error| error.class)));
        }
        let resting = open.then_some(FailureClass::Transient);
        Some((self.whom(lane)?, complaint.or(resting)))
    }
}
