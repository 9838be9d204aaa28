//! One question through a route, to its one outcome.
//!
//! Performs what `pursuit` decides: queues, calls, waits, falls back, gives
//! up. Holds a place in the queue from the first call to the end of the
//! stream. Every way out, a dropped future included, gives back what it took.

mod ending;
mod lease;
mod order;
mod pause;
mod probe;
mod sent;
mod skipped;

use std::time::Duration;

use domain::{Choice, FailureClass, Tokens, TryRecord, UnixMs};
use tokio::time::Instant;
use tracing::Instrument;

use self::lease::Lease;
use self::skipped::Skipped;
use crate::cap::Room;
use crate::limits::{Asker, Touched};
use crate::moment::Moment;
use crate::pursuit::{Failed, Pursuit, Runner, Step};
use crate::queue::gate::TurnedBack;
use crate::route::{Lane, List};
use crate::size::Sizes;
use crate::trace;
use crate::{
    Answered, CallError, CallOutcome, Controls, Delta, Gateway, Meter, PassedOver, Question, Route,
    Waiting, Whom,
};

const SOON: Duration = Duration::from_millis(20);
/// What the output is reckoned at where candidates are compared and no cap is named.
const USUAL_OUTPUT: u64 = 1_000;

impl Gateway {
    /// Answers `question` through `route`; what it says goes to `sink`, in line.
    ///
    /// Until something was shown, failures are retried and other candidates
    /// asked without the person noticing more than `Delta::Waiting`. After
    /// that, the answer stays and is marked partial. Each call is reserved
    /// and settled through `meter`. Cancelling ends with `Finish::Stopped`.
    pub async fn answer(
        &self,
        route: &Route,
        question: Question,
        meter: &dyn Meter,
        controls: Controls,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Answered {
        Box::pin(self.conduct(route, question, meter, controls, sink, Manner::Pursue)).await
    }

    async fn conduct(
        &self,
        route: &Route,
        question: Question,
        meter: &dyn Meter,
        controls: Controls,
        sink: &mut (dyn FnMut(Delta) + Send),
        manner: Manner,
    ) -> Answered {
        let span = trace::turn(route);
        let asking = self.through(route, question, meter, controls, sink, manner);
        let answered = Box::pin(asking.instrument(span.clone())).await;
        trace::turn_ended(&span, &answered);
        answered
    }

    async fn through(
        &self,
        route: &Route,
        question: Question,
        meter: &dyn Meter,
        controls: Controls,
        sink: &mut (dyn FnMut(Delta) + Send),
        manner: Manner,
    ) -> Answered {
        self.clock.witness(question.now);
        let begun = self.clock.now();
        let lanes = route.lanes();
        let Some(first) = lanes.iter().find(|lane| lane.list == List::Main) else {
            return ending::nobody();
        };
        let asker = Asker::of(&first.candidate.grant);
        let (lanes, passed_over) = order::able(lanes, &question);
        if !lanes.iter().any(|lane| lane.list == List::Main) {
            return ending::nobody_can(passed_over);
        }
        let deadline = Instant::now() + question.effort.deadline;
        let told = |ahead| sink(Delta::Waiting(Waiting::Queued(ahead)));
        let place = match self.queue.enter(asker.profile, deadline, &controls.cancel, told).await {
            Ok(place) => place,
            Err(TurnedBack::Cancelled) => return ending::stopped_unasked(self.since(begun)),
            Err(why) => return ending::turned_back(why, &question, self.since(begun)),
        };
        let mut asking = Asking::new(self, route, &question, lanes, begun, asker, &controls);
        asking.passed_over = passed_over;
        tracing::Span::current().record("queued_ms", self.since(begun));
        let answered = match manner {
            Manner::Pursue => Box::pin(asking.run(meter, sink)).await,
            Manner::Once => Box::pin(asking.once(meter, sink)).await,
        };
        drop(place);
        answered
    }

    fn since(&self, begun: Moment) -> u32 {
        u32::try_from(self.clock.now().since(begun)).unwrap_or(u32::MAX)
    }
}

/// How hard it is tried.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Until somebody answered, as far as the question's effort goes.
    Pursue,
    /// The first lane, one time, now.
    Once,
}

/// A question that is being asked.
struct Asking<'a> {
    gateway: &'a Gateway,
    route: &'a Route,
    question: &'a Question,
    controls: &'a Controls,
    asker: Asker,
    begun: Moment,
    /// In order of preference; `pursuit` counts them in this order.
    lanes: Vec<Lane<'a>>,
    models: Vec<domain::ModelRef>,
    pursuit: Pursuit,
    /// How large the input is for each of them.
    sizes: Sizes,
    tries: Vec<TryRecord>,
    errors: Vec<CallError>,
    passed_over: Vec<PassedOver>,
    skipped: Skipped,
    last: Option<(CallOutcome, usize, Choice)>,
    waiting_since: Moment,
    paused: Option<(usize, Moment)>,
    is_retry: bool,
}

/// What follows a call.
enum Then {
    Again,
    End(Box<Answered>),
}

