//! Every lane's health in one table: who may be called, who rests, who is parked.
//!
//! A lane is one model under one key. The table lives behind one lock, is
//! never held across a wait, and knows no clock: callers pass `now`.

use std::collections::HashMap;
use std::time::Duration;

use domain::{BreakerState, ChatId, FailureClass, KeyId, ProviderId};

use crate::CallError;
use crate::breaker::{Breaker, BreakerRules, Passage, Ticket, Verdict};
use crate::latency::Latencies;
use crate::limits::{Limiter, Room, Taken, Touched};
use crate::moment::Moment;
use crate::pursuit::Standing;
use crate::random::fraction;
use crate::retry_budget::RetryBudget;
use crate::route::LaneId;

mod affinity;
mod health;

pub use health::{LaneHealth, LastFailure, Mark};

/// A key whose quota is used up rests this long where nobody says until when.
const SPENT_FOR: Duration = Duration::from_secs(60 * 60);
/// A shorter wait is not believed of a quota that is used up.
const SPENT_AT_LEAST: Duration = Duration::from_secs(10 * 60);
/// A refused key, or a model that is gone, rests this long.
const REFUSED_FOR: Duration = Duration::from_secs(60 * 60);
/// How often one call may find out whether a parked lane is still to be parked:
/// the person may just have topped up.
const PROBE_EVERY: Duration = Duration::from_secs(20);
/// The first pause after a 429 that names none, and the longest.
const FIRST_PAUSE: u64 = 2_000;
const LONGEST_PAUSE: u64 = 60_000;

/// A lane, or a key with all its lanes, that is not called.
#[derive(Clone, Debug)]
struct Park {
    until: Moment,
    probe_at: Moment,
    error: CallError,
}

#[derive(Debug)]
struct LaneState {
    breaker: Breaker,
    /// The provider's pause.
    floor: Option<(Moment, CallError)>,
    parked: Option<Park>,
    /// Pauses in a row.
    pauses: u32,
    latencies: Latencies,
    in_flight: u32,
    /// The provider's last failure; forgotten with the next answer.
    last_failure: Option<(Moment, CallError)>,
}

/// The right to one call on one lane; must be given back through `leave`.
#[derive(Debug)]
pub(crate) struct Boarding {
    ticket: Ticket,
    taken: (u64, Taken),
    /// The breaker's state at the time of the call.
    pub(crate) breaker: BreakerState,
}

/// What became of a call, as the table needs to know it.
#[derive(Clone, Debug)]
pub(crate) struct Landing {
    pub(crate) verdict: Verdict,
    /// Why it failed; none for an answer and for a cancelled call.
    pub(crate) error: Option<CallError>,
    pub(crate) first_token_ms: Option<u32>,
    /// Tokens used; none where the call never left.
    pub(crate) tokens: Option<u64>,
}

impl Landing {
    /// Of a call whose end nobody saw.
    pub(crate) fn unseen(tokens: Option<u64>) -> Self {
        Self { verdict: Verdict::Neutral, error: None, first_token_ms: None, tokens }
    }
}

#[derive(Debug)]
pub(crate) struct Lanes {
    rules: BreakerRules,
    lanes: HashMap<LaneId, LaneState>,
    keys: HashMap<(ProviderId, Option<KeyId>), Park>,
    affinity: affinity::Affinity,
    pub(crate) limiter: Limiter,
    pub(crate) retries: RetryBudget,
}

impl Lanes {
    pub(crate) fn new(rules: BreakerRules) -> Self {
        Self {
            rules,
            lanes: HashMap::new(),
            keys: HashMap::new(),
            affinity: affinity::Affinity::default(),
            limiter: Limiter::default(),
            retries: RetryBudget::new(),
        }
    }

