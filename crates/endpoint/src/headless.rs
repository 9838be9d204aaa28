//! A run without a person: a workspace for one run, set up from a file.
//!
//! The desk behind it is locked with a passphrase that nobody knows, so what
//! lies in the folder after a crash is unreadable. Its chats stay empty.

use std::path::Path;
use std::sync::Arc;

use domain::{LimitScope, ModelRef, RouteId, RouteStep};
use engine::api::{
    CreateWorkspace, Failure, LimitStandings, Nothing, ProviderView, RecoveryCode, RouteView,
    SaveKey, SaveProvider, SaveRoute, SetFallback, Settings, WorkspaceLimits,
};
use engine::programs::new_token;
use engine::{App, WindowLabel};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::config::{
    Config, LimitEntry, ProviderEntry, RouteEntry, SecretSource, Unpriced, Unreadable,
};

/// Why a configuration that can be read cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Unprepared {
    /// A secret is not where it is said to be.
    #[error("{of}: {why}")]
    Secret {
        /// Whose.
        of: String,
        /// Why.
        why: Unreadable,
    },
    /// It names a model, a provider or a route that it does not list.
    #[error("`{field}` names {name}, which this file does not list")]
    Unknown {
        /// Where.
        field: &'static str,
        /// What.
        name: String,
    },
    /// The engine refused.
    #[error("{of}: {}", failure.message)]
    Refused {
        /// About what.
        of: String,
        /// Why.
        failure: Failure,
    },
}

/// Sets up a workspace in the empty data folder of `app`, open in `window`, by `config`, whose
/// file lies in `home`.
///
/// # Errors
/// `Unprepared`; the folder is then to be thrown away.
pub async fn prepare(
    app: &Arc<App>,
    window: &WindowLabel,
    config: &Config,
    home: &Path,
) -> Result<(), Unprepared> {
    let setting = Setting { app, window, home };
    // Before anything is made: what is missing is told at once.
    let mut tokens = Vec::new();
    for program in &config.programs {
        let of = format!("The token of {}", program.name);
        tokens.push((program, setting.reveal(&program.token, &of)?));
    }
    setting.found().await?;
    let mut models = Vec::new();
    for provider in &config.providers {
        let saved = setting.offer(provider).await?;
        models.extend(saved.models.iter().map(|name| Offered {
            provider: provider.name.clone(),
            model: ModelRef { provider: saved.id, model: name.clone() },
        }));
    }
    let mut routes = Vec::new();
    for route in &config.routes {
        routes.push((route.name.as_str(), setting.route(route, &models).await?));
    }
    if let Some(usual) = &config.usual {
        let settings = match usual.strip_prefix("route/") {
            Some(name) => {
                Settings { usual_route: Some(route(&routes, "usual", name)?), ..Default::default() }
            }
            None => Settings {
                usual_model: Some(named(&models, "usual", usual)?),
                ..Default::default()
            },
        };
        let _: Settings = setting.call("write_settings", &settings, "`usual`").await?;
    }
    let fallback: Vec<ModelRef> = config
        .fallback
        .iter()
        .map(|name| named(&models, "fallback", name))
        .collect::<Result<_, _>>()?;
    let _: Nothing =
        setting.call("set_fallback", &SetFallback { models: fallback }, "`fallback`").await?;
    let limits = config
        .limits
        .iter()
        .map(|limit| Ok(limit.about(scope(&models, &routes, limit)?)))
        .collect::<Result<_, Unprepared>>()?;
    let block_unpriced = config.unpriced == Unpriced::Block;
    let limits = WorkspaceLimits { limits, block_unpriced, ..Default::default() };
    let _: LimitStandings = setting.call("write_limits", &limits, "`limits`").await?;
    for (program, token) in tokens {
        let of = format!("The program {}", program.name);
        app.let_in(window, &program.name, &token)
            .map_err(|failure| Unprepared::Refused { of, failure })?;
    }
    Ok(())
}

/// A model as the file names it.
struct Offered {
    provider: String,
    model: ModelRef,
}

fn named(models: &[Offered], field: &'static str, name: &str) -> Result<ModelRef, Unprepared> {
    let found = models.iter().find(|one| {
        let long = name.strip_prefix(&one.provider).and_then(|rest| rest.strip_prefix('/'));
        long == Some(&one.model.model)
    });
    let found = found.or_else(|| models.iter().find(|one| one.model.model == name));
    found
        .map(|one| one.model.clone())
        .ok_or_else(|| Unprepared::Unknown { field, name: name.to_owned() })
}

