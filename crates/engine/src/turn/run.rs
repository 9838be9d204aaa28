//! Runs one turn to its end.
//!
//! The stream and the pump run side by side; neither waits for the other.
//! Every way out of here settles the turn in the vault and says so on the
//! stream, so no answer stays open.

use std::sync::Arc;

use agent::{ModelCall, Piece};
use domain::{Finish, ModelRef, Provenance};
use gateway::{Answered, Controls, Delta, Effort, Question, Route, Timeouts};
use tokio::sync::Mutex;
use vault::{ChatRow, Settlement};

use crate::api::{Failure, TurnEvent};
use crate::desk::Desk;
use crate::price::Price;
use crate::turn::card::card;
use crate::turn::failing::failure_of;
use crate::turn::meter::{DeskMeter, Journal, failed};
use crate::turn::pump::{Inbox, Pump, carry_until_ended};
use crate::turn::route::Waking;
use crate::turn::running::RunningTurn;
use crate::turn::waiting::{loading_built_in, told};
use crate::turn::way::Way;
use crate::views;

/// Everything a turn needs once it was accepted.
pub(crate) struct Job {
    pub(crate) desk: Desk,
    pub(crate) running: Arc<RunningTurn>,
    pub(crate) chat: ChatRow,
    /// Who may answer.
    pub(crate) way: Way,
}

/// How a turn ended, before it is stored.
struct Outcome {
    finish: Finish,
    provenance: Option<Provenance>,
    failure: Option<Failure>,
}

impl Job {
    pub(crate) async fn run(self) {
        let Self { desk, running, chat, way } = self;
        let turn = Turn { desk, running, chat };
        let outcome = match turn.running.begin() {
            Some(call) => Box::pin(turn.answer(call, way)).await,
            None => turn.outcome(Finish::Stopped, None),
        };
        turn.settle(outcome).await;
        turn.desk.session.turns.end(turn.running.turn);
    }
}

/// A job whose way is being taken.
struct Turn {
    desk: Desk,
    running: Arc<RunningTurn>,
    chat: ChatRow,
}

impl Turn {
    /// Asks those who may answer, and carries the answer.
    async fn answer(&self, wanted: ModelCall, mut way: Way) -> Outcome {
        let book = match self.desk.price_book().await {
            Ok(book) => book,
            Err(failure) => return self.outcome(Finish::Failed, Some(failure)),
        };
        let prices = way.prices(&book);
        let left_out = std::mem::take(&mut way.left_out);
        let (app, log) = (Arc::clone(&self.desk.app), Arc::clone(&self.running.log));
        let waking =
            Waking::new(app, self.desk.session.profile, move || log.push(vec![loading_built_in()]));
        let route = match self.desk.route(way, &book, &waking).await {
            Ok(route) => route,
            Err(failure) => return self.outcome(Finish::Failed, Some(failure)),
        };
        let mut outcome = self.asked(&route, &prices, wanted, &waking).await;
        waking.rest();
        if let Some(card) = &mut outcome.provenance {
            // Policy comes before health and price.
            card.skipped.splice(..0, left_out);
        }
        outcome
    }

    async fn asked(
        &self,
        route: &Route,
        prices: &[(ModelRef, Price)],
        wanted: ModelCall,
        waking: &Waking,
    ) -> Outcome {
        let inbox = Inbox::default();
        let pump = Mutex::new(Pump::new(
            self.running.turn,
            self.desk.session.vault.clone(),
            Arc::clone(&self.running.log),
        ));
        let meter = DeskMeter {
            app: Arc::clone(&self.desk.app),
            session: Arc::clone(&self.desk.session),
            route,
            prices,
            turn: self.running.turn,
            program: None,
            journal: Some(Journal { pump: &pump, inbox: &inbox, running: &self.running }),
            notes: std::sync::Mutex::default(),
        };
        let mut sink = |delta: Delta| self.deliver(&inbox, delta);
        let streaming = async {
            let question = self.question(wanted, effort(route));
            let gateway = &self.desk.app.gateway;
            let controls = self.controls();
            let answered = gateway.answer(route, question, &meter, controls, &mut sink).await;
            inbox.end();
            answered
        };
        let carrying = async {
            let carried = carry_until_ended(&pump, &inbox).await;
            if carried.is_err() {
                // What cannot be kept is not asked for any longer.
                self.running.stop_call.cancel();
            }
            carried
        };
        let (answered, carried) = tokio::join!(Box::pin(streaming), Box::pin(carrying));
        let outcome = self.called(route, &answered, &meter, waking);
        match carried {
            Ok(()) => outcome,
            Err(error) => {
                Outcome { finish: Finish::Failed, failure: Some(error.into()), ..outcome }
            }
        }
    }

