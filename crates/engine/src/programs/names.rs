//! The names under which programs ask for models.
//!
//! A model has its provider's own name; where two providers offer one of that
//! name, the provider's label stands before it. The long name always works,
//! so a program need not change when a provider is added. Names that begin
//! with `route/` are routes, as admins called them; `route/usual` is what a
//! chat asks that has not chosen.

use domain::{ModelRef, RouteId, Target};
use workspace::{Provider, Route};

use crate::api::{Failure, FailureCode};
use crate::turn::USUAL_ROUTE;

/// What is usual. No route is called like it.
pub(crate) const USUAL: &str = "route/usual";
/// What the names of ways begin with.
const ROUTE: &str = "route/";
/// A longer name is nobody's, and is not repeated to whoever asked.
const LONGEST: usize = 300;

/// Every offered model and every route, with their names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    models: Vec<Named>,
    routes: Vec<(String, RouteId)>,
}

/// The name under which a route is listed.
pub(crate) fn of_route(name: &str) -> String {
    format!("{ROUTE}{name}")
}

#[derive(Clone, Debug)]
struct Named {
    model: ModelRef,
    long: String,
    /// True where another model has the short name too.
    shared: bool,
}

impl Names {
    pub(crate) fn of(providers: &[Provider], routes: &[Route]) -> Self {
        let mut named: Vec<Named> = Vec::new();
        for provider in providers {
            let label = slug(&provider.label);
            named.extend(provider.models.iter().map(|name| Named {
                model: ModelRef { provider: provider.id, model: name.clone() },
                long: format!("{label}/{name}"),
                shared: false,
            }));
        }
        let taken = |name: &str, but: usize| {
            name.starts_with(ROUTE)
                || named.iter().enumerate().any(|(place, other)| {
                    place != but && (other.model.model == name || other.long == name)
                })
        };
        let shared: Vec<bool> =
            named.iter().enumerate().map(|(place, one)| taken(&one.model.model, place)).collect();
        for (one, shared) in named.iter_mut().zip(shared) {
            one.shared = shared;
        }
        let routes = routes.iter().filter(|route| route.name != USUAL_ROUTE);
        let routes = routes.map(|route| (of_route(&route.name), route.id)).collect();
        Self { models: named, routes }
    }

    /// The name under which a model is listed.
    pub(crate) fn id_of(&self, model: &ModelRef) -> Option<&str> {
        let named = self.models.iter().find(|one| one.model == *model)?;
        Some(if named.shared { &named.long } else { &named.model.model })
    }

    /// What `name` means: none for what is usual, a route, a long name, or the first model of
    /// that short name.
    ///
    /// # Errors
    /// `NoModel`.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Target>, Failure> {
        if name == USUAL {
            return Ok(None);
        }
        if name.starts_with(ROUTE) {
            let found = self.routes.iter().find(|(known, _)| known == name);
            let target = found.map(|(_, route)| Target::Route { route: *route });
            return target.map(Some).ok_or_else(|| unknown(name));
        }
        let long = self.models.iter().find(|one| one.long == name);
        let found = long.or_else(|| self.models.iter().find(|one| one.model.model == name));
        let target = found.map(|named| Target::Model { model: named.model.clone() });
        target.map(Some).ok_or_else(|| unknown(name))
    }
}

fn unknown(name: &str) -> Failure {
    let shown = if name.chars().count() > LONGEST { "of that name" } else { name };
    Failure::new(
        FailureCode::NoModel,
        format!("There is no model {shown} here. `GET /v1/models` lists those that there are."),
    )
}

/// A provider's label as a part of a name: without spaces, slashes and capitals.
fn slug(label: &str) -> String {
    let dash = |letter: char| letter.is_whitespace() || letter == '/';
    label.trim().to_lowercase().chars().map(|one| if dash(one) { '-' } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use domain::{Dialect, ProviderId, Strategy, UnixMs};

    use super::*;

    fn provider(n: u8, label: &str, models: &[&str]) -> Provider {
        Provider {
            nearby_allowed: false,
            accepts: domain::DataClass::Internal,
            regions: Vec::new(),
            id: ProviderId::new(UnixMs(1), [n; 10]),
            label: label.to_owned(),
            dialect: Dialect::OpenAi,
            base_url: "https://models.example.com/v1".to_owned(),
            models: models.iter().map(|one| (*one).to_owned()).collect(),
            for_guests: false,
            order: 0,
            keys: Vec::new(),
            version: 1,
        }
    }

    fn model(n: u8, name: &str) -> ModelRef {
        ModelRef { provider: ProviderId::new(UnixMs(1), [n; 10]), model: name.to_owned() }
    }

    fn asked(n: u8, name: &str) -> Option<Target> {
        Some(Target::Model { model: model(n, name) })
    }

    fn route(n: u8, name: &str) -> Route {
        Route {
            id: RouteId::new(UnixMs(1), [n; 10]),
            name: name.to_owned(),
            strategy: Strategy::Ordered,
            candidates: Vec::new(),
            on_overflow: Vec::new(),
            on_refusal: Vec::new(),
            version: 1,
            saved_at: UnixMs(1),
            saved_by: None,
        }
    }

    #[test]
    fn a_model_is_listed_by_its_own_name_unless_two_have_it() {
        let providers = [
            provider(1, "OpenAI", &["gpt-4o", "o3"]),
            provider(2, "My Azure", &["gpt-4o"]),
            provider(3, "Router", &["openai/o3", "route/x"]),
        ];
        let names = Names::of(&providers, &[]);
        for (n, name, listed) in [
            (1, "o3", "o3"),
            (1, "gpt-4o", "openai/gpt-4o"),
            (2, "gpt-4o", "my-azure/gpt-4o"),
            (3, "openai/o3", "router/openai/o3"),
            (3, "route/x", "router/route/x"),
        ] {
            assert_eq!(names.id_of(&model(n, name)), Some(listed), "{n} {name}");
            assert_eq!(names.find(listed), Ok(asked(n, name)), "what is listed is found");
        }
        assert_eq!(names.find("gpt-4o"), Ok(asked(1, "gpt-4o")), "the first of two");
        assert_eq!(names.find("openai/o3"), Ok(asked(1, "o3")), "the long name");
    }

    #[test]
    fn routes_have_names_of_their_own() {
        let names = Names::of(&[provider(1, "Route", &["usual", "x"])], &[route(7, "Night shift")]);
        assert_eq!(names.find("route/usual"), Ok(None), "a label cannot take it");
        let night = Target::Route { route: RouteId::new(UnixMs(1), [7; 10]) };
        assert_eq!(names.find("route/Night shift"), Ok(Some(night)), "as admins called it");
        assert_eq!(names.find("usual"), Ok(asked(1, "usual")), "the model");
        assert!(names.find("route/x").is_err(), "no such route");
        let failure = names.find(&"x".repeat(10_000)).expect_err("no such model");
        assert!(failure.message.len() < 200, "and it is not repeated: {}", failure.message.len());
    }
}