fn route(
    routes: &[(&str, RouteId)],
    field: &'static str,
    name: &str,
) -> Result<RouteId, Unprepared> {
    let found = routes.iter().find(|(known, _)| *known == name);
    let unknown = || Unprepared::Unknown { field, name: format!("the route {name}") };
    found.map(|(_, id)| *id).ok_or_else(unknown)
}

fn scope(
    models: &[Offered],
    routes: &[(&str, RouteId)],
    limit: &LimitEntry,
) -> Result<LimitScope, Unprepared> {
    if let Some(name) = &limit.route {
        route(routes, "limits", name)?;
        return Ok(LimitScope::Route { route: name.clone() });
    }
    if let Some(model) = &limit.model {
        return Ok(LimitScope::Model { model: named(models, "limits", model)? });
    }
    let Some(provider) = &limit.provider else { return Ok(LimitScope::Workspace {}) };
    let found = models.iter().find(|one| one.provider == *provider);
    found
        .map(|one| LimitScope::Provider { provider: one.model.provider })
        .ok_or_else(|| Unprepared::Unknown { field: "limits", name: provider.clone() })
}

struct Setting<'a> {
    app: &'a Arc<App>,
    window: &'a WindowLabel,
    home: &'a Path,
}

impl Setting<'_> {
    /// The workspace, and a desk that opens only in this run.
    async fn found(&self) -> Result<(), Unprepared> {
        let request = CreateWorkspace {
            workspace_name: "Headless".to_owned(),
            profile_name: "Headless".to_owned(),
            avatar: 1,
            passphrase: new_token().to_string(),
        };
        let _: RecoveryCode = self.call("create_workspace", &request, "The workspace").await?;
        Ok(())
    }

    async fn offer(&self, entry: &ProviderEntry) -> Result<ProviderView, Unprepared> {
        let of = format!("The provider {}", entry.name);
        let mut keys = Vec::new();
        for key in &entry.keys {
            keys.push(self.reveal(key, &format!("A key of {}", entry.name))?);
        }
        let mut keys = keys.iter();
        let request = SaveProvider {
            id: None,
            label: entry.name.clone(),
            dialect: entry.dialect.into(),
            base_url: entry.url.clone(),
            nearby_allowed: entry.nearby,
            // There are no people here whose texts had classes.
            accepts: domain::DataClass::Restricted,
            regions: Vec::new(),
            key: keys.next().map(|key| key.to_string()),
            models: entry.models.clone(),
            for_guests: false,
            make_usual: false,
        };
        let mut saved: ProviderView = self.call("save_provider", &request, &of).await?;
        for key in keys {
            let request = SaveKey {
                provider: saved.id,
                id: None,
                label: String::new(),
                key: Some(key.to_string()),
                first: false,
            };
            saved = self.call("save_key", &request, &of).await?;
        }
        Ok(saved)
    }

    async fn route(&self, entry: &RouteEntry, models: &[Offered]) -> Result<RouteId, Unprepared> {
        let step = |name: &String, weight| {
            Ok(RouteStep { weight, ..RouteStep::new(named(models, "routes", name)?) })
        };
        let all = |names: &[(String, u32)]| -> Result<Vec<RouteStep>, Unprepared> {
            names.iter().map(|(name, weight)| step(name, *weight)).collect()
        };
        let request = SaveRoute {
            id: None,
            name: entry.name.clone(),
            strategy: entry.strategy,
            candidates: all(&entry.models)?,
            on_overflow: all(&entry.on_overflow)?,
            on_refusal: all(&entry.on_refusal)?,
            make_usual: false,
        };
        let of = format!("The route {}", entry.name);
        let saved: RouteView = self.call("save_route", &request, &of).await?;
        Ok(saved.id)
    }

    fn reveal(&self, secret: &SecretSource, of: &str) -> Result<Zeroizing<String>, Unprepared> {
        let environment = |name: &str| std::env::var(name).ok();
        let revealed = secret.reveal(self.home, &environment);
        revealed.map_err(|why| Unprepared::Secret { of: of.to_owned(), why })
    }

    async fn call<Q: Serialize, A: DeserializeOwned>(
        &self,
        command: &str,
        request: &Q,
        of: &str,
    ) -> Result<A, Unprepared> {
        let refused = |failure| Unprepared::Refused { of: of.to_owned(), failure };
        let odd = || {
            let message = "The engine and the endpoint do not fit together.";
            Failure::new(engine::api::FailureCode::Internal, message)
        };
        let request = serde_json::to_value(request).map_err(|_| refused(odd()))?;
        let answer = self.app.call(self.window, command, request).await.map_err(refused)?;
        serde_json::from_str(&answer).map_err(|_| refused(odd()))
    }
}