    fn question(&self, wanted: ModelCall, effort: Effort) -> Question {
        Question {
            system: wanted.system,
            messages: wanted.messages,
            continue_text: wanted.continue_text,
            wishes: Arc::default(),
            max_output: wanted.max_output,
            chat: Some(self.running.chat),
            effort,
            now: self.desk.app.now(),
        }
    }

    fn controls(&self) -> Controls {
        Controls {
            cancel: self.running.stop_call.clone(),
            skip: self.running.skip_wait.clone(),
            ..Controls::default()
        }
    }

    fn deliver(&self, inbox: &Inbox, delta: Delta) {
        let piece = match delta {
            Delta::Text(text) => Piece::Text(text),
            Delta::Reasoning(text) => Piece::Reasoning(text),
            // A turn offers no tools, so none is wanted.
            Delta::Tool(_) => return,
            Delta::Waiting(reason) => return inbox.notice(told(reason)),
        };
        match self.running.said(piece) {
            Some(Piece::Text(text)) => inbox.text(&text),
            Some(Piece::Reasoning(text)) => inbox.reasoning(&text),
            None => {}
        }
    }

    /// How a question that was asked ended.
    fn called(
        &self,
        route: &Route,
        answered: &Answered,
        meter: &DeskMeter<'_>,
        waking: &Waking,
    ) -> Outcome {
        let call = &answered.call;
        let ending = self.running.call_ended(call.finish, failed(call.error.as_ref()));
        let failure = failure_of(answered, meter, waking)
            .filter(|_| call.meter.is_some() || ending.failure.is_some());
        let uncalled = failure.as_ref().map(|failure| failure.message.clone());
        let provenance = card(route, answered, |attempt| meter.cost(attempt), uncalled);
        Outcome { finish: ending.finish, provenance, failure }
    }

    /// How a turn ended in which no call was made.
    fn outcome(&self, finish: Finish, failure: Option<Failure>) -> Outcome {
        let ending = self.running.call_ended(finish, None);
        Outcome { finish: ending.finish, provenance: None, failure }
    }

    /// Stores how it ended and tells whoever watches.
    async fn settle(&self, outcome: Outcome) {
        let settlement = Settlement {
            finish: outcome.finish,
            provenance: outcome.provenance,
            title: None,
            now: self.desk.app.now(),
        };
        let vault = &self.desk.session.vault;
        let stored = vault.settle_turn(self.running.turn, settlement).await;
        let failure = match stored {
            Ok(_) => outcome.failure,
            // The journal keeps the text; the next unlock settles it.
            Err(error) => Some(error.into()),
        };
        let chat = match vault.chat(self.running.chat).await {
            Ok(chat) => chat,
            Err(_) => self.chat.clone(),
        };
        self.running.log.end(TurnEvent::Settled {
            chat: Box::new(views::chat(&chat)),
            answer: self.running.answer,
            failure,
        });
    }
}

/// A model on this machine or in this house may write for an hour.
pub(crate) fn effort(route: &Route) -> Effort {
    let nearby = route.candidates.iter().any(|one| one.endpoint.local_allowed);
    let usual = Effort::default();
    Effort { deadline: if nearby { Timeouts::local().whole } else { usual.deadline }, ..usual }
}

/// Closes a turn that was stored but never began to run.
pub(crate) async fn settle_unsent(desk: &Desk, running: &RunningTurn) {
    let settlement =
        Settlement { finish: Finish::Locked, provenance: None, title: None, now: desk.app.now() };
    if desk.session.vault.settle_turn(running.turn, settlement).await.is_err() {
        tracing::warn!(turn = %running.turn, "a turn is left to be settled at the next unlock");
    }
}
