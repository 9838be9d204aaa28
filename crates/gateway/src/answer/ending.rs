//! How a question ends: with the call that answered, or in words.

use domain::{FailureClass, Finish, Usage};

use super::Asking;
use crate::failure::{readable_wait, words_for_a_pause};
use crate::moment::Moment;
use crate::queue::gate::{FULL_FOR, TurnedBack};
use crate::{Answered, Billing, CallError, CallOutcome, PassedOver, Question};

impl Asking<'_> {
    /// The person stopped it between two calls.
    pub(super) fn stopped(&mut self) -> Answered {
        let mut answered = self.ended();
        answered.call.finish = Finish::Stopped;
        answered.call.error = None;
        answered
    }

    /// Nothing more is tried.
    pub(super) fn given_up(&mut self, retry_at: Option<Moment>, now: Moment) -> Answered {
        let error = self.clearest(retry_at, now);
        let mut answered = self.ended();
        answered.retry_at = retry_at.map(|at| self.wall(at));
        answered.call.finish = match error.class {
            FailureClass::ContentRefusal => Finish::Refused,
            _ => Finish::Failed,
        };
        // The ledger's refusal of one candidate is not why the others failed.
        answered.call.meter =
            answered.call.meter.filter(|refusal| refusal.to_string() == error.message);
        answered.call.error = Some(error);
        answered
    }

    /// The last call with the record of all.
    pub(super) fn ended(&mut self) -> Answered {
        let elapsed_ms = self.gateway.since(self.begun);
        let Some((outcome, lane, choice)) = self.last.take() else {
            let passed_over = std::mem::take(&mut self.passed_over);
            let skipped = self.skipped.take();
            return Answered { elapsed_ms, passed_over, skipped, ..answered(no_call()) };
        };
        let whom = self.whom(lane);
        Answered {
            call: CallOutcome { tries: std::mem::take(&mut self.tries), ..outcome },
            model: self.models.get(lane).cloned(),
            provider_label: whom.as_ref().map(|w| w.provider_label.clone()).unwrap_or_default(),
            key_label: whom.and_then(|whom| whom.key_label),
            choice: Some(choice),
            passed_over: std::mem::take(&mut self.passed_over),
            skipped: self.skipped.take(),
            calls: self.pursuit.calls(),
            retry_at: None,
            elapsed_ms,
        }
    }

    /// The failure that tells the person most, with the wait that is left.
    fn clearest(&self, retry_at: Option<Moment>, now: Moment) -> CallError {
        let wait = retry_at.map(|at| at.since(now));
        let failed = self.pursuit.clearest().and_then(|place| self.errors.get(place)).cloned();
        let known = failed.or_else(|| {
            let table = self.gateway.table();
            self.lanes.iter().find_map(|lane| table.complaint(&lane.id, now))
        });
        let label = self.lanes.first().map_or("", |lane| lane.candidate.endpoint.label.as_str());
        let Some(mut error) = known else {
            return match wait {
                Some(wait) => CallError {
                    retry_after_ms: Some(wait),
                    message: format!(
                        "{label} is not asked for the moment: it failed too often, or a limit of this workspace is reached. Try again in {}, or use another model.",
                        readable_wait(wait)
                    ),
                    ..plain(FailureClass::Throttled)
                },
                None if now >= self.pursuit.deadline() => too_late(self.question),
                None => CallError {
                    message: "This question is larger than a limit of this workspace allows. Shorten it, or ask an admin.".to_owned(),
                    ..plain(FailureClass::Caller)
                },
            };
        };
        match (error.class, wait) {
            (FailureClass::Credential, _) => self.name_all_keys(&mut error),
            (FailureClass::Throttled, Some(wait)) => {
                let by = self.lanes.iter().find(|lane| {
                    self.gateway
                        .table()
                        .complaint(&lane.id, now)
                        .is_some_and(|e| e.class == error.class)
                });
                let label = by.map_or(label, |lane| lane.candidate.endpoint.label.as_str());
                error.message = words_for_a_pause(label, wait);
            }
            _ => {}
        }
        error.retry_after_ms = wait.or(error.retry_after_ms.filter(|_| retry_at.is_none()));
        error
    }

    /// All keys of a provider were refused: one sentence, not one for each.
    fn name_all_keys(&self, error: &mut CallError) {
        let refused = self.errors.iter().filter(|e| e.class == FailureClass::Credential).count();
        let all = refused == self.errors.len() && refused > 1;
        let providers = self.lanes.iter().map(|lane| lane.id.provider);
        let one_provider =
            providers.clone().all(|provider| Some(provider) == providers.clone().next());
        if all
            && one_provider
            && let Some(lane) = self.lanes.first()
        {
            error.message = format!(
                "{} accepts none of the {refused} keys that were tried. Check them in Settings, Models and providers.",
                lane.candidate.endpoint.label
            );
        }
    }
}

