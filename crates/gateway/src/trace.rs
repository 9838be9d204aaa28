//! What a log may know of a turn and its attempts.
//!
//! One span for each turn and one for each attempt, with names that admins
//! gave, classes, numbers and times. Never content, never a key, never a
//! provider's own words: what is not written here cannot leak from a log.
//! A span that closes without `finish` was dropped before its end.

use std::fmt::Debug;

use domain::{BreakerState, Choice, FailureClass};
use tracing::field::{Empty, debug};
use tracing::{Span, info_span};

use crate::gateway::Trail;
use crate::{Answered, Call, CallError, CallOutcome, Route};

/// The span of a question that is asked through `route`.
pub(crate) fn turn(route: &Route) -> Span {
    info_span!(
        "turn",
        route = %route.name,
        strategy = ?route.strategy,
        queued_ms = Empty,
        tries = Empty,
        provider = Empty,
        model = Empty,
        key = Empty,
        choice = Empty,
        finish = Empty,
        class = Empty,
        status = Empty,
        tokens = Empty,
        took_ms = Empty,
    )
}

/// How the turn's attempts came to be, beside the call itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choosing {
    pub(crate) choice: Option<Choice>,
    pub(crate) breaker: Option<BreakerState>,
    pub(crate) waited_ms: u32,
}

/// What names an attempt: the call's ids and labels, without its question and key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) attempt: domain::AttemptId,
    pub(crate) provider: &'a str,
    pub(crate) model: &'a str,
}

impl<'a> From<&'a Call> for Named<'a> {
    fn from(call: &'a Call) -> Self {
        let (provider, model) = (call.endpoint.label.as_str(), call.model.as_str());
        Self { attempt: call.attempt, provider, model }
    }
}

/// The span of one attempt.
pub(crate) fn attempt(named: Named<'_>, trail: Trail<'_>, choosing: Choosing) -> Span {
    let span = info_span!(
        "attempt",
        attempt = %named.attempt,
        route = trail.route,
        provider = %named.provider,
        model = %named.model,
        key = trail.key.and_then(|key| key.label.as_deref()),
        number = trail.number,
        waited_ms = choosing.waited_ms,
        choice = Empty,
        breaker = Empty,
        finish = Empty,
        class = Empty,
        status = Empty,
        billing = Empty,
        input_tokens = Empty,
        output_tokens = Empty,
        estimated = Empty,
        first_token_ms = Empty,
        took_ms = Empty,
    );
    note(&span, "choice", choosing.choice);
    note(&span, "breaker", choosing.breaker);
    span
}

/// Writes on its span how an attempt ended.
pub(crate) fn attempt_ended(span: &Span, outcome: &CallOutcome) {
    span.record("finish", debug(outcome.finish));
    failure(span, outcome.error.as_ref());
    span.record("billing", debug(outcome.billing));
    let usage = outcome.usage;
    let input = usage.total().0.saturating_sub(usage.output.0).saturating_sub(usage.reasoning.0);
    span.record("input_tokens", input);
    span.record("output_tokens", usage.output.0.saturating_add(usage.reasoning.0));
    span.record("estimated", usage.estimated);
    span.record("first_token_ms", outcome.first_token_ms);
    span.record("took_ms", outcome.total_ms);
    span.in_scope(|| tracing::debug!("attempt settled"));
}

/// Writes on its span how a turn ended.
pub(crate) fn turn_ended(span: &Span, answered: &Answered) {
    let call = &answered.call;
    span.record("tries", call.tries.len() as u64);
    if let Some(model) = &answered.model {
        span.record("provider", answered.provider_label.as_str());
        span.record("model", model.model.as_str());
        span.record("key", answered.key_label.as_deref());
    }
    note(span, "choice", answered.choice);
    span.record("finish", debug(call.finish));
    failure(span, call.error.as_ref());
    span.record("tokens", call.usage.total().0);
    span.record("took_ms", answered.elapsed_ms);
    span.in_scope(|| tracing::debug!("turn ended"));
}

/// The class and the status of a failure. Its message quotes the provider, and stays out.
fn failure(span: &Span, error: Option<&CallError>) {
    let class: Option<FailureClass> = error.map(|error| error.class);
    note(span, "class", class);
    span.record("status", error.and_then(|error| error.http_status));
}

fn note(span: &Span, field: &'static str, value: Option<impl Debug>) {
    if let Some(value) = value {
        span.record(field, debug(value));
    }
}
