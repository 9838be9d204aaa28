//! Who may answer a question: policy's part of a route, before health and strategy.
//!
//! A candidate is one that an admin listed, that is still offered and that
//! this person may use. By a route, whoever it names may answer: choosing it
//! is choosing all of them. Where a model was chosen by itself, those stand in
//! that an admin listed for that; and text meant for this machine does not
//! leave it because something failed: a local model is stood in for by local
//! ones only.

use domain::{
    DataClass, Dialect, ModelRef, RouteId, RouteStep, SkipRecord, Strategy, Target, Tokens,
};
use policy::{Action, Grant, Resource};
use workspace::{Provider, Route};

use crate::api::{Failure, FailureCode};
use crate::desk::Desk;
use crate::models::{is_local, no_model, not_offered, offering};
use crate::price::{Price, PriceBook};
use crate::reach::{Bounds, model_resource};

/// The name of the way that a model by itself takes. No route is called like it.
pub(crate) const USUAL_ROUTE: &str = "usual";

/// How the cells about models outside the home regions are named.
const OUTSIDE: &str = "/foreign-models";

/// One who may answer, with the permission to ask.
pub(crate) struct Choice {
    pub(crate) model: ModelRef,
    pub(crate) provider: Provider,
    pub(crate) grant: Grant,
    /// Its part in its list.
    pub(crate) weight: u32,
    /// The cap on its answers that its route names.
    pub(crate) max_output: Option<Tokens>,
    /// How freely it chooses words, from 0 to 2, as its route says.
    pub(crate) temperature: Option<f64>,
}

/// Those who may answer.
pub(crate) struct Way {
    /// Under which name limits know it.
    pub(crate) name: String,
    /// The route; none where a model was chosen by itself.
    pub(crate) route: Option<RouteId>,
    pub(crate) strategy: Strategy,
    /// At least one, best first.
    pub(crate) candidates: Vec<Choice>,
    pub(crate) on_overflow: Vec<Choice>,
    pub(crate) on_refusal: Vec<Choice>,
    /// Those whom policy left out, and why.
    pub(crate) left_out: Vec<SkipRecord>,
}

impl Way {
    /// Every one who may answer.
    fn all(&self) -> impl Iterator<Item = &Choice> {
        self.candidates.iter().chain(&self.on_overflow).chain(&self.on_refusal)
    }

    /// The model that stands first.
    pub(crate) fn first(&self) -> Option<&ModelRef> {
        self.candidates.first().map(|choice| &choice.model)
    }

    /// What each model costs, for its meter.
    pub(crate) fn prices(&self, book: &PriceBook) -> Vec<(ModelRef, Price)> {
        let price = |choice: &Choice| book.price(&choice.provider, &choice.model.model);
        self.all().map(|choice| (choice.model.clone(), price(choice))).collect()
    }
}

impl Desk {
    /// The way to `target`, or to what is usual.
    ///
    /// # Errors
    /// Why nobody can be asked. Of several, one that cannot be asked is left out.
    pub(crate) async fn way(
        &self,
        target: Option<Target>,
        providers: &[Provider],
        bounds: &Bounds,
    ) -> Result<Way, Failure> {
        let target = match target {
            Some(target) => target,
            None => self.models_within(bounds).await?.usual.ok_or_else(no_model)?,
        };
        match target {
            Target::Model { model } => self.way_to_model(model, providers, bounds).await,
            Target::Route { route } => {
                let known = self.routes().await?;
                let found = known.iter().find(|one| one.id == route).ok_or_else(no_such_route)?;
                self.way_by_route(found, providers, bounds)
            }
        }
    }

    /// The way that a route names.
    ///
    /// # Errors
    /// `Denied` where this person may not take it; `NoModel` where it leads to nobody.
    pub(crate) fn way_by_route(
        &self,
        route: &Route,
        providers: &[Provider],
        bounds: &Bounds,
    ) -> Result<Way, Failure> {
        let at = |step: &RouteStep| offering(providers, &step.model);
        let for_guests = route.candidates.iter().filter_map(at).any(|one| one.for_guests);
        self.allow(Action::RouteUse, &Resource::Route { id: route.id, for_guests })?;
        let mut left_out = Vec::new();
        let mut allowed = |steps: &[RouteStep]| -> Vec<Choice> {
            let steps = steps.iter().filter_map(|step| Some((step, at(step)?)));
            steps.filter_map(|(step, at)| self.step(step, at, bounds, &mut left_out)).collect()
        };
        let candidates = allowed(&route.candidates);
        let (on_overflow, on_refusal) = (allowed(&route.on_overflow), allowed(&route.on_refusal));
        if candidates.is_empty() {
            return Err(nobody_by_route(&left_out));
        }
        Ok(Way {
            name: route.name.clone(),
            route: Some(route.id),
            strategy: route.strategy,
            candidates,
            on_overflow,
            on_refusal,
            left_out,
        })
    }

