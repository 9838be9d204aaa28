//! Roles that admins make, and what each may: from the matrix to the refusal.

use domain::{ModelRef, Role, RouteStep, Strategy, Target};
use engine::api::{
    AssignRole, CellChange, CellChanges, ChatPage, DeskState, FailureCode, GroupList, HandWritten,
    ListChats, ModelList, Nothing, OpenChat, PolicyChange, PolicyHistory, PolicyView,
    PolicyWordKind, PolicyWords, Question, ReadPolicyHistory, RemoveRole, RemoveStatement,
    RoleShape, RouteView, SaveGroup, SaveRole, SaveRoute, SaveStatement, StatementChecked,
};
use policy::{Row, Stance};
use serde_json::json;
use support::people::{Carrel, OTHER_PASSPHRASE, Person};
use support::programs::Port;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

async fn says(text: &str) -> Upstream {
    Upstream::start(openai_stream(&[text])).await
}

async fn policy(admin: &Person) -> PolicyView {
    admin.ok("read_policy", &Nothing {}).await
}

async fn set(admin: &Person, role: Role, row: Row, stance: Option<Stance>) -> PolicyView {
    let version = policy(admin).await.version;
    let change = CellChange { role, row, stance };
    admin.ok("write_cells", &CellChanges { version, changes: vec![change] }).await
}

/// Makes a role; returns it.
async fn make(admin: &Person, name: &str, like_member: bool) -> Role {
    let version = policy(admin).await.version;
    let wanted = SaveRole { version, id: None, name: name.to_owned(), like_member };
    let view: PolicyView = admin.ok("save_role", &wanted).await;
    let made = view.roles.iter().find(|role| role.name.as_deref() == Some(name));
    made.expect("it was made").role
}

/// Jonas, in a role that was made for him.
async fn in_role(carrel: &Carrel, admin: &Person, role: Role) -> Person {
    carrel.join(admin, "Jonas", "joining").await;
    let member = carrel.profile("Jonas").await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member, role }).await;
    carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await
}

async fn asks(person: &Person, model: &ModelRef) -> Result<String, engine::api::Failure> {
    let target = Some(Target::Model { model: model.clone() });
    let question = Question::NewChat { text: "Why?".to_owned() };
    let turn = person.ask_of(target, question).await?;
    let (view, failure) = turn.settled().await;
    failure.map_or(Ok(view.message.text), Err)
}

