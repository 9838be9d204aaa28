//! The gateway's meter over this desk: journal first, then the record.
//!
//! Reserving writes the attempt's intent and what it may cost before a byte
//! leaves. Settling an attempt that is the answer first makes the journal's
//! closing record durable, then writes the outcome; so a crash between the
//! two can be repaired from what is on disk. What a program asks is metered
//! alike and has no journal.

use std::sync::{Arc, Mutex as Held, PoisonError};

use agent::Failed;
use domain::{AttemptId, DataClass, ModelRef, NanoUsd, ProgramId, Provenance, TryRecord, TurnId};
use gateway::{
    AttemptIntent, AttemptReport, Billing, CallError, Candidate, Granted, Leaving, Meter,
    MeterFuture, MeterRefusal, Route,
};
use policy::{Grant, Resource};
use tokio::sync::Mutex;
use vault::{Closing, Commitments};
use workspace::{AttemptEnd, AttemptStart, Wish};

use crate::api::{Failure, FailureCode};
use crate::price::Price;
use crate::session::Session;
use crate::turn::pump::{Inbox, Pump};
use crate::turn::running::RunningTurn;

/// One question's meter.
pub(crate) struct DeskMeter<'a> {
    pub(crate) app: Arc<crate::App>,
    pub(crate) session: Arc<Session>,
    pub(crate) route: &'a Route,
    pub(crate) prices: &'a [(ModelRef, Price)],
    /// What the record calls the question.
    pub(crate) turn: TurnId,
    /// The person's program that asks; none for the person.
    pub(crate) program: Option<ProgramId>,
    /// Where the answer is kept; none where nothing of it is.
    pub(crate) journal: Option<Journal<'a>>,
    pub(crate) notes: Held<Notes>,
}

/// Where a person's answer is kept while it streams.
pub(crate) struct Journal<'a> {
    pub(crate) pump: &'a Mutex<Pump>,
    pub(crate) inbox: &'a Inbox,
    pub(crate) running: &'a RunningTurn,
}

/// What a meter saw.
#[derive(Default)]
pub(crate) struct Notes {
    /// What each settled attempt cost, as far as that is known.
    costs: Vec<(AttemptId, Option<NanoUsd>)>,
    /// Why it refused; the gateway only carries the words.
    refusals: Vec<Failure>,
    /// The model that was reserved for last: the one that is asked now.
    asked: Option<ModelRef>,
}

