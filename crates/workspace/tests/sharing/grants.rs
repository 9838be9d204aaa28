//! What the workspace does only for whom the grant is, for what it is, and while it holds.
//!
//! The engine asks before it calls; each use case here looks once more at what
//! it was given. `cargo xtask removals` takes each of those looks out.

use domain::{
    AttemptId, GroupId, KeyId, ModelRef, Proposed, ProviderId, RequestId, Role, RouteId, RouteStep,
    Strategy,
};
use policy::{Action, Grant, ModelFacts, Principal, Resource, Row, Stance, authorize};
use sealed::Secret;
use workspace::{
    Group, Limits, NewKey, NewRoute, Period, Residency, Shown, Subject, Workspace, WorkspaceError,
};

use crate::policies::{call, cells, cloud, model, sign};
use crate::support::{DAY, House, NOW, Person, provider};

/// What a grant can be for where it is for something else.
const ELSE: [Action; 5] = [
    Action::MemberRead,
    Action::KeyManage,
    Action::ProviderConfigure,
    Action::ProfileDisable,
    Action::RoleAssign,
];

fn said(key: &sealed::Key) -> Shown<'_> {
    let (attempt, side) = (AttemptId::from_bytes([7; 16]), sealed::Side::Input);
    Shown { attempt, side, content: "Why?".into(), key }
}

fn is_wrong<T>(answer: Result<T, WorkspaceError>, what: &str) {
    match answer {
        Err(WorkspaceError::WrongGrant) => {}
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what} was done"),
    }
}

/// Ada's desk, and grants that are no use there.
struct Desk {
    house: House,
    tove: Person,
}

impl Desk {
    fn new() -> Self {
        // Tove sits in her own desk: nothing of hers counts in Ada's.
        Self { house: House::new(), tove: Person::new("Tove", Role::Admin) }
    }

    /// Tove's grant for it, and Ada's for something else on the same where there is such.
    fn wrong(&self, action: Action, on: impl Fn(&Person) -> Resource) -> Vec<Grant> {
        let (ada, tove) = (&self.house.ada, &self.tove);
        let principal = Principal { profile: ada.profile, role: ada.role, at: NOW };
        let others = ELSE.into_iter().filter(|other| *other != action);
        let other = others.filter_map(|other| authorize(&principal, other, &on(ada)).ok()).next();
        [tove.may(action, &on(tove))].into_iter().chain(other).collect()
    }
}

/// Each of these calls, with each grant that is no use for it, is refused.
macro_rules! refused {
    ($desk:ident; $($action:ident $on:expr => $method:ident($($argument:expr),*);)+) => {$(
        for grant in $desk.wrong(Action::$action, $on) {
            let answer = $desk.house.workspace.$method(&grant, $($argument),*).await;
            is_wrong(answer, stringify!($method));
        }
    )+};
}

