//! What the rows of the matrix are about, as there is of it now.

use domain::{DataClass, ModelRef, ProfileId, ProviderId, Region, RouteId, RouteStep};
use policy::{ModelFacts, Resource, Row};
use workspace::{Provider, Route, Workspace, WorkspaceError};

use crate::api::RowView;
use crate::models::{label_of, offering};
use crate::reach::{Bounds, model_resource};

/// The providers with their models, and the routes.
#[derive(Default)]
pub(crate) struct Things {
    providers: Vec<Provider>,
    routes: Vec<Route>,
    home: Vec<Region>,
}

impl Things {
    /// Nobody in particular.
    pub(crate) const NOBODY: ProfileId = ProfileId::from_bytes([0; 16]);

    pub(crate) async fn of(workspace: &Workspace) -> Result<Self, WorkspaceError> {
        let (providers, routes) = (workspace.providers().await?, workspace.routes().await?);
        let home = workspace.residency().await?.home_regions;
        Ok(Self { providers, routes, home })
    }

    /// What every workspace has, then each provider with its models, then routes.
    pub(crate) fn rows(&self) -> Vec<RowView> {
        let mut rows: Vec<RowView> =
            Row::usual().into_iter().map(|row| RowView { row, label: None }).collect();
        for provider in &self.providers {
            let row = Row::Provider { provider: provider.id };
            rows.push(RowView { row, label: Some(provider.label.clone()) });
            rows.extend(provider.models.iter().map(|name| {
                let model = ModelRef { provider: provider.id, model: name.clone() };
                RowView { row: Row::Model { model }, label: Some(label_of(provider, name)) }
            }));
        }
        rows.extend(self.routes.iter().map(|route| {
            let label = Some(route.name.clone());
            RowView { row: Row::Route { route: route.id }, label }
        }));
        rows
    }

    /// The name of what a row is about; none for what every workspace has, and for what is not
    /// there any more.
    pub(crate) fn label(&self, row: &Row) -> Option<String> {
        self.rows().into_iter().find(|known| known.row == *row)?.label
    }

    /// The name of what the record calls so (`policy::Resource`); none where it has none here.
    pub(crate) fn named(&self, recorded: &str) -> Option<String> {
        let is_it = |known: &RowView| {
            matches!(known.row, Row::Model { .. } | Row::Route { .. })
                && self.one(&known.row, Self::NOBODY, DataClass::Public).to_string() == recorded
        };
        self.rows().into_iter().find(is_it)?.label
    }

    /// Whether there is such a row.
    pub(crate) fn has(&self, row: &Row) -> bool {
        self.rows().iter().any(|known| known.row == *row)
    }

    /// A thing of the kind that a row is about; of desks, that of `profile`; of models, as one
    /// that a text of this class goes to.
    pub(crate) fn one(&self, row: &Row, profile: ProfileId, sent: DataClass) -> Resource {
        let anywhere = |facts: ModelFacts| {
            let provider = ProviderId::from_bytes([0; 16]);
            let model = ModelRef { provider, model: String::new() };
            Resource::Model { model, facts: ModelFacts { sent, ..facts } }
        };
        match row {
            Row::Ask {} | Row::Programs {} | Row::Instructions {} => Resource::Profile(profile),
            Row::SeeProviders {} | Row::SeeMembers {} => Resource::Workspace,
            Row::LocalModels {} => anywhere(ModelFacts::HERE),
            Row::CloudModels {} => anywhere(ModelFacts::ELSEWHERE),
            Row::ForeignModels {} => {
                anywhere(ModelFacts { at_home: false, ..ModelFacts::ELSEWHERE })
            }
            Row::Routes {} => {
                Resource::Route { id: RouteId::from_bytes([0; 16]), for_guests: false }
            }
            Row::Provider { provider } => {
                self.model(&ModelRef { provider: *provider, model: String::new() }, sent)
            }
            Row::Model { model } => self.model(model, sent),
            Row::Route { route } => {
                let known = self.routes.iter().find(|one| one.id == *route);
                let at = |step: &RouteStep| offering(&self.providers, &step.model);
                let for_guests = known.is_some_and(|route| {
                    route.candidates.iter().filter_map(at).any(|one| one.for_guests)
                });
                Resource::Route { id: *route, for_guests }
            }
        }
    }

    fn model(&self, model: &ModelRef, sent: DataClass) -> Resource {
        let bounds = Bounds { class: sent, home: self.home.clone() };
        match self.providers.iter().find(|one| one.id == model.provider) {
            Some(known) => model_resource(known, model, &bounds),
            None => {
                let facts = ModelFacts { sent, ..ModelFacts::ELSEWHERE };
                Resource::Model { model: model.clone(), facts }
            }
        }
    }
}
