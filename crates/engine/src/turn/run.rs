//! Runs one turn to its end.
//!
//! The stream and the pump run side by side; neither waits for the other.
//! Every way out of here settles the turn in the vault and says so on the
//! stream, so no answer stays open.

use std::sync::Arc;

use agent::{ModelCall, Piece};
use domain::{AttemptId, Dialect, Finish, Provenance};
use gateway::{Call, CallOutcome, Delta, Endpoint, Timeouts};
use policy::Grant;
use tokio::sync::Mutex;
use vault::{ChatRow, Settlement};
use workspace::Provider;

use crate::api::{Failure, TurnEvent, Waiting};
use crate::desk::Desk;
use crate::turn::meter::{DeskMeter, failed};
use crate::turn::pump::{Inbox, Pump, carry_until_ended};
use crate::turn::running::RunningTurn;
use crate::views;

/// Everything a turn needs once it was accepted.
pub(crate) struct Job {
    pub(crate) desk: Desk,
    pub(crate) running: Arc<RunningTurn>,
    pub(crate) chat: ChatRow,
    pub(crate) provider: Provider,
    pub(crate) grant: Grant,
}

/// How a turn ended, before it is stored.
struct Outcome {
    finish: Finish,
    provenance: Option<Provenance>,
    failure: Option<Failure>,
}

impl Job {
    pub(crate) async fn run(self) {
        let outcome = match self.running.begin() {
            Some(call) => Box::pin(self.answer(call)).await,
            None => self.outcome(Finish::Stopped, None),
        };
        self.settle(outcome).await;
        self.desk.session.turns.end(self.running.turn);
    }

    /// Calls the model and carries its answer.
    async fn answer(&self, wanted: ModelCall) -> Outcome {
        let reaching = async {
            tokio::select! {
                biased;
                () = self.running.stop_call.cancelled() => None,
                reached = self.reach() => Some(reached),
            }
        };
        let endpoint = match Box::pin(reaching).await {
            None => return self.outcome(Finish::Stopped, None),
            Some(Ok(endpoint)) => endpoint,
            Some(Err(failure)) => return self.outcome(Finish::Failed, Some(failure)),
        };
        let call = self.call(wanted, endpoint);
        let inbox = Inbox::default();
        let pump = Mutex::new(Pump::new(
            self.running.turn,
            self.desk.session.vault.clone(),
            Arc::clone(&self.running.log),
        ));
        let meter = DeskMeter {
            session: Arc::clone(&self.desk.session),
            app: Arc::clone(&self.desk.app),
            grant: &self.grant,
            provider_label: &self.provider.label,
            pump: &pump,
            inbox: &inbox,
            running: &self.running,
        };
        let mut sink = |delta: Delta| self.deliver(&inbox, delta);
        let streaming = async {
            let stop = self.running.stop_call.clone();
            let gateway = &self.desk.app.gateway;
            let outcome = gateway.stream(&self.grant, &meter, call, stop, &mut sink).await;
            inbox.end();
            outcome
        };
        let carrying = async {
            let carried = carry_until_ended(&pump, &inbox).await;
            if carried.is_err() {
                // What cannot be kept is not asked for any longer.
                self.running.stop_call.cancel();
            }
            carried
        };
        let (called, carried) = tokio::join!(Box::pin(streaming), Box::pin(carrying));
        if self.provider.dialect == Dialect::BuiltIn {
            self.desk.app.let_local_model_rest().await;
        }
        let outcome = self.called(&called);
        match carried {
            Ok(()) => outcome,
            Err(error) => {
                Outcome { finish: Finish::Failed, failure: Some(error.into()), ..outcome }
            }
        }
    }

