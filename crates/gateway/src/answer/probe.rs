//! "Try now": one call of one lane, whatever is held against it.

use super::{Asking, Manner, Then};
use crate::pursuit::Standing;
use crate::{Answered, Controls, Delta, Gateway, Meter, Question, Route};

impl Gateway {
    /// Asks the first lane of `route` once, although its breaker rests or its key is marked:
    /// a person wants to know whether it is back, and what is learnt holds for everybody.
    ///
    /// A wait that the provider asked for and the limits of this workspace hold all the same.
    /// The call queues, is reserved and settled like every other.
    pub async fn probe(
        &self,
        route: &Route,
        question: Question,
        meter: &dyn Meter,
        controls: Controls,
    ) -> Answered {
        let mut unheard = |_: Delta| {};
        let manner = Manner::Once;
        Box::pin(self.conduct(route, question, meter, controls, &mut unheard, manner)).await
    }
}

impl Asking<'_> {
    /// One call of the first lane; where it cannot be made, why and from when it can.
    pub(super) async fn once(
        &mut self,
        meter: &dyn Meter,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Answered {
        let now = self.gateway.clock.now();
        if let Some(Standing::NotBefore(at)) = self.standing(0, now) {
            return self.given_up(Some(at), now);
        }
        if let Then::End(answered) = self.asked(0, meter, sink).await {
            return *answered;
        }
        let now = self.gateway.clock.now();
        let again = match self.standing(0, now) {
            Some(
                Standing::NotBefore(at)
                | Standing::Resting(at)
                | Standing::Soon(at)
                | Standing::Parked { until: at, .. },
            ) => Some(at),
            Some(Standing::Ready | Standing::Never) | None => None,
        };
        self.given_up(again, now)
    }
}
