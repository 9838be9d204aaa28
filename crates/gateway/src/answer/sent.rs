//! One call of a question: made, judged, recorded.

use std::sync::Arc;
use std::time::Duration;

use domain::{AttemptId, Choice, FailureClass, Finish, TryPath, TryRecord};
use tracing::Instrument;

use super::lease::Lease;
use super::{Asking, Then};
use crate::breaker::Verdict;
use crate::gateway::{Called, Trail};
use crate::lanes::Landing;
use crate::trace::{self, Choosing, Named};
use crate::{
    ApiKey, Billing, Call, CallError, CallOutcome, Candidate, Delta, Endpoint, Meter, MeterRefusal,
    Timeouts, Waiting, Wishes,
};

impl Asking<'_> {
    /// Calls `lane` and says what follows.
    pub(super) async fn call(
        &mut self,
        lane: usize,
        choice: Choice,
        lease: Lease,
        meter: &dyn Meter,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Then {
        let Some(running) = self.lanes.get(lane).cloned() else { return Then::Again };
        if self.last.is_some()
            && let Some(whom) = self.whom(lane)
        {
            sink(Delta::Waiting(Waiting::Next(Box::new(whom))));
        }
        self.paused = None;
        self.skipped.was_called(lane);
        let at = self.wall(self.gateway.clock.now());
        let waited_ms = self.gateway.since(self.waiting_since);
        let (candidate, breaker) = (running.candidate, lease.breaker);
        let attempt = AttemptId::new(at, self.gateway.randomness.ten_bytes());
        let key_label = running.key.and_then(|key| key.label.as_deref());
        let trail = Trail {
            route: Some(&self.route.name),
            key: running.key,
            number: u32::try_from(self.tries.len()).unwrap_or(u32::MAX).saturating_add(1),
            retry_of: self.tries.last().map(|one| one.attempt),
            size: Some(self.sizes.of(candidate)),
            hides_thought: candidate.hides_thought(),
        };
        let named = Named { attempt, provider: &candidate.endpoint.label, model: &candidate.model };
        let choosing = Choosing { choice: Some(choice), breaker: Some(breaker), waited_ms };
        let span = trace::attempt(named, trail, choosing);
        let own_key = running.key.map(|key| key.key.clone());
        let endpoint = self.endpoint(lane, own_key).instrument(span.clone()).await;
        let mut shown = false;
        let called = match endpoint {
            Err(None) => {
                lease.land(Landing::unseen(None));
                trace::attempt_ended(&span, &super::ending::stopped_call());
                return Then::End(Box::new(self.stopped()));
            }
            Err(Some(error)) => self.not_awake(attempt, lane, error),
            Ok(endpoint) => {
                let call = self.written_for(lane, attempt, endpoint);
                let mut listening = |delta: Delta| {
                    if !shown && !matches!(delta, Delta::Waiting(_)) {
                        shown = true;
                        lease.alive();
                    }
                    sink(delta);
                };
                let controls = self.controls.clone();
                let making = self.gateway.call(
                    &candidate.grant,
                    meter,
                    call,
                    trail,
                    controls,
                    &mut listening,
                );
                Box::pin(making.instrument(span.clone())).await
            }
        };
        trace::attempt_ended(&span, &called.outcome);
        let late = self.gateway.clock.now() >= self.pursuit.deadline();
        lease.land(landing(&called, late));
        let Called { outcome, made, left } = called;
        let path = TryPath {
            route: self.route.name.clone(),
            provider_label: candidate.endpoint.label.clone(),
            key_label: key_label.map(str::to_owned),
            choice,
            breaker,
            waited_ms,
            took_ms: outcome.total_ms,
            perhaps_billed: outcome.billing == Billing::Perhaps,
            at: Some(at),
        };
        let path = Some(path);
        self.tries.extend(
            outcome.tries.iter().cloned().map(|one| TryRecord { path: path.clone(), ..one }),
        );
        self.waiting_since = self.gateway.clock.now();
        if made {
            self.pursuit.begin();
        }
        self.then(lane, choice, outcome, left, shown)
    }

    /// What follows a call that ended with `outcome`.
    fn then(
        &mut self,
        lane: usize,
        choice: Choice,
        outcome: CallOutcome,
        left: bool,
        shown: bool,
    ) -> Then {
        let failed = outcome.error.clone();
        let refusal = outcome.meter.clone();
        self.last = Some((outcome, lane, choice));
        match (failed, refusal) {
            (Some(error), Some(MeterRefusal::Spent { .. } | MeterRefusal::Denied(_))) if !left => {
                self.pursuit.refused(lane, error.class);
                self.errors.push(error);
                Then::Again
            }
            // Without a record nothing more is sent.
            (Some(error), Some(_)) => {
                self.errors.push(error);
                Then::End(Box::new(self.ended()))
            }
            (Some(error), None) if !shown => {
                self.learn(lane, error, left);
                Then::Again
            }
            (error, _) => {
                if error.is_none() && shown {
                    self.remember(lane);
                }
                Then::End(Box::new(self.ended()))
            }
        }
    }

    /// A chat stays with whoever answered it.
    fn remember(&self, lane: usize) {
        if let (Some(chat), Some(lane)) = (self.question.chat, self.lanes.get(lane)) {
            let now = self.gateway.clock.now();
            self.gateway.table().answered_in(chat, &lane.id, now);
        }
    }

    /// Where the lane is called; starts it where Carrel has to. An error that
    /// is none says that the person stopped it.
    async fn endpoint(
        &self,
        lane: usize,
        own_key: Option<ApiKey>,
    ) -> Result<Endpoint, Option<CallError>> {
        let Some(lane) = self.lanes.get(lane) else { return Err(None) };
        let listed = &lane.candidate.endpoint;
        let mut endpoint =
            Endpoint { key: own_key.or_else(|| listed.key.clone()), ..listed.clone() };
        if let Some(wake) = &lane.candidate.wake {
            let left = self.pursuit.deadline().since(self.gateway.clock.now());
            let awake = tokio::select! {
                biased;
                () = self.controls.cancel.cancelled() => return Err(None),
                awake = wake.start() => awake?,
                () = tokio::time::sleep(Duration::from_millis(left)) => {
                    return Err(Some(super::ending::too_late(self.question)));
                }
            };
            endpoint.base_url = awake.base_url;
            endpoint.key = awake.key;
        }
        Ok(endpoint)
    }

    fn not_awake(&self, attempt: AttemptId, lane: usize, error: CallError) -> Called {
        let tries = self.models.get(lane).map(|model| TryRecord {
            attempt,
            model: model.clone(),
            failure: Some(error.class),
            http_status: None,
            note: Some(error.message.clone()),
            path: None,
        });
        let outcome = CallOutcome {
            finish: Finish::Failed,
            tries: tries.into_iter().collect(),
            error: Some(error),
            ..super::ending::no_call()
        };
        Called { outcome, made: true, left: false }
    }

    fn written_for(&self, lane: usize, attempt: AttemptId, endpoint: Endpoint) -> Call {
        let now = self.gateway.clock.now();
        let left = Duration::from_millis(self.pursuit.deadline().since(now));
        let candidate = self.lanes.get(lane).map(|lane| lane.candidate);
        let timeouts = candidate.map_or_else(Timeouts::default, |candidate| candidate.timeouts);
        Call {
            attempt,
            endpoint,
            model: candidate.map(|candidate| candidate.model.clone()).unwrap_or_default(),
            system: self.question.system.clone(),
            messages: self.question.messages.clone(),
            continue_text: self.question.continue_text,
            wishes: wished(&self.question.wishes, candidate),
            max_output: self.output_cap(lane),
            timeouts: Timeouts { whole: timeouts.whole.min(left), ..timeouts },
            now: self.wall(now),
        }
    }
}

