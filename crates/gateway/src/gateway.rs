//! The gateway: what it is made of, one call to one model, lists of models.
//!
//! `answer` asks through a route; it is in a module of its own.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{AttemptId, FailureClass, KeyId, ProfileId, ProviderId, Tokens, UnixMs};
use futures::future::BoxFuture;
use policy::{Action, Grant, Resource};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::attempt::Attempt;
use crate::breaker::BreakerRules;
use crate::cap::{LEAST_ANSWER, usual};
use crate::dialect::{self, Written};
use crate::failure::{About, Trouble};
use crate::hold::Hold;
use crate::lanes::Lanes;
use crate::moment::Clock;
use crate::progress::Progress;
use crate::queue::gate::QueueGate;
use crate::size::Size;
use crate::tokenizer::Tokenizer;
use crate::trace::{self, Choosing, Named};
use crate::wire::{Clients, system_lookup};
use crate::{
    Address, AttemptIntent, Call, CallError, CallOutcome, Controls, Delta, Endpoint, LaneHealth,
    LaneId, Limit, Mark, Meter, MeterRefusal, QueueRules, Randomness, RouteKey, models,
};

/// Finds the addresses of a host name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// How the gateway is set up.
#[derive(Clone)]
pub struct GatewayOptions {
    /// How names are looked up; the system's way by default.
    pub lookup: Lookup,
    /// How long listing models may take: 20 s by default.
    pub list_timeout: Duration,
    /// How many answers run and wait at once.
    pub queue: QueueRules,
    /// When a failing model rests, and for how long.
    pub breaker: BreakerRules,
    /// Where chance comes from; the operating system seeds it by default.
    pub randomness: Randomness,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            lookup: Arc::new(|name| Box::pin(system_lookup(name))),
            list_timeout: Duration::from_secs(20),
            queue: QueueRules::default(),
            breaker: BreakerRules::default(),
            randomness: Randomness::default(),
        }
    }
}

/// No HTTP client could be made: the system's certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the gateway could not be set up: {0}")]
pub struct NoClient(#[from] reqwest::Error);

/// Calls models. Cheap to share behind an `Arc`; one for each workspace.
pub struct Gateway {
    clients: Clients,
    list_timeout: Duration,
    pub(crate) lanes: Arc<Mutex<Lanes>>,
    /// Told whenever a lane's standing may have changed.
    pub(crate) changed: Arc<Notify>,
    pub(crate) queue: Arc<QueueGate>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) randomness: Randomness,
}

/// What the gateway knows about providers, and how busy it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Every model that was called so far, under each key.
    pub lanes: Vec<LaneHealth>,
    /// Answers under way.
    pub running: usize,
    /// Questions in the queue.
    pub queued: usize,
}

impl Gateway {
    /// A gateway with empty pools.
    ///
    /// # Errors
    /// `NoClient` where the HTTP client cannot be made.
    pub fn new(options: GatewayOptions) -> Result<Self, NoClient> {
        let clients = Clients::new(options.lookup);
        Ok(Self {
            clients,
            list_timeout: options.list_timeout,
            lanes: Arc::new(Mutex::new(Lanes::new(options.breaker))),
            changed: Arc::default(),
            queue: QueueGate::new(options.queue),
            clock: Arc::new(Clock::new()),
            randomness: options.randomness,
        })
    }

    /// Replaces the limits on requests, tokens and calls at once. What was
    /// counted so far is forgotten. They hold for `answer`.
    pub fn limit(&self, limits: Vec<Limit>) {
        self.table().limiter.set(limits);
        self.changed.notify_waiters();
    }

    /// How much a person counts in the queue, compared to the 1 of everybody else.
    pub fn weigh(&self, profile: ProfileId, weight: u32) {
        self.queue.weigh(profile, weight);
    }

    /// Forgets what was held against a provider's keys and models, because
    /// somebody changed it: a new key, a topped-up account.
    pub fn forgive(&self, provider: ProviderId) {
        self.table().forgive(provider);
        self.changed.notify_waiters();
    }

    /// The same for one of its keys.
    pub fn forgive_key(&self, provider: ProviderId, key: KeyId) {
        self.table().forgive_key(provider, key);
        self.changed.notify_waiters();
    }

    /// A list of models came under this key: the key is good. Its models' breakers and what
    /// is left of its quota are another matter, which only a call tells.
    pub fn accepted(&self, provider: ProviderId, key: Option<KeyId>) {
        self.table().accepted(provider, key);
        self.changed.notify_waiters();
    }

    /// How the providers are doing; `now` is the wall clock.
    #[must_use]
    pub fn health(&self, now: UnixMs) -> Health {
        self.clock.witness(now);
        let (running, queued) = self.queue.counts();
        Health { lanes: self.table().health(self.clock.now(), now), running, queued }
    }

