//! How far a text may go: its class, what providers may receive, which regions are home.

use domain::{DataClass, ModelRef, Region};
use policy::{ModelFacts, Resource};
use workspace::Provider;

use crate::api::Failure;
use crate::models::is_local;

/// What decides how far a text may go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    /// Its class.
    pub(crate) class: DataClass,
    /// The regions that are called home; none where all are.
    pub(crate) home: Vec<Region>,
}

impl Bounds {
    /// The same for a text of another class.
    pub(crate) fn of(&self, class: DataClass) -> Self {
        Self { class, home: self.home.clone() }
    }
}

/// Names one model of a provider as a resource, as what a text goes to.
pub(crate) fn model_resource(provider: &Provider, model: &ModelRef, bounds: &Bounds) -> Resource {
    let facts = ModelFacts {
        local: is_local(provider),
        for_guests: provider.for_guests,
        accepts: accepts(provider),
        at_home: is_at_home(provider, bounds),
        sent: bounds.class,
    };
    Resource::Model { model: model.clone(), facts }
}

/// The highest class of text that a provider may receive. What stays here may be anything.
pub(crate) fn accepts(provider: &Provider) -> DataClass {
    if is_local(provider) { DataClass::Restricted } else { provider.accepts }
}

pub(crate) fn is_at_home(provider: &Provider, bounds: &Bounds) -> bool {
    is_local(provider) || Region::are_home(&provider.regions, &bounds.home)
}

/// The classes for which a model can be asked; where there is none, why not for the least.
pub(crate) fn classes_allowed(
    asked: impl Iterator<Item = Result<DataClass, Failure>>,
) -> (Vec<DataClass>, Option<Failure>) {
    let (mut classes, mut refused) = (Vec::new(), None);
    for one in asked {
        match one {
            Ok(class) => classes.push(class),
            Err(failure) => {
                // What may not receive this class may receive none above it.
                let is_over = failure.is_by_class();
                refused = refused.or(Some(failure));
                if is_over {
                    break;
                }
            }
        }
    }
    let refused = refused.filter(|_| classes.is_empty());
    (classes, refused)
}
