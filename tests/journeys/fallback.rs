//! Models that fail while a person waits for an answer.

use domain::{BreakerState, Choice, Dialect, FailureClass, Finish, ModelRef, NanoUsd};
use engine::api::{
    FailureCode, ModelList, Nothing, OneTurn, ProviderHealth, ProviderView, Question, SaveProvider,
    SetFallback, TurnEvent, Waiting,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::openai::{begun, error, openai_stream};
use support::upstream::{Script, Upstream};

fn paused(millis: u32) -> Script {
    Script::answer(429, &[("retry-after-ms", &millis.to_string())], "{}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_is_stood_in_for_and_the_card_tells_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = Upstream::start(error(503, "overloaded", "overloaded, sorry")).await;
    let whole = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Broken", &broken.base_url(), true).await;
    let whole = admin.offer("Whole", &whole.base_url(), false).await;
    let fallback = SetFallback { models: vec![whole.clone()] };
    let _: Nothing = admin.ok("set_fallback", &fallback).await;

    let (started, view) = admin.ask_new("Why?").await;
    assert_eq!(view.message.text, "The datum moved.", "an answer all the same");
    assert_eq!(view.message.finish, Finish::Complete, "a whole one");
    let card = view.message.provenance.expect("a card");
    assert_eq!((card.provider_label.as_str(), &card.model), ("Whole", &whole), "who gave it");
    assert_eq!(card.cost, Some(NanoUsd(0)), "nothing on this machine");
    let first = card.tries.first().expect("the try that failed");
    assert_eq!((first.failure, first.http_status), (Some(FailureClass::Transient), Some(503)));
    let last = card.tries.last().expect("the try that answered");
    let path = last.path.as_ref().expect("how it came to be made");
    assert_eq!((last.failure, path.choice), (None, Choice::Fallback), "why it was asked");
    let examined: engine::api::Examination = admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "the record holds every attempt");
    carrel.app.close().await;

    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let models: ModelList = admin.ok("list_models", &Nothing {}).await;
    assert_eq!(models.fallback, [whole], "who stands in is kept");
    let stored = admin.message(view.message.id).await;
    let card = stored.message.provenance.expect("a card");
    assert!(card.tries.len() >= 2, "the way of the answer is kept: {:?}", card.tries);
    assert_eq!(stored.message.chat, started.chat, "in its chat");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_a_provider_asks_for_is_told_with_its_end_and_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    upstream.next(paused(300));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Busy", &upstream.base_url(), true).await;
    let question = Question::NewChat { text: "Why?".to_owned() };
    let mut turn = admin.ask(question).await.expect("it is accepted");
    let mut pause = None;
    while let Some(event) = turn.next().await {
        match event {
            TurnEvent::Waiting { reason: Waiting::Pause, note, until, instead, .. } => {
                pause = Some((note, until.is_some(), instead));
            }
            TurnEvent::Settled { failure, .. } => assert!(failure.is_none(), "{failure:?}"),
            _ => {}
        }
    }
    let wanted = ("Busy asks for a pause.".to_owned(), true, None);
    assert_eq!(pause, Some(wanted), "why, until when, and that nobody else is there");
    assert_eq!(upstream.questions().len(), 2, "asked again once, when it was time");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_meant_for_this_machine_does_not_leave_it_because_something_failed() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = Upstream::start(error(503, "overloaded", "overloaded")).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let here = admin.offer("Here", &broken.base_url(), true).await;
    let there = admin.offer("There", "https://models.invalid/v1", false).await;
    let _: Nothing = admin.ok("set_fallback", &SetFallback { models: vec![there] }).await;
    let (_, view) = admin.ask_new("A secret of this house.").await;
    assert_eq!(view.message.finish, Finish::Failed, "it says so instead");
    let card = view.message.provenance.expect("a card");
    assert!(card.tries.iter().all(|one| one.model == here), "nobody else: {:?}", card.tries);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_were_shown_stay_and_nobody_else_is_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let cut = Upstream::start(begun(&["Half an "]).cut()).await;
    let other = Upstream::start(openai_stream(&["Another."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Cut", &cut.base_url(), true).await;
    let models = vec![admin.offer("Other", &other.base_url(), false).await];
    let _: Nothing = admin.ok("set_fallback", &SetFallback { models }).await;
    let (_, view) = admin.ask_new("Why?").await;
    assert_eq!((view.message.text.as_str(), view.message.finish), ("Half an ", Finish::Cut));
    assert_eq!(other.questions().len(), 0, "never a silent new beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_choose_who_stands_in_and_only_among_what_is_offered() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Here", "http://127.0.0.1:9/v1", true).await;
    let member = carrel.join(&admin, "Ada", "ada").await;
    let wanted = SetFallback { models: vec![model.clone()] };
    let failure = member.fails("set_fallback", &wanted).await;
    assert_eq!(failure.code, FailureCode::Denied, "{OTHER_PASSPHRASE} opens no admin's desk");
    let strange = ModelRef { model: "nobody-offers-this".to_owned(), ..model.clone() };
    let failure = admin.fails("set_fallback", &SetFallback { models: vec![strange] }).await;
    assert_eq!(failure.code, FailureCode::NoModel, "{}", failure.message);
    let many = SetFallback { models: vec![model; 21] };
    assert_eq!(admin.fails("set_fallback", &many).await.code, FailureCode::Invalid, "too many");
    let models: ModelList = admin.ok("list_models", &Nothing {}).await;
    assert_eq!(models.fallback, [], "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_refused_is_marked_until_the_provider_is_saved_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    upstream.next(error(401, "invalid_api_key", "no such key"));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Keyed", &upstream.base_url(), true).await;
    let question = Question::NewChat { text: "Why?".to_owned() };
    let turn = admin.ask(question.clone()).await.expect("it is accepted");
    let (_, failure) = turn.settled().await;
    assert_eq!(
        failure.map(|failure| failure.code),
        Some(FailureCode::BadKey),
        "as the screen says"
    );
    let health: ProviderHealth = admin.ok("provider_health", &Nothing {}).await;
    let marked = health.models.iter().find(|one| one.model == model).expect("it was asked");
    assert!(marked.why.is_some() && marked.resting_until.is_some(), "and why: {marked:?}");
    assert_eq!(marked.breaker, BreakerState::Closed, "a wrong key is no outage");

    let again = SaveProvider {
        id: Some(model.provider),
        label: "Keyed".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: upstream.base_url(),
        key: Some("a better one".to_owned()),
        models: vec![model.model.clone()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: false,
    };
    let _: ProviderView = admin.ok("save_provider", &again).await;
    let turn = admin.ask(question).await.expect("it is accepted");
    let (view, failure) = turn.settled().await;
    assert_eq!(
        (view.message.text.as_str(), failure),
        ("Here.", None),
        "a new key is tried at once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn skipping_a_wait_that_is_over_harms_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Here", &upstream.base_url(), true).await;
    let (started, _) = admin.ask_new("Why?").await;
    let _: Nothing = admin.ok("skip_wait", &OneTurn { turn: started.turn }).await;
}
