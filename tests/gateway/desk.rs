//! The asking side: a person with a grant, a meter that remembers, a question.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{
    AttemptId, Author, Dialect, FailureClass, ModelRef, ProfileId, Prompt, ProviderId, Role,
    Tokens, UnixMs,
};
use gateway::{
    ApiKey, AttemptIntent, AttemptReport, Call, CallOutcome, Delta, Endpoint, Gateway,
    GatewayOptions, Granted, Leaving, Meter, MeterFuture, MeterRefusal, Timeouts, ToolDelta,
    Waiting,
};
use policy::{Action, Grant, ModelFacts, Principal, Resource, authorize};
use support::upstream::{Gate, Upstream};
use tokio_util::sync::CancellationToken;

/// The time of asking in every test: 2026-11-23T19:30:00Z.
pub(crate) const NOW: UnixMs = UnixMs(1_795_462_200_000);
/// The key in every test; must never be seen outside a request's headers.
pub(crate) const KEY: &str = "sk-test-canary-0123456789abcdef";
/// Far beyond any test; a test that waits for it hangs and is killed.
const NEVER: Duration = Duration::from_secs(24 * 3_600);
/// A limit that a silent upstream runs into at once.
pub(crate) const SOON: Duration = Duration::from_millis(250);

/// Limits that no test reaches by accident.
pub(crate) const PATIENT: Timeouts = Timeouts {
    connect: NEVER,
    headers: NEVER,
    first_token: NEVER,
    stall: NEVER,
    whole: NEVER,
    loading_notice: NEVER,
};

/// Remembers everything that it is told.
#[derive(Default)]
pub(crate) struct TestMeter {
    reserved: Mutex<Vec<AttemptIntent>>,
    settled: Mutex<Vec<AttemptReport>>,
    dropped: Mutex<Vec<AttemptReport>>,
    refusal: Mutex<Option<MeterRefusal>>,
    /// Told before a call leaves.
    pub(crate) leaving: Mutex<Leaving>,
    /// No longer output is granted.
    pub(crate) most_output: Mutex<Option<Tokens>>,
    /// Settling waits for ever.
    pub(crate) stuck: AtomicBool,
    /// Opened when settling begins.
    pub(crate) settling: Gate,
}

impl TestMeter {
    /// Refuses every reservation.
    pub(crate) fn refusing(refusal: MeterRefusal) -> Self {
        Self { refusal: Mutex::new(Some(refusal)), ..Self::default() }
    }

    pub(crate) fn reserved(&self) -> Vec<AttemptIntent> {
        held(&self.reserved).clone()
    }

    pub(crate) fn settled(&self) -> Vec<AttemptReport> {
        held(&self.settled).clone()
    }

    pub(crate) fn dropped(&self) -> Vec<AttemptReport> {
        held(&self.dropped).clone()
    }
}

impl Meter for TestMeter {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        Box::pin(async move {
            held(&self.reserved).push(intent.clone());
            let leaving = held(&self.leaving).clone();
            let cap = held(&self.most_output).unwrap_or(intent.output_at_most);
            let granted = Granted { output_at_most: cap.min(intent.output_at_most), leaving };
            held(&self.refusal).clone().map_or(Ok(granted), Err)
        })
    }

    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(async move {
            self.settling.open();
            if self.stuck.load(Ordering::Acquire) {
                std::future::pending::<()>().await;
            }
            held(&self.settled).push(report.clone());
            Ok(())
        })
    }

    fn settle_dropped(&self, report: AttemptReport) {
        held(&self.dropped).push(report);
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a call went.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) outcome: CallOutcome,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) waiting: Vec<Waiting>,
    /// What was heard of tool calls, piece by piece.
    pub(crate) tools: Vec<ToolDelta>,
}

impl Heard {
    pub(crate) fn class(&self) -> Option<FailureClass> {
        self.outcome.error.as_ref().map(|error| error.class)
    }

    pub(crate) fn message(&self) -> &str {
        self.outcome.error.as_ref().map_or("", |error| &error.message)
    }
}

/// A person who asks through a gateway of their own.
pub(crate) struct Desk {
    pub(crate) gateway: Gateway,
    pub(crate) meter: TestMeter,
    pub(crate) cancel: CancellationToken,
    pub(crate) call: Call,
}

impl Desk {
    /// Asks `upstream` in OpenAI's dialect, patiently.
    pub(crate) fn at(upstream: &Upstream) -> Self {
        Self::of(&upstream.base_url(), Dialect::OpenAi)
    }

    pub(crate) fn anthropic(upstream: &Upstream) -> Self {
        Self::of(&upstream.base_url(), Dialect::Anthropic)
    }

    pub(crate) fn of(base_url: &str, dialect: Dialect) -> Self {
        let gateway = Gateway::new(GatewayOptions::default()).expect("a client");
        Self {
            gateway,
            meter: TestMeter::default(),
            cancel: CancellationToken::new(),
            call: Call {
                attempt: AttemptId::new(NOW, [1; 10]),
                endpoint: Endpoint {
                    provider: ProviderId::new(NOW, [2; 10]),
                    label: "Testing".into(),
                    dialect,
                    base_url: base_url.into(),
                    key: Some(ApiKey::new(KEY.into())),
                    local_allowed: true,
                },
                model: "test-model".into(),
                system: String::new(),
                messages: vec![Prompt::text(Author::User, "What is a tide?")],
                continue_text: false,
                wishes: Arc::default(),
                max_output: None,
                timeouts: PATIENT,
                now: NOW,
            },
        }
    }

    pub(crate) fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.call.timeouts = timeouts;
        self
    }

    pub(crate) fn grant(&self) -> Grant {
        grant_for(self.call.model_ref())
    }

    /// Asks and listens to the end.
    pub(crate) async fn ask(&self) -> Heard {
        self.ask_with(|_| {}).await
    }

    /// Asks and shows each delta to `watch` as it comes.
    pub(crate) async fn ask_with(&self, mut watch: impl FnMut(&Delta) + Send) -> Heard {
        let (mut text, mut reasoning) = (String::new(), String::new());
        let (mut waiting, mut tools) = (Vec::new(), Vec::new());
        let outcome = {
            let mut sink = |delta: Delta| {
                watch(&delta);
                match delta {
                    Delta::Text(more) => text.push_str(&more),
                    Delta::Reasoning(more) => reasoning.push_str(&more),
                    Delta::Tool(more) => tools.push(more),
                    Delta::Waiting(why) => waiting.push(why),
                }
            };
            let cancel = self.cancel.clone();
            let call = self.call.clone();
            self.gateway.stream(&self.grant(), &self.meter, call, cancel, &mut sink).await
        };
        Heard { outcome, text, reasoning, waiting, tools }
    }
}

/// A member's grant to use `model`.
pub(crate) fn grant_for(model: ModelRef) -> Grant {
    let principal =
        Principal { profile: ProfileId::new(NOW, [3; 10]), role: Role::Member, at: NOW };
    authorize(
        &principal,
        Action::ModelUse,
        &Resource::Model { model, facts: ModelFacts::ELSEWHERE },
    )
    .expect("members use models")
}
