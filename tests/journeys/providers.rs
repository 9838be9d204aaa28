//! Looking after providers: how they are doing, trying one now, allowing a server nearby.

use domain::{
    BreakerState, Dialect, FailureClass, Limit, LimitMeasure, LimitScope, ModelRef, NanoUsd, Span,
};
use engine::api::{
    Examination, FailureCode, LimitStandings, ModelHealth, ModelTried, Nothing, ProviderHealth,
    ProviderTest, ProviderView, Question, SaveProvider, TestProvider, TryModel, WorkspaceLimits,
};
use support::people::{Carrel, Person};
use support::upstream::openai::{error, openai_stream};
use support::upstream::{Script, Upstream};

/// Enough failures, four a question, to open a breaker; the second question ends with it open.
async fn break_it(upstream: &Upstream, person: &Person) {
    for _ in 0..5 {
        upstream.next(error(503, "overloaded", "overloaded, sorry"));
    }
    for _ in 0..2 {
        let question = Question::NewChat { text: "Why?".to_owned() };
        let mut turn = person.ask(question).await.expect("it is accepted");
        while let Some(event) = turn.next().await {
            if let engine::api::TurnEvent::Waiting { until: Some(_), .. } = event
                && upstream.questions().len() >= 5
            {
                let stop = engine::api::OneTurn { turn: turn.started.turn };
                let _: Nothing = person.ok("stop", &stop).await;
            }
        }
    }
}

async fn health(person: &Person, model: &ModelRef) -> ModelHealth {
    let health: ProviderHealth = person.ok("provider_health", &Nothing {}).await;
    health.models.into_iter().find(|one| one.model == *model).expect("it was asked")
}

async fn requests_spent(admin: &Person) -> u64 {
    let standings: LimitStandings = admin.ok("read_limits", &Nothing {}).await;
    standings.limits[0].spent
}

fn requests(most: u64) -> WorkspaceLimits {
    let measure = LimitMeasure::Requests { span: Span::Day };
    let limit = Limit::new(LimitScope::Workspace {}, measure, most);
    WorkspaceLimits { limits: vec![limit], ..Default::default() }
}

