//! Routes: list, save, remove. What becomes of one when it is used, `turn` decides.

use std::collections::HashSet;

use domain::{DataClass, RouteId, RouteStep, Tokens};
use policy::{Action, Resource};
use workspace::{NewRoute, Provider, Route};

use crate::api::{Failure, Nothing, OneRoute, RouteList, RouteView, SaveRoute};
use crate::desk::Desk;
use crate::limits::MAX_ROUTE_NAME;
use crate::models::{is_local, not_offered, offering};
use crate::probe::TRY_NOW;
use crate::reach::{Bounds, classes_allowed};
use crate::secrets;
use crate::turn::USUAL_ROUTE;

/// Most routes of a workspace.
const MAX_ROUTES: usize = 50;
/// Most models in one of a route's lists.
const MAX_STEPS: usize = 20;
/// The shortest and the longest cap on answers.
const OUTPUT: std::ops::RangeInclusive<Tokens> = Tokens(256)..=Tokens(1_000_000);

impl Desk {
    pub(crate) async fn list_routes(&self, _: Nothing) -> Result<RouteList, Failure> {
        self.allow(Action::ProviderRead, &Resource::Workspace)?;
        let providers = self.providers().await?;
        let (routes, bounds) = (self.routes().await?, self.usual_bounds().await?);
        let view = |one| self.view_of(one, &providers, &bounds);
        Ok(RouteList { routes: routes.iter().map(view).collect() })
    }

    pub(crate) async fn save_route(&self, request: SaveRoute) -> Result<RouteView, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let (workspace, now) = (self.session.workspace()?, self.app.now());
        let (providers, known) = (self.providers().await?, self.routes().await?);
        let id = match request.id {
            Some(id) if known.iter().any(|one| one.id == id) => id,
            Some(_) => return Err(Failure::not_found()),
            None if known.len() >= MAX_ROUTES => {
                return Err(Failure::invalid("A workspace has at most 50 routes."));
            }
            None => RouteId::new(now, sealed::random_bytes()),
        };
        let wanted = checked(id, request, &providers)?;
        let saved = workspace.save_route(&grant, wanted, now).await?;
        self.refresh_guest_offer().await?;
        self.obey_limits().await?;
        Ok(self.view_of(&saved, &providers, &self.usual_bounds().await?))
    }

    pub(crate) async fn remove_route(&self, request: OneRoute) -> Result<Nothing, Failure> {
        let grant = self.allow(Action::ProviderConfigure, &Resource::Workspace)?;
        let workspace = self.session.workspace()?;
        workspace.remove_route(&grant, request.id, self.app.now()).await?;
        self.refresh_guest_offer().await?;
        Ok(Nothing {})
    }

    /// All routes this person can see.
    pub(crate) async fn routes(&self) -> Result<Vec<Route>, Failure> {
        match &self.session.workspace {
            Some(workspace) => Ok(workspace.routes().await?),
            None => {
                let offer = self.app.door()?.guest_offer().await?;
                Ok(offer.map(|offer| offer.routes).unwrap_or_default())
            }
        }
    }

    fn view_of(&self, route: &Route, providers: &[Provider], bounds: &Bounds) -> RouteView {
        let lists = [&route.candidates, &route.on_overflow, &route.on_refusal];
        let mut at = lists.into_iter().flatten().map(|one| offering(providers, &one.model));
        let ask = |class| self.way_by_route(route, providers, &bounds.of(class)).map(|_| class);
        let (classes, unavailable) = classes_allowed(DataClass::ALL.into_iter().map(ask));
        RouteView {
            id: route.id,
            name: route.name.clone(),
            strategy: route.strategy,
            candidates: route.candidates.clone(),
            on_overflow: route.on_overflow.clone(),
            on_refusal: route.on_refusal.clone(),
            // Who is not offered any more is not asked either.
            local: at.all(|provider| provider.is_none_or(is_local)),
            unavailable,
            classes,
            saved_at: route.saved_at,
            saved_by: route.saved_by,
            version: route.version,
        }
    }
}