fn allowed(view: &PolicyView, role: Role, row: &Row) -> (Option<Stance>, bool) {
    let cell = view.cells.iter().find(|cell| cell.role == role && cell.row == *row);
    let cell = cell.expect("every role has every row");
    (cell.stance, cell.allowed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_role_is_kept_from_a_provider_on_every_way_and_told_by_which_rule() {
    let dir = tempfile::tempdir().expect("a folder");
    let (dear, plain) = (says("Dear.").await, says("Plain.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let kept = admin.offer("Dear", &dear.base_url(), true).await;
    let open = admin.offer("Plain", &plain.base_url(), false).await;
    let crew = make(&admin, "Field crew", true).await;
    let jonas = in_role(&carrel, &admin, crew).await;
    assert_eq!(asks(&jonas, &kept).await.expect("an answer"), "Dear.", "what members may");
    let route = SaveRoute {
        id: None,
        name: "Everyday".to_owned(),
        strategy: Strategy::Ordered,
        candidates: [&kept, &open].map(|model| RouteStep::new(model.clone())).to_vec(),
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let route: RouteView = admin.ok("save_route", &route).await;
    let port = Port::open(&carrel, &jonas).await;

    let row = Row::Provider { provider: kept.provider };
    set(&admin, crew, row, Some(Stance::Deny)).await;

    let failure = asks(&jonas, &kept).await.expect_err("it is denied");
    let rule = format!("matrix/{crew}/provider/{}", kept.provider);
    assert_eq!((failure.code, &failure.rule_ids), (FailureCode::Denied, &vec![rule]), "by name");
    assert!(failure.message.contains("“Field crew”"), "and the role as people call it");
    let models: ModelList = jonas.ok("list_models", &Nothing {}).await;
    let closed = |model: &ModelRef| {
        let view = models.models.iter().find(|one| one.model == *model).expect("it is listed");
        view.unavailable.as_ref().map(|failure| failure.code)
    };
    assert_eq!(closed(&kept), Some(FailureCode::Denied), "the picker says why");
    assert_eq!(closed(&open), None, "the other is open");
    let target = Some(Target::Route { route: route.id });
    let by_route = jonas.ask_of(target, Question::NewChat { text: "Why?".to_owned() }).await;
    let (view, _) = by_route.expect("it is accepted").settled().await;
    assert_eq!(view.message.text, "Plain.", "a route goes past what is denied");
    let name = format!("Dear/{}", kept.model);
    let body = json!({"model": name, "messages": [{"role": "user", "content": "Why?"}]});
    let reply = port.ask(&body).await;
    assert!(
        matches!(reply.status, 403 | 404),
        "nor by a program: {} {}",
        reply.status,
        reply.text()
    );
    assert_eq!(dear.questions().len(), 1, "only what was asked before came there");
    assert_eq!(asks(&admin, &kept).await.expect("an answer"), "Dear.", "the crew's cell alone");

    // After a restart, too; and until it is taken back.
    port.close().await;
    carrel.app.close().await;
    let carrel = Carrel::start(dir.path()).await;
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "again").await;
    assert!(asks(&jonas, &kept).await.is_err(), "it was signed");
    let admin = carrel.unlock("Mira", support::people::PASSPHRASE, "mira").await;
    set(&admin, crew, Row::Provider { provider: kept.provider }, None).await;
    assert_eq!(asks(&jonas, &kept).await.expect("an answer"), "Dear.", "at once, while open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_inherits_nothing_may_what_its_cells_allow_and_keeps_its_chats() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = says("Yes.").await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider(&upstream.base_url()).await;
    let trainee = make(&admin, "Trainee", false).await;
    let jonas = in_role(&carrel, &admin, trainee).await;
    let desk: DeskState = jonas.ok("desk_state", &Nothing {}).await;
    assert!(!desk.may.contains(&"chat.send".to_owned()), "the screen offers what exists");
    assert_eq!(asks(&jonas, &model).await.expect_err("nothing").code, FailureCode::Denied);

    for row in [Row::Ask {}, Row::Model { model: model.clone() }] {
        set(&admin, trainee, row, Some(Stance::Allow)).await;
    }
    assert_eq!(asks(&jonas, &model).await.expect("an answer"), "Yes.", "both were needed");
    let view = set(&admin, trainee, Row::Ask {}, Some(Stance::Deny)).await;
    assert_eq!(allowed(&view, trainee, &Row::Ask {}), (Some(Stance::Deny), false), "as it shows");
    assert!(asks(&jonas, &model).await.is_err(), "not any more");
    let list = ListChats { archived: false, before: None, limit: 10 };
    let list: engine::api::ChatList = jonas.ok("list_chats", &list).await;
    let open = OpenChat { chat: list.chats[0].id, around: None, limit: 10 };
    let page: ChatPage = jonas.ok("open_chat", &open).await;
    assert!(page.messages.iter().any(|one| one.message.text == "Yes."), "what was said stays his");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_shows_beforehand_what_would_be_allowed_and_signs_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let crew = make(&admin, "Field crew", true).await;
    let before = policy(&admin).await;
    let row = Row::CloudModels {};
    assert_eq!(allowed(&before, crew, &row), (None, true), "as members");
    let change = CellChange { role: Role::Member, row: row.clone(), stance: Some(Stance::Deny) };
    let changes = CellChanges { version: before.version, changes: vec![change] };
    let shown: PolicyView = admin.ok("preview_cells", &changes).await;
    assert_eq!(allowed(&shown, Role::Member, &row), (Some(Stance::Deny), false), "set there");
    for role in [crew, Role::Admin] {
        assert_eq!(allowed(&shown, role, &row), (None, false), "{role} through member");
    }
    assert_eq!(policy(&admin).await.version, before.version, "nothing was signed");
    assert_eq!(allowed(&policy(&admin).await, crew, &row), (None, true), "and nothing changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_read_and_change_the_matrix_and_nobody_changes_an_old_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    let none = CellChanges { version: 0, changes: Vec::new() };
    let role = SaveRole { version: 0, id: None, name: "Mine".to_owned(), like_member: true };
    assert_eq!(member.fails("read_policy", &Nothing {}).await.code, FailureCode::Denied);
    assert_eq!(member.fails("preview_cells", &none).await.code, FailureCode::Denied);
    assert_eq!(member.fails("write_cells", &none).await.code, FailureCode::Denied);
    assert_eq!(member.fails("save_role", &role).await.code, FailureCode::Denied);

    let crew = make(&admin, "Field crew", true).await;
    let stale = CellChange { role: crew, row: Row::Ask {}, stance: Some(Stance::Deny) };
    let stale = CellChanges { version: 0, changes: vec![stale] };
    assert_eq!(admin.fails("write_cells", &stale).await.code, FailureCode::Busy, "look again");
    let twin = SaveRole { version: 1, name: "field CREW".to_owned(), ..role.clone() };
    assert_eq!(admin.fails("save_role", &twin).await.code, FailureCode::Invalid, "the same name");
    let guests = CellChange { role: Role::Guest, row: Row::Ask {}, stance: Some(Stance::Allow) };
    let guests = CellChanges { version: 1, changes: vec![guests] };
    assert_eq!(admin.fails("write_cells", &guests).await.code, FailureCode::Invalid, "no column");
    let Role::Custom(id) = crew else { panic!("it was made: {crew}") };
    let jonas = carrel.profile("Jonas").await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member: jonas, role: crew }).await;
    let removal = RemoveRole { version: 1, id };
    let failure = admin.fails("remove_role", &removal).await;
    assert_eq!(failure.code, FailureCode::Invalid, "Jonas has it: {}", failure.message);
    let back = AssignRole { member: jonas, role: Role::Member };
    let _: Nothing = admin.ok("assign_role", &back).await;
    let view: PolicyView = admin.ok("remove_role", &removal).await;
    assert!(view.roles.iter().all(|role| role.name.is_none()), "it is gone");
}

fn by_hand(id: &str, text: &str) -> HandWritten {
    HandWritten { id: id.to_owned(), text: text.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_by_hand_says_what_no_cell_can_and_is_refused_where_it_does_not_hold() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = says("Yes.").await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.add_provider(&upstream.base_url()).await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let members = vec![carrel.profile("Jonas").await];
    let group = SaveGroup { id: None, name: "Fieldwork".to_owned(), members };
    let _: GroupList = admin.ok("save_group", &group).await;
    let words: PolicyWords = admin.ok("policy_words", &Nothing {}).await;
    let named = |kind, label: &str| {
        let found = words.names.iter().find(|one| one.kind == kind && one.label == label);
        found.unwrap_or_else(|| panic!("{label}: {:?}", words.names)).written.clone()
    };
    let (group, person) =
        (named(PolicyWordKind::Group, "Fieldwork"), named(PolicyWordKind::Profile, "Jonas"));
    let its = named(PolicyWordKind::Model, &model.model);
    assert!(person.contains(&carrel.profile("Jonas").await.to_string()), "as it is written");
    assert!(words.actions.contains(&"Action::\"model.use\"".to_owned()), "{:?}", words.actions);
    assert!(!words.actions.contains(&"Action::\"policy.sign\"".to_owned()), "what is fixed is not");

    let text = format!(
        "forbid (principal in {group}, action == Action::\"model.use\", resource == {its});"
    );
    for (wrong, said) in [
        (by_hand("x", "forbid (principal"), "unexpected end"),
        (by_hand("x", "permit (principal, action == Action::\"fly\", resource);"), "fly"),
    ] {
        let checked: StatementChecked = admin.ok("check_statement", &wrong).await;
        let problem = checked.problem.expect("it does not hold");
        assert!(problem.contains(said), "in Cedar's words: {problem}");
        let save = SaveStatement { version: 0, was: None, statement: wrong };
        assert_eq!(admin.fails("save_statement", &save).await.code, FailureCode::Invalid);
    }
    let fine: StatementChecked =
        admin.ok("check_statement", &by_hand("Fieldwork waits", &text)).await;
    assert_eq!(fine.problem, None, "this one does");
    for name in [
        "",
        " ",
        &"x".repeat(81),
        "matrix/member/ask",
        "builtin.mine",
        "policy.unreadable",
        "two\nlines",
        "turned\u{202e}round",
    ] {
        let save = SaveStatement { version: 0, was: None, statement: by_hand(name, &text) };
        let failure = admin.fails("save_statement", &save).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{name:?}: {failure:?}");
    }
    let save =
        SaveStatement { version: 0, was: None, statement: by_hand("Fieldwork waits", &text) };
    let view: PolicyView = admin.ok("save_statement", &save).await;
    assert_eq!(view.by_hand, [by_hand("Fieldwork waits", &text)], "as it was written");
    let failure = asks(&jonas, &model).await.expect_err("his group is denied");
    assert_eq!(failure.rule_ids, ["Fieldwork waits"], "by its name");
    assert!(asks(&admin, &model).await.is_ok(), "she is in no group");
    let again =
        SaveStatement { version: 1, was: None, statement: by_hand("Fieldwork waits", &text) };
    let twice = admin.fails("save_statement", &again).await;
    assert_eq!(twice.code, FailureCode::Invalid, "once");
    assert!(twice.message.contains("has this name already"), "and why: {}", twice.message);
    let stale = RemoveStatement { version: 0, id: "Fieldwork waits".to_owned() };
    assert_eq!(admin.fails("remove_statement", &stale).await.code, FailureCode::Busy, "it is old");
    let view: PolicyView =
        admin.ok("remove_statement", &RemoveStatement { version: 1, ..stale }).await;
    assert!(view.by_hand.is_empty() && asks(&jonas, &model).await.is_ok(), "and is gone");
    assert_eq!(jonas.fails("policy_words", &Nothing {}).await.code, FailureCode::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_the_policy_says_who_signed_it_and_what_it_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let auditor = in_role(&carrel, &admin, Role::Auditor).await;
    let read = async |person: &Person, before| -> PolicyHistory {
        person.ok("read_policy_history", &ReadPolicyHistory { before }).await
    };
    assert!(read(&admin, None).await.versions.is_empty(), "nobody signed any");
    let crew = make(&admin, "Field crew", true).await;
    set(&admin, crew, Row::CloudModels {}, Some(Stance::Deny)).await;
    set(&admin, crew, Row::CloudModels {}, Some(Stance::Allow)).await;
    let text =
        "forbid (principal, action == Action::\"chat.send\", resource) when { context.at < 0 };";
    let save = SaveStatement { version: 3, was: None, statement: by_hand("Not before 1970", text) };
    let _: PolicyView = admin.ok("save_statement", &save).await;
    let history = read(&auditor, None).await;
    let told: Vec<(u32, Option<&str>)> =
        history.versions.iter().map(|one| (one.version, one.by.as_deref())).collect();
    let mira = Some("Mira");
    assert_eq!(told, [(4, mira), (3, mira), (2, mira), (1, mira)], "the newest first");
    let shape = RoleShape { name: "Field crew".to_owned(), like_member: true };
    let cell = |before, after| PolicyChange::Cell {
        role: crew,
        role_name: Some("Field crew".to_owned()),
        row: Row::CloudModels {},
        label: None,
        before,
        after,
    };
    let expected = [
        PolicyChange::ByHand {
            id: "Not before 1970".to_owned(),
            before: None,
            after: Some(text.to_owned()),
        },
        cell(Some(Stance::Deny), Some(Stance::Allow)),
        cell(None, Some(Stance::Deny)),
        PolicyChange::Role { before: None, after: Some(shape) },
    ];
    let changes: Vec<&PolicyChange> =
        history.versions.iter().flat_map(|one| &one.changes).collect();
    assert_eq!(changes, expected.iter().collect::<Vec<_>>(), "each once, in words to be made");
    assert!(!history.more, "that is all");
    let older = read(&admin, Some(3)).await;
    assert_eq!(older.versions.len(), 2, "what stands below");
    assert_eq!(older.versions[0].changes, [expected[2].clone()], "seen from there, too");
    for n in 0..18 {
        let stance = if n % 2 == 0 { Stance::Deny } else { Stance::Allow };
        set(&admin, crew, Row::CloudModels {}, Some(stance)).await;
    }
    let page = read(&admin, None).await;
    assert_eq!((page.versions.len(), page.more), (20, true), "twenty at once");
    let last = page.versions.last().expect("twenty").clone();
    assert_eq!(last.version, 3, "down to there");
    assert_eq!(last.changes, [expected[1].clone()], "with what it changed in the one below");
}
