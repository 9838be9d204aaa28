//! Refused, told why, asked for, given, and over: between a member and an admin.

use domain::{Limit, LimitMeasure, LimitScope, ModelRef, Role, Span, Target};
use engine::Clock;
use engine::api::{
    AccessView, Answer, AskFor, AssignRole, CellChange, CellChanges, DecideRequest, DeskState,
    Explain, Failure, FailureCode, Layer, LimitStandings, LocksIn, News, Nothing, OneRequest,
    OwnLimits, PolicyView, Question, RequestList, RequestState, RequestView, SaveRole, Says,
    StayOpen, Subject, ViewAccess, Why, WorkspaceLimits,
};
use policy::{Row, Stance};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A role that may ask questions, of no model at all.
async fn crew(admin: &Person) -> Role {
    let name = "Field crew".to_owned();
    let wanted = SaveRole { version: 0, id: None, name, like_member: false };
    let view: PolicyView = admin.ok("save_role", &wanted).await;
    let role = view.roles.iter().find(|role| role.name.is_some()).expect("it was made").role;
    set(admin, role, Row::Ask {}, Stance::Allow).await;
    role
}

async fn set(admin: &Person, role: Role, row: Row, stance: Stance) {
    let view: PolicyView = admin.ok("read_policy", &Nothing {}).await;
    let changes = vec![CellChange { role, row, stance: Some(stance) }];
    let _: PolicyView =
        admin.ok("write_cells", &CellChanges { version: view.version, changes }).await;
}

async fn jonas_in(carrel: &Carrel, admin: &Person, role: Role) -> Person {
    carrel.join(admin, "Jonas", "joining").await;
    let member = carrel.profile("Jonas").await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member, role }).await;
    carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await
}

async fn asks(person: &Person, model: &ModelRef) -> Result<String, Failure> {
    let target = Some(Target::Model { model: model.clone() });
    let question = Question::NewChat { text: "Why?".to_owned() };
    let turn = person.ask_of(target, question).await?;
    let (view, failure) = turn.settled().await;
    failure.map_or(Ok(view.message.text), Err)
}

async fn news(person: &Person) -> News {
    person.ok::<_, LocksIn>("stay_open", &StayOpen { used: true }).await.news
}

async fn requests(person: &Person) -> Vec<RequestView> {
    person.ok::<_, RequestList>("list_requests", &Nothing {}).await.requests
}

async fn ask_for_access(person: &Person, row: Row, reason: &str) -> RequestList {
    let subject = Subject::Access { row };
    person.ok("ask_for", &AskFor { subject, amount: None, reason: reason.to_owned() }).await
}

