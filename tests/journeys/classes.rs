//! How far a text may go: classes of chats, what providers receive, regions that are home.

use domain::{ChatId, DataClass, Dialect, ModelRef, Region, Role, RouteStep, Strategy, Target};
use engine::api::{
    Ask, CellChange, CellChanges, ChatSummary, Explain, Failure, FailureCode, MessageView,
    ModelList, Nothing, PolicyView, ProviderView, Question, ReadRecord, RecordPage, RouteView,
    SaveProvider, SaveRoute, Says, UpdateChat, Why, WorkspaceRules,
};
use policy::{Row, Stance};
use serde_json::json;
use support::people::{Carrel, Person};
use support::programs::Port;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

/// A provider elsewhere. Nobody answers there, so whoever goes there fails.
fn elsewhere(label: &str, accepts: DataClass, regions: &[&str]) -> SaveProvider {
    SaveProvider {
        id: None,
        label: label.to_owned(),
        dialect: Dialect::OpenAi,
        base_url: "https://nobody.invalid/v1".to_owned(),
        key: None,
        models: vec![format!("{}-1", label.to_lowercase())],
        for_guests: true,
        nearby_allowed: false,
        accepts,
        regions: regions.iter().map(|name| name.parse().expect("a region")).collect(),
        make_usual: false,
    }
}

async fn save(admin: &Person, wanted: &SaveProvider) -> ModelRef {
    let saved: ProviderView = admin.ok("save_provider", wanted).await;
    assert_eq!(saved.accepts, wanted.accepts, "as the admin said");
    ModelRef { provider: saved.id, model: saved.models[0].clone() }
}

/// Cloud first, then here.
async fn route(admin: &Person, models: &[&ModelRef]) -> Target {
    let wanted = SaveRoute {
        id: None,
        name: "Everyday".to_owned(),
        strategy: Strategy::Ordered,
        candidates: models.iter().map(|model| RouteStep::new((*model).clone())).collect(),
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    };
    let saved: RouteView = admin.ok("save_route", &wanted).await;
    Target::Route { route: saved.id }
}

async fn asks(
    person: &Person,
    class: Option<DataClass>,
    target: &Target,
) -> Result<(ChatId, MessageView), Failure> {
    let question = Question::NewChat { text: "Why?".to_owned() };
    let turn = person.ask_as(class, Some(target.clone()), question).await?;
    let chat = turn.started.chat;
    let (view, failure) = turn.settled().await;
    failure.map_or(Ok((chat, view)), Err)
}

/// The models that were called, with the class of what they received, in order.
async fn called(admin: &Person) -> Vec<(String, String)> {
    let query = ReadRecord {
        newest_first: false,
        beyond: None,
        limit: 1_000,
        actor: None,
        kinds: vec!["attempt_intent".to_owned()],
    };
    let page: RecordPage = admin.ok("read_record", &query).await;
    let told = page.events.iter().map(|event| {
        let text: serde_json::Value = serde_json::from_str(&event.text).expect("JSON");
        let said = |name: &str| text["what"][name].as_str().unwrap_or_default().to_owned();
        (text["what"]["model"]["model"].as_str().unwrap_or_default().to_owned(), said("class"))
    });
    told.collect()
}

