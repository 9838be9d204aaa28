//! "Try now" and "Test": real calls of a few words, for whoever looks after providers.
//!
//! Listing a provider's models proves its address and its key. Whether a model answers, and
//! whether its quota is back, only a call of it tells: metered, recorded and counted like
//! every other, so that what it finds out holds for everybody. A route is asked as a question
//! asks it, with everyone who stands in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Author, DataClass, Finish, Prompt, Tokens, TurnId};
use gateway::{Controls, Effort, Question, Route};
use policy::{Action, Resource};

use crate::api::{Failure, ModelTried, TargetTried, TryModel, TryTarget};
use crate::desk::Desk;
use crate::models::{not_offered, offering};
use crate::reach::Bounds;
use crate::turn::card::card;
use crate::turn::failing::failure_of;
use crate::turn::meter::DeskMeter;
use crate::turn::route::Waking;
use crate::turn::way::Way;

/// What is asked. Any answer will do.
const WORDS: &str = "Reply with OK";
/// The least that every API takes as an output cap.
const LONGEST_ANSWER: Tokens = Tokens(16);
/// Whoever presses a button does not wait longer; a model may have to be loaded first.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// The name of the way that "Try now" takes. No route is called like it.
pub(crate) const TRY_NOW: &str = "try-now";

/// How a few words are asked.
#[derive(Clone, Copy)]
enum Asked {
    /// Once, whatever is held against the model.
    Once,
    /// As a question is: who rests is passed over, who fails is stood in for.
    AsAQuestion,
}

impl Desk {
    pub(crate) async fn try_model(&self, request: TryModel) -> Result<ModelTried, Failure> {
        self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let providers = self.providers().await?;
        let provider = offering(&providers, &request.model).ok_or_else(not_offered)?;
        let bounds = self.few_words_bounds().await?;
        let way = self.way_to_this_alone(TRY_NOW, request.model, provider, &bounds)?;
        let only_one_key = |route: &mut Route| {
            for candidate in &mut route.candidates {
                let wanted = request.key.or(candidate.keys.first().map(|key| key.id));
                candidate.keys.retain(|key| Some(key.id) == wanted);
                if wanted.is_some() && candidate.keys.is_empty() {
                    return Err(Failure::not_found());
                }
            }
            Ok(())
        };
        let TargetTried { card, failure } =
            self.few_words_by(way, Asked::Once, only_one_key).await?;
        match (failure, card) {
            (None, Some(card)) => Ok(ModelTried {
                millis: card.first_token_ms.unwrap_or(card.total_ms),
                cost: card.cost,
            }),
            (failure, _) => Err(failure.unwrap_or_else(not_offered)),
        }
    }

    pub(crate) async fn try_target(&self, request: TryTarget) -> Result<TargetTried, Failure> {
        self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let providers = self.providers().await?;
        let bounds = self.few_words_bounds().await?;
        let way = self.way(Some(request.target), &providers, &bounds).await?;
        self.few_words_by(way, Asked::AsAQuestion, |_| Ok(())).await
    }

    /// A few words are nobody's secret.
    async fn few_words_bounds(&self) -> Result<Bounds, Failure> {
        Ok(self.usual_bounds().await?.of(DataClass::Public))
    }

    /// Asks a few words by `way`, whose route may be `narrowed` before.
    ///
    /// # Errors
    /// Where nothing was asked at all, or the desk was locked meanwhile.
    async fn few_words_by(
        &self,
        way: Way,
        asked: Asked,
        narrowed: impl FnOnce(&mut Route) -> Result<(), Failure>,
    ) -> Result<TargetTried, Failure> {
        let book = self.price_book().await?;
        let prices = way.prices(&book);
        self.obey_limits().await?;
        let turn = TurnId::new(self.app.now(), sealed::random_bytes());
        // Nobody watches a model being loaded here.
        let waking = Waking::new(Arc::clone(&self.app), self.session.profile, || {});
        let mut route = self.route(way, &book, &waking).await?;
        narrowed(&mut route)?;
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
        let gateway = &self.app.gateway;
        let calling = async {
            match asked {
                Asked::Once => gateway.probe(&route, self.few_words(1), &meter, controls).await,
                Asked::AsAQuestion => {
                    let question = self.few_words(Effort::default().tries);
                    gateway.answer(&route, question, &meter, controls, &mut |_| {}).await
                }
            }
        };
        let answered = self.session.tasks.track_future(Box::pin(calling)).await;
        waking.rest();
        let failure = failure_of(&answered, &meter, &waking);
        if failure.is_none() && answered.call.finish == Finish::Stopped {
            return Err(Failure::locked());
        }
        let why = failure.as_ref().map(|failure| failure.message.clone());
        let card = card(&route, &answered, |attempt| meter.cost(attempt), why);
        Ok(TargetTried { card, failure })
    }

    fn few_words(&self, tries: u32) -> Question {
        Question {
            system: String::new(),
            messages: vec![Prompt::text(Author::User, WORDS.to_owned())],
            continue_text: false,
            wishes: Arc::default(),
            max_output: Some(LONGEST_ANSWER),
            chat: None,
            effort: Effort { tries, deadline: LONGEST_WAIT, ..Effort::default() },
            now: self.app.now(),
        }
    }
}