    /// The endpoint to call; starts the built-in model where it is the one.
    async fn reach(&self) -> Result<Endpoint, Failure> {
        let mut endpoint = self.desk.endpoint(&self.grant, &self.provider).await?;
        if self.provider.dialect == Dialect::BuiltIn {
            let local_model = &self.desk.app.local_model;
            if !local_model.is_loaded().await {
                self.running.log.push(vec![TurnEvent::Waiting {
                    reason: Waiting::LoadingModel,
                    note: "Loading the built-in model.".to_owned(),
                }]);
            }
            let reachable = local_model.acquire().await?;
            endpoint.base_url = reachable.base_url;
            endpoint.key = Some(gateway::ApiKey::new(reachable.token));
        }
        Ok(endpoint)
    }

    fn call(&self, wanted: ModelCall, endpoint: Endpoint) -> Call {
        let now = self.desk.app.now();
        Call {
            attempt: AttemptId::new(now, sealed::random_bytes()),
            timeouts: if endpoint.local_allowed { Timeouts::local() } else { Timeouts::remote() },
            endpoint,
            model: wanted.model.model,
            system: wanted.system,
            messages: wanted.messages,
            continue_text: wanted.continue_text,
            max_output: wanted.max_output,
            now,
        }
    }

    fn deliver(&self, inbox: &Inbox, delta: Delta) {
        let piece = match delta {
            Delta::Text(text) => Piece::Text(text),
            Delta::Reasoning(text) => Piece::Reasoning(text),
            Delta::Waiting(reason) => return inbox.notice(waiting(reason)),
        };
        match self.running.said(piece) {
            Some(Piece::Text(text)) => inbox.text(&text),
            Some(Piece::Reasoning(text)) => inbox.reasoning(&text),
            None => {}
        }
    }

    /// How a call that was made ended.
    fn called(&self, call: &CallOutcome) -> Outcome {
        let ending = self.running.call_ended(call.finish, failed(call.error.as_ref()));
        let failure = match (&call.meter, &call.error) {
            (Some(refusal), _) => Some(Failure::from(refusal.clone())),
            (None, Some(error)) if ending.failure.is_some() => {
                Some(Failure::at(error, self.desk.app.now()))
            }
            (None, _) => None,
        };
        let provenance = call.tries.first().map(|first| Provenance {
            model: first.model.clone(),
            provider_label: self.provider.label.clone(),
            host: call.host.clone(),
            served_model: call.served_model.clone(),
            usage: call.usage,
            first_token_ms: call.first_token_ms,
            total_ms: call.total_ms,
            tries: call.tries.clone(),
        });
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

/// Closes a turn that was stored but never began to run.
pub(crate) async fn settle_unsent(desk: &Desk, running: &RunningTurn) {
    let settlement =
        Settlement { finish: Finish::Locked, provenance: None, title: None, now: desk.app.now() };
    if desk.session.vault.settle_turn(running.turn, settlement).await.is_err() {
        tracing::warn!(turn = %running.turn, "a turn is left to be settled at the next unlock");
    }
}

fn waiting(reason: gateway::Waiting) -> TurnEvent {
    match reason {
        gateway::Waiting::Provider => TurnEvent::Waiting {
            reason: Waiting::Provider,
            note: "Waiting for the first word.".to_owned(),
        },
        gateway::Waiting::LoadingModel => TurnEvent::Waiting {
            reason: Waiting::LoadingModel,
            note: "The server on this machine is loading its model.".to_owned(),
        },
        gateway::Waiting::Queued(ahead) => TurnEvent::Waiting {
            reason: Waiting::Provider,
            note: format!("Waiting for {ahead} answers before this one."),
        },
        gateway::Waiting::Pause(pause) => TurnEvent::Waiting {
            reason: Waiting::Provider,
            note: format!(
                "Waiting for {}; {} is asked in {} s.",
                pause.by.provider_label,
                pause.next.model,
                pause.for_ms.div_ceil(1_000)
            ),
        },
        gateway::Waiting::Next(whom) => TurnEvent::Waiting {
            reason: Waiting::Provider,
            note: format!("Asking {} at {}.", whom.model, whom.provider_label),
        },
    }
}