    /// Whether the lane can be called now.
    pub(crate) fn standing(&mut self, id: &LaneId, touched: &Touched<'_>, now: Moment) -> Standing {
        let room = self.limiter.room(touched, now);
        let lane = self.lanes.get(id);
        let passage = lane.map_or(Passage::Free, |lane| lane.breaker.passage(now));
        if let Some(park) = self.park(id, now) {
            let callable = matches!(passage, Passage::Free | Passage::Probe) && room == Room::Now;
            let probe = callable && park.probe_at <= now;
            return Standing::Parked { until: park.until, probe };
        }
        if let Some((until, _)) = lane.and_then(|lane| lane.floor.as_ref())
            && *until > now
        {
            return Standing::NotBefore(*until);
        }
        match room {
            Room::Never => return Standing::Never,
            Room::At(until) => return Standing::NotBefore(until),
            Room::Later => return Standing::Soon(now.plus_ms(1_000)),
            Room::Now => {}
        }
        match passage {
            Passage::Free | Passage::Probe => Standing::Ready,
            Passage::Resting(until) => Standing::Resting(until),
            Passage::Wait(until) => Standing::Soon(until),
        }
    }

    /// Takes the right to call; none where the standing changed meanwhile.
    pub(crate) fn board(
        &mut self,
        id: &LaneId,
        touched: &Touched<'_>,
        now: Moment,
        asked: bool,
    ) -> Option<Boarding> {
        let taken = self.limiter.take(touched, now)?;
        let rules = self.rules;
        let lane = self.lanes.entry(id.clone()).or_insert_with(|| LaneState::new(rules));
        let Some(ticket) = lane.breaker.admit(now, asked) else {
            self.limiter.give_back(taken, None);
            return None;
        };
        lane.in_flight += 1;
        let breaker = lane.breaker.shown();
        let key = self.keys.get_mut(&(id.provider, id.key));
        for park in lane.parked.as_mut().into_iter().chain(key) {
            park.probe_at = now.plus(PROBE_EVERY);
        }
        Some(Boarding { ticket, taken, breaker })
    }

    /// The first token of a probe: the lane is back, however long the answer takes.
    pub(crate) fn alive(&mut self, id: &LaneId, boarding: &Boarding, now: Moment) {
        if let Some(lane) = self.lanes.get_mut(id)
            && boarding.breaker == BreakerState::Probing
        {
            lane.breaker.report(boarding.ticket, Verdict::Healthy, now);
        }
    }

    /// Takes note of how a call ended. `random` spreads pauses that nobody named.
    pub(crate) fn leave(
        &mut self,
        id: &LaneId,
        boarding: Boarding,
        landing: Landing,
        now: Moment,
        random: u64,
    ) {
        self.limiter.give_back(boarding.taken, landing.tokens);
        let Some(lane) = self.lanes.get_mut(id) else { return };
        lane.in_flight = lane.in_flight.saturating_sub(1);
        lane.breaker.report(boarding.ticket, landing.verdict, now);
        if let Some(millis) = landing.first_token_ms {
            lane.latencies.note(millis);
        }
        match landing.error {
            None if landing.verdict == Verdict::Healthy => {
                lane.pauses = 0;
                lane.parked = None;
                lane.last_failure = None;
                self.keys.remove(&(id.provider, id.key));
            }
            None => {}
            Some(error) => self.suffer(id, error, now, random),
        }
    }

    fn suffer(&mut self, id: &LaneId, error: CallError, now: Moment, random: u64) {
        let Some(lane) = self.lanes.get_mut(id) else { return };
        // It is shown on every desk, and a provider may quote what it was asked.
        let error = error.without_quotes();
        if says_something_of_its_provider(error.class) {
            lane.last_failure = Some((now, error.clone()));
        }
        let said = error.retry_after_ms;
        let parked = |span: Duration| {
            let probe_at = now.plus(PROBE_EVERY);
            Park { until: now.plus(span), probe_at, error: error.clone() }
        };
        match error.class {
            FailureClass::Throttled => {
                let bound = FIRST_PAUSE.saturating_mul(1 << lane.pauses.min(16)).min(LONGEST_PAUSE);
                lane.pauses = lane.pauses.saturating_add(1);
                let drawn = FIRST_PAUSE / 4 + (fraction(random) * bound as f64) as u64;
                lane.pause(now.plus_ms(said.unwrap_or(drawn)), error);
            }
            FailureClass::Transient => {
                if let Some(wait) = said {
                    lane.pause(now.plus_ms(wait), error);
                }
            }
            FailureClass::Exhausted => {
                let span =
                    said.map_or(SPENT_FOR, |wait| Duration::from_millis(wait).max(SPENT_AT_LEAST));
                self.keys.insert((id.provider, id.key), parked(span));
            }
            FailureClass::Credential => {
                self.keys.insert((id.provider, id.key), parked(REFUSED_FOR));
            }
            FailureClass::Gone => lane.parked = Some(parked(REFUSED_FOR)),
            FailureClass::Caller
            | FailureClass::ContextOverflow
            | FailureClass::ContentRefusal
            | FailureClass::Broken
            | FailureClass::Truncated => {}
        }
    }