impl<'a> Asking<'a> {
    fn new(
        gateway: &'a Gateway,
        route: &'a Route,
        question: &'a Question,
        lanes: Vec<Lane<'a>>,
        begun: Moment,
        asker: Asker,
        controls: &'a Controls,
    ) -> Self {
        let sizes = Sizes::new(
            lanes.iter().map(|lane| lane.candidate),
            &question.system,
            &question.messages,
            &question.wishes,
        );
        let now = gateway.clock.now();
        let (lanes, choice) = order::in_order(gateway, route, question, lanes, &asker, &sizes, now);
        let runners = lanes.iter().map(|lane| Runner {
            list: lane.list,
            candidate: lane.number,
            provider: lane.id.provider,
            key: lane.id.key,
            context: lane.candidate.context.map(|tokens| tokens.0),
        });
        Self {
            pursuit: Pursuit::new(runners, choice, question.effort, begun),
            models: lanes.iter().map(|lane| lane.candidate.model_ref()).collect(),
            gateway,
            route,
            question,
            controls,
            asker,
            begun,
            lanes,
            sizes,
            tries: Vec::new(),
            errors: Vec::new(),
            passed_over: Vec::new(),
            skipped: Skipped::default(),
            last: None,
            waiting_since: begun,
            paused: None,
            is_retry: false,
        }
    }

    async fn run(&mut self, meter: &dyn Meter, sink: &mut (dyn FnMut(Delta) + Send)) -> Answered {
        loop {
            if self.controls.cancel.is_cancelled() {
                return self.stopped();
            }
            // Made before anything is decided, so that no change is missed.
            let changed = self.gateway.changed.notified();
            let now = self.gateway.clock.now();
            match self.next(now) {
                (Step::Try { lane, choice, .. }, Some(lease)) => {
                    match self.call(lane, choice, lease, meter, sink).await {
                        Then::Again => {}
                        Then::End(answered) => return *answered,
                    }
                }
                // Cannot happen while both are asked in one breath; if it does,
                // the processor is not kept busy with it.
                (Step::Try { .. }, None) => tokio::time::sleep(SOON).await,
                (Step::GiveUp { retry_at }, _) => return self.given_up(retry_at, now),
                (Step::Wait { until, lane, instead }, _) => {
                    let skipped = self.controls.skip.skipped();
                    self.tell(until, lane, instead, now, sink);
                    let wait = Duration::from_millis(until.since(now));
                    tokio::select! {
                        biased;
                        () = self.controls.cancel.cancelled() => return self.stopped(),
                        () = skipped, if instead.is_some() => {
                            let Some(lane) = instead else { continue };
                            match self.asked(lane, meter, sink).await {
                                Then::Again => {}
                                Then::End(answered) => return *answered,
                            }
                        }
                        () = changed => {}
                        () = tokio::time::sleep(wait) => {}
                    }
                }
            }
        }
    }

    /// The next step, and for a call the right to make it, in one breath.
    fn next(&mut self, now: Moment) -> (Step, Option<Lease>) {
        let mut table = self.gateway.table();
        let standings: Vec<_> = (0..self.lanes.len())
            .filter_map(|lane| {
                let id = &self.lanes.get(lane)?.id;
                Some(table.standing(id, &self.touched(lane)?, now))
            })
            .collect();
        let may_retry = table.retries.allows(now);
        let step = self.pursuit.next(&standings, may_retry, now);
        self.note_skipped(&table, &standings, step, now);
        let Step::Try { lane, retry, .. } = step else { return (step, None) };
        let lease = self.board(&mut table, lane, now, false);
        if lease.is_some() {
            self.is_retry = retry;
            if retry {
                table.retries.note_retry(now);
            } else {
                table.retries.note_call(now);
            }
        }
        (step, lease)
    }

    /// The person does not want to wait.
    async fn asked(
        &mut self,
        lane: usize,
        meter: &dyn Meter,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Then {
        let now = self.gateway.clock.now();
        self.pursuit.hurry(now);
        let lease = self.board(&mut self.gateway.table(), lane, now, true);
        match lease {
            Some(lease) => self.call(lane, Choice::Asked, lease, meter, sink).await,
            None => Then::Again,
        }
    }

    fn board(
        &self,
        table: &mut crate::lanes::Lanes,
        lane: usize,
        now: Moment,
        asked: bool,
    ) -> Option<Lease> {
        let id = &self.lanes.get(lane)?.id;
        let boarding = table.board(id, &self.touched(lane)?, now, asked)?;
        Some(Lease::new(self.gateway, id.clone(), boarding))
    }

    fn touched(&self, lane: usize) -> Option<Touched<'_>> {
        let output = self.output_cap(lane)?.0;
        let input = self.sizes.of(self.lanes.get(lane)?.candidate).at_most.0;
        Some(Touched {
            asker: &self.asker,
            route: &self.route.name,
            model: self.models.get(lane)?,
            key: self.lanes.get(lane)?.id.key,
            tokens: input.saturating_add(output),
        })
    }

    /// How long the lane's answer may be.
    fn output_cap(&self, lane: usize) -> Option<Tokens> {
        let candidate = self.lanes.get(lane)?.candidate;
        let room = Room {
            model: &candidate.model,
            wanted: self.question.max_output,
            longest: candidate.max_output,
            context: candidate.context,
            input: self.sizes.of(candidate).guess.tokens(),
        };
        Some(room.cap())
    }

    fn whom(&self, lane: usize) -> Option<Whom> {
        self.lanes.get(lane).map(Lane::whom)
    }

    /// The wall clock at `moment`, counted from the question.
    fn wall(&self, moment: Moment) -> UnixMs {
        self.question.now.plus(i64::try_from(moment.since(self.begun)).unwrap_or(i64::MAX))
    }

    /// Learns from a call that failed with nothing shown.
    fn learn(&mut self, lane: usize, error: CallError, left: bool) {
        let now = self.gateway.clock.now();
        let own_fault = error.class == FailureClass::Caller && !left;
        if own_fault {
            // Its address or its grant is wrong, not the question.
            self.pursuit.refused(lane, FailureClass::Gone);
        } else {
            let failed = Failed { class: error.class, should_retry: error.should_retry };
            self.pursuit.learn(lane, failed, now, self.gateway.randomness.draw());
        }
        self.errors.push(error);
    }
}
