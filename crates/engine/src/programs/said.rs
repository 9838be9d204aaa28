//! What a program hears while its answers come.
//!
//! Words wait here until the program takes them. Where it is slow, nothing
//! more is read from the provider; where it leaves, its answers are stopped.

use domain::{FailureClass, Finish, ToolCall, TurnId, Usage};
use gateway::{Pace, ToolDelta};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::api::Failure;

/// How far answers may run ahead of the program that reads them, in bytes.
const MOST_AHEAD: usize = 256 << 10;
/// What a piece weighs beside its text.
const PIECE: usize = 64;

/// The answers to one question, as they come. Dropping it stops them.
pub struct Answers {
    turn: TurnId,
    said: UnboundedReceiver<Said>,
    pace: Pace,
    _stops: DropGuard,
}

/// A piece of one of the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Which answer, counted from 0.
    pub choice: u32,
    /// The piece.
    pub what: What,
}

/// What is said of an answer, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The first word is about to come, from the model of this name.
    Begun(String),
    /// More of its text.
    Text(String),
    /// More of its visible reasoning.
    Reasoning(String),
    /// More of a tool call.
    Tool(ToolDelta),
    /// It is over. Always the last.
    Ended(Box<Ended>),
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How.
    pub finish: Finish,
    /// The name of the model that answered; none where nobody was asked.
    pub model: Option<String>,
    /// What it used.
    pub usage: Usage,
    /// The tools that the model wants to be run; none unless the answer is whole.
    pub calls: Vec<ToolCall>,
    /// Why it is not whole; none for `Complete` and `Length`.
    pub refused: Option<Refused>,
}

/// Why a question was not answered, or not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In words, with the time from which another try makes sense.
    pub failure: Failure,
    /// What became of the call, where one was made.
    pub class: Option<FailureClass>,
    /// The provider's HTTP status, where one arrived.
    pub http_status: Option<u16>,
}

/// The other end of `Answers`.
#[derive(Clone)]
pub(crate) struct Teller {
    said: UnboundedSender<Said>,
    pub(crate) pace: Pace,
}

/// A way from an answer to its program; dropping the program's end cancels `cancel`.
pub(crate) fn pipe(turn: TurnId, cancel: CancellationToken) -> (Teller, Answers) {
    let (sender, said) = unbounded_channel();
    let pace = Pace::at_most(MOST_AHEAD);
    let teller = Teller { said: sender, pace: pace.clone() };
    (teller, Answers { turn, said, pace, _stops: cancel.drop_guard() })
}

impl Answers {
    /// What the record calls the question.
    #[must_use]
    pub fn turn(&self) -> TurnId {
        self.turn
    }

    /// The next piece; none after the end of the last answer.
    pub async fn next(&mut self) -> Option<Said> {
        let said = self.said.recv().await?;
        self.pace.read(said.weight());
        Some(said)
    }
}

impl Teller {
    pub(crate) fn tell(&self, choice: u32, what: What) {
        let said = Said { choice, what };
        self.pace.passed_on(said.weight());
        // Whoever left has stopped the answer.
        drop(self.said.send(said));
    }
}

impl Said {
    /// In bytes, about.
    fn weight(&self) -> usize {
        PIECE
            + match &self.what {
                What::Begun(text) | What::Text(text) | What::Reasoning(text) => text.len(),
                What::Tool(delta) => delta.id.len() + delta.arguments.len() + delta.name.len(),
                What::Ended(_) => 0,
            }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, class: None, http_status: None }
    }
}
