//! From a way to what the gateway is asked through, and built-in models started on it.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Dialect, FailureClass, ProfileId};
use gateway::{ApiKey, Awake, CallError, Candidate, Route, Timeouts, Wake};

use crate::App;
use crate::api::Failure;
use crate::desk::Desk;
use crate::local_model::{Asking, Lease};
use crate::models::endpoint;
use crate::price::PriceBook;
use crate::turn::way::{Choice, Way};

impl Desk {
    /// The way as the gateway takes it, with everybody's keys.
    pub(crate) async fn route(
        &self,
        way: Way,
        book: &PriceBook,
        waking: &Waking,
    ) -> Result<Route, Failure> {
        Ok(Route {
            name: way.name,
            strategy: way.strategy,
            candidates: self.candidates(way.candidates, book, waking).await?,
            on_overflow: self.candidates(way.on_overflow, book, waking).await?,
            on_refusal: self.candidates(way.on_refusal, book, waking).await?,
        })
    }

    async fn candidates(
        &self,
        choices: Vec<Choice>,
        book: &PriceBook,
        waking: &Waking,
    ) -> Result<Vec<Candidate>, Failure> {
        let mut candidates = Vec::with_capacity(choices.len());
        for Choice { model, provider, grant, weight, max_output, temperature } in choices {
            let endpoint = endpoint(&provider);
            let keys = self.keys(&grant, &provider).await?;
            let known = book.facts(&provider, &model.model);
            candidates.push(Candidate {
                timeouts: if endpoint.local_allowed {
                    Timeouts::local()
                } else {
                    Timeouts::remote()
                },
                wake: (provider.dialect == Dialect::BuiltIn).then(|| waking.wake(&model.model)),
                context: known.as_ref().and_then(|facts| facts.context),
                price: book.price(&provider, &model.model).hint(),
                abilities: book.abilities(&provider, &model.model),
                max_output: known
                    .and_then(|facts| facts.max_output)
                    .into_iter()
                    .chain(max_output)
                    .min(),
                model: model.model,
                endpoint,
                grant,
                keys,
                weight,
                temperature,
            });
        }
        Ok(candidates)
    }
}

/// Starts built-in models for one question, and keeps them running until it ends.
#[derive(Clone)]
pub(crate) struct Waking {
    app: Arc<App>,
    profile: ProfileId,
    /// Told that a model has to be loaded first.
    loading: Arc<dyn Fn() + Send + Sync>,
    leases: Arc<Mutex<Vec<Lease>>>,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Waking {
    pub(crate) fn new(
        app: Arc<App>,
        profile: ProfileId,
        loading: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let loading = Arc::new(loading);
        Self { app, profile, loading, leases: Arc::default(), failure: Arc::default() }
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
            (self.loading)();
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
