//! The built-in provider: which models lie on this machine, and whether they start.

use std::sync::Arc;

use domain::ProviderId;
use policy::{Action, Resource};
use tokio::time::Instant;

use super::millis_since;
use crate::api::{BuiltInFile, BuiltInModel, BuiltInModels, Failure, Nothing, ProviderTest};
use crate::desk::Desk;
use crate::local_model::{Asking, BUILT_IN_MODEL, LocalModel, WeightsFile, label_of};

impl Desk {
    /// The models on this machine that the built-in provider can offer, and where more are put.
    pub(crate) async fn list_built_in(&self, _: Nothing) -> Result<BuiltInModels, Failure> {
        self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let app = Arc::clone(&self.app);
        tokio::task::spawn_blocking(move || listed(&app.local_model))
            .await
            .map_err(|_| Failure::internal("the models on this machine could not be listed"))
    }

    /// The model that comes with Carrel, or another where only that one can run.
    pub(super) fn usual_built_in(&self) -> BuiltInModel {
        let local_model = &self.app.local_model;
        let runs = |model: &String| local_model.check(model).is_ok();
        let others = local_model.weights().into_iter().map(|weights| weights.model);
        let usual = [BUILT_IN_MODEL.to_owned()].into_iter().chain(others).find(runs);
        let model = usual.unwrap_or_else(|| BUILT_IN_MODEL.to_owned());
        BuiltInModel {
            label: label_of(&model),
            basic: model == BUILT_IN_MODEL,
            unavailable: local_model.check(&model).err().map(Failure::from),
            model,
        }
    }

    /// Starts every model that the provider offers, one after the other.
    pub(super) async fn test_built_in(
        &self,
        provider: Option<ProviderId>,
    ) -> Result<ProviderTest, Failure> {
        let stored = self.providers().await?.into_iter().find(|one| Some(one.id) == provider);
        let models = stored.map_or_else(|| vec![self.usual_built_in().model], |one| one.models);
        let started = Instant::now();
        for model in &models {
            let (profile, now) = (self.session.profile, self.app.uptime());
            let starting = self.app.local_model.acquire(Asking { model, profile, now });
            drop(self.session.turns.unless_closed(starting).await??);
        }
        Ok(ProviderTest { millis: millis_since(started), models })
    }
}

fn listed(local_model: &LocalModel) -> BuiltInModels {
    local_model.make_own_folder();
    let view = |WeightsFile { model, bytes, .. }| BuiltInFile {
        label: label_of(&model),
        unavailable: local_model.check(&model).err().map(Failure::from),
        bytes,
        model,
    };
    BuiltInModels {
        folder: local_model.own_folder().display().to_string(),
        models: local_model.weights().into_iter().map(view).collect(),
    }
}
