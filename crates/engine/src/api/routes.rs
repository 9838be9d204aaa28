//! Routes: named ways to several models.

use domain::{DataClass, ProfileId, RouteId, RouteStep, Strategy, UnixMs};
use serde::{Deserialize, Serialize};

use super::Failure;

/// Every route that this person can see.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RouteList {
    /// In the order in which they were made.
    pub routes: Vec<RouteView>,
}

/// A route, for the picker and the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RouteView {
    /// Which route.
    pub id: RouteId,
    /// For people; no two routes have the same one.
    pub name: String,
    /// How the first candidate is chosen.
    pub strategy: Strategy,
    /// Best first, as an admin listed them: some may not be offered any more.
    pub candidates: Vec<RouteStep>,
    /// Asked, once, where the question is too long for the candidate that was called.
    pub on_overflow: Vec<RouteStep>,
    /// Asked, once, where a candidate declined the content; empty for nobody.
    pub on_refusal: Vec<RouteStep>,
    /// True where text stays on this machine, whoever of it answers.
    pub local: bool,
    /// Why it cannot be chosen now; none where it can.
    pub unavailable: Option<Failure>,
    /// The classes of text for which one of its models can be asked.
    pub classes: Vec<DataClass>,
    /// When it was saved last.
    pub saved_at: UnixMs,
    /// By whom; none on a guest's desk.
    pub saved_by: Option<ProfileId>,
    /// Version of the signed document.
    pub version: u32,
}

/// Add or change a route. A field that is not known refuses it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SaveRoute {
    /// None to add.
    pub id: Option<RouteId>,
    /// 1 to 60 characters.
    pub name: String,
    /// How the first candidate is chosen.
    pub strategy: Strategy,
    /// Best first: at least one and at most 20, each offered by a provider and listed once.
    pub candidates: Vec<RouteStep>,
    /// For questions that are too long; at most 20.
    pub on_overflow: Vec<RouteStep>,
    /// For content that is declined; at most 20.
    pub on_refusal: Vec<RouteStep>,
    /// Make it everyone's usual way; false leaves that as it is.
    pub make_usual: bool,
}

/// Names one route.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneRoute {
    /// Which route.
    pub id: RouteId,
}