impl DeskMeter<'_> {
    /// What the attempts cost together; none where the cost of `answer` is not known.
    pub(crate) fn cost(&self, answer: AttemptId) -> Option<NanoUsd> {
        let notes = self.notes();
        notes.costs.iter().find(|(attempt, _)| *attempt == answer)?.1?;
        let known = notes.costs.iter().filter_map(|(_, cost)| *cost);
        Some(NanoUsd(known.fold(0, |sum, cost| sum.saturating_add(cost.0))))
    }

    /// The refusal that is told as `message`, with the code it has on a screen.
    pub(crate) fn refusal(&self, message: &str) -> Option<Failure> {
        let notes = self.notes();
        notes.refusals.iter().rev().find(|failure| failure.message == message).cloned()
    }

    /// The model that is asked now, or was last.
    pub(crate) fn asked(&self) -> Option<ModelRef> {
        self.notes().asked.clone()
    }

    fn refuse(&self, failure: impl Into<Failure>) -> MeterRefusal {
        let failure = failure.into();
        let (message, retry_at) = (failure.message.clone(), failure.retry_at);
        let code = failure.code;
        self.notes().refusals.push(failure);
        match code {
            FailureCode::LimitReached => MeterRefusal::Spent { retry_at, message },
            FailureCode::Denied => MeterRefusal::Denied(message),
            _ => MeterRefusal::Unavailable(message),
        }
    }

    /// What an attempt wants to use, at most.
    fn wish(&self, intent: &AttemptIntent) -> Wish {
        Wish {
            input: intent.input_at_most,
            output: intent.output_at_most,
            least: intent.output_at_least,
            price: self.price(&intent.model).ceiling(intent.input_at_most),
        }
    }

    fn start_of(&self, intent: &AttemptIntent) -> AttemptStart {
        AttemptStart {
            attempt: intent.attempt,
            turn: self.turn,
            program: self.program,
            model: intent.model.clone(),
            host: intent.host.clone(),
            request_bytes: intent.request_bytes,
            key: intent.key,
            route: intent.route.clone(),
            number: intent.number,
            retry_of: intent.retry_of,
            // The ledger grants these.
            hold: None,
            output_cap: None,
            class: self.grant(&intent.model).and_then(class_of),
            // A workspace says them as they are signed by then.
            regions: Vec::new(),
            rules: self.grant(&intent.model).map_or_else(Vec::new, |one| one.rule_ids().to_vec()),
        }
    }

    fn grant(&self, model: &ModelRef) -> Option<&Grant> {
        let listed = [&self.route.candidates, &self.route.on_overflow, &self.route.on_refusal];
        let found = listed.into_iter().flatten().find(|one| one.model_ref() == *model);
        found.map(|candidate: &Candidate| &candidate.grant)
    }

    fn price(&self, model: &ModelRef) -> &Price {
        let listed = self.prices.iter().find(|(priced, _)| priced == model);
        listed.map_or(&Price::Unknown, |(_, price)| price)
    }

    /// The words that arrived, and how the answer ended; what the record may say of them.
    async fn close_journal(&self, report: &AttemptReport) -> Result<Option<Commitments>, Failure> {
        let Some(Journal { pump, inbox, running }) = &self.journal else { return Ok(None) };
        pump.lock().await.carry_all(inbox).await?;
        let ending = running.call_ended(report.finish, failed(report.error.as_ref()));
        let provenance = Some(provenance(report, self.price(&report.model)));
        let closing = Closing { attempt: report.attempt, finish: ending.finish, provenance };
        Ok(self.session.vault.journal_close(self.turn, closing).await?)
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meter for DeskMeter<'_> {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        Box::pin(async move {
            let Some(grant) = self.grant(&intent.model) else {
                return Err(self.refuse(Failure::internal("a model was not of its route")));
            };
            let leaving = match &self.session.departures {
                Some(departures) => {
                    departures.begin().map_err(|error| self.refuse(error))?;
                    departures.leaving(intent.attempt)
                }
                None => Leaving::default(),
            };
            self.notes().asked = Some(intent.model.clone());
            let (start, wish) = (self.start_of(intent), self.wish(intent));
            let opened = self.session.open_attempt(&self.app, grant, start, wish).await;
            let output_at_most = opened.map_err(|failure| self.refuse(failure))?;
            Ok(Granted { output_at_most, leaving })
        })
    }

    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(async move {
            let mut end = end_of(report, self.price(&report.model));
            if report.decisive {
                let closed = self.close_journal(report).await;
                let committed = closed.map_err(|failure| self.refuse(failure))?;
                end.input = committed.map(|one| one.input);
                end.output = committed.map(|one| one.output);
            }
            self.notes().costs.push((report.attempt, end.cost));
            let settled = self.session.settle_attempt(&self.app, end).await;
            settled.map_err(|failure| self.refuse(failure))
        })
    }

    fn settle_dropped(&self, report: AttemptReport) {
        let (session, app) = (Arc::clone(&self.session), Arc::clone(&self.app));
        let end = end_of(&report, self.price(&report.model));
        tokio::spawn(async move {
            if let Err(failure) = session.settle_attempt(&app, end).await {
                tracing::error!(code = ?failure.code, "a dropped attempt could not be recorded");
            }
        });
    }
}

/// A call's failure, as the turn's machine reads it.
pub(crate) fn failed(error: Option<&CallError>) -> Option<Failed> {
    error.map(|error| Failed { class: error.class, message: error.message.clone() })
}

/// The card for an answer of one attempt, for the case that nothing more is learnt of it.
fn provenance(report: &AttemptReport, price: &Price) -> Provenance {
    Provenance {
        model: report.model.clone(),
        provider_label: report.provider_label.clone(),
        host: report.host.clone(),
        served_model: report.served_model.clone(),
        usage: report.usage,
        first_token_ms: report.first_token_ms,
        total_ms: report.total_ms,
        cost: price.cost(&report.usage),
        skipped: Vec::new(),
        uncalled: None,
        elapsed_ms: None,
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

fn end_of(report: &AttemptReport, price: &Price) -> AttemptEnd {
    AttemptEnd {
        attempt: report.attempt,
        finish: Some(report.finish),
        usage: Some(report.usage),
        served_model: report.served_model.clone(),
        failure: report.error.as_ref().map(|error| error.class),
        http_status: report.error.as_ref().and_then(|error| error.http_status),
        first_token_ms: report.first_token_ms,
        total_ms: Some(report.total_ms),
        billed: match report.billing {
            Billing::Nothing => Some(false),
            Billing::Perhaps => None,
            Billing::Used => Some(true),
        },
        cost: match report.billing {
            Billing::Nothing => Some(NanoUsd(0)),
            // What it held counts until somebody knows better.
            Billing::Perhaps => None,
            Billing::Used => price.cost(&report.usage),
        },
        overrun: None,
        input: None,
        output: None,
    }
}

/// The class of what a grant lets out.
fn class_of(grant: &Grant) -> Option<DataClass> {
    match grant.resource() {
        Resource::Model { facts, .. } => Some(facts.sent),
        _ => None,
    }
}
