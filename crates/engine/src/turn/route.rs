//! Who may answer a question: the chosen model, then those that stand in for it.
//!
//! A stand-in is one that an admin listed and that this person may use. Text
//! meant for this machine does not leave it because something failed: a local
//! model is stood in for by local ones only.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Dialect, FailureClass, ModelRef, ProfileId};
use gateway::{ApiKey, Awake, CallError, Candidate, Route, Strategy, Timeouts, Wake};
use policy::{Action, Grant, Resource};
use workspace::Provider;

use crate::App;
use crate::api::{Failure, Nothing, TurnEvent, Waiting};
use crate::desk::Desk;
use crate::local_model::{Asking, Lease};
use crate::models::{endpoint, is_local, no_model, not_offered, offering};
use crate::price::{Price, abilities, facts};
use crate::turn::log::TurnLog;

/// The name of the way that every question takes until admins name ways of their own.
const USUAL_ROUTE: &str = "usual";

/// One who may answer, with the permission to ask.
pub(crate) struct Choice {
    pub(crate) model: ModelRef,
    pub(crate) provider: Provider,
    pub(crate) grant: Grant,
}

impl Desk {
    /// The model to ask, or the usual one, then those that may answer in its place, best first.
    ///
    /// # Errors
    /// Why the model itself cannot be asked. A stand-in that cannot be asked is left out.
    pub(crate) async fn choices(
        &self,
        wanted: Option<ModelRef>,
        providers: &[Provider],
    ) -> Result<Vec<Choice>, Failure> {
        let model = match wanted {
            Some(model) => model,
            None => self.list_models(Nothing {}).await?.usual.ok_or_else(no_model)?,
        };
        let provider = offering(providers, &model).ok_or_else(not_offered)?;
        let stays = is_local(provider);
        let mut choices = vec![self.choice(model, provider)?];
        for model in self.fallback().await? {
            let Some(provider) = offering(providers, &model) else { continue };
            let known = choices.iter().any(|choice| choice.model == model);
            let leaves = stays && !is_local(provider);
            let runs = provider.dialect != Dialect::BuiltIn
                || self.app.local_model.check(&model.model).is_ok();
            if !known && !leaves && runs {
                choices.extend(self.choice(model, provider).ok());
            }
        }
        Ok(choices)
    }

    /// One who may answer.
    ///
    /// # Errors
    /// `Denied` where this person may not use the model.
    fn choice(&self, model: ModelRef, provider: &Provider) -> Result<Choice, Failure> {
        let resource = Resource::Model { model: model.clone(), for_guests: provider.for_guests };
        let grant = self.allow(Action::ModelUse, &resource)?;
        Ok(Choice { model, provider: provider.clone(), grant })
    }

    /// The models that stand in, as admins listed them; guests have none.
    pub(crate) async fn fallback(&self) -> Result<Vec<ModelRef>, Failure> {
        match &self.session.workspace {
            Some(workspace) => Ok(workspace.fallback().await?),
            None => Ok(Vec::new()),
        }
    }

    /// The way to those who may answer.
    pub(crate) async fn route(
        &self,
        choices: Vec<Choice>,
        waking: &Waking,
    ) -> Result<Route, Failure> {
        let mut candidates = Vec::with_capacity(choices.len());
        for Choice { model, provider, grant } in choices {
            let endpoint = endpoint(&provider);
            let keys = self.keys(&grant, &provider).await?;
            let known = facts(&provider, &model.model);
            candidates.push(Candidate {
                timeouts: if endpoint.local_allowed {
                    Timeouts::local()
                } else {
                    Timeouts::remote()
                },
                wake: (provider.dialect == Dialect::BuiltIn).then(|| waking.wake(&model.model)),
                context: known.and_then(|facts| facts.context),
                price: known.and_then(|facts| facts.prices.as_ref()).map(Into::into),
                abilities: abilities(&provider, &model.model),
                model: model.model,
                endpoint,
                grant,
                keys,
                weight: 1,
                max_output: known.and_then(|facts| facts.max_output),
            });
        }
        Ok(Route {
            name: USUAL_ROUTE.to_owned(),
            strategy: Strategy::Ordered,
            candidates,
            on_overflow: Vec::new(),
            on_refusal: Vec::new(),
        })
    }
}

/// Starts built-in models for one turn, and keeps them running until it ends.
#[derive(Clone)]
pub(crate) struct Waking {
    app: Arc<App>,
    profile: ProfileId,
    log: Arc<TurnLog>,
    leases: Arc<Mutex<Vec<Lease>>>,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Waking {
    pub(crate) fn new(app: Arc<App>, profile: ProfileId, log: Arc<TurnLog>) -> Self {
        Self { app, profile, log, leases: Arc::default(), failure: Arc::default() }
    }

    fn wake(&self, model: &str) -> Wake {
        let (waking, model) = (self.clone(), model.to_owned());
        Wake::new(move || {
            let (waking, model) = (waking.clone(), model.clone());
            Box::pin(async move { waking.start(&model).await })
        })
    }

    async fn start(&self, model: &str) -> Result<Awake, CallError> {
        let local_model = &self.app.local_model;
        if !local_model.is_loaded(model) {
            self.log.push(vec![TurnEvent::Waiting {
                reason: Waiting::LoadingModel,
                note: "Loading the built-in model.".to_owned(),
                until: None,
                instead: None,
            }]);
        }
        let asking = Asking { model, profile: self.profile, now: self.app.uptime() };
        match local_model.acquire(asking).await {
            Ok(lease) => {
                let reachable = lease.reachable();
                self.leases.lock().unwrap_or_else(PoisonError::into_inner).push(lease);
                let key = Some(ApiKey::new(reachable.token));
                Ok(Awake { base_url: reachable.base_url, key })
            }
            Err(error) => {
                let failure = Failure::from(error);
                let message = failure.message.clone();
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                Err(CallError {
                    class: FailureClass::Gone,
                    http_status: None,
                    retry_after_ms: None,
                    should_retry: None,
                    message,
                })
            }
        }
    }

    /// The failure to start it that is told as `message`, with the code it has on a screen.
    pub(crate) fn failure(&self, message: &str) -> Option<Failure> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().filter(|failure| failure.message == message)
    }

    /// The turn needs them no longer.
    pub(crate) fn rest(&self) {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// What each model of a route costs, for its meter.
pub(crate) fn prices(choices: &[Choice]) -> Vec<(ModelRef, Price)> {
    choices
        .iter()
        .map(|choice| (choice.model.clone(), Price::of(&choice.provider, &choice.model.model)))
        .collect()
}
