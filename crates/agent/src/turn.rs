//! One question, from `Begin` to `Settle`.
//!
//! Today a turn is one model call. Tools and questions to the person become
//! further events and effects here; retrying a failed call does not, it is
//! the gateway's.

use domain::{FailureClass, Finish};

use crate::ModelCall;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The question is stored; the turn may begin.
    Begin,
    /// The model said something.
    Said(Piece),
    /// The model call is over, and how.
    CallEnded {
        /// As the gateway judged it.
        finish: Finish,
        /// Why it is not whole.
        failure: Option<Failed>,
    },
    /// Somebody wants the turn to end.
    Cancelled(Cancel),
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Of its text.
    Text(String),
    /// Of the model's visible reasoning.
    Reasoning(String),
}

/// Who ended a turn early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// The person pressed stop.
    Person,
    /// The desk is being locked.
    Lock,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// As a class.
    pub class: FailureClass,
    /// For people, without secrets.
    pub message: String,
}

/// To be done now, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Call the model; its words come back as `Said`, its end as `CallEnded`.
    CallModel(ModelCall),
    /// Show it and write it to the journal.
    Keep(Piece),
    /// Close the running call; its `CallEnded` is still awaited.
    StopCall,
    /// Store the answer as it stands. Always the last effect.
    Settle(Ending),
}

/// How an answer is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The mark it gets.
    pub finish: Finish,
    /// What to tell the person; none where it ended as they wished.
    pub failure: Option<Failed>,
}

#[derive(Debug)]
enum State {
    Ready(Box<ModelCall>),
    Calling { cancelled: Option<Cancel> },
    Settled,
}

/// The machine of one turn.
#[derive(Debug)]
pub struct Turn {
    state: State,
}

impl Turn {
    /// A turn that will make `call`.
    #[must_use]
    pub fn new(call: ModelCall) -> Self {
        Self { state: State::Ready(Box::new(call)) }
    }

    /// True once `Settle` was returned; further events change nothing.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.state, State::Settled)
    }

    /// What follows from `event`.
    #[must_use]
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Settled);
        let (state, effects) = match (state, event) {
            (State::Ready(call), Event::Begin) => {
                (State::Calling { cancelled: None }, vec![Effect::CallModel(*call)])
            }
            (State::Ready(_), Event::Cancelled(cancel)) => settle(mark(cancel), None),
            (State::Calling { cancelled: None }, Event::Said(piece)) => {
                (State::Calling { cancelled: None }, vec![Effect::Keep(piece)])
            }
            (State::Calling { cancelled: None }, Event::Cancelled(cancel)) => {
                (State::Calling { cancelled: Some(cancel) }, vec![Effect::StopCall])
            }
            // Locking says more than stopping: the person sees why after the unlock.
            (State::Calling { cancelled: Some(_) }, Event::Cancelled(Cancel::Lock)) => {
                (State::Calling { cancelled: Some(Cancel::Lock) }, Vec::new())
            }
            (State::Calling { cancelled }, Event::CallEnded { finish, failure }) => {
                ended(cancelled, finish, failure)
            }
            // Words after a stop, a second beginning, anything after the end.
            (state, _) => (state, Vec::new()),
        };
        self.state = state;
        effects
    }
}

fn ended(
    cancelled: Option<Cancel>,
    finish: Finish,
    failure: Option<Failed>,
) -> (State, Vec<Effect>) {
    match (cancelled, finish) {
        // The last word arrived before the stop took effect.
        (Some(_), Finish::Complete) => settle(Finish::Complete, None),
        // A failure that the stop itself brought about is no news.
        (Some(cancel), _) => settle(mark(cancel), None),
        (None, finish) => settle(finish, failure),
    }
}

fn settle(finish: Finish, failure: Option<Failed>) -> (State, Vec<Effect>) {
    (State::Settled, vec![Effect::Settle(Ending { finish, failure })])
}

fn mark(cancel: Cancel) -> Finish {
    match cancel {
        Cancel::Person => Finish::Stopped,
        Cancel::Lock => Finish::Locked,
    }
}

#[cfg(test)]
mod tests;
