//! Routes: made by an admin, chosen by people, and told on the card of each answer.

use domain::{
    Choice, FailureClass, Finish, Limit, LimitMeasure, LimitScope, ModelRef, RouteId, RouteStep,
    Span, Strategy, Target, Tokens,
};
use engine::api::{
    ChatPage, DeskState, FailureCode, LimitStandings, MessageView, ModelList, Nothing, OneProvider,
    OneRoute, OpenChat, ProviderView, Question, RouteList, RouteView, SaveProvider, SaveRoute,
    Settings, TargetTried, TryTarget, WorkspaceLimits,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::upstream::openai::{error, openai_stream};
use support::upstream::{Script, Upstream};

fn ordered(name: &str, models: &[&ModelRef]) -> SaveRoute {
    SaveRoute {
        id: None,
        name: name.to_owned(),
        strategy: Strategy::Ordered,
        candidates: models.iter().map(|model| RouteStep::new((*model).clone())).collect(),
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        make_usual: false,
    }
}

async fn save(admin: &Person, wanted: &SaveRoute) -> RouteId {
    admin.ok::<_, RouteView>("save_route", wanted).await.id
}

/// Asks in a new chat by a route.
async fn ask(person: &Person, route: RouteId) -> MessageView {
    let question = Question::NewChat { text: "Why?".to_owned() };
    let turn = person.ask_of(Some(Target::Route { route }), question).await;
    turn.expect("it is accepted").settled().await.0
}

/// Route, choice and failure of each try.
fn tries(view: &MessageView) -> Vec<(String, Choice, Option<FailureClass>)> {
    let card = view.message.provenance.as_ref().expect("a card");
    card.tries
        .iter()
        .map(|one| {
            let path = one.path.clone().expect("how it came to be made");
            (path.route, path.choice, one.failure)
        })
        .collect()
}

async fn says(text: &str) -> Upstream {
    Upstream::start(openai_stream(&[text])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_saved_its_second_candidate_answers_and_the_card_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = Upstream::start(error(503, "overloaded", "overloaded, sorry")).await;
    let whole = says("The datum moved.").await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("Broken", &broken.base_url(), true).await;
    let second = admin.offer("Whole", &whole.base_url(), false).await;
    let route = save(&admin, &ordered("Everyday", &[&first, &second])).await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;

    let view = ask(&member, route).await;
    assert_eq!(view.message.text, "The datum moved.", "an answer all the same");
    let card = view.message.provenance.clone().expect("a card");
    assert_eq!((card.provider_label.as_str(), &card.model), ("Whole", &second), "who gave it");
    let everyday = || "Everyday".to_owned();
    let told = tries(&view);
    assert_eq!(
        told.first(),
        Some(&(everyday(), Choice::First, Some(FailureClass::Transient))),
        "by which route, and that the first failed"
    );
    assert_eq!(told.last(), Some(&(everyday(), Choice::Fallback, None)), "why this one");

    // The chat goes on by the route that it began with, also after a restart.
    let chat = view.message.chat;
    carrel.app.close().await;
    let carrel = Carrel::start(dir.path()).await;
    let member = carrel.unlock("Jonas", OTHER_PASSPHRASE, "again").await;
    let open = OpenChat { chat, around: None, limit: 10 };
    let page: ChatPage = member.ok("open_chat", &open).await;
    assert_eq!(page.chat.target, Some(Target::Route { route }), "as the picker shows it");
    let follow = Question::FollowUp { chat, text: "And then?".to_owned() };
    let (view, _) = member.ask(follow).await.expect("it is accepted").settled().await;
    assert_eq!(
        tries(&view).last().map(|one| one.0.clone()),
        Some(everyday()),
        "nobody chose again"
    );
    let again = Question::Regenerate { message: view.message.id };
    let by_model = Some(Target::Model { model: second.clone() });
    let turn = member.ask_of(by_model, again).await.expect("it is accepted");
    let (view, _) = turn.settled().await;
    assert_eq!(tries(&view)[0].0, "usual", "answered again by a model alone");
    let page: ChatPage = member.ok("open_chat", &open).await;
    assert_eq!(page.chat.target, Some(Target::Model { model: second }), "which is then its choice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_of_a_route_says_who_answers_after_whom_and_spends_like_a_question() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = Upstream::start(error(503, "overloaded", "overloaded, sorry")).await;
    let whole = says("OK").await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("Broken", &broken.base_url(), true).await;
    let second = admin.offer("Whole", &whole.base_url(), false).await;
    let route = save(&admin, &ordered("Everyday", &[&first, &second])).await;
    let test = TryTarget { target: Target::Route { route } };

    let TargetTried { card, failure } = admin.ok("try_target", &test).await;
    assert_eq!(failure.map(|failure| failure.message), None, "somebody answered");
    let card = card.expect("a card");
    assert_eq!(card.model, second, "who did");
    let failed: Vec<_> = card.tries.iter().map(|one| (one.model.clone(), one.failure)).collect();
    let expected = [(first.clone(), Some(FailureClass::Transient)), (second.clone(), None)];
    assert_eq!(failed.first(), expected.first(), "after whom");
    assert_eq!(failed.last(), expected.last(), "{failed:?}");
    let sent = whole.questions().last().expect("one call").request.json();
    let cap = sent.get("max_completion_tokens").or(sent.get("max_tokens"));
    assert_eq!(cap.and_then(serde_json::Value::as_u64), Some(16), "a call of a few words: {sent}");

    whole.usually(error(401, "invalid_api_key", "no such key"));
    let TargetTried { card, failure } = admin.ok("try_target", &test).await;
    assert!(failure.is_some(), "nobody answers");
    let tried: Vec<_> = card.expect("a card").tries.into_iter().map(|one| one.model).collect();
    assert!(tried.contains(&first) && tried.contains(&second), "both were called: {tried:?}");

    let measure = LimitMeasure::Requests { span: Span::Day };
    let limit = Limit::new(LimitScope::Workspace {}, measure, 1);
    let limits = WorkspaceLimits { limits: vec![limit], ..Default::default() };
    let _: LimitStandings = admin.ok("write_limits", &limits).await;
    let calls = broken.questions().len() + whole.questions().len();
    let TargetTried { card, failure } = admin.ok("try_target", &test).await;
    assert_eq!(failure.expect("spent").code, FailureCode::LimitReached, "no way without a meter");
    assert!(card.expect("a card").uncalled.is_some(), "nobody was called");
    assert_eq!(broken.questions().len() + whole.questions().len(), calls, "nothing left");
    let member = carrel.join(&admin, "Ada", "ada").await;
    assert_eq!(member.fails("try_target", &test).await.code, FailureCode::Denied);
    let gone = TryTarget { target: Target::Route { route: RouteId::from_bytes([7; 16]) } };
    assert_eq!(admin.fails("try_target", &gone).await.code, FailureCode::NoModel);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_too_long_and_content_that_is_declined_go_to_their_own_lists() {
    let dir = tempfile::tempdir().expect("a folder");
    let picky = Upstream::start(error(400, "context_length_exceeded", "maximum is 8192")).await;
    let (larger, lenient) = (says("All of it.").await, says("Of course.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("Picky", &picky.base_url(), true).await;
    let sibling = admin.offer("Sibling", &picky.base_url(), false).await;
    let wide = admin.offer("Wide", &larger.base_url(), false).await;
    let kind = admin.offer("Kind", &lenient.base_url(), false).await;
    let mut wanted = ordered("Everyday", &[&first, &sibling]);
    let route = save(&admin, &wanted).await;
    let view = ask(&admin, route).await;
    assert_eq!(view.message.finish, Finish::Failed, "without a list it is told");

    wanted.id = Some(route);
    wanted.on_overflow = vec![RouteStep::new(wide)];
    wanted.on_refusal = vec![RouteStep::new(kind)];
    assert_eq!(save(&admin, &wanted).await, route, "the same route");
    let asked = picky.questions().len();
    let view = ask(&admin, route).await;
    assert_eq!(view.message.text, "All of it.", "who reads more answers");
    assert_eq!(picky.questions().len(), asked + 1, "the sibling is not asked");
    assert_eq!(tries(&view).last().expect("two").1, Choice::LargerContext, "the card says why");

    picky.usually(error(400, "content_filter", "policy"));
    let view = ask(&admin, route).await;
    assert_eq!(view.message.text, "Of course.", "who is lenient answers");
    assert_eq!(tries(&view).last().expect("two").1, Choice::AfterRefusal, "the card says why");
    assert_eq!(larger.questions().len(), 1, "each list for its own case");
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_decide_who_answers_and_one_of_weight_nought_only_stands_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let (never, always) = (says("Never.").await, says("Always.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let idle = admin.offer("Idle", &never.base_url(), true).await;
    let busy = admin.offer("Busy", &always.base_url(), false).await;
    let mut wanted = ordered("Shared", &[&idle, &busy]);
    wanted.strategy = Strategy::Weighted;
    wanted.candidates[0].weight = 0;
    wanted.candidates[1].weight = 7;
    let route = save(&admin, &wanted).await;
    for _ in 0..8 {
        let view = ask(&admin, route).await;
        assert_eq!(view.message.text, "Always.", "all of the weight");
        assert_eq!(tries(&view)[0].1, Choice::Weight, "the card says that it was drawn");
    }
    assert_eq!(never.questions().len(), 0, "it has none");
    always.usually(error(503, "overloaded", "down"));
    assert_eq!(ask(&admin, route).await.message.text, "Never.", "but it stands in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_on_this_machine_is_the_cheapest_one_and_its_terms_go_out() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = says("Here.").await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let dear = SaveProvider {
        models: vec!["gpt-4o".to_owned()],
        ..provider("OpenAI", "https://api.openai.com/v1")
    };
    let dear: ProviderView = admin.ok("save_provider", &dear).await;
    let dear = ModelRef { provider: dear.id, model: "gpt-4o".to_owned() };
    let local = admin.offer("Local", &here.base_url(), false).await;
    let mut wanted = ordered("Thrifty", &[&dear, &local]);
    wanted.strategy = Strategy::Cheapest;
    (wanted.candidates[1].temperature, wanted.candidates[1].max_output) =
        (Some(70), Some(Tokens(300)));
    let route = save(&admin, &wanted).await;
    let view = ask(&admin, route).await;
    assert_eq!(view.message.text, "Here.", "nobody was asked on the network");
    assert_eq!(tries(&view)[0].1, Choice::Price, "the card says why");
    let sent = here.questions()[0].request.json();
    assert_eq!((&sent["temperature"], &sent["max_tokens"]), (&0.7.into(), &300.into()), "{sent}");
}

fn provider(label: &str, base_url: &str) -> SaveProvider {
    SaveProvider {
        id: None,
        label: label.to_owned(),
        dialect: domain::Dialect::OpenAi,
        base_url: base_url.to_owned(),
        key: None,
        models: vec!["one".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_make_routes_and_only_of_what_is_offered() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Here", "http://127.0.0.1:9/v1", true).await;
    let member = carrel.join(&admin, "Ada", "ada").await;
    let wanted = ordered("Everyday", &[&model]);
    let failure = member.fails("save_route", &wanted).await;
    assert_eq!(failure.code, FailureCode::Denied, "{failure:?}");
    let route = save(&admin, &wanted).await;
    let failure = member.fails("remove_route", &OneRoute { id: route }).await;
    assert_eq!(failure.code, FailureCode::Denied, "{failure:?}");
    let strange = ModelRef { model: "nobody-offers-this".to_owned(), ..model.clone() };
    let failure = admin.fails("save_route", &ordered("Other", &[&strange])).await;
    assert_eq!(failure.code, FailureCode::NoModel, "{failure:?}");
    let failure = admin.fails("save_route", &wanted).await;
    assert!(failure.message.contains("has this name already"), "{failure:?}");
    let unknown = SaveRoute { id: Some(RouteId::new(domain::UnixMs(1), [1; 10])), ..wanted };
    assert_eq!(admin.fails("save_route", &unknown).await.code, FailureCode::NotFound, "no such");
    let mut hostile = serde_json::to_value(ordered("Third", &[&model])).expect("JSON");
    hostile["candidates"][0]["grant"] = "all".into();
    let failure = admin.fails("save_route", &hostile).await;
    assert_eq!(failure.code, FailureCode::Invalid, "a field that nobody knows: {failure:?}");
    let routes: RouteList = member.ok("list_routes", &Nothing {}).await;
    let names: Vec<_> = routes.routes.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Everyday"], "members see what there is");
    assert_eq!(routes.routes[0].version, 1, "unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_a_route_is_left_out_and_one_that_leads_to_nobody_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, two) = (says("One.").await, says("Two.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("One", &one.base_url(), true).await;
    let second = admin.offer("Two", &two.base_url(), false).await;
    let mut wanted = ordered("Everyday", &[&first, &second]);
    wanted.make_usual = true;
    let route = save(&admin, &wanted).await;
    let chat = ask(&admin, route).await.message.chat;
    let _: Nothing = admin.ok("remove_provider", &OneProvider { id: first.provider }).await;
    assert_eq!(ask(&admin, route).await.message.text, "Two.", "who is left answers");
    let other = SaveProvider {
        id: Some(second.provider),
        models: vec!["another".to_owned()],
        ..provider("Two", &two.base_url())
    };
    let _: ProviderView = admin.ok("save_provider", &other).await;
    let routes: RouteList = admin.ok("list_routes", &Nothing {}).await;
    let shown = routes.routes.first().expect("it is there");
    let why = shown.unavailable.as_ref().expect("it leads to nobody");
    assert_eq!(why.code, FailureCode::NoModel, "{why:?}");
    let question = Question::NewChat { text: "Why?".to_owned() };
    let asked = admin.ask_of(Some(Target::Route { route }), question).await;
    assert_eq!(asked.err().map(|failure| failure.code), Some(FailureCode::NoModel), "told at once");
    let (_, view) = admin.ask_new("Why?").await;
    assert_eq!(view.message.text, "Two.", "where nobody chose, who can answers");
    let models: ModelList = admin.ok("list_models", &Nothing {}).await;
    let model = ModelRef { model: "another".to_owned(), ..second };
    assert_eq!(models.usual, Some(Target::Model { model }), "as the picker says");

    let _: Nothing = admin.ok("remove_route", &OneRoute { id: route }).await;
    let follow = Question::FollowUp { chat, text: "And then?".to_owned() };
    let (view, _) = admin.ask(follow).await.expect("it is accepted").settled().await;
    assert_eq!(view.message.text, "Two.", "a chat whose route is gone goes on as usual");
    let question = Question::NewChat { text: "Why?".to_owned() };
    let asked = admin.ask_of(Some(Target::Route { route }), question).await;
    let failure = asked.err().expect("it is gone");
    assert!(failure.message.starts_with("This route is not offered any more"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_a_route_holds_under_its_name_and_for_no_other_way() {
    let dir = tempfile::tempdir().expect("a folder");
    let one = says("One.").await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("One", &one.base_url(), true).await;
    let mut wanted = ordered("Everyday", &[&model]);
    let route = save(&admin, &wanted).await;
    let scope = LimitScope::Route { route: "Everyday".to_owned() };
    let limit = Limit::new(scope, LimitMeasure::Requests { span: Span::Day }, 1);
    let limits = WorkspaceLimits { limits: vec![limit], ..Default::default() };
    let _: LimitStandings = admin.ok("write_limits", &limits).await;
    assert_eq!(ask(&admin, route).await.message.finish, Finish::Complete, "one a day");
    assert_eq!(ask(&admin, route).await.message.finish, Finish::Failed, "and no more");
    assert_eq!(admin.ask_new("Why?").await.1.message.finish, Finish::Complete, "by itself it may");
    (wanted.id, wanted.name) = (Some(route), "Daily".to_owned());
    save(&admin, &wanted).await;
    assert_eq!(ask(&admin, route).await.message.finish, Finish::Failed, "a new name frees nothing");
    let standings: LimitStandings = admin.ok("read_limits", &Nothing {}).await;
    let scope = LimitScope::Route { route: "Daily".to_owned() };
    assert_eq!((&standings.limits[0].limit.scope, standings.limits[0].spent), (&scope, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_take_a_route_as_far_as_its_models_are_for_guests() {
    let dir = tempfile::tempdir().expect("a folder");
    let (open, closed) = (says("Open.").await, says("Closed.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let kept: ProviderView =
        admin.ok("save_provider", &provider("Closed", &closed.base_url())).await;
    let kept = ModelRef { provider: kept.id, model: "one".to_owned() };
    let free = admin.offer("Open", &open.base_url(), false).await;
    let mixed = save(&admin, &ordered("Everyday", &[&kept, &free])).await;
    let inner = save(&admin, &ordered("Inner", &[&kept])).await;
    let guest = carrel.window("guest");
    let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
    let routes: RouteList = guest.ok("list_routes", &Nothing {}).await;
    let names: Vec<_> = routes.routes.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Everyday"], "the other leads to nobody a guest may ask");
    assert_eq!(routes.routes[0].candidates, [RouteStep::new(free)], "and names nobody else");
    assert_eq!(ask(&guest, mixed).await.message.text, "Open.", "who is for guests answers");
    assert_eq!(closed.questions().len(), 0, "the other was not asked");
    let question = Question::NewChat { text: "Why?".to_owned() };
    let asked = guest.ask_of(Some(Target::Route { route: inner }), question).await;
    assert_eq!(asked.err().map(|failure| failure.code), Some(FailureCode::NoModel), "not theirs");
    let failure = guest.fails("save_route", &ordered("Mine", &[&kept])).await;
    assert_eq!(failure.code, FailureCode::Denied, "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desks_own_usual_route_goes_before_the_workspaces_and_before_a_model() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, two) = (says("One.").await, says("Two.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("One", &one.base_url(), true).await;
    let second = admin.offer("Two", &two.base_url(), false).await;
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "One.", "the workspace's model");
    let shared = save(&admin, &SaveRoute { make_usual: true, ..ordered("Ours", &[&second]) }).await;
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "Two.", "then the workspace's route");
    let own = Settings { usual_model: Some(first.clone()), ..Settings::default() };
    let _: Settings = admin.ok("write_settings", &own).await;
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "One.", "the desk's own model");
    let own = Settings { usual_route: Some(shared), ..own };
    let _: Settings = admin.ok("write_settings", &own).await;
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "Two.", "the desk's own route");
    let _: Nothing = admin.ok("remove_route", &OneRoute { id: shared }).await;
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "One.", "and without it, its model");
    carrel.app.close().await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let examined: engine::api::Examination = admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "the record holds all of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_candidate_is_passed_over_by_the_next_question() {
    let dir = tempfile::tempdir().expect("a folder");
    let paused = Script::answer(429, &[("retry-after", "3600")], "{}");
    let (busy, free) = (Upstream::start(paused).await, says("Free.").await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let first = admin.offer("Busy", &busy.base_url(), true).await;
    let second = admin.offer("Free", &free.base_url(), false).await;
    let route = save(&admin, &ordered("Everyday", &[&first, &second])).await;
    for _ in 0..3 {
        assert_eq!(ask(&admin, route).await.message.text, "Free.", "health goes before order");
    }
    assert_eq!(busy.questions().len(), 1, "asked once in its pause");
}