fn checked(id: RouteId, request: SaveRoute, providers: &[Provider]) -> Result<NewRoute, Failure> {
    let name = secrets::name(&request.name, MAX_ROUTE_NAME, "A route's name")?;
    // Limits and the record know a way by its name.
    if [USUAL_ROUTE, TRY_NOW].contains(&name.to_lowercase().as_str()) {
        return Err(Failure::invalid("Carrel itself uses this name. Choose another one."));
    }
    if request.candidates.is_empty() {
        return Err(Failure::invalid("A route needs at least one model."));
    }
    for list in [&request.candidates, &request.on_overflow, &request.on_refusal] {
        check_list(list, providers)?;
    }
    Ok(NewRoute {
        id,
        name,
        strategy: request.strategy,
        candidates: request.candidates,
        on_overflow: request.on_overflow,
        on_refusal: request.on_refusal,
        make_usual: request.make_usual,
    })
}

fn check_list(list: &[RouteStep], providers: &[Provider]) -> Result<(), Failure> {
    if list.len() > MAX_STEPS {
        return Err(Failure::invalid("A route's list has at most 20 models."));
    }
    let mut seen = HashSet::new();
    for step in list {
        if offering(providers, &step.model).is_none() {
            return Err(not_offered());
        }
        if !seen.insert(&step.model) {
            return Err(Failure::invalid("A model stands twice in a list. Keep one of them."));
        }
        if step.weight > RouteStep::MOST_WEIGHT {
            return Err(Failure::invalid("A weight goes from 0 to 1,000."));
        }
        if step.temperature.is_some_and(|hundredths| hundredths > RouteStep::MOST_TEMPERATURE) {
            return Err(Failure::invalid("A temperature goes from 0 to 2."));
        }
        if step.max_output.is_some_and(|most| !OUTPUT.contains(&most)) {
            return Err(Failure::invalid("An answer's limit goes from 256 to 1,000,000 tokens."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::{Dialect, ModelRef, ProviderId, Strategy, UnixMs};

    use super::*;

    fn at() -> ProviderId {
        ProviderId::new(UnixMs(1), [1; 10])
    }

    fn providers() -> Vec<Provider> {
        vec![Provider {
            nearby_allowed: false,
            accepts: DataClass::Internal,
            regions: Vec::new(),
            id: at(),
            label: "P".to_owned(),
            dialect: Dialect::OpenAi,
            base_url: "https://api.example.com/v1".to_owned(),
            models: (0..30).map(|number| format!("m{number}")).collect(),
            for_guests: false,
            order: 0,
            keys: Vec::new(),
            version: 1,
        }]
    }

    fn step(number: usize) -> RouteStep {
        RouteStep::new(ModelRef { provider: at(), model: format!("m{number}") })
    }

    fn judged(change: impl FnOnce(&mut SaveRoute)) -> Result<NewRoute, String> {
        let mut request = SaveRoute {
            id: None,
            name: " Everyday ".to_owned(),
            strategy: Strategy::Ordered,
            candidates: vec![step(1), step(2)],
            on_overflow: vec![step(1)],
            on_refusal: Vec::new(),
            make_usual: false,
        };
        change(&mut request);
        let id = RouteId::new(UnixMs(1), [2; 10]);
        checked(id, request, &providers()).map_err(|failure| failure.message)
    }

    #[test]
    fn a_route_is_kept_as_it_was_wanted() {
        let kept = judged(|_| {}).unwrap();
        assert_eq!(kept.name, "Everyday", "without the spaces around it");
        assert_eq!(kept.candidates, [step(1), step(2)], "in this order");
        assert_eq!(kept.on_overflow, [step(1)], "a model may stand in another list as well");
    }

    #[test]
    fn a_route_that_cannot_be_is_refused_with_the_reason() {
        type Change = fn(&mut SaveRoute);
        let refused: [(&str, Change); 11] = [
            ("1 to 60 characters", |one| one.name = "x".repeat(61)),
            ("on one line", |one| one.name = "a\nb".to_owned()),
            ("uses this name", |one| one.name = "Usual".to_owned()),
            ("uses this name", |one| one.name = "Try-Now".to_owned()),
            ("at least one model", |one| one.candidates.clear()),
            ("at most 20", |one| one.on_refusal = (0..21).map(step).collect()),
            ("not offered", |one| one.on_overflow = vec![step(99)]),
            ("stands twice", |one| one.candidates = vec![step(1), step(1)]),
            ("0 to 1,000", |one| one.candidates[0].weight = 1_001),
            ("0 to 2", |one| one.candidates[1].temperature = Some(201)),
            ("256 to 1,000,000", |one| one.candidates[0].max_output = Some(Tokens(9))),
        ];
        for (reason, change) in refused {
            let message = judged(change).expect_err(reason);
            assert!(message.contains(reason), "{reason}: {message}");
        }
    }
}