async fn grant(carrel: &Carrel, admin: &Person, days: i64, amount: Option<u64>) -> RequestList {
    let open = requests(admin).await.into_iter().find(|one| one.state == RequestState::Open {});
    let id = open.expect("something waits").id;
    let answer = Answer::Grant { until: carrel.clock.now().plus(days * DAY), amount };
    admin.ok("decide_request", &DecideRequest { id, answer }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_refused_told_why_asks_and_is_granted_until_it_is_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Dear", &upstream.base_url(), true).await;
    let role = crew(&admin).await;
    let jonas = jonas_in(&carrel, &admin, role).await;

    let refused = asks(&jonas, &model).await.expect_err("his role has no model");
    let denied = refused.denied.clone().expect("it says what was refused");
    let row = Row::Model { model: model.clone() };
    assert_eq!((denied.action.as_str(), &denied.row), ("model.use", &Some(row.clone())));
    let about = Explain { action: denied.action, row: denied.row, class: denied.class };
    let why: Why = jonas.ok("explain", &about).await;
    assert!(!why.access.allowed && why.can_ask, "{why:?}");
    assert_eq!(why.access.label, None, "who may not see providers learns no name of one");
    let named = Some("Field crew".to_owned());
    let said: Vec<_> = why.access.layers.iter().map(|one| (&one.layer, one.says)).collect();
    let expected = [
        (&Layer::Workspace {}, Says::Nothing),
        (&Layer::Role { role, name: named }, Says::Nothing),
        (&Layer::Person {}, Says::Nothing),
    ];
    assert_eq!(said, expected, "simply nothing allows it");
    assert_eq!(why.changed_by, ["Mira"], "whom to ask");

    ask_for_access(&jonas, row.clone(), "  For the tender. ").await;
    let why: Why = jonas.ok("explain", &about).await;
    assert_eq!(why.asked.map(|one| one.reason), Some("For the tender.".to_owned()), "it waits");
    assert_eq!(news(&admin).await.to_decide, 1, "an admin hears of it");
    assert_eq!(news(&jonas).await, News::default(), "he decides nothing");
    let seen = &requests(&admin).await[0];
    assert_eq!((seen.name.as_str(), seen.is_mine, seen.would_hold), ("Jonas", false, true));
    assert_eq!(seen.label.as_deref(), Some(model.model.as_str()), "an admin reads its name");
    grant(&carrel, &admin, 1, None).await;

    assert_eq!(news(&jonas).await.decided, 1, "he is told");
    let state = requests(&jonas).await[0].state.clone();
    let RequestState::Granted { by, until, seen: false, .. } = state else { panic!("{state:?}") };
    assert_eq!(by, "Mira", "by whom");
    let _: Nothing = jonas.ok("saw_news", &Nothing {}).await;
    assert_eq!(news(&jonas).await, News::default(), "once");
    assert_eq!(asks(&jonas, &model).await.expect("it was given"), "Here.");
    let why: Why = jonas.ok("explain", &about).await;
    let own = why.access.layers.last().expect("a layer of his own").clone();
    assert_eq!((own.says, own.decides, own.until), (Says::Allows, true, Some(until)), "{own:?}");

    carrel.app.close().await;
    let carrel = Carrel::start(dir.path()).await;
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "again").await;
    assert_eq!(asks(&jonas, &model).await.expect("after a restart, too"), "Here.");
    carrel.clock.advance(2 * DAY);
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "later").await;
    let over = asks(&jonas, &model).await.expect_err("it is over");
    assert_eq!(over.code, FailureCode::Denied, "{over:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_is_told_where_an_exception_would_not_help_and_may_decline() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Dear", &upstream.base_url(), true).await;
    let role = crew(&admin).await;
    let row = Row::Model { model: model.clone() };
    set(&admin, role, row.clone(), Stance::Deny).await;
    let jonas = jonas_in(&carrel, &admin, role).await;
    let list = ask_for_access(&jonas, row.clone(), "").await;
    let id = list.requests[0].id;
    assert!(!requests(&admin).await[0].would_hold, "his role denies it");
    let again = AskFor { subject: Subject::Access { row }, amount: None, reason: String::new() };
    let twice: Failure = jonas.try_call::<_, RequestList>("ask_for", &again).await.unwrap_err();
    assert!(twice.message.starts_with("You asked for this already"), "{twice:?}");
    let answer = Answer::Decline {};
    let _: RequestList = admin.ok("decide_request", &DecideRequest { id, answer }).await;
    let state = requests(&jonas).await[0].state.clone();
    assert!(matches!(state, RequestState::Declined { seen: false, .. }), "{state:?}");
    let gone: Failure =
        jonas.try_call::<_, RequestList>("withdraw_request", &OneRequest { id }).await.unwrap_err();
    assert_eq!(gone.code, FailureCode::NotFound, "a decided one is not taken back");
}

