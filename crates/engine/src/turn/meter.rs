//! The gateway's meter over this desk: journal first, then the record.
//!
//! Reserving writes the attempt's intent before a byte leaves. Settling first
//! makes the journal's closing record durable, then writes the outcome; so a
//! crash between the two can be repaired from what is on disk.

use std::sync::Arc;

use agent::Failed;
use domain::{Provenance, TryRecord};
use gateway::{AttemptIntent, AttemptReport, Billing, CallError, Meter, MeterFuture, MeterRefusal};
use policy::Grant;
use tokio::sync::Mutex;
use vault::Closing;
use workspace::{AttemptEnd, AttemptStart};

use crate::session::Session;
use crate::turn::pump::{Inbox, Pump};
use crate::turn::running::RunningTurn;

/// One turn's meter.
pub(crate) struct DeskMeter<'a> {
    pub(crate) session: Arc<Session>,
    pub(crate) grant: &'a Grant,
    pub(crate) provider_label: &'a str,
    pub(crate) pump: &'a Mutex<Pump>,
    pub(crate) inbox: &'a Inbox,
    pub(crate) running: &'a RunningTurn,
    pub(crate) app: Arc<crate::App>,
}

impl Meter for DeskMeter<'_> {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a> {
        Box::pin(async move {
            self.session
                .open_attempt(
                    &self.app,
                    self.grant,
                    AttemptStart {
                        attempt: intent.attempt,
                        turn: self.running.turn,
                        model: intent.model.clone(),
                        host: intent.host.clone(),
                        request_bytes: intent.request_bytes,
                    },
                )
                .await
                .map_err(|failure| MeterRefusal::Unavailable(failure.message))
        })
    }

    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(async move {
            let refused = |failure: crate::api::Failure| MeterRefusal::Unavailable(failure.message);
            self.pump
                .lock()
                .await
                .carry_all(self.inbox)
                .await
                .map_err(|error| refused(error.into()))?;
            let ending = self.running.call_ended(report.finish, failed(report.error.as_ref()));
            let closing = Closing {
                text_tail: String::new(),
                reasoning_tail: String::new(),
                finish: ending.finish,
                provenance: Some(provenance(report, self.provider_label)),
            };
            self.session
                .vault
                .journal_close(self.running.turn, closing)
                .await
                .map_err(|error| refused(error.into()))?;
            self.session.settle_attempt(&self.app, end_of(report)).await.map_err(refused)
        })
    }

    fn settle_dropped(&self, report: AttemptReport) {
        let (session, app) = (Arc::clone(&self.session), Arc::clone(&self.app));
        tokio::spawn(async move {
            if let Err(failure) = session.settle_attempt(&app, end_of(&report)).await {
                tracing::error!(code = ?failure.code, "a dropped attempt could not be recorded");
            }
        });
    }
}

/// A call's failure, as the turn's machine reads it.
pub(crate) fn failed(error: Option<&CallError>) -> Option<Failed> {
    error.map(|error| Failed { class: error.class, message: error.message.clone() })
}

/// The card for an answer of one attempt.
pub(crate) fn provenance(report: &AttemptReport, provider_label: &str) -> Provenance {
    Provenance {
        model: report.model.clone(),
        provider_label: provider_label.to_owned(),
        host: report.host.clone(),
        served_model: report.served_model.clone(),
        usage: report.usage,
        first_token_ms: report.first_token_ms,
        total_ms: report.total_ms,
        tries: vec![TryRecord {
            attempt: report.attempt,
            model: report.model.clone(),
            failure: report.error.as_ref().map(|error| error.class),
            http_status: report.error.as_ref().and_then(|error| error.http_status),
            note: report.error.as_ref().map(|error| error.message.clone()),
            path: None,
        }],
    }
}

fn end_of(report: &AttemptReport) -> AttemptEnd {
    AttemptEnd {
        attempt: report.attempt,
        finish: Some(report.finish),
        usage: Some(report.usage),
        served_model: report.served_model.clone(),
        failure: report.error.as_ref().map(|error| error.class),
        http_status: report.error.as_ref().and_then(|error| error.http_status),
        total_ms: Some(report.total_ms),
        billed: match report.billing {
            Billing::Nothing => Some(false),
            Billing::Perhaps => None,
            Billing::Used => Some(true),
        },
    }
}
