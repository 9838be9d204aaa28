//! How models are doing, and who stands in for one that cannot answer.

use domain::ModelRef;
use policy::{Action, Resource};

use crate::api::{Failure, ModelHealth, Nothing, ProviderHealth, SetFallback};
use crate::desk::Desk;
use crate::models::{not_offered, offering};

/// Most models that stand in.
const MAX_FALLBACK: usize = 20;

impl Desk {
    pub(crate) async fn set_fallback(&self, request: SetFallback) -> Result<Nothing, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        if request.models.len() > MAX_FALLBACK {
            return Err(Failure::invalid("At most 20 models can stand in for one that fails."));
        }
        let providers = self.providers().await?;
        let mut models: Vec<ModelRef> = Vec::new();
        for model in request.models {
            if offering(&providers, &model).is_none() {
                return Err(not_offered());
            }
            if !models.contains(&model) {
                models.push(model);
            }
        }
        workspace.set_fallback(&grant, models, self.app.now()).await?;
        Ok(Nothing {})
    }

    pub(crate) async fn provider_health(&self, _: Nothing) -> Result<ProviderHealth, Failure> {
        self.allow(Action::ProviderRead, &Resource::Workspace)?;
        let providers = self.providers().await?;
        let health = self.app.gateway.health(self.app.now());
        let models = health
            .lanes
            .into_iter()
            .filter(|lane| providers.iter().any(|one| one.id == lane.lane.provider))
            .map(|lane| ModelHealth {
                model: ModelRef { provider: lane.lane.provider, model: lane.lane.model },
                key: lane.lane.key,
                breaker: lane.breaker,
                breaker_until: lane.breaker_until,
                resting_until: lane.mark.as_ref().map(|mark| mark.until),
                why: lane.mark.map(|mark| mark.message),
                failed_at: lane.last_failure.as_ref().map(|failure| failure.at),
                last_failure: lane.last_failure.map(|failure| failure.message),
                first_token_ms: lane.p50_first_token_ms,
                slow_first_token_ms: lane.p95_first_token_ms,
                failing_percent: lane.failing_percent,
                in_flight: lane.in_flight,
            })
            .collect();
        Ok(ProviderHealth { models })
    }
}
