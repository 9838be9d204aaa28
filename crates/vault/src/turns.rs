//! Turns: a question is stored, its answer is journalled, then settled.
//!
//! Opening and settling are one transaction each. Between them only the
//! journal is written, so a crash at any point leaves a turn that
//! `replay_unsettled` can settle. Asking models is not known here.

mod commitments;
mod journal;
mod open;
mod settle;

use domain::{
    AttemptId, ChatId, DataClass, Finish, Message, MessageId, ModelRef, Provenance, RouteId,
    TurnId, UnixMs,
};

use crate::branch::Versioned;
use crate::history::chat::ChatRow;

pub use commitments::{Commitments, ContentKey};

/// What a turn begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnQuestion {
    /// The first question of a new chat.
    NewChat {
        /// Markdown.
        text: String,
    },
    /// A further question at the end of the branch that is shown.
    FollowUp {
        /// Which chat.
        chat: ChatId,
        /// Markdown.
        text: String,
    },
    /// A further question below an earlier answer, beside what follows it already.
    Branch {
        /// The answer that the question follows.
        after: MessageId,
        /// Markdown.
        text: String,
    },
    /// A changed question: a sibling of `message`.
    Edit {
        /// The person's message that is changed.
        message: MessageId,
        /// Its new text.
        text: String,
    },
    /// Another answer beside `message`.
    Regenerate {
        /// The answer (or the unanswered question) to answer again.
        message: MessageId,
    },
    /// Go on where the partial answer `message` ends.
    Continue {
        /// The partial answer.
        message: MessageId,
    },
}

/// Begin a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTurn {
    /// A new id.
    pub turn: TurnId,
    /// What is asked.
    pub question: TurnQuestion,
    /// The new chat's id, for `NewChat`.
    pub new_chat: ChatId,
    /// The new question's id, where there is one.
    pub question_id: MessageId,
    /// The new answer's id, except for `Continue`.
    pub answer_id: MessageId,
    /// The model that is asked; by a route, the first of it.
    pub model: ModelRef,
    /// The route it is asked through; none for a model by itself.
    pub route: Option<RouteId>,
    /// How far the text of a new chat may go.
    pub class: DataClass,
    /// The time.
    pub now: UnixMs,
}

/// A turn that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTurn {
    /// The chat as it is now.
    pub chat: ChatRow,
    /// The person's new message, where there is one.
    pub question: Option<Versioned>,
    /// The answer, empty, or the partial that is continued.
    pub answer: Versioned,
    /// The branch from its start to the question, or to the partial that is continued. Of
    /// a longer branch, the last 16 MiB of text, and at least its last message.
    pub history: Vec<Message>,
}

/// How an attempt ended, written before anyone else is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// Which attempt.
    pub attempt: AttemptId,
    /// How it ended.
    pub finish: Finish,
    /// Where the answer came from.
    pub provenance: Option<Provenance>,
}

/// The end of a turn. Its text is what the journal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// How it ended.
    pub finish: Finish,
    /// Where the answer came from; none keeps what stands there.
    pub provenance: Option<Provenance>,
    /// A better title, used unless the person chose one.
    pub title: Option<String>,
    /// The time.
    pub now: UnixMs,
}

/// A turn that a crash left open, settled now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The turn.
    pub turn: TurnId,
    /// Its chat.
    pub chat: ChatId,
    /// Its answer.
    pub answer: MessageId,
    /// How it counts as ended: as its closing record says, else `Interrupted`.
    pub finish: Finish,
    /// Where it came from, as its closing record says.
    pub provenance: Option<Provenance>,
    /// What the record may say of its texts, where a call of it ended.
    pub committed: Option<Commitments>,
}
