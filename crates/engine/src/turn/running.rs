//! A turn under way: its machine, its log, and the way to stop it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent::{Cancel, Effect, Ending, Event, Failed, ModelCall, Piece, Turn};
use domain::{ChatId, Finish, MessageId, TurnId};
use gateway::SkipWait;
use tokio_util::sync::CancellationToken;

use crate::turn::log::TurnLog;

/// One running turn, shared by the task that runs it and whoever stops it.
pub(crate) struct RunningTurn {
    pub(crate) turn: TurnId,
    pub(crate) chat: ChatId,
    pub(crate) answer: MessageId,
    pub(crate) log: Arc<TurnLog>,
    /// Closes the running call.
    pub(crate) stop_call: CancellationToken,
    /// Ends the pause that is going on.
    pub(crate) skip_wait: SkipWait,
    machine: Mutex<Machine>,
}

struct Machine {
    turn: Turn,
    ending: Option<Ending>,
}

impl RunningTurn {
    pub(crate) fn new(
        turn: TurnId,
        chat: ChatId,
        answer: MessageId,
        log: Arc<TurnLog>,
        call: ModelCall,
    ) -> Self {
        let machine = Machine { turn: Turn::new(call), ending: None };
        let stop_call = CancellationToken::new();
        let skip_wait = SkipWait::default();
        Self { turn, chat, answer, log, stop_call, skip_wait, machine: Mutex::new(machine) }
    }

    /// The call to make; none where the turn was stopped before it began.
    pub(crate) fn begin(&self) -> Option<ModelCall> {
        let mut call = None;
        for effect in self.step(Event::Begin) {
            if let Effect::CallModel(wanted) = effect {
                call = Some(wanted);
            }
        }
        call
    }

    /// The model said something; returns it where it is to be kept.
    pub(crate) fn said(&self, piece: Piece) -> Option<Piece> {
        self.step(Event::Said(piece)).into_iter().find_map(|effect| match effect {
            Effect::Keep(piece) => Some(piece),
            Effect::CallModel(_) | Effect::StopCall | Effect::Settle(_) => None,
        })
    }

    /// Ends the turn early.
    pub(crate) fn stop(&self, cancel: Cancel) {
        if self.step(Event::Cancelled(cancel)).contains(&Effect::StopCall) {
            self.stop_call.cancel();
        }
    }

    /// The call is over; returns how the answer is to be stored. Asked again,
    /// the answer is the same.
    pub(crate) fn call_ended(&self, finish: Finish, failure: Option<Failed>) -> Ending {
        self.step(Event::CallEnded { finish, failure: failure.clone() });
        self.machine().ending.clone().unwrap_or(Ending { finish, failure })
    }

    fn step(&self, event: Event) -> Vec<Effect> {
        let mut machine = self.machine();
        let effects = machine.turn.step(event);
        for effect in &effects {
            if let Effect::Settle(ending) = effect {
                machine.ending = Some(ending.clone());
            }
        }
        effects
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
