//! "Try now": a real call of one model, of a few words, for whoever looks after providers.
//!
//! Listing a provider's models proves its address and its key. Whether a model answers, and
//! whether its quota is back, only a call of it tells: metered, recorded and counted like
//! every other, so that what it finds out holds for everybody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Author, Finish, Prompt, Tokens, TurnId};
use gateway::{Answered, Controls, Effort, Question};
use policy::{Action, Resource};

use crate::api::{Failure, ModelTried, TryModel};
use crate::desk::Desk;
use crate::models::{not_offered, offering};
use crate::turn::failing::failure_of;
use crate::turn::meter::DeskMeter;
use crate::turn::route::Waking;

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
        let way = self.way_to_this_alone(WAY, request.model, provider)?;
        let book = self.price_book().await?;
        let prices = way.prices(&book);
        self.obey_limits().await?;
        let turn = TurnId::new(self.app.now(), sealed::random_bytes());
        // Nobody watches a model being loaded here.
        let waking = Waking::new(Arc::clone(&self.app), self.session.profile, || {});
        let mut route = self.route(way, &book, &waking).await?;
        for candidate in &mut route.candidates {
            if let Some(wanted) = request.key.or(candidate.keys.first().map(|key| key.id)) {
                candidate.keys.retain(|key| key.id == wanted);
                if candidate.keys.is_empty() {
                    return Err(Failure::not_found());
                }
            }
        }
        // It keeps nothing of the answer.
        let meter = DeskMeter {
            app: Arc::clone(&self.app),
            session: Arc::clone(&self.session),
            route: &route,
            prices: &prices,
            turn,
            program: None,
            journal: None,
            notes: Mutex::default(),
        };
        // Stopped where the desk is locked, and settled before its files are closed.
        let controls =
            Controls { cancel: self.session.turns.until_closed()?, ..Controls::default() };
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
        meter: &DeskMeter<'_>,
        waking: &Waking,
    ) -> Result<ModelTried, Failure> {
        let call = &answered.call;
        if let Some(failure) = failure_of(answered, meter, waking) {
            return Err(failure);
        }
        if call.finish == Finish::Stopped {
            return Err(Failure::locked());
        }
        Ok(ModelTried {
            millis: call.first_token_ms.unwrap_or(call.total_ms),
            cost: call.tries.last().and_then(|last| meter.cost(last.attempt)),
        })
    }
}