    /// Why the lane is not called now, in the words of the call that failed.
    pub(crate) fn complaint(&self, id: &LaneId, now: Moment) -> Option<CallError> {
        self.held_against(id, now).map(|(_, error)| error)
    }

    /// Forgets what was marked on a provider's keys and models: an admin changed it.
    pub(crate) fn forgive(&mut self, provider: ProviderId) {
        self.keys.retain(|(owner, _), _| *owner != provider);
        self.lanes.retain(|id, lane| {
            if id.provider == provider {
                lane.parked = None;
                lane.floor = None;
            }
            id.provider != provider || lane.in_flight > 0
        });
    }

    /// The same for one key of a provider, which is another one now.
    pub(crate) fn forgive_key(&mut self, provider: ProviderId, key: KeyId) {
        self.keys.remove(&(provider, Some(key)));
        self.lanes.retain(|id, lane| {
            let hers = id.provider == provider && id.key == Some(key);
            if hers {
                lane.parked = None;
                lane.floor = None;
            }
            !hers || lane.in_flight > 0
        });
    }

    /// The provider took this key for something that costs nothing: it is not refused any
    /// more. Whether its quota is used up, and how its models are, that does not tell.
    pub(crate) fn accepted(&mut self, provider: ProviderId, key: Option<KeyId>) {
        let refused = |park: &Park| park.error.class == FailureClass::Credential;
        if self.keys.get(&(provider, key)).is_some_and(refused) {
            self.keys.remove(&(provider, key));
        }
    }

    pub(crate) fn breaker(&self, id: &LaneId) -> BreakerState {
        self.lanes.get(id).map_or(BreakerState::Closed, |lane| lane.breaker.shown())
    }

    pub(crate) fn median_latency(&self, id: &LaneId) -> Option<u32> {
        self.lanes.get(id)?.latencies.percentile(50)
    }

    pub(crate) fn in_flight(&self, id: &LaneId) -> u32 {
        self.lanes.get(id).map_or(0, |lane| lane.in_flight)
    }

    pub(crate) fn answered_in(&mut self, chat: ChatId, id: &LaneId, now: Moment) {
        self.affinity.note(chat, id, now);
    }

    pub(crate) fn lane_of(&self, chat: ChatId, now: Moment) -> Option<&LaneId> {
        self.affinity.lane(chat, now)
    }

    fn park(&self, id: &LaneId, now: Moment) -> Option<&Park> {
        let key = self.keys.get(&(id.provider, id.key));
        let lane = self.lanes.get(id).and_then(|lane| lane.parked.as_ref());
        key.into_iter().chain(lane).filter(|park| park.until > now).max_by_key(|park| park.until)
    }
}

impl LaneState {
    fn new(rules: BreakerRules) -> Self {
        Self {
            breaker: Breaker::new(rules),
            floor: None,
            parked: None,
            pauses: 0,
            latencies: Latencies::default(),
            in_flight: 0,
            last_failure: None,
        }
    }

    /// Two calls may be told different pauses: the later one counts.
    fn pause(&mut self, until: Moment, error: CallError) {
        if self.floor.as_ref().is_none_or(|(known, _)| *known < until) {
            self.floor = Some((until, error));
        }
    }
}

/// False for what the question was to blame for.
fn says_something_of_its_provider(class: FailureClass) -> bool {
    match class {
        FailureClass::Caller | FailureClass::ContextOverflow | FailureClass::ContentRefusal => {
            false
        }
        FailureClass::Throttled
        | FailureClass::Transient
        | FailureClass::Exhausted
        | FailureClass::Credential
        | FailureClass::Gone
        | FailureClass::Broken
        | FailureClass::Truncated => true,
    }
}

#[cfg(test)]
mod tests;
