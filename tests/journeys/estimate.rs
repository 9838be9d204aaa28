//! What a question costs at most, said before it is sent.

use domain::{
    Limit, LimitMeasure, LimitScope, MillionPrice, ModelRef, NanoUsd, Override, PriceOverride,
    Span, Target,
};
use engine::api::{
    Catalogue, Estimate, Estimated, Failure, FailureCode, LimitStandings, Nothing, Question,
    SaveOverride, WorkspaceLimits,
};
use support::people::{Carrel, Person};
use support::upstream::openai::openai_stream_held;
use support::upstream::{Gate, Upstream};

const DOLLAR: NanoUsd = NanoUsd(1_000_000_000);

async fn estimate(person: &Person, model: &ModelRef, text: &str) -> Estimated {
    let target = Some(Target::Model { model: model.clone() });
    person
        .ok("estimate", &Estimate { target, chat: None, class: None, text: text.to_owned() })
        .await
}

async fn priced(admin: &Person, model: &ModelRef, output: i64) {
    let output = NanoUsd(output * DOLLAR.0);
    let price = MillionPrice { input: DOLLAR, output, cached: None, write: None };
    let own = Some(Override { price: PriceOverride::Set { price }, ..Override::default() });
    let _: Catalogue = admin.ok("save_override", &SaveOverride { model: model.clone(), own }).await;
}

async fn limited(admin: &Person, dollars: u64) -> LimitStandings {
    let measure = LimitMeasure::Money { span: Span::Day };
    let most = dollars * 1_000_000_000;
    let limits = vec![Limit::new(LimitScope::EachProfile {}, measure, most)];
    admin.ok("write_limits", &WorkspaceLimits { limits, ..Default::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_before_is_what_is_held_and_what_is_left_goes_down_with_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::default();
    let upstream = Upstream::start(openai_stream_held(&["He"], &gate, &["re."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let model = admin.offer("Dear", &upstream.base_url(), true).await;
    priced(&admin, &model, 10).await;
    limited(&admin, 5).await;
    let text = "Is the datum right at the old pier?";
    let said = estimate(&admin, &model, text).await;
    let up_to = said.up_to.expect("the price is known");
    assert_eq!(said.models[0].up_to, Some(up_to), "of the one model there is");
    assert!(up_to.0 > 81_920_000, "8,192 tokens of output at $10 a million, and the input");
    let left = said.left.expect("there is a limit on money");
    assert_eq!((left.held, left.spent), (0, 0), "nothing is held for an estimate");
    let turn = admin.ask(Question::NewChat { text: text.to_owned() }).await.expect("accepted");
    upstream.record(0).await;
    let standings: LimitStandings = admin.ok("read_limits", &Nothing {}).await;
    assert_eq!(standings.limits[0].held, up_to.0.unsigned_abs(), "to the nano-dollar");
    let meanwhile = estimate(&admin, &model, text).await.left.expect("a limit");
    assert_eq!(meanwhile.held, up_to.0.unsigned_abs(), "what is left counts what is held");
    gate.open();
    let chat = turn.settled().await.0.message.chat;
    let after = Estimate { target: None, chat: Some(chat), class: None, text: text.to_owned() };
    let again: Estimated = admin.ok("estimate", &after).await;
    assert!(again.models[0].input > said.models[0].input, "a further question brings the chat");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_not_known_is_never_nothing_and_the_dearest_stand_in_counts() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::default();
    let upstream = Upstream::start(openai_stream_held(&[], &gate, &["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let cheap = admin.offer("Cheap", &upstream.base_url(), true).await;
    let dear = admin.offer("Dear", &upstream.base_url(), false).await;
    assert_eq!(estimate(&admin, &cheap, "Why?").await.up_to, Some(NanoUsd(0)), "on this machine");
    let fallback = engine::api::SetFallback { models: vec![dear.clone()] };
    let _: Nothing = admin.ok("set_fallback", &fallback).await;
    priced(&admin, &cheap, 1).await;
    priced(&admin, &dear, 100).await;
    let said = estimate(&admin, &cheap, "Why?").await;
    let each: Vec<_> = said.models.iter().map(|one| one.model.clone()).collect();
    assert_eq!(each, [cheap.clone(), dear.clone()], "whoever may answer, the first one first");
    assert_eq!(said.up_to, said.models[1].up_to, "by the dearest");
    let unpriced = Override { price: PriceOverride::Unpriced {}, ..Override::default() };
    let saved = SaveOverride { model: dear, own: Some(unpriced) };
    let _: Catalogue = admin.ok("save_override", &saved).await;
    assert_eq!(estimate(&admin, &cheap, "Why?").await.up_to, None, "one of them is not known");
    let huge = Estimate { target: None, chat: None, class: None, text: "a".repeat((4 << 20) + 1) };
    let refused: Failure = admin.try_call::<_, Estimated>("estimate", &huge).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::Invalid, "{refused:?}");
}
