//! Routes: named ways to several models, each a signed document.
//!
//! What a route names may be gone by the time it is used: a provider can be
//! removed, a model be offered no longer. So nothing here says that a
//! candidate can be asked; whoever uses a route asks the providers, and the
//! policy. A route's name is what limits are about, so it goes along with them.

use domain::{Limit, LimitScope, ProfileId, ProviderId, RouteId, RouteStep, Strategy, UnixMs};
use policy::{Action, Grant};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::audit::AuditKind;
use crate::book::SavedRoute;
use crate::document::{Body, RouteBody, SettingsBody};
use crate::draft::Draft;
use crate::tables::{attempts, tallies};
use crate::{Limits, Workspace, WorkspaceError};

/// A route as everyone may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Which route.
    pub id: RouteId,
    /// For people; no two routes have the same one.
    pub name: String,
    /// How the first candidate is chosen.
    pub strategy: Strategy,
    /// Best first.
    pub candidates: Vec<RouteStep>,
    /// Asked, once, where the question is too long for the candidate that was called.
    pub on_overflow: Vec<RouteStep>,
    /// Asked, once, where a candidate declined the content; empty for nobody.
    pub on_refusal: Vec<RouteStep>,
    /// Version of the signed document.
    pub version: u32,
    /// When that was signed.
    pub saved_at: UnixMs,
    /// Who signed it; none at the door, which names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<ProfileId>,
}

/// A route as an admin wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoute {
    /// A new id to add, a known one to change.
    pub id: RouteId,
    /// For people.
    pub name: String,
    /// How the first candidate is chosen.
    pub strategy: Strategy,
    /// Best first.
    pub candidates: Vec<RouteStep>,
    /// For questions that are too long.
    pub on_overflow: Vec<RouteStep>,
    /// For content that is declined.
    pub on_refusal: Vec<RouteStep>,
    /// Make it everyone's usual way; false leaves that as it is.
    pub make_usual: bool,
}

impl Route {
    fn of(saved: SavedRoute<'_>) -> Self {
        let SavedRoute { body, version, at, by } = saved;
        Self {
            id: body.id,
            name: body.name.clone(),
            strategy: body.strategy,
            candidates: body.candidates.clone(),
            on_overflow: body.on_overflow.clone(),
            on_refusal: body.on_refusal.clone(),
            version,
            saved_at: at,
            saved_by: by,
        }
    }

    /// The part of it that asks these providers and names no member; none where nothing of
    /// its main list is left.
    pub(crate) fn only_at(&self, providers: &[ProviderId]) -> Option<Self> {
        let some = |steps: &[RouteStep]| -> Vec<RouteStep> {
            let stays = |step: &&RouteStep| providers.contains(&step.model.provider);
            steps.iter().filter(stays).cloned().collect()
        };
        let candidates = some(&self.candidates);
        (!candidates.is_empty()).then(|| Self {
            candidates,
            on_overflow: some(&self.on_overflow),
            on_refusal: some(&self.on_refusal),
            saved_by: None,
            ..self.clone()
        })
    }
}

impl Workspace {
    /// All routes, in the order in which they were made.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn routes(&self) -> Result<Vec<Route>, WorkspaceError> {
        Ok(self.fresh_book().await?.routes().into_iter().map(Route::of).collect())
    }

    /// The route to use where neither chat nor person has chosen.
    ///
    /// # Errors
    /// As [`Workspace::routes`].
    pub async fn usual_route(&self) -> Result<Option<RouteId>, WorkspaceError> {
        Ok(self.fresh_book().await?.settings().usual_route)
    }

    /// Adds or changes a route. Under another name it keeps its limits and what was used of
    /// them.
    ///
    /// # Errors
    /// `WrongGrant`; `NameTaken`; `Refused` where this person is no admin.
    pub async fn save_route(
        &self,
        grant: &Grant,
        wanted: NewRoute,
        now: UnixMs,
    ) -> Result<Route, WorkspaceError> {
        self.check(grant, Action::ProviderConfigure)?;
        self.amend(now, move |tx, draft| save(tx, draft, wanted)).await
    }

    /// Removes a route. Limits on its name stay: they hold for a later route of that name.
    ///
    /// # Errors
    /// `WrongGrant`; `NotFound` for one that is not there; `Refused` where this person is no
    /// admin.
    pub async fn remove_route(
        &self,
        grant: &Grant,
        id: RouteId,
        now: UnixMs,
    ) -> Result<(), WorkspaceError> {
        self.check(grant, Action::ProviderConfigure)?;
        self.amend(now, move |tx, draft| {
            let known = draft.book.routes();
            let found = known.iter().find(|one| one.body.id == id);
            let gone = found.ok_or(WorkspaceError::NotFound)?.body.clone();
            draft.sign(tx, Body::Route(RouteBody { removed: true, ..gone }))?;
            let settings = draft.book.settings();
            if settings.usual_route == Some(id) {
                let settings = SettingsBody { usual_route: None, ..settings };
                draft.sign(tx, Body::Settings(settings))?;
            }
            draft.record(tx, AuditKind::RouteRemoved { route: id })
        })
        .await
    }
}

fn save(tx: &Connection, draft: &mut Draft, wanted: NewRoute) -> Result<Route, WorkspaceError> {
    let (id, make_usual) = (wanted.id, wanted.make_usual);
    let known = draft.book.routes();
    let same = |name: &str| name.to_lowercase() == wanted.name.to_lowercase();
    if known.iter().any(|one| one.body.id != id && same(&one.body.name)) {
        return Err(WorkspaceError::NameTaken);
    }
    let before = known.iter().find(|one| one.body.id == id).map(|one| one.body.name.clone());
    if let Some(old) = before.filter(|old| *old != wanted.name) {
        rename(tx, draft, &old, &wanted.name)?;
    }
    let NewRoute { name, strategy, candidates, on_overflow, on_refusal, .. } = wanted;
    let body =
        RouteBody { id, name, strategy, candidates, on_overflow, on_refusal, removed: false };
    draft.sign(tx, Body::Route(body))?;
    if make_usual {
        let settings = SettingsBody { usual_route: Some(id), ..draft.book.settings() };
        draft.sign(tx, Body::Settings(settings))?;
    }
    let known = draft.book.routes();
    let saved = known.into_iter().find(|one| one.body.id == id).map(Route::of);
    let saved = saved.ok_or(WorkspaceError::NotFound)?;
    draft.record(tx, AuditKind::RouteSaved { route: id, version: saved.version })?;
    Ok(saved)
}

/// The limits of a route go along with its name, and so do the calls that count for them.
fn rename(tx: &Connection, draft: &mut Draft, old: &str, new: &str) -> Result<(), WorkspaceError> {
    attempts::rename_route(tx, old, new)?;
    tallies::clear(tx)?;
    let before = draft.book.limits();
    let renamed = |limit: &Limit| match &limit.scope {
        LimitScope::Route { route } if route == old => {
            Limit { scope: LimitScope::Route { route: new.to_owned() }, ..limit.clone() }
        }
        _ => limit.clone(),
    };
    let limits: Vec<Limit> = before.limits.iter().map(renamed).collect();
    if limits != before.limits {
        draft.sign(tx, Body::Limits(Limits { limits, ..before }))?;
        draft.record(tx, AuditKind::LimitsChanged)?;
    }
    Ok(())
}