async fn limited(admin: &Person, limits: &[(LimitScope, Span, u64)]) {
    let limits = limits.iter().map(|(scope, span, most)| {
        Limit::new(scope.clone(), LimitMeasure::Requests { span: *span }, *most)
    });
    let wanted = WorkspaceLimits { limits: limits.collect(), ..Default::default() };
    let _: LimitStandings = admin.ok("write_limits", &wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_of_a_limit_is_asked_for_given_and_used_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Plain", &upstream.base_url(), true).await;
    let all = (LimitScope::Workspace {}, Span::Month, 9);
    limited(&admin, &[(LimitScope::EachProfile {}, Span::Day, 1), all]).await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    asks(&jonas, &model).await.expect("the first");
    let spent = asks(&jonas, &model).await.expect_err("and only it");
    assert_eq!(spent.code, FailureCode::LimitReached, "{spent:?}");
    let own: OwnLimits = jonas.ok("own_limits", &Nothing {}).await;
    let measure = LimitMeasure::Requests { span: Span::Day };
    assert_eq!(own.askable, [measure], "what is his alone can be raised");
    assert_eq!(own.limits.iter().map(|one| one.spent).collect::<Vec<_>>(), [1, 1], "of both");
    let wanted =
        |amount| AskFor { subject: Subject::More { measure }, amount, reason: String::new() };
    for amount in [None, Some(0), Some(u64::MAX)] {
        let refused = jonas.try_call::<_, RequestList>("ask_for", &wanted(amount)).await;
        assert_eq!(refused.unwrap_err().code, FailureCode::Invalid, "{amount:?}");
    }
    let _: RequestList = jonas.ok("ask_for", &wanted(Some(1))).await;
    let standing = requests(&admin).await[0].standing.clone().expect("how his limit stands");
    assert_eq!((standing.spent, standing.limit.most), (1, 1), "his, not that of all");
    grant(&carrel, &admin, 1, Some(1)).await;
    asks(&jonas, &model).await.expect("one more");
    let spent = asks(&jonas, &model).await.expect_err("and no two");
    assert_eq!(spent.code, FailureCode::LimitReached, "{spent:?}");
    let own: OwnLimits = jonas.ok("own_limits", &Nothing {}).await;
    let standing = (own.limits[0].spent, own.limits[0].limit.most);
    assert_eq!(standing, (2, 2), "he sees the raised limit");
    let _: Nothing = jonas.ok("saw_news", &Nothing {}).await;
    let id = requests(&admin).await[0].id;
    let _: RequestList = admin.ok("take_back", &OneRequest { id }).await;
    let own: OwnLimits = jonas.ok("own_limits", &Nothing {}).await;
    assert_eq!(own.limits[0].limit.most, 1, "until it is taken back");
    assert_eq!(news(&jonas).await.decided, 1, "and he is told of that, too");
    let again: Result<RequestList, Failure> = admin.try_call("take_back", &OneRequest { id }).await;
    assert_eq!(again.unwrap_err().code, FailureCode::NotFound, "there is nothing left to take");
    let own: Result<RequestList, Failure> = jonas.try_call("take_back", &OneRequest { id }).await;
    assert_eq!(own.unwrap_err().code, FailureCode::Denied, "nor is it his to take");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_what_a_member_may_and_the_member_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Dear", &upstream.base_url(), true).await;
    limited(&admin, &[(LimitScope::EachProfile {}, Span::Day, 5)]).await;
    let role = crew(&admin).await;
    let jonas = jonas_in(&carrel, &admin, role).await;
    let member = carrel.profile("Jonas").await;
    asks(&jonas, &model).await.expect_err("it is recorded");
    let view: AccessView = admin.ok("view_access", &ViewAccess { member }).await;
    assert_eq!((view.role, view.role_name.as_deref()), (role, Some("Field crew")));
    let may = |row: &Row| {
        let access = view.access.iter().find(|one| one.row.as_ref() == Some(row));
        access.expect("every row is there").allowed
    };
    let row = Row::Model { model: model.clone() };
    assert!(may(&Row::Ask {}) && !may(&row) && !may(&Row::Programs {}), "as his role says");
    let refused = &view.refused[0];
    assert_eq!(refused.action, "model.use", "what he was refused");
    assert_eq!(refused.label.as_deref(), Some(model.model.as_str()), "of what");
    assert_eq!(view.limits[0].limit.most, 5, "what he may use");
    assert_eq!(news(&jonas).await.looked_by, ["Mira"], "he is told, and by whom");
    let text = serde_json::to_string(&view).expect("JSON");
    assert!(!text.contains("Why?"), "nothing of what he wrote");
    let own: Result<AccessView, Failure> =
        jonas.try_call("view_access", &ViewAccess { member }).await;
    assert_eq!(own.unwrap_err().code, FailureCode::Denied, "members look at nobody");
    let nobody: Result<AccessView, Failure> = admin
        .try_call("view_access", &ViewAccess { member: domain::ProfileId::from_bytes([7; 16]) })
        .await;
    assert_eq!(nobody.unwrap_err().code, FailureCode::NotFound, "nor admins at who is not there");
    carrel.app.close().await;
    let carrel = Carrel::start(dir.path()).await;
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "again").await;
    assert_eq!(news(&jonas).await.looked_by, ["Mira"], "after a restart, too, until he saw it");
    let admin = carrel.unlock("Mira", PASSPHRASE, "mira").await;
    assert_eq!(news(&admin).await, News::default(), "nobody looked at hers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_has_nobody_to_ask_and_no_limits() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    let guest = carrel.window("guest");
    let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
    let about =
        Explain { action: "endpoint.use".to_owned(), row: Some(Row::Programs {}), class: None };
    let why: Why = guest.ok("explain", &about).await;
    assert!(!why.can_ask && why.changed_by.is_empty(), "no admin is named to guests: {why:?}");
    let own: OwnLimits = guest.ok("own_limits", &Nothing {}).await;
    assert!(own.limits.is_empty() && own.askable.is_empty(), "{own:?}");
    assert_eq!(news(&guest).await, News::default(), "nothing waits for them");
    let confused = Explain { action: "budget.set".to_owned(), row: Some(Row::Ask {}), class: None };
    let refused: Result<Why, Failure> = guest.try_call("explain", &confused).await;
    assert_eq!(refused.unwrap_err().code, FailureCode::Invalid, "a row is about its permission");
}
