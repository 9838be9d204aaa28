//! Each use case asks the policy itself, whatever was asked before its request was read.
//!
//! `cargo xtask removals` takes each of those questions out, one at a time and
//! the gate before it too, and looks whether a test here fails.

use domain::{GroupId, ProfileId, Role, RouteStep, Strategy, Target};
use engine::api::{
    AskFor, AssignRole, DeskState, EraseMember, Explain, Failure, FailureCode, GroupList,
    HandWritten, Invitation, Invite, LocksIn, MemberList, ModelList, Nothing, PolicyView, Propose,
    Question, ReadUsage, RequestList, RouteView, SaveGroup, SaveRoute, SaveStatement, Settings,
    StayOpen, Subject, UsageOf, UsagePeriod, UsageView, Why,
};
use engine::{DESK_COMMANDS, DESK_GATES};
use policy::{Action, Row};
use serde_json::{Value, json};
use support::people::{Carrel, OTHER_PASSPHRASE, Person};
use support::programs::Port;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::authorisation::{ALONE, AUDITOR, GUEST, MANAGER, MEMBER, made_role};
use crate::requests::request;

/// Asks for everything that this person may not, in requests of the right form.
async fn is_refused_by_each_use_case(person: &Person, may: &[Action], who: &str) {
    for (command, gate) in DESK_COMMANDS.iter().zip(DESK_GATES) {
        if may.contains(gate) {
            continue;
        }
        let answer: Result<Value, Failure> = person.try_call(command, &request(command)).await;
        denied(answer, *gate, &format!("{who}: {command}"));
    }
}

fn denied<A>(answer: Result<A, Failure>, missing: Action, what: &str) {
    let Err(failure) = answer else { panic!("{what} needs {}", missing.name()) };
    assert_eq!(failure.code, FailureCode::Denied, "{what}: {failure:?}");
    assert!(failure.message.contains(missing.name()), "{what}: {failure:?}");
}