/// No candidate is left by policy.
pub(super) fn nobody() -> Answered {
    refused(CallError {
        message: "No model may be used for this. An admin can allow one in Settings, Models and providers."
            .to_owned(),
        ..plain(FailureClass::Gone)
    })
}

/// Nobody can do what is asked; the first that may answer says why.
pub(super) fn nobody_can(passed_over: Vec<PassedOver>) -> Answered {
    let message = passed_over.first().map(PassedOver::to_string).unwrap_or_default();
    let error = CallError { message, ..plain(FailureClass::Caller) };
    Answered { passed_over, ..refused(error) }
}

/// The queue did not let it in.
pub(super) fn turned_back(why: TurnedBack, question: &Question, elapsed_ms: u32) -> Answered {
    let error = match why {
        TurnedBack::Full => {
            let wait = u64::try_from(FULL_FOR.as_millis()).unwrap_or(u64::MAX);
            CallError {
                retry_after_ms: Some(wait),
                message: "Too many of your questions are waiting already. Try again when one of them is answered.".to_owned(),
                ..plain(FailureClass::Throttled)
            }
        }
        TurnedBack::TooLate | TurnedBack::Cancelled => too_late(question),
    };
    let wait = error.retry_after_ms.and_then(|wait| i64::try_from(wait).ok());
    let retry_at = wait.map(|wait| question.now.plus(wait));
    Answered { retry_at, elapsed_ms, ..refused(error) }
}

/// Stopped before anybody was asked.
pub(super) fn stopped_unasked(elapsed_ms: u32) -> Answered {
    Answered { elapsed_ms, ..answered(stopped_call()) }
}

/// The deadline is over.
pub(super) fn too_late(question: &Question) -> CallError {
    let limit = u64::try_from(question.effort.deadline.as_millis()).unwrap_or(u64::MAX);
    CallError {
        message: format!(
            "No answer came within {}. Try again, or use another model.",
            readable_wait(limit)
        ),
        ..plain(FailureClass::Transient)
    }
}

fn refused(error: CallError) -> Answered {
    answered(CallOutcome { error: Some(error), ..no_call() })
}

fn answered(call: CallOutcome) -> Answered {
    Answered {
        call,
        model: None,
        provider_label: String::new(),
        key_label: None,
        choice: None,
        passed_over: Vec::new(),
        skipped: Vec::new(),
        calls: 0,
        retry_at: None,
        elapsed_ms: 0,
    }
}

fn plain(class: FailureClass) -> CallError {
    CallError {
        class,
        http_status: None,
        retry_after_ms: None,
        should_retry: None,
        message: String::new(),
    }
}

/// The outcome of a call that was stopped before it began.
pub(super) fn stopped_call() -> CallOutcome {
    CallOutcome { finish: Finish::Stopped, ..no_call() }
}

/// The outcome where nobody was called.
pub(super) fn no_call() -> CallOutcome {
    CallOutcome {
        finish: Finish::Failed,
        usage: Usage::default(),
        parts: Vec::new(),
        billing: Billing::Nothing,
        served_model: None,
        host: String::new(),
        first_token_ms: None,
        total_ms: 0,
        error: None,
        tries: Vec::new(),
        meter: None,
    }
}
