//! What members ask of admins, and what admins say.

use std::collections::HashMap;

use domain::{Limit, LimitMeasure, LimitScope, ProfileId, Role, Span};
use policy::{Action, Principal, Resource, Row};
use workspace::{Given, Member, Request, Workspace};

use crate::access::View;
use crate::api::{
    Answer, AskFor, DecideRequest, Failure, LimitStanding, News, Nothing, OneRequest, OwnLimits,
    RequestList, RequestState, RequestView, Says, Subject,
};
use crate::desk::Desk;
use crate::limits::standing;
use crate::things::Things;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

impl Desk {
    /// What waits for this person.
    pub(crate) async fn news(&self) -> Result<News, Failure> {
        let Some(workspace) = &self.session.workspace else { return Ok(News::default()) };
        let news = workspace.news().await?;
        let looked_by = if news.looked_by.is_empty() {
            Vec::new()
        } else {
            let members = workspace.members().await?;
            let by = |profile: &ProfileId| members.iter().find(|one| one.profile == *profile);
            news.looked_by.iter().filter_map(by).map(|one| one.name.clone()).collect()
        };
        let decides = self.allow(Action::RequestDecide, &Resource::Workspace).is_ok();
        let to_decide = if decides { news.open } else { 0 };
        let to_sign = workspace.to_sign(self.app.now());
        Ok(News { to_decide, to_sign, decided: news.decided, looked_by })
    }

    /// A guest has no limits of the workspace.
    pub(crate) async fn own_limits(&self, _: Nothing) -> Result<OwnLimits, Failure> {
        self.allow_own(Action::DeskUse)?;
        let Some(workspace) = &self.session.workspace else {
            return Ok(OwnLimits { limits: Vec::new(), askable: Vec::new() });
        };
        let session = &self.session;
        let limits = workspace.limits_of(session.profile, session.role, self.app.now()).await?;
        let limits: Vec<_> = limits.into_iter().map(standing).collect();
        Ok(OwnLimits { askable: askable(&limits), limits })
    }

    pub(crate) async fn list_requests(&self, _: Nothing) -> Result<RequestList, Failure> {
        self.allow_own(Action::RequestMake)?;
        self.request_list().await
    }

    pub(crate) async fn ask_for(&self, request: AskFor) -> Result<RequestList, Failure> {
        let grant = self.allow_own(Action::RequestMake)?;
        let workspace = self.session.workspace()?;
        let reason = request.reason.trim();
        if reason.chars().count() > LONGEST_REASON {
            return Err(workspace::WorkspaceError::ReasonTooLong.into());
        }
        let subject = match (request.subject, request.amount) {
            (Subject::Access { row }, None) => {
                let things = Things::of(workspace).await?;
                if !things.has(&row) {
                    return Err(Failure::not_found());
                }
                let view = View::of(workspace, &things, self.principal());
                if view.access(row.action(), Some(row.clone())).allowed {
                    return Err(Failure::invalid("You may do this already."));
                }
                workspace::Subject::Access { row }
            }
            (Subject::More { measure }, Some(amount)) => {
                if !self.own_limits(Nothing {}).await?.askable.contains(&measure) {
                    return Err(Failure::invalid("You have no limit of this kind."));
                }
                if amount == 0 || amount > Limit::MOST {
                    return Err(workspace::WorkspaceError::NothingGiven.into());
                }
                workspace::Subject::More { measure, amount }
            }
            _ => return Err(workspace::WorkspaceError::NothingGiven.into()),
        };
        workspace.make_request(&grant, subject, reason.to_owned(), self.app.now()).await?;
        self.request_list().await
    }

    pub(crate) async fn withdraw_request(
        &self,
        request: OneRequest,
    ) -> Result<RequestList, Failure> {
        self.allow_own(Action::RequestMake)?;
        self.session.workspace()?.withdraw_request(request.id, self.app.now()).await?;
        self.request_list().await
    }

    pub(crate) async fn saw_news(&self, _: Nothing) -> Result<Nothing, Failure> {
        self.allow_own(Action::RequestMake)?;
        self.session.workspace()?.saw_news().await?;
        Ok(Nothing {})
    }

    pub(crate) async fn decide_request(
        &self,
        request: DecideRequest,
    ) -> Result<RequestList, Failure> {
        let grant = self.allow(Action::RequestDecide, &Resource::Workspace)?;
        let given = match request.answer {
            Answer::Grant { until, amount } => Some(Given { until, amount }),
            Answer::Decline {} => None,
        };
        let workspace = self.session.workspace()?;
        workspace.decide_request(&grant, request.id, given, self.app.now()).await?;
        self.app.spread_changes().await;
        self.request_list().await
    }

    /// Ends before its time what was given.
    pub(crate) async fn take_back(&self, request: OneRequest) -> Result<RequestList, Failure> {
        let grant = self.allow(Action::RequestDecide, &Resource::Workspace)?;
        self.session.workspace()?.take_back(&grant, request.id, self.app.now()).await?;
        self.app.spread_changes().await;
        self.request_list().await
    }