async fn became(carrel: &Carrel, admin: &Person, role: Role) -> Person {
    let member = carrel.profile("Tove").await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member, role }).await;
    carrel.unlock("Tove", OTHER_PASSPHRASE, &format!("{role:?}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_use_case_refuses_each_role_what_it_may_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    let role = made_role(&admin).await;
    let member = carrel.join(&admin, "Tove", "tove").await;
    is_refused_by_each_use_case(&member, MEMBER, "a member").await;
    for (role, may, who) in [
        (role, ALONE.to_vec(), "a trainee"),
        (Role::Manager, [MEMBER, MANAGER].concat(), "a manager"),
        (Role::Auditor, AUDITOR.to_vec(), "an auditor"),
    ] {
        let person = became(&carrel, &admin, role).await;
        is_refused_by_each_use_case(&person, &may, who).await;
    }
    let guest = carrel.window("guest");
    let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
    is_refused_by_each_use_case(&guest, GUEST, "a guest").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_ones_own_reaches_nobody_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    carrel.join(&admin, "Tove", "joining").await;
    let mira = carrel.profile("Mira").await;
    let erase = EraseMember { member: mira, typed_name: "Mira".to_owned() };
    let answer: Result<Nothing, _> = jonas.try_call("erase_member", &erase).await;
    denied(answer, Action::ProfileErase, "erasing an admin");
    let erase = Propose { member: mira, wanted: domain::Proposed::Erasure };
    let answer: Result<MemberList, _> = jonas.try_call("propose", &erase).await;
    assert_eq!(answer.expect_err("he is no admin").code, FailureCode::Denied);

    let of_all = UsageOf::Everyone {};
    let of_crew = UsageOf::Group { group: group(&admin, "Crew", &carrel).await };
    let of_others = UsageOf::Group { group: group_of(&admin, "Others", Vec::new()).await };
    for of in [of_all, of_crew] {
        sees_no_use(&jonas, of).await;
    }
    let own: UsageView = jonas.ok("read_usage", &usage(UsageOf::Me {})).await;
    assert_eq!(own.choices.len(), 1, "their own and nobody else's: {:?}", own.choices);
    let manager = became(&carrel, &admin, Role::Manager).await;
    for of in [of_all, of_others] {
        sees_no_use(&manager, of).await;
    }
    let crew: UsageView = manager.ok("read_usage", &usage(of_crew)).await;
    assert_eq!(crew.choices.len(), 2, "and of the group: {:?}", crew.choices);
}

fn usage(of: UsageOf) -> ReadUsage {
    ReadUsage { of, period: UsagePeriod::Month, back: 0 }
}

async fn sees_no_use(person: &Person, of: UsageOf) {
    for command in ["read_usage", "export_usage"] {
        let answer: Result<Value, _> = person.try_call(command, &usage(of)).await;
        denied(answer, Action::UsageReadAny, command);
    }
}

async fn group(admin: &Person, name: &str, carrel: &Carrel) -> GroupId {
    group_of(admin, name, vec![carrel.profile("Tove").await]).await
}

async fn group_of(admin: &Person, name: &str, members: Vec<ProfileId>) -> GroupId {
    let wanted = SaveGroup { id: None, name: name.to_owned(), members };
    let list: GroupList = admin.ok("save_group", &wanted).await;
    list.groups.iter().find(|group| group.name == name).expect("it was made").id
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_what_their_reader_may_see() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer_built_in().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let role = made_role(&admin).await;
    carrel.join(&admin, "Tove", "joining").await;
    let tove = became(&carrel, &admin, role).await;
    let ask = AskFor {
        subject: Subject::Access { row: Row::Ask {} },
        amount: None,
        reason: "To learn".to_owned(),
    };
    let own: RequestList = tove.ok("ask_for", &ask).await;
    assert_eq!((own.requests.len(), own.decides), (1, false), "her own: {own:?}");
    let _: Invitation = admin.ok("invite", &Invite { role: Role::Member }).await;
    for (person, requests, invitations, to_decide) in [(&jonas, 0, 0, 0), (&admin, 1, 1, 1)] {
        let list: RequestList = person.ok("list_requests", &Nothing {}).await;
        assert_eq!(list.requests.len(), requests, "{list:?}");
        let members: MemberList = person.ok("list_members", &Nothing {}).await;
        assert_eq!(members.invitations.len(), invitations, "{members:?}");
        let open: LocksIn = person.ok("stay_open", &StayOpen { used: true }).await;
        assert_eq!(open.news.to_decide, to_decide, "{open:?}");
    }
    let row = Row::Provider { provider: model.provider };
    let about = Explain { action: "model.use".to_owned(), row: Some(row), class: None };
    let why: Why = tove.ok("explain", &about).await;
    assert_eq!(why.access.label, None, "whom a trainee may not see has no name for her");
    let why: Why = jonas.ok("explain", &about).await;
    assert!(why.access.label.is_some(), "a member sees it");
}

/// Forbids Jonas one thing, and nothing else.
async fn forbid(admin: &Person, jonas: ProfileId, action: Action) {
    let text = format!(
        "forbid (principal == Profile::\"{jonas}\", action == Action::\"{}\", resource);",
        action.name()
    );
    let view: PolicyView = admin.ok("read_policy", &Nothing {}).await;
    let was = view.by_hand.first().map(|one| one.id.clone());
    let statement = HandWritten { id: "Not Jonas".to_owned(), text };
    let save = SaveStatement { version: view.version, was, statement };
    let _: PolicyView = admin.ok("save_statement", &save).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_forbids_one_person_is_refused_on_every_way_to_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Never."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider(&upstream.base_url()).await;
    let step = RouteStep { model: model.clone(), weight: 1, max_output: None, temperature: None };
    let wanted = SaveRoute {
        id: None,
        name: "Daily".to_owned(),
        strategy: Strategy::Ordered,
        candidates: vec![step],
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let route: RouteView = admin.ok("save_route", &wanted).await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let his = carrel.profile("Jonas").await;
    let port = Port::open(&carrel, &jonas).await;
    let by_route = Some(Target::Route { route: route.id });
    let by_model = Some(Target::Model { model });
    let question = || Question::NewChat { text: "May I?".to_owned() };
    let asked = json!({"model": "scripted-1", "messages": [{"role": "user", "content": "May I?"}]});

    forbid(&admin, his, Action::ChatSend).await;
    denied(jonas.ask(question()).await, Action::ChatSend, "asking");
    let estimated: Result<Value, _> = jonas.try_call("estimate", &request("estimate")).await;
    denied(estimated, Action::ChatSend, "what asking would cost");
    assert_eq!(port.ask(&asked).await.status, 403, "a program asks in his place");

    forbid(&admin, his, Action::ModelUse).await;
    denied(jonas.ask_of(by_model.clone(), question()).await, Action::ModelUse, "that model");
    let nobody = jonas.ask_of(by_route.clone(), question()).await.err().map(|one| one.code);
    assert_eq!(nobody, Some(FailureCode::NoModel), "a route does not lead to it either");
    let list: ModelList = jonas.ok("list_models", &Nothing {}).await;
    assert!(list.models.iter().all(|model| model.classes.is_empty()), "{:?}", list.models);
    assert_eq!(port.ask(&asked).await.status, 403, "nor by a program");

    forbid(&admin, his, Action::RouteUse).await;
    denied(jonas.ask_of(by_route, question()).await, Action::RouteUse, "that route");
    forbid(&admin, his, Action::EndpointUse).await;
    for reply in [port.ask(&asked).await, port.get("/v1/models").await] {
        assert_eq!(reply.status, 403, "programs no longer: {}", reply.text());
    }
    let again = carrel.app.let_in(&jonas.window, "more", "carrel-other-token-0123456789abcdef");
    denied(again, Action::EndpointUse, "another program");
    for command in ["list_programs", "make_program"] {
        let answer: Result<Value, _> = jonas.try_call(command, &request(command)).await;
        denied(answer, Action::EndpointUse, command);
    }

    forbid(&admin, his, Action::InstructionsSetOwn).await;
    let before: Settings = jonas.ok("read_settings", &Nothing {}).await;
    let settings = Settings { instructions: "Be brief.".to_owned(), ..before.clone() };
    let answer: Result<Settings, _> = jonas.try_call("write_settings", &settings).await;
    denied(answer, Action::InstructionsSetOwn, "instructions");
    let _: Settings = jonas.ok("write_settings", &before).await;

    for (action, commands) in [
        (Action::MemberRead, &["list_members", "list_groups", "read_rules"][..]),
        (
            Action::ProviderRead,
            &["list_providers", "list_routes", "provider_health", "read_catalogue"][..],
        ),
    ] {
        forbid(&admin, his, action).await;
        for command in commands {
            let answer: Result<Value, _> = jonas.try_call(command, &request(command)).await;
            denied(answer, action, command);
        }
    }
    assert_eq!(upstream.questions().len(), 0, "nothing of all this went out");
}