fn pair(model: &ModelRef, class: &str) -> (String, String) {
    (model.model.clone(), class.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_leaves_out_who_may_not_receive_a_text_before_anything_leaves_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let local = admin.offer("Local", &here.base_url(), true).await;
    let cloud = save(&admin, &elsewhere("Cloud", DataClass::Internal, &[])).await;
    let by_route = route(&admin, &[&cloud, &local]).await;

    let (_, kept) = asks(&admin, Some(DataClass::Confidential), &by_route).await.expect("answered");
    assert_eq!(kept.message.text, "Here.", "by the one that may receive it");
    assert_eq!(called(&admin).await, [pair(&local, "confidential")], "the other was not called");
    let card = kept.message.provenance.expect("there is a card");
    let told = card.skipped.first().expect("the card says who was left out");
    assert_eq!(told.model, cloud);
    assert_eq!(told.note, "It may not receive confidential text.", "and why");

    let (_, usual) = asks(&admin, None, &by_route).await.expect("answered");
    assert_eq!(usual.message.text, "Here.", "somebody stands in");
    let went = called(&admin).await;
    assert!(
        went.contains(&pair(&cloud, "internal")),
        "text of the usual class goes there: {went:?}"
    );

    let only = Target::Model { model: cloud.clone() };
    let failure = asks(&admin, Some(DataClass::Restricted), &only).await.expect_err("refused");
    assert_eq!(failure.code, FailureCode::Denied);
    assert_eq!(failure.rule_ids, ["builtin.class"], "by a rule that no admin lifts");
    let denied = failure.denied.expect("it can be asked why");
    assert_eq!(denied.class, Some(DataClass::Restricted), "the class belongs to the question");
    let about = Explain { action: denied.action, row: denied.row, class: denied.class };
    let why: Why = admin.ok("explain", &about).await;
    let says = why.access.layers.iter().find(|one| one.says == Says::Denies).expect("one denies");
    assert_eq!(
        (why.access.allowed, says.rules.as_slice()),
        (false, &["builtin.class".to_owned()][..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_keeps_its_class_in_every_branch_until_its_owner_changes_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let local = admin.offer("Local", &here.base_url(), true).await;
    let cloud = save(&admin, &elsewhere("Cloud", DataClass::Confidential, &[])).await;
    let to_cloud = Target::Model { model: cloud.clone() };
    let begun = asks(&admin, Some(DataClass::Restricted), &Target::Model { model: local }).await;
    let (chat, answer) = begun.expect("answered");
    let again = |question| {
        let request =
            Ask { question, target: Some(to_cloud.clone()), class: Some(DataClass::Public) };
        let admin = &admin;
        async move { admin.ask_as(request.class, request.target, request.question).await }
    };
    let message = answer.message.id;
    let text = || "And now?".to_owned();
    for question in [
        Question::FollowUp { chat, text: text() },
        Question::Branch { after: message, text: text() },
        Question::Regenerate { message },
    ] {
        let tried = again(question.clone()).await;
        let Err(failure) = tried else { panic!("{question:?} left for the cloud") };
        assert_eq!(failure.rule_ids, ["builtin.class"], "{question:?}: its chat is restricted");
    }
    let lower = UpdateChat {
        chat,
        title: None,
        pinned: None,
        archived: None,
        class: Some(DataClass::Confidential),
    };
    let summary: ChatSummary = admin.ok("update_chat", &lower).await;
    assert_eq!(summary.class, DataClass::Confidential, "its owner says so");
    let turn = again(Question::FollowUp { chat, text: text() }).await.expect("it may go now");
    let (_, failure) = turn.settled().await;
    assert!(failure.is_some(), "nobody answers there");
    assert!(called(&admin).await.contains(&pair(&cloud, "confidential")), "but it was asked");
    carrel.app.close().await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", support::people::PASSPHRASE, "again").await;
    let list = engine::api::ListChats { archived: false, before: None, limit: 10 };
    let chats: engine::api::ChatList = admin.ok("list_chats", &list).await;
    assert_eq!(chats.chats[0].class, DataClass::Confidential, "after a restart, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_the_usual_class_and_what_a_provider_receives_and_it_holds_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Local", &here.base_url(), true).await;
    let mut wanted = elsewhere("Cloud", DataClass::Confidential, &["us"]);
    let cloud = save(&admin, &wanted).await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let rules: WorkspaceRules = admin.ok("read_rules", &Nothing {}).await;
    assert_eq!(rules, WorkspaceRules::default(), "nobody said anything");
    let confidential = WorkspaceRules { usual_class: DataClass::Confidential, ..rules };
    let saved: WorkspaceRules = admin.ok("write_rules", &confidential).await;
    assert_eq!(saved.usual_class, DataClass::Confidential, "for new chats");
    assert_eq!(jonas.fails("write_rules", &confidential).await.code, FailureCode::Denied);
    let view = |list: &ModelList| {
        let found = list.models.iter().find(|one| one.model == cloud);
        found.expect("it is offered").clone()
    };
    let list: ModelList = jonas.ok("list_models", &Nothing {}).await;
    assert_eq!(list.usual_class, DataClass::Confidential, "everyone hears of it");
    use DataClass::{Confidential, Internal, Public};
    assert_eq!(view(&list).classes, [Public, Internal, Confidential], "where text may go, live");
    assert_eq!(view(&list).regions, ["us".parse::<Region>().expect("a region")]);
    let target = Target::Model { model: cloud.clone() };
    let (chat, _) = {
        let question = Question::NewChat { text: "Why?".to_owned() };
        let turn = jonas.ask_of(Some(target.clone()), question).await.expect("it may go there");
        let chat = turn.started.chat;
        (chat, turn.settled().await)
    };
    wanted.id = Some(cloud.provider);
    wanted.accepts = DataClass::Internal;
    save(&admin, &wanted).await;
    let question = Question::FollowUp { chat, text: "And now?".to_owned() };
    let Err(failure) = jonas.ask_of(Some(target), question).await else {
        panic!("the provider receives less by now")
    };
    assert_eq!(failure.rule_ids, ["builtin.class"], "of the next question at the latest");
    let many = (0..21).map(|n| format!("r{n}").parse().expect("a region")).collect();
    let many = SaveProvider { regions: many, ..wanted };
    assert_eq!(admin.fails("save_provider", &many).await.code, FailureCode::Invalid, "too many");
    let bad = json!({"without_passphrase": false, "usual_class": "secret", "home_regions": []});
    assert_eq!(admin.fails("write_rules", &bad).await.code, FailureCode::Invalid, "no such class");
    let bad = json!({"without_passphrase": false, "usual_class": "public", "home_regions": ["?"]});
    assert_eq!(admin.fails("write_rules", &bad).await.code, FailureCode::Invalid, "no region");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_can_be_kept_from_providers_outside_the_home_regions() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let local = admin.offer("Local", &here.base_url(), true).await;
    let near = save(&admin, &elsewhere("Near", DataClass::Internal, &["de", "fr"])).await;
    let far = save(&admin, &elsewhere("Far", DataClass::Internal, &["us"])).await;
    let unknown = save(&admin, &elsewhere("Unknown", DataClass::Internal, &[])).await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let change =
        CellChange { role: Role::Member, row: Row::ForeignModels {}, stance: Some(Stance::Deny) };
    let changes = CellChanges { version: 0, changes: vec![change] };
    let _: PolicyView = admin.ok("write_cells", &changes).await;
    let open = |list: ModelList| -> Vec<ModelRef> {
        let open = list.models.into_iter().filter(|one| one.unavailable.is_none());
        open.map(|one| one.model).collect()
    };
    let all: ModelList = jonas.ok("list_models", &Nothing {}).await;
    assert_eq!(open(all).len(), 4, "where nothing is called home, all is");
    let rules: WorkspaceRules = admin.ok("read_rules", &Nothing {}).await;
    let home_regions = vec!["eu".parse().expect("a region")];
    let _: WorkspaceRules =
        admin.ok("write_rules", &WorkspaceRules { home_regions, ..rules }).await;
    let list: ModelList = jonas.ok("list_models", &Nothing {}).await;
    let at_home: Vec<bool> = list.models.iter().map(|one| one.at_home).collect();
    assert_eq!(at_home, [true, true, false, false], "Germany and France are in the Union");
    assert_eq!(open(list), [local.clone(), near], "what is outside or unknown is closed");
    let by_route = route(&admin, &[&far, &unknown, &local]).await;
    let (_, answer) = asks(&jonas, None, &by_route).await.expect("answered");
    let card = answer.message.provenance.expect("there is a card");
    let told: Vec<&str> = card.skipped.iter().map(|one| one.note.as_str()).collect();
    assert_eq!(told, ["It is outside the home regions."; 2], "it says who was left out");
    assert_eq!(called(&admin).await, [pair(&local, "internal")], "nothing left for elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programs_questions_have_the_class_that_its_person_gave_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Local", &here.base_url(), true).await;
    save(&admin, &elsewhere("Cloud", DataClass::Internal, &[])).await;
    let port = Port::open_as(&carrel, &admin, DataClass::Confidential).await;
    let body =
        |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "Why?"}]});
    let refused = port.ask(&body("cloud-1")).await;
    assert!(matches!(refused.status, 403 | 404), "{}: {}", refused.status, refused.text());
    let answered = port.ask(&body("local-1")).await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    let went = called(&admin).await;
    assert_eq!(went, [("local-1".to_owned(), "confidential".to_owned())], "and is recorded so");
    port.close().await;
}
