//! "Try now": a real call of one model, of a few words, for whoever looks after providers.
//!
//! Listing a provider's models proves its address and its key. Whether a model answers, and
//! whether its quota is back, only a call of it tells: metered, recorded and counted like
//! every other, so that what it finds out holds for everybody.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Author, Finish, NanoUsd, Prompt, Tokens, TurnId};
use gateway::{
    Answered, AttemptIntent, AttemptReport, Controls, Effort, Granted, Leaving, Meter, MeterFuture,
    MeterRefusal, Question, SkipWait,
};
use policy::{Action, Grant, Resource};
use workspace::Wish;

use crate::App;
use crate::api::{Failure, FailureCode, ModelTried, TryModel, TurnBatch};
use crate::desk::Desk;
use crate::models::{not_offered, offering};
use crate::price::Price;
use crate::session::Session;
use crate::turn::meter::{end_of, start_of};
use crate::turn::route::Waking;
use crate::turn::{TurnLog, TurnSink};

/// What is asked. Any answer will do.
const WORDS: &str = "Reply with OK";
/// The least that every API takes as an output cap.
const LONGEST_ANSWER: Tokens = Tokens(16);
/// Whoever presses a button does not wait longer; a model may have to be loaded first.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How the record names the way of these calls.
const WAY: &str = "try-now";

impl Desk {
    pub(crate) async fn try_model(&self, request: TryModel) -> Result<ModelTried, Failure> {
        self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let providers = self.providers().await?;
        let provider = offering(&providers, &request.model).ok_or_else(not_offered)?;
        let price = Price::of(provider, &request.model.model);
        let way = self.way_to_this_alone(WAY, request.model, provider)?;
        self.obey_limits().await?;
        let turn = TurnId::new(self.app.now(), sealed::random_bytes());
        let log = Arc::new(TurnLog::new(turn, Arc::new(Nobody)));
        let waking = Waking::new(Arc::clone(&self.app), self.session.profile, log);
        let mut route = self.route(way, &waking).await?;
        for candidate in &mut route.candidates {
            if let Some(wanted) = request.key.or(candidate.keys.first().map(|key| key.id)) {
                candidate.keys.retain(|key| key.id == wanted);
                if candidate.keys.is_empty() {
                    return Err(Failure::not_found());
                }
            }
        }
        let Some(grant) = route.candidates.first().map(|one| &one.grant) else {
            return Err(not_offered());
        };
        let meter = ProbeMeter {
            app: Arc::clone(&self.app),
            session: Arc::clone(&self.session),
            grant,
            price,
            turn,
            notes: Mutex::default(),
        };
        // Stopped where the desk is locked, and settled before its files are closed.
        let controls = Controls { cancel: self.session.turns.closing(), skip: SkipWait::default() };
        let asked = self.app.gateway.probe(&route, self.few_words(), &meter, controls);
        let answered = Box::pin(self.session.tasks.track_future(asked)).await;
        waking.rest();
        self.tried(&answered, &meter, &waking)
    }

    fn few_words(&self) -> Question {
        Question {
            system: String::new(),
            messages: vec![Prompt::text(Author::User, WORDS.to_owned())],
            continue_text: false,
            wishes: Arc::default(),
            max_output: Some(LONGEST_ANSWER),
            chat: None,
            effort: Effort { tries: 1, deadline: LONGEST_WAIT, ..Effort::default() },
            now: self.app.now(),
        }
    }

    fn tried(
        &self,
        answered: &Answered,
        meter: &ProbeMeter<'_>,
        waking: &Waking,
    ) -> Result<ModelTried, Failure> {
        let call = &answered.call;
        match (&call.error, call.finish) {
            (Some(error), _) => {
                let told = meter.refusal(&error.message).or_else(|| waking.failure(&error.message));
                let failure = told.unwrap_or_else(|| Failure::at(error, self.app.now()));
                Err(Failure { retry_at: answered.retry_at.or(failure.retry_at), ..failure })
            }
            (None, Finish::Stopped) => Err(Failure::locked()),
            (None, _) => Ok(ModelTried {
                millis: call.first_token_ms.unwrap_or(call.total_ms),
                cost: meter.notes().cost,
            }),
        }
    }
}

/// Nobody watches it.
struct Nobody;

impl TurnSink for Nobody {
    fn send(&self, _: TurnBatch) {}
}

/// The meter of one such call: it has no journal, for nothing of it is kept.
struct ProbeMeter<'a> {
    app: Arc<App>,
    session: Arc<Session>,
    grant: &'a Grant,
    price: Price,
    turn: TurnId,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    cost: Option<NanoUsd>,
    refusal: Option<Failure>,
}

impl ProbeMeter<'_> {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusal(&self, message: &str) -> Option<Failure> {
        self.notes().refusal.clone().filter(|failure| failure.message == message)
    }

    fn refuse(&self, failure: impl Into<Failure>) -> MeterRefusal {
        let failure = failure.into();
        let (message, retry_at) = (failure.message.clone(), failure.retry_at);
        let spent = failure.code == FailureCode::LimitReached;
        self.notes().refusal = Some(failure);
        if spent {
            MeterRefusal::Spent { retry_at, message }
        } else {
            MeterRefusal::Unavailable(message)
        }
    }
}

impl Meter for ProbeMeter<'_> {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        Box::pin(async move {
            let leaving = match &self.session.departures {
                Some(departures) => {
                    departures.begin().map_err(|error| self.refuse(error))?;
                    departures.leaving(intent.attempt)
                }
                None => Leaving::default(),
            };
            let wish = Wish {
                input: intent.input_at_most,
                output: intent.output_at_most,
                least: intent.output_at_least,
                price: self.price.ceiling(intent.input_at_most),
            };
            let start = start_of(intent, self.turn);
            let opened = self.session.open_attempt(&self.app, self.grant, start, wish).await;
            let output_at_most = opened.map_err(|failure| self.refuse(failure))?;
            Ok(Granted { output_at_most, leaving })
        })
    }

    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(async move {
            let end = end_of(report, self.price);
            self.notes().cost = end.cost;
            let settled = self.session.settle_attempt(&self.app, end).await;
            settled.map_err(|failure| self.refuse(failure))
        })
    }

    fn settle_dropped(&self, report: AttemptReport) {
        let (session, app) = (Arc::clone(&self.session), Arc::clone(&self.app));
        let end = end_of(&report, self.price);
        tokio::spawn(async move {
            if let Err(failure) = session.settle_attempt(&app, end).await {
                tracing::error!(code = ?failure.code, "a dropped attempt could not be recorded");
            }
        });
    }
}