#[tokio::test]
async fn anothers_grant_and_one_for_something_else_change_nothing() {
    let desk = Desk::new();
    let other = Person::new("Jonas", Role::Member).profile;
    let (on, about) = (|_: &Person| Resource::Workspace, |_: &Person| Resource::Profile(other));
    let own = |person: &Person| Resource::Profile(person.profile);
    let at = ProviderId::from_bytes([1; 16]);
    let of = |_: &Person| Resource::Provider(at);
    let (route, group) = (RouteId::from_bytes([2; 16]), GroupId::from_bytes([3; 16]));
    let key = || NewKey {
        id: KeyId::from_bytes([4; 16]),
        label: "Spare".into(),
        secret: Some(Secret::new("sk-1".into())),
        first: false,
    };
    let of_crew = |_: &Person| Resource::Group(group);
    let crew = || Group { id: group, name: "Crew".into(), members: Vec::new() };
    let way = || NewRoute {
        id: route,
        name: "Daily".into(),
        strategy: Strategy::Ordered,
        candidates: vec![RouteStep::new(model())],
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let access = || Subject::Access { row: Row::Ask {} };
    let request = RequestId::from_bytes([5; 16]);
    let opening = sealed::Key::from_bytes([6; 32]);
    refused! { desk;
        PolicySign on => sign_policy(0, Vec::new(), Vec::new(), NOW);
        PolicySign on => allow_no_passphrase(true, NOW);
        PolicySign on => set_residency(Residency::default(), NOW);
        BudgetSet on => set_limits(Limits::default(), NOW);
        GroupManage on => save_group(crew(), NOW);
        GroupManage on => remove_group(group, NOW);
        ProfileCreate on => invite(Role::Member, NOW.plus(DAY), NOW);
        ProfileCreate on => revoke_invitation("none", NOW);
        ProfileDisable about => set_disabled(other, true, NOW);
        RoleAssign about => assign_role(other, Role::Manager, NOW);
        ProfileErase about => erase_member(other, NOW);
        RoleAssign about => propose(other, Proposed::Admin, NOW);
        ProfileErase about => propose(other, Proposed::Erasure, NOW);
        RoleAssign about => withdraw_proposal(other, NOW);
        RoleAssign about => look_at_access(other, NOW);
        ProviderConfigure on => save_provider(provider("Mine"), None, NOW);
        ProviderConfigure of => remove_provider(at, NOW);
        ProviderConfigure of => secrets(at);
        KeyManage of => save_key(at, key(), NOW);
        KeyManage of => remove_key(at, KeyId::from_bytes([4; 16]), NOW);
        ProviderConfigure on => save_route(way(), NOW);
        ProviderConfigure on => remove_route(route, NOW);
        ProviderConfigure on => set_usual_model(None, NOW);
        ProviderConfigure on => set_fallback(Vec::new(), NOW);
        ProviderConfigure on => save_override(model(), None, NOW);
        ProviderConfigure on => import_price_list("2026-11-24".into(), "{}".into(), NOW);
        ProviderConfigure on => drop_price_list(NOW);
        RequestMake own => make_request(access(), "Why not?".into(), NOW);
        ChatReadOwn own => prove_content(said(&opening), None);
        RequestDecide on => decide_request(request, None, NOW);
        RequestDecide on => take_back(request, NOW);
        AuditRead on => make_checkpoint(NOW);
        AuditRead on => prove_event(1, None);
        UsageReadAny on => usage(Period::Month, 0, NOW);
        UsageReadAny on => record_usage_export(NOW);
        UsageReadAny of_crew => usage(Period::Month, 0, NOW);
    }
}

#[tokio::test]
async fn anothers_grant_reads_nothing_of_the_record() {
    let desk = Desk::new();
    let (house, on) = (&desk.house, |_: &Person| Resource::Workspace);
    let rightful = house.ada.may_here(Action::AuditRead);
    let kept = house.workspace.make_checkpoint(&rightful, NOW).await.unwrap();
    refused! { desk;
        AuditRead on => compare_checkpoint(&kept);
        AuditRead on => prove_growth(&kept);
    }
    let record = house.workspace.verify_audit().await.unwrap();
    for grant in desk.wrong(Action::AuditRead, on) {
        is_wrong(house.workspace.sign_manifest(&grant, &record, Vec::new(), NOW), "sign_manifest");
    }
}

#[tokio::test]
async fn a_grant_counts_for_the_one_it_names() {
    let Desk { house, tove } = Desk::new();
    let (ada, workspace) = (&house.ada, &house.workspace);
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let about_tove = ada.may_about(Action::RoleAssign, &tove);
    let rise = workspace.assign_role(&about_tove, mira.profile, Role::Admin, NOW).await;
    is_wrong(rise, "a grant about somebody else");
    let saved = workspace
        .save_provider(&ada.may_here(Action::ProviderConfigure), provider("Here"), None, NOW)
        .await
        .unwrap();
    let elsewhere = Resource::Provider(ProviderId::from_bytes([9; 16]));
    let grant = ada.may(Action::ProviderConfigure, &elsewhere);
    is_wrong(workspace.remove_provider(&grant, saved.id, NOW).await, "of another provider");
    is_wrong(workspace.secrets(&grant, saved.id).await, "the keys of another provider");
    let grant = ada.may(Action::ModelUse, &cloud());
    is_wrong(workspace.secrets(&grant, saved.id).await, "keys for the model of another provider");
    let its = ModelRef { provider: saved.id, model: "model-a".into() };
    let its = Resource::Model { model: its, facts: ModelFacts::ELSEWHERE };
    is_wrong(workspace.secrets(&tove.may(Action::ModelUse, &its), saved.id).await, "Tove's keys");
    assert!(workspace.secrets(&ada.may(Action::ModelUse, &its), saved.id).await.is_ok(), "hers");
    is_wrong(call(workspace, &tove.may(Action::ModelUse, &cloud())).await, "a call for Tove");
    is_wrong(
        call(workspace, &ada.may_here(Action::MemberRead)).await,
        "a call with another permission",
    );
    let own = ada.may(Action::UsageReadOwn, &Resource::Profile(ada.profile));
    assert!(workspace.usage(&own, Period::Month, 0, NOW).await.is_ok(), "her own use");
    let keeps = ada.may(Action::ProfileKeep, &Resource::Profile(ada.profile));
    is_wrong(workspace.usage(&keeps, Period::Month, 0, NOW).await, "for something else of hers");
}

async fn regroup(house: &House, id: GroupId, members: &[&Person]) {
    let members = members.iter().map(|person| person.profile).collect();
    let group = Group { id, name: "Crew".into(), members };
    let grant = house.ada.may_here(Action::GroupManage);
    house.workspace.save_group(&grant, group, NOW).await.unwrap();
}

/// A manager's grant for the use of a group, by the rules that this desk knows.
fn sees(workspace: &Workspace, who: &Person, group: GroupId) -> Grant {
    let principal = Principal { profile: who.profile, role: who.role, at: NOW };
    let on = Resource::Group(group);
    workspace.rules().authorize(&principal, Action::UsageReadAny, &on).unwrap()
}

#[tokio::test]
async fn a_grant_is_asked_about_again_by_the_newest_rules() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Manager).await;
    let crew = GroupId::from_bytes([3; 16]);
    regroup(&house, crew, &[&mira]).await;
    hers.look_again().await.unwrap();
    let (use_of_crew, ask) = (sees(&hers, &mira, crew), mira.may(Action::ModelUse, &cloud()));
    assert!(hers.usage(&use_of_crew, Period::Month, 0, NOW).await.is_ok(), "she is in it");
    call(&hers, &ask).await.unwrap();

    regroup(&house, crew, &[]).await;
    let refused = hers.usage(&use_of_crew, Period::Month, 0, NOW).await;
    assert!(matches!(refused, Err(WorkspaceError::Denied(_))), "she was taken out: {refused:?}");
    let deny = cells(&[(Role::Member, Row::CloudModels {}, Stance::Deny)]);
    sign(&house.workspace, &house.ada, 0, &[], deny).await.unwrap();
    let refused = call(&hers, &ask).await;
    assert!(matches!(refused, Err(WorkspaceError::Denied(_))), "it was forbidden: {refused:?}");
}