fn try_now(model: &ModelRef) -> TryModel {
    TryModel { model: model.clone(), key: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_model_comes_back_by_a_call_of_its_own_and_not_by_a_list() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["OK"])).await;
    upstream.models(Script::answer(200, &[], r#"{"data":[{"id":"weary-1"}]}"#));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Weary", &upstream.base_url(), true).await;
    let _: LimitStandings = admin.ok("write_limits", &requests(50)).await;
    break_it(&upstream, &admin).await;
    let paused = health(&admin, &model).await;
    assert_eq!(paused.breaker, BreakerState::Open, "after five failures: {paused:?}");
    assert!(paused.breaker_until.is_some(), "the screen counts down to its next try");
    assert!(paused.last_failure.is_some_and(|said| said.contains("HTTP 503")), "and says why");

    let list = TestProvider {
        id: Some(model.provider),
        key_id: None,
        dialect: Dialect::OpenAi,
        base_url: upstream.base_url(),
        nearby_allowed: false,
        key: None,
    };
    let _: ProviderTest = admin.ok("test_provider", &list).await;
    let listed = health(&admin, &model).await;
    assert_eq!(listed.breaker, BreakerState::Open, "a list of models answers no question");

    let before = requests_spent(&admin).await;
    let tried: ModelTried = admin.ok("try_model", &try_now(&model)).await;
    assert_eq!(tried.cost, Some(NanoUsd(0)), "nothing on this machine");
    let back = health(&admin, &model).await;
    assert_eq!(back.breaker, BreakerState::Restoring, "it answered");
    assert_eq!(back.last_failure, None, "so nothing is held against it");
    assert_eq!(requests_spent(&admin).await, before + 1, "counted like every call");
    let sent = upstream.questions().last().expect("one call").request.json();
    let cap = sent.get("max_completion_tokens").or(sent.get("max_tokens"));
    assert_eq!(cap.and_then(serde_json::Value::as_u64), Some(16), "a call of a few words: {sent}");
    let examined: Examination = admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "and recorded: {examined:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_now_says_what_is_wrong_and_obeys_limits_and_roles() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["OK"])).await;
    upstream.next(error(401, "invalid_api_key", "no such key"));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Keyed", &upstream.base_url(), true).await;
    let _: LimitStandings = admin.ok("write_limits", &requests(1)).await;
    let failure = admin.fails("try_model", &try_now(&model)).await;
    assert_eq!(failure.code, FailureCode::BadKey, "{}", failure.message);
    let marked = health(&admin, &model).await;
    assert!(marked.why.is_some(), "what was learnt holds for everybody: {marked:?}");
    let _: ModelTried = admin.ok("try_model", &try_now(&model)).await;
    assert_eq!(health(&admin, &model).await.why, None, "and so does what is learnt next");

    let calls = upstream.questions().len();
    let failure = admin.fails("try_model", &try_now(&model)).await;
    assert_eq!(failure.code, FailureCode::LimitReached, "no spender without a meter: {failure:?}");
    assert_eq!(upstream.questions().len(), calls, "nothing left");

    let member = carrel.join(&admin, "Ada", "ada").await;
    assert_eq!(member.fails("try_model", &try_now(&model)).await.code, FailureCode::Denied);
    let strange = ModelRef { model: "nobody-offers-this".to_owned(), ..model.clone() };
    assert_eq!(admin.fails("try_model", &try_now(&strange)).await.code, FailureCode::NoModel);
    let key = Some(domain::KeyId::from_bytes([9; 16]));
    let failure = admin.fails("try_model", &TryModel { model, key }).await;
    assert_eq!(failure.code, FailureCode::NotFound, "it has no such key");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_was_called_the_card_says_who_and_why() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Here", &upstream.base_url(), true).await;
    let _: LimitStandings = admin.ok("write_limits", &requests(1)).await;
    admin.ask_new("The one that is allowed?").await;
    let (_, view) = admin.ask_new("Why?").await;
    let card = view.message.provenance.expect("a card all the same");
    assert_eq!((&card.model, card.provider_label.as_str()), (&model, "Here"), "who was wanted");
    assert_eq!((card.tries.len(), card.cost), (0, Some(NanoUsd(0))), "no call, no bill");
    let why = card.uncalled.expect("why");
    assert!(why.starts_with("The limit of 1 request a day is used up."), "{why}");
    assert_eq!(card.skipped.len(), 1, "what stood in the way of each: {:?}", card.skipped);
    assert_eq!(upstream.questions().len(), 1, "indeed nobody was asked");

    let _: LimitStandings = admin.ok("write_limits", &requests(50)).await;
    upstream.next(Script::answer(429, &[("retry-after", "3600")], "{}"));
    admin.ask_new("Why?").await;
    let (_, view) = admin.ask_new("And now?").await;
    let stored = admin.message(view.message.id).await;
    let card = stored.message.provenance.expect("kept with the chat");
    assert!(card.uncalled.is_some_and(|why| why.contains("asks for a pause")), "who asked for it");
    let until = card.skipped.first().and_then(|one| one.until);
    assert!(until.is_some(), "and until when: {:?}", card.skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_names_the_only_key_and_the_time_of_each_try() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    upstream.next(error(503, "overloaded", "overloaded"));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let save = SaveProvider {
        key: Some("sk-only-0123456789-QQQQ".to_owned()),
        for_guests: false,
        ..nearby(&upstream.base_url(), false)
    };
    let _: ProviderView = admin.ok("save_provider", &save).await;
    let (_, view) = admin.ask_new("Why?").await;
    let card = view.message.provenance.expect("a card");
    assert!(card.elapsed_ms >= Some(card.total_ms), "the pause between counts: {card:?}");
    let mut times = Vec::new();
    for one in &card.tries {
        let path = one.path.as_ref().expect("how it came to be made");
        assert_eq!(path.key_label.as_deref(), Some("••••QQQQ"), "though there is no other");
        times.push(path.at.expect("when"));
    }
    assert_eq!(card.tries[0].failure, Some(FailureClass::Transient), "it failed once");
    assert!(times.len() == 2 && times.is_sorted(), "in order: {times:?}");
}

fn nearby(base_url: &str, nearby_allowed: bool) -> SaveProvider {
    SaveProvider {
        id: None,
        label: "Office".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: base_url.to_owned(),
        key: None,
        models: vec!["office-1".to_owned()],
        for_guests: false,
        nearby_allowed,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_77_a_server_in_the_private_network_is_refused_until_an_admin_allows_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    for (address, advice) in [
        ("http://192.168.1.20:8080/v1", "allow it as a server in your own network"),
        ("https://10.0.0.7/v1", "An admin can allow this one in Settings, Models and providers."),
    ] {
        let failure = admin.fails("save_provider", &nearby(address, false)).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{address}");
        assert!(failure.message.contains(advice), "what to do: {}", failure.message);
        let saved: ProviderView = admin.ok("save_provider", &nearby(address, true)).await;
        assert!(saved.nearby_allowed, "said on the screen");
        assert!(!saved.local, "its text leaves this machine");
    }
    for address in ["http://169.254.169.254/v1", "http://203.0.113.9/v1"] {
        let failure = admin.fails("save_provider", &nearby(address, true)).await;
        assert_eq!(failure.code, FailureCode::Invalid, "allowing does not reach there: {address}");
    }
    let member = carrel.join(&admin, "Ada", "ada").await;
    let failure = member.fails("save_provider", &nearby("http://192.168.1.20/v1", true)).await;
    assert_eq!(failure.code, FailureCode::Denied, "not a member's to allow");
    let examined: Examination = admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "and recorded: {examined:?}");
}