/// What the question wishes, and its candidate's way of choosing words where it says nothing.
fn wished(wishes: &Arc<Wishes>, candidate: Option<&Candidate>) -> Arc<Wishes> {
    match candidate.and_then(|candidate| candidate.temperature) {
        Some(temperature) if wishes.temperature.is_none() => {
            Arc::new(Wishes { temperature: Some(temperature), ..Wishes::clone(wishes) })
        }
        _ => Arc::clone(wishes),
    }
}

/// What a call says about its lane. A call that the person's deadline cut
/// short says nothing.
fn landing(called: &Called, late: bool) -> Landing {
    let Called { outcome, made, left } = called;
    let answering = outcome.first_token_ms.is_some();
    let verdict = match outcome.error.as_ref().map(|error| error.class) {
        _ if !made => Verdict::Neutral,
        None if outcome.finish == Finish::Stopped && !answering => Verdict::Neutral,
        None => Verdict::Healthy,
        Some(_) if late => Verdict::Neutral,
        Some(FailureClass::Transient | FailureClass::Broken | FailureClass::Truncated) => {
            Verdict::Failing
        }
        Some(_) => Verdict::Neutral,
    };
    Landing {
        verdict,
        error: outcome.error.clone().filter(|_| *made),
        first_token_ms: outcome.first_token_ms,
        tokens: left.then(|| outcome.usage.total().0),
    }
}