    /// Why `model` of `provider` would not be called now under any of `keys`, and until when the
    /// first of them rests; none where one can be called. No keys stand for a provider that
    /// needs none. `now` is the wall clock.
    #[must_use]
    pub fn why_not(
        &self,
        provider: ProviderId,
        model: &str,
        keys: &[KeyId],
        now: UnixMs,
    ) -> Option<Mark> {
        self.clock.witness(now);
        let (table, moment) = (self.table(), self.clock.now());
        let lane = |key| LaneId { provider, model: model.to_owned(), key };
        let lanes: Vec<LaneId> = match keys {
            [] => vec![lane(None)],
            keys => keys.iter().map(|key| lane(Some(*key))).collect(),
        };
        let marks: Option<Vec<Mark>> =
            lanes.iter().map(|id| table.why_not(id, moment, now)).collect();
        marks?.into_iter().min_by_key(|mark| mark.until)
    }

    pub(crate) fn table(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connections that are kept for later calls. Their buffers still
    /// hold the last request with its key: call it when a desk is locked.
    pub fn forget_connections(&self) {
        self.clients.forget();
    }

    /// Asks a model and hands what it says to `sink`, which is called in line:
    /// while it works, nothing more is read from the provider.
    ///
    /// The grant must be for `model.use` on exactly this model. Cancelling
    /// closes the connection at once and ends with `Finish::Stopped`; dropping
    /// the future closes it too, and reports through `Meter::settle_dropped`.
    pub async fn stream(
        &self,
        grant: &Grant,
        meter: &dyn Meter,
        call: Call,
        cancel: CancellationToken,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> CallOutcome {
        let span = trace::attempt(Named::from(&call), Trail::FIRST, Choosing::default());
        let controls = Controls { cancel, ..Controls::default() };
        let calling = self.call(grant, meter, call, Trail::FIRST, controls, sink);
        let outcome = Box::pin(calling.instrument(span.clone())).await.outcome;
        trace::attempt_ended(&span, &outcome);
        outcome
    }

    /// One call, which came by `trail`.
    pub(crate) async fn call(
        &self,
        grant: &Grant,
        meter: &dyn Meter,
        mut call: Call,
        trail: Trail<'_>,
        controls: Controls,
        sink: &mut (dyn FnMut(Delta) + Send),
    ) -> Called {
        let cap = call.max_output.unwrap_or_else(|| usual(&call.model));
        call.max_output = Some(cap);
        let prepared = match self.prepare(grant, &call) {
            Ok(prepared) => prepared,
            Err((host, trouble)) => {
                let error = About::call(&call, &host).error(&trouble);
                let outcome = CallOutcome::refused(&call, host, error);
                return Called { outcome, made: false, left: false };
            }
        };
        let Prepared { client, address, mut written } = prepared;
        let host = address.host();
        let size = trail.size.unwrap_or_else(|| size_of(&call));
        let intent = intent(&call, cap, &host, trail, size, written.body.len());
        let mut progress = Progress::new(Instant::now(), size.guess);
        progress.hides_thought = trail.hides_thought;
        let (mut hold, granted) = match Hold::reserve(meter, intent, progress).await {
            Ok(reserved) => reserved,
            Err(refusal) => {
                let outcome = refused_by_meter(&call, host, refusal);
                return Called { outcome, made: false, left: false };
            }
        };
        if granted.output_at_most < cap {
            call.max_output = Some(granted.output_at_most);
            // What was written with the larger cap is written again with the smaller one.
            if let Ok(again) = dialect::write(&call, &address) {
                written = again;
            }
        }
        hold.progress.started = Instant::now();
        let about = About::call(&call, &host);
        let Controls { cancel, pace, .. } = controls;
        let leaving = granted.leaving;
        let attempt = Attempt { call: &call, client, about, cancel, pace, leaving };
        let (finish, error) = Box::pin(attempt.run(written, &mut hold.progress, sink)).await;
        let left = hold.progress.left.load(Ordering::Acquire);
        let outcome = hold.settle(finish, error).await;
        Called { outcome, made: true, left }
    }

    /// The names of the models that `endpoint` offers, sorted.
    ///
    /// The grant must be for `model.use` or `provider.configure`.
    ///
    /// # Errors
    /// Why they cannot be listed, for people.
    pub async fn list_models(
        &self,
        grant: &Grant,
        endpoint: &Endpoint,
    ) -> Result<Vec<String>, CallError> {
        let address = Address::check(&endpoint.base_url, endpoint.dialect, endpoint.local_allowed)
            .map_err(|error| About::endpoint(endpoint, "").error(&Trouble::Address(error)))?;
        let host = address.host();
        let about = About::endpoint(endpoint, &host);
        if !grant.covers(Action::ProviderConfigure) && !grant.covers(Action::ModelUse) {
            return Err(about.error(&Trouble::Grant));
        }
        let client =
            self.clients.get(address.reach()).map_err(|_| about.error(&Trouble::Client))?;
        let (url, headers) = dialect::models_request(endpoint, &address)
            .map_err(|unsendable| about.error(&Trouble::Unsendable(unsendable)))?;
        let request = client.get(url).headers(headers);
        Box::pin(models::list(request, &about, self.list_timeout)).await
    }

    fn prepare(&self, grant: &Grant, call: &Call) -> Result<Prepared, (String, Trouble)> {
        let endpoint = &call.endpoint;
        let address = Address::check(&endpoint.base_url, endpoint.dialect, endpoint.local_allowed)
            .map_err(|error| (String::new(), Trouble::Address(error)))?;
        let host = address.host();
        if !covers(grant, call) {
            return Err((host, Trouble::Grant));
        }
        let written = match dialect::write(call, &address) {
            Ok(written) => written,
            Err(unsendable) => return Err((host, Trouble::Unsendable(unsendable))),
        };
        match self.clients.get(address.reach()) {
            Ok(client) => Ok(Prepared { client, address, written }),
            Err(_) => Err((host, Trouble::Client)),
        }
    }
}

/// A call that ended, or that did not begin.
pub(crate) struct Called {
    pub(crate) outcome: CallOutcome,
    /// False where the meter, the grant or the address did not allow it.
    pub(crate) made: bool,
    /// True once a byte of the question had left.
    pub(crate) left: bool,
}

/// How a call came about, for its record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trail<'a> {
    /// The route's name.
    pub(crate) route: Option<&'a str>,
    /// The key that was chosen among several.
    pub(crate) key: Option<&'a RouteKey>,
    /// Counts the question's attempts from 1.
    pub(crate) number: u32,
    /// The attempt before it.
    pub(crate) retry_of: Option<AttemptId>,
    /// The input's size, where it was counted before.
    pub(crate) size: Option<Size>,
    /// The model may think without showing it.
    pub(crate) hides_thought: bool,
}

impl Trail<'_> {
    /// Of a call by itself.
    const FIRST: Self = Self {
        route: None,
        key: None,
        number: 1,
        retry_of: None,
        size: None,
        hides_thought: false,
    };
}