    /// A model under a name of its own, and nobody who stands in for it.
    ///
    /// # Errors
    /// `Denied` where this person may not use the model.
    pub(crate) fn way_to_this_alone(
        &self,
        name: &str,
        model: ModelRef,
        provider: &Provider,
        bounds: &Bounds,
    ) -> Result<Way, Failure> {
        Ok(Way {
            name: name.to_owned(),
            route: None,
            strategy: Strategy::Ordered,
            candidates: vec![self.choice(&RouteStep::new(model), provider, bounds)?],
            on_overflow: Vec::new(),
            on_refusal: Vec::new(),
            left_out: Vec::new(),
        })
    }

    /// A model, then those that stand in for it.
    async fn way_to_model(
        &self,
        model: ModelRef,
        providers: &[Provider],
        bounds: &Bounds,
    ) -> Result<Way, Failure> {
        let provider = offering(providers, &model).ok_or_else(not_offered)?;
        let stays = is_local(provider);
        let mut way = self.way_to_this_alone(USUAL_ROUTE, model, provider, bounds)?;
        for model in self.fallback().await? {
            let Some(provider) = offering(providers, &model) else { continue };
            let known = way.candidates.iter().any(|choice| choice.model == model);
            let leaves = stays && !is_local(provider);
            if !known && !leaves {
                let step = RouteStep::new(model);
                way.candidates.extend(self.step(&step, provider, bounds, &mut way.left_out));
            }
        }
        Ok(way)
    }

    /// One of several who may answer; none where it cannot be asked. Whom policy keeps from it
    /// is told.
    fn step(
        &self,
        step: &RouteStep,
        provider: &Provider,
        bounds: &Bounds,
        left_out: &mut Vec<SkipRecord>,
    ) -> Option<Choice> {
        let local_model = &self.app.local_model;
        let built_in = provider.dialect == Dialect::BuiltIn;
        if built_in && local_model.check(&step.model.model).is_err() {
            return None;
        }
        let choice = self.choice(step, provider, bounds);
        if let Err(refused) = &choice {
            left_out.push(SkipRecord {
                model: step.model.clone(),
                provider_label: provider.label.clone(),
                key_label: None,
                note: why_left_out(refused, bounds.class),
                until: None,
            });
        }
        choice.ok()
    }

    /// One who may answer.
    ///
    /// # Errors
    /// `Denied` where this person may not use the model, or not for this text.
    fn choice(
        &self,
        step: &RouteStep,
        provider: &Provider,
        bounds: &Bounds,
    ) -> Result<Choice, Failure> {
        let model = step.model.clone();
        let resource = model_resource(provider, &model, bounds);
        let grant = self.allow(Action::ModelUse, &resource)?;
        Ok(Choice {
            model,
            provider: provider.clone(),
            grant,
            weight: step.weight,
            max_output: step.max_output,
            temperature: step.temperature.map(|hundredths| f64::from(hundredths) / 100.0),
        })
    }

    /// The models that stand in for one chosen by itself, as admins listed them; guests have
    /// none.
    pub(crate) async fn fallback(&self) -> Result<Vec<ModelRef>, Failure> {
        match &self.session.workspace {
            Some(workspace) => Ok(workspace.fallback().await?),
            None => Ok(Vec::new()),
        }
    }
}

fn no_such_route() -> Failure {
    Failure::new(FailureCode::NoModel, "This route is not offered any more. Choose another one.")
}

fn nobody_by_route(left_out: &[SkipRecord]) -> Failure {
    if let Some(first) = left_out.first() {
        let said = format!(
            "None of this route's models can be asked. {} Choose another one, or ask an admin.",
            first.note
        );
        return Failure::new(FailureCode::NoModel, &said);
    }
    Failure::new(
        FailureCode::NoModel,
        "None of this route's models can be asked. Choose another one, or ask an admin.",
    )
}

/// Why policy leaves a model out, in one sentence.
fn why_left_out(refused: &Failure, class: DataClass) -> String {
    if refused.is_by_class() {
        format!("It may not receive {} text.", class.name())
    } else if refused.rule_ids.iter().any(|rule| rule.ends_with(OUTSIDE)) {
        "It is outside the home regions.".to_owned()
    } else {
        "Policy does not allow it.".to_owned()
    }
}