    /// What this person asked for access to, and waits for.
    pub(crate) async fn waiting_for(&self, row: &Row) -> Result<Option<RequestView>, Failure> {
        let own = self.views_of(false).await?;
        let waits = |one: &RequestView| {
            one.state == RequestState::Open {}
                && one.subject == Subject::Access { row: row.clone() }
        };
        Ok(own.into_iter().find(waits))
    }

    async fn request_list(&self) -> Result<RequestList, Failure> {
        let decides = self.allow(Action::RequestDecide, &Resource::Workspace).is_ok();
        Ok(RequestList { requests: self.views_of(decides).await?, decides })
    }

    async fn views_of(&self, of_all: bool) -> Result<Vec<RequestView>, Failure> {
        let workspace = self.session.workspace()?;
        let requests = workspace.requests(of_all).await?;
        let members = workspace.members().await?;
        let things = Things::of(workspace).await?;
        let people = members.iter().map(|one| (one.profile, one)).collect();
        let listing = Listing { desk: self, workspace, things: &things, people, of_all };
        let mut views = Vec::with_capacity(requests.len());
        for request in requests {
            views.push(listing.view(request).await?);
        }
        Ok(views)
    }
}

/// What it takes to show requests.
struct Listing<'a> {
    desk: &'a Desk,
    workspace: &'a Workspace,
    things: &'a Things,
    people: HashMap<ProfileId, &'a Member>,
    of_all: bool,
}

impl Listing<'_> {
    async fn view(&self, request: Request) -> Result<RequestView, Failure> {
        let author = self.people.get(&request.profile);
        let (subject, amount) = match &request.subject {
            workspace::Subject::Access { row } => (Subject::Access { row: row.clone() }, None),
            workspace::Subject::More { measure, amount } => {
                (Subject::More { measure: *measure }, Some(*amount))
            }
        };
        let is_open = request.state == workspace::RequestState::Open;
        let role = author.filter(|_| self.of_all && is_open).map(|one| one.role);
        let (standing, would_hold) = match (&subject, role) {
            (Subject::More { measure }, Some(role)) => {
                (self.narrowest(request.profile, role, *measure).await?, true)
            }
            (Subject::Access { row }, Some(role)) => {
                (None, self.would_hold(request.profile, role, row))
            }
            (_, None) => (None, true),
        };
        let label = match &subject {
            Subject::Access { row } => self.things.label(row),
            Subject::More { .. } => None,
        };
        Ok(RequestView {
            id: request.id,
            profile: request.profile,
            name: author.map(|one| one.name.clone()).unwrap_or_default(),
            avatar: author.map_or(1, |one| one.avatar),
            is_mine: request.profile == self.desk.session.profile,
            subject,
            label,
            amount,
            reason: request.reason,
            made_at: request.made_at,
            state: self.state(request.state),
            standing,
            would_hold,
        })
    }

    fn state(&self, state: workspace::RequestState) -> RequestState {
        let name = |profile| self.people.get(&profile).map(|one| one.name.clone());
        match state {
            workspace::RequestState::Open => RequestState::Open {},
            workspace::RequestState::Withdrawn => RequestState::Withdrawn {},
            workspace::RequestState::Decided { by, at, given, seen } => {
                let by = name(by).unwrap_or_default();
                match given {
                    Some(Given { until, amount }) => {
                        RequestState::Granted { by, until, amount, at, seen }
                    }
                    None => RequestState::Declined { by, at, seen },
                }
            }
        }
    }

    /// An exception lifts no deny.
    fn would_hold(&self, profile: ProfileId, role: Role, row: &Row) -> bool {
        let who = Principal { profile, role, at: self.desk.app.now() };
        let access =
            View::of(self.workspace, self.things, who).access(row.action(), Some(row.clone()));
        !access.layers.iter().any(|one| one.says == Says::Denies)
    }

    /// Of the limits that a raise would add to, the one with the least left.
    async fn narrowest(
        &self,
        profile: ProfileId,
        role: Role,
        measure: LimitMeasure,
    ) -> Result<Option<LimitStanding>, Failure> {
        let limits = self.workspace.limits_of(profile, role, self.desk.app.now()).await?;
        let limits = limits.into_iter().map(standing);
        let raised = limits.filter(|one| one.limit.measure == measure && is_personal(&one.limit));
        Ok(raised.min_by_key(LimitStanding::left))
    }
}

fn is_personal(limit: &Limit) -> bool {
    matches!(limit.scope, LimitScope::EachProfile {} | LimitScope::Profile { .. })
}

/// What a person can ask more of: what the ledger counts for them alone. A minute is over
/// before anybody decides.
fn askable(limits: &[LimitStanding]) -> Vec<LimitMeasure> {
    let mut found = Vec::new();
    for LimitStanding { limit, .. } in limits {
        let lasts = limit.measure.span().is_some_and(|span| span != Span::Minute);
        if lasts && is_personal(limit) && !found.contains(&limit.measure) {
            found.push(limit.measure);
        }
    }
    found
}