/// All that an attempt needs before anything is reserved.
struct Prepared {
    client: reqwest::Client,
    address: Address,
    written: Written,
}

fn covers(grant: &Grant, call: &Call) -> bool {
    let for_this_model = match grant.resource() {
        Resource::Model { model, .. } => *model == call.model_ref(),
        Resource::Workspace
        | Resource::Profile(_)
        | Resource::Group(_)
        | Resource::Provider(_)
        | Resource::Route { .. } => false,
    };
    grant.covers(Action::ModelUse) && for_this_model
}

fn intent(
    call: &Call,
    cap: Tokens,
    host: &str,
    trail: Trail<'_>,
    size: Size,
    request_bytes: usize,
) -> AttemptIntent {
    AttemptIntent {
        attempt: call.attempt,
        model: call.model_ref(),
        host: host.to_owned(),
        provider_label: call.endpoint.label.clone(),
        key: trail.key.map(|key| key.id),
        key_label: trail.key.and_then(|key| key.label.clone()),
        route: trail.route.map(str::to_owned),
        number: trail.number,
        retry_of: trail.retry_of,
        input_at_most: size.at_most,
        output_at_most: cap,
        output_at_least: LEAST_ANSWER.min(cap),
        request_bytes: request_bytes as u64,
    }
}

fn size_of(call: &Call) -> Size {
    let tokenizer = Tokenizer::of(call.endpoint.dialect, &call.model);
    Size::of(tokenizer, &call.system, &call.messages, &call.wishes)
}

fn refused_by_meter(call: &Call, host: String, refusal: MeterRefusal) -> CallOutcome {
    let error = CallError {
        class: match refusal {
            MeterRefusal::Spent { .. } => FailureClass::Exhausted,
            // Not theirs to ask any more, whoever the provider is.
            MeterRefusal::Denied(_) => FailureClass::Caller,
            MeterRefusal::Unavailable(_) => FailureClass::Transient,
        },
        http_status: None,
        retry_after_ms: match &refusal {
            MeterRefusal::Spent { retry_at, .. } => retry_at.map(|at| at.since(call.now)),
            MeterRefusal::Denied(_) | MeterRefusal::Unavailable(_) => None,
        },
        should_retry: None,
        message: refusal.to_string(),
    };
    CallOutcome { meter: Some(refusal), ..CallOutcome::refused(call, host, error) }
}
