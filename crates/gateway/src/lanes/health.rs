//! The lanes' health as a screen shows it.

use domain::{BreakerState, FailureClass, UnixMs};

use super::Lanes;
use crate::CallError;
use crate::breaker::Passage;
use crate::moment::Moment;
use crate::route::LaneId;

/// One model under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneHealth {
    /// Which.
    pub lane: LaneId,
    /// Its circuit breaker.
    pub breaker: BreakerState,
    /// When the breaker's state changes by itself: the next probe may be made, the probe is
    /// given up, all calls pass again. None while it is closed.
    pub breaker_until: Option<UnixMs>,
    /// Why it is not called at the moment, and until when.
    pub mark: Option<Mark>,
    /// The last failure that was the provider's; none once it answered since.
    pub last_failure: Option<LastFailure>,
    /// Median time to the first token of the last 64 answers, in milliseconds.
    pub p50_first_token_ms: Option<u32>,
    /// The time that 95 of 100 did not exceed.
    pub p95_first_token_ms: Option<u32>,
    /// Failures among 100 calls of the last half minute; none without calls.
    pub failing_percent: Option<u8>,
    /// Answers under way.
    pub in_flight: u32,
}

/// Why a lane is not called, in the words of the call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The class of that failure: `Throttled`, `Exhausted`, `Credential`, `Gone` or `Transient`.
    pub class: FailureClass,
    /// Until when.
    pub until: UnixMs,
    /// What happened and what to do, for people.
    pub message: String,
}

/// How a call failed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastFailure {
    /// When the call ended.
    pub at: UnixMs,
    /// What happened and what to do, for people.
    pub message: String,
}

impl Lanes {
    /// Every lane that was called so far, by provider, model and key. `wall` is
    /// the wall clock at `now`.
    pub(crate) fn health(&mut self, now: Moment, wall: UnixMs) -> Vec<LaneHealth> {
        let at = |moment: Moment| wall.plus(i64::try_from(moment.since(now)).unwrap_or(i64::MAX));
        let mut ids: Vec<LaneId> = self.lanes.keys().cloned().collect();
        ids.sort_by(|a, b| (a.provider, &a.model, a.key).cmp(&(b.provider, &b.model, b.key)));
        ids.into_iter()
            .filter_map(|id| {
                let mark = self.held_against(&id, now).map(|(until, error)| Mark {
                    class: error.class,
                    until: at(until),
                    message: error.message,
                });
                let lane = self.lanes.get_mut(&id)?;
                let last_failure = lane.last_failure.as_ref().map(|(then, error)| LastFailure {
                    at: wall.plus(-i64::try_from(now.since(*then)).unwrap_or(i64::MAX)),
                    message: error.message.clone(),
                });
                Some(LaneHealth {
                    breaker: lane.breaker.shown(),
                    breaker_until: lane.breaker.until().map(at),
                    mark,
                    last_failure,
                    p50_first_token_ms: lane.latencies.percentile(50),
                    p95_first_token_ms: lane.latencies.percentile(95),
                    failing_percent: lane.breaker.failing_percent(now),
                    in_flight: lane.in_flight,
                    lane: id,
                })
            })
            .collect()
    }

    /// Why `id` would not be called now, and until when; a model that was never called may be
    /// reached with a key that was refused. `wall` is the wall clock at `now`.
    pub(crate) fn why_not(&self, id: &LaneId, now: Moment, wall: UnixMs) -> Option<Mark> {
        let at = |moment: Moment| wall.plus(i64::try_from(moment.since(now)).unwrap_or(i64::MAX));
        let (until, error) = self.held_against(id, now).or_else(|| {
            let lane = self.lanes.get(id)?;
            match lane.breaker.passage(now) {
                Passage::Resting(until) => Some((until, lane.last_failure.as_ref()?.1.clone())),
                Passage::Free | Passage::Probe | Passage::Wait(_) => None,
            }
        })?;
        Some(Mark { class: error.class, until: at(until), message: error.message })
    }

    /// The failure because of which `id` is not called, and until when.
    pub(super) fn held_against(&self, id: &LaneId, now: Moment) -> Option<(Moment, CallError)> {
        let parked = self.park(id, now).map(|park| (park.until, park.error.clone()));
        let floor = self.lanes.get(id).and_then(|lane| lane.floor.clone());
        parked.or(floor.filter(|(until, _)| *until > now))
    }
}
