//! The promise that a reserved attempt is settled once.
//!
//! Made before the reservation is asked for, kept by `settle`, and kept by
//! `Drop` where the call's future is thrown away at any point in between.

use domain::Finish;

use crate::call::try_record;
use crate::progress::Progress;
use crate::{AttemptIntent, AttemptReport, CallError, CallOutcome, Granted, Meter, MeterRefusal};

/// An attempt under way and its progress.
pub(crate) struct Hold<'a> {
    meter: &'a dyn Meter,
    intent: AttemptIntent,
    pub(crate) progress: Progress,
    /// The report, once it is made; until then, a drop makes one.
    report: Option<AttemptReport>,
    done: bool,
}

impl<'a> Hold<'a> {
    /// Reserves. On a refusal nothing is held and nothing may be sent.
    pub(crate) async fn reserve(
        meter: &'a dyn Meter,
        intent: AttemptIntent,
        progress: Progress,
    ) -> Result<(Self, Granted), MeterRefusal> {
        let mut hold = Self { meter, intent, progress, report: None, done: false };
        match hold.meter.reserve(&hold.intent).await {
            Ok(granted) => Ok((hold, granted)),
            Err(refusal) => {
                hold.done = true;
                Err(refusal)
            }
        }
    }

    /// Settles with how the attempt ended.
    pub(crate) async fn settle(mut self, finish: Finish, error: Option<CallError>) -> CallOutcome {
        let report = self.report.insert(report(&self.intent, &self.progress, finish, error));
        let refusal = self.meter.settle(report).await.err();
        let parts = self.progress.parts(finish);
        let outcome = CallOutcome { parts, ..outcome(report.clone(), refusal) };
        self.done = true;
        outcome
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let report = self
            .report
            .take()
            .unwrap_or_else(|| report(&self.intent, &self.progress, Finish::Interrupted, None));
        self.meter.settle_dropped(report);
    }
}

fn report(
    intent: &AttemptIntent,
    progress: &Progress,
    finish: Finish,
    error: Option<CallError>,
) -> AttemptReport {
    AttemptReport {
        attempt: intent.attempt,
        model: intent.model.clone(),
        host: intent.host.clone(),
        provider_label: intent.provider_label.clone(),
        key_label: intent.key_label.clone(),
        finish,
        decisive: progress.shown || matches!(finish, Finish::Complete | Finish::Length),
        usage: progress.usage(),
        billing: progress.billing(),
        served_model: progress.transcript.served_model.clone(),
        first_token_ms: progress.first_token_ms,
        total_ms: progress.millis(),
        error,
    }
}

fn outcome(report: AttemptReport, meter: Option<MeterRefusal>) -> CallOutcome {
    CallOutcome {
        finish: report.finish,
        usage: report.usage,
        parts: Vec::new(),
        billing: report.billing,
        served_model: report.served_model,
        host: report.host,
        first_token_ms: report.first_token_ms,
        total_ms: report.total_ms,
        tries: vec![try_record(report.attempt, report.model, report.error.as_ref())],
        error: report.error,
        meter,
    }
}
