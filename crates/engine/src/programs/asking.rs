//! From a program's question to its answers under way.

use std::sync::Arc;

use domain::{Prompt, Tokens, TurnId};
use gateway::Wishes;

use crate::api::Failure;
use crate::programs::job::Job;
use crate::programs::names::Names;
use crate::programs::said::{Answers, pipe};
use crate::programs::{Manner, Program};
use crate::turn::route::Waking;
use crate::turn::run::effort;

/// Most answers to one question. Each is a call of its own, with its own price.
const MOST_ANSWERS: u32 = 8;

/// A program's question.
#[derive(Clone, Debug)]
pub struct Query {
    /// The model's name, as `Program::models` lists it.
    pub model: String,
    /// Instructions before the conversation; empty for none.
    pub system: String,
    /// The conversation, oldest first.
    pub messages: Vec<Prompt>,
    /// What is asked for beside the words.
    pub wishes: Wishes,
    /// The output cap; none for the usual one.
    pub max_output: Option<Tokens>,
    /// How many answers, from 1 to 8; each is asked for by itself.
    pub answers: u32,
}

impl Program {
    /// Asks for as many answers as are wanted; each is one question through the route, with
    /// its own reservation and its own end.
    ///
    /// # Errors
    /// Why nobody was asked. What happens later arrives with the answers.
    pub async fn ask(&self, query: Query, manner: &Manner) -> Result<Answers, Failure> {
        let begun = Box::pin(self.begin(query, manner)).await;
        if let Err(failure) = &begun {
            self.desk.record_denial(failure).await;
        }
        begun
    }

    async fn begin(&self, query: Query, manner: &Manner) -> Result<Answers, Failure> {
        self.admit().await?;
        // A program asks in its person's place, so what keeps them from asking keeps it.
        self.desk.allow_own(policy::Action::ChatSend)?;
        if !(1..=MOST_ANSWERS).contains(&query.answers) {
            return Err(Failure::invalid("`n` goes from 1 to 8."));
        }
        let (app, session) = (&self.desk.app, &self.desk.session);
        self.desk.obey_limits().await?;
        let providers = self.desk.providers().await?;
        let names = Names::of(&providers, &self.desk.routes().await?);
        let bounds = self.desk.usual_bounds().await?.of(self.class);
        let way = self.desk.way(names.find(&query.model)?, &providers, &bounds).await?;
        let book = self.desk.price_book().await?;
        let prices = way.prices(&book);
        let waking = Waking::new(Arc::clone(app), session.profile, || {});
        let mut route = self.desk.route(way, &book, &waking).await?;
        let effort = manner.effort(effort(&route));
        manner.hold(&mut route);

        // Held from before the look at the lock, so that a lock waits for what begins here.
        let held = session.tasks.token();
        let cancel = session.turns.until_closed()?;
        let turn = TurnId::new(app.now(), sealed::random_bytes());
        let (teller, answers) = pipe(turn, cancel.clone());
        let job = Arc::new(Job {
            desk: self.desk.clone(),
            program: self.id,
            revoked: self.revoked.clone(),
            turn,
            names,
            route,
            prices,
            waking,
            effort,
            wishes: Arc::new(query.wishes),
            system: query.system,
            messages: query.messages,
            max_output: query.max_output,
            cancel,
            teller,
        });
        for choice in 0..query.answers {
            session.tasks.spawn(Arc::clone(&job).answer(choice));
        }
        drop(held);
        Ok(answers)
    }
}
