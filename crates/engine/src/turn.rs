//! From a question to a stored answer: the way of one message.
//!
//! Asks the policy, opens the turn in the vault, calls the gateway, carries
//! the stream, settles. Whatever fails or stops on the way ends in the same
//! place: the vault keeps what exists and says how it ended.

#![expect(
    clippy::unused_async,
    reason = "commands are awaited alike, whether they wait for something or not"
)]

pub(crate) mod card;
pub(crate) mod failing;
mod log;
pub(crate) mod meter;
mod pump;
pub(crate) mod route;
pub(crate) mod run;
mod running;
mod waiting;
pub(crate) mod way;

use std::sync::Arc;

use agent::Cancel;
use domain::{ChatId, DataClass, MessageId, Target, TurnId};
use policy::Action;
use vault::{OpenTurn, TurnQuestion};
use workspace::Provider;

pub(crate) use log::TurnLog;
pub use log::TurnSink;
pub(crate) use running::RunningTurn;
pub(crate) use way::{Choice, USUAL_ROUTE};

use crate::api::{
    Ask, Failure, FailureCode, MAX_MESSAGE_BYTES, Nothing, OneTurn, Question, TurnBatches,
    TurnEvent, TurnSince, TurnStarted,
};
use crate::desk::Desk;
use crate::models::{no_model, offering};
use crate::reach::Bounds;
use crate::views;

impl Desk {
    pub(crate) async fn ask(
        &self,
        request: Ask,
        sink: Arc<dyn TurnSink>,
    ) -> Result<TurnStarted, Failure> {
        self.allow_own(Action::ChatSend)?;
        let question = checked(request.question)?;
        self.obey_limits().await?;
        let providers = self.providers().await?;
        let chat = self.chat_of(&question).await?;
        let bounds = self.bounds_of(chat, request.class).await?;
        let wanted = match (request.target, chat) {
            (Some(target), _) => Some(target),
            (None, Some(chat)) => self.last_target(chat, &providers).await?,
            (None, None) => None,
        };
        let way = self.way(wanted, &providers, &bounds).await?;
        let model = way.first().cloned().ok_or_else(no_model)?;
        let now = self.app.now();
        let turn = TurnId::new(now, sealed::random_bytes());
        let opened = self
            .session
            .vault
            .open_turn(OpenTurn {
                turn,
                question,
                new_chat: ChatId::new(now, sealed::random_bytes()),
                question_id: MessageId::new(now, sealed::random_bytes()),
                answer_id: MessageId::new(now.plus(1), sealed::random_bytes()),
                model: model.clone(),
                route: way.route,
                class: bounds.class,
                now,
            })
            .await?;
        let chat = opened.chat.id;
        let instructions = self.session.settings().await?.instructions;
        let running = Arc::new(RunningTurn::new(
            turn,
            chat,
            opened.answer.message.id,
            Arc::new(TurnLog::new(turn, sink)),
            agent::model_call(model, instructions, &opened.history),
        ));
        running.log.push(vec![TurnEvent::Opened {
            chat: Box::new(views::chat(&opened.chat)),
            question: opened.question.clone().map(|asked| Box::new(views::message(asked))),
            answer: Box::new(views::message(opened.answer.clone())),
        }]);
        let begun = if opened.chat.class == bounds.class {
            self.session.turns.begin(Arc::clone(&running))
        } else {
            Err(reclassified())
        };
        if let Err(failure) = begun {
            run::settle_unsent(self, &running).await;
            return Err(failure);
        }
        let job = run::Job { desk: self.clone(), running, chat: opened.chat, way };
        self.session.tasks.spawn(job.run());
        Ok(TurnStarted { turn, chat })
    }

    pub(crate) async fn stop(&self, request: OneTurn) -> Result<Nothing, Failure> {
        // Whoever may not ask any more may still stop what they asked.
        self.allow_own(Action::DeskUse)?;
        // A turn that has just ended is as stopped as one can wish.
        if let Some(turn) = self.session.turns.get(request.turn) {
            turn.stop(Cancel::Person);
        }
        Ok(Nothing {})
    }

    /// Ends the pause that a turn is in, where somebody else can be asked at once.
    pub(crate) async fn skip_wait(&self, request: OneTurn) -> Result<Nothing, Failure> {
        self.allow_own(Action::DeskUse)?;
        if let Some(turn) = self.session.turns.get(request.turn) {
            turn.skip_wait.skip();
        }
        Ok(Nothing {})
    }

    pub(crate) async fn turn_since(&self, request: TurnSince) -> Result<TurnBatches, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        Ok(self
            .session
            .turns
            .get(request.turn)
            .map_or(TurnBatches { batches: Vec::new(), running: false }, |turn| {
                turn.log.since(request.seq)
            }))
    }

    /// The chat that this question is put in; none for a new one.
    async fn chat_of(&self, question: &TurnQuestion) -> Result<Option<ChatId>, Failure> {
        match question {
            TurnQuestion::NewChat { .. } => Ok(None),
            TurnQuestion::FollowUp { chat, .. } => Ok(Some(*chat)),
            TurnQuestion::Branch { after: message, .. }
            | TurnQuestion::Edit { message, .. }
            | TurnQuestion::Regenerate { message }
            | TurnQuestion::Continue { message } => {
                let found = self.session.vault.message(*message).await?;
                Ok(Some(found.ok_or_else(Failure::not_found)?.message.chat))
            }
        }
    }

    /// How far a chat's text may go; of a new one, as it is wanted or as is usual.
    pub(crate) async fn bounds_of(
        &self,
        chat: Option<ChatId>,
        wanted: Option<DataClass>,
    ) -> Result<Bounds, Failure> {
        let usual = self.usual_bounds().await?;
        match (chat, wanted) {
            (Some(chat), _) => Ok(usual.of(self.session.vault.chat(chat).await?.class)),
            (None, Some(class)) => Ok(usual.of(class)),
            (None, None) => Ok(usual),
        }
    }

    /// Whom a chat was asked of last, where that is still offered.
    pub(crate) async fn last_target(
        &self,
        chat: ChatId,
        providers: &[Provider],
    ) -> Result<Option<Target>, Failure> {
        let chat = self.session.vault.chat(chat).await?;
        if let Some(route) = chat.route {
            let offered = self.routes().await?.iter().any(|one| one.id == route);
            return Ok(offered.then_some(Target::Route { route }));
        }
        let offered = chat.model.filter(|model| offering(providers, model).is_some());
        Ok(offered.map(|model| Target::Model { model }))
    }
}

fn reclassified() -> Failure {
    Failure::new(FailureCode::Busy, "The class of this chat was just changed. Ask again.")
}

/// The question within its limits, in the vault's words.
fn checked(question: Question) -> Result<TurnQuestion, Failure> {
    let limited = |text: String| {
        if text.trim().is_empty() {
            return Err(Failure::invalid("Write something first."));
        }
        if text.len() > MAX_MESSAGE_BYTES {
            return Err(Failure::invalid("A message has at most 4 MiB. Split it, or shorten it."));
        }
        Ok(text)
    };
    Ok(match question {
        Question::NewChat { text } => TurnQuestion::NewChat { text: limited(text)? },
        Question::FollowUp { chat, text } => TurnQuestion::FollowUp { chat, text: limited(text)? },
        Question::Branch { after, text } => TurnQuestion::Branch { after, text: limited(text)? },
        Question::Edit { message, text } => TurnQuestion::Edit { message, text: limited(text)? },
        Question::Regenerate { message } => TurnQuestion::Regenerate { message },
        Question::Continue { message } => TurnQuestion::Continue { message },
    })
}
