//! Many people at once: the queue, limits, cancelling, chats that stay.

use std::sync::Arc;
use std::time::Duration;

use domain::{Choice, FailureClass, Finish, UnixMs};
use gateway::{
    Delta, Effort, GatewayOptions, Limit, Measure, QueueRules, Scope, Strategy, Waiting,
};
use support::upstream::openai::{self, error, openai_stream};
use support::upstream::{Gate, Script, Upstream};

use crate::asker::{Asker, candidate, candidate_of, chat, person, route};
use crate::desk::{NOW, SOON};

fn one_at_a_time(deep: usize) -> GatewayOptions {
    GatewayOptions { queue: QueueRules { at_once: 1, deep }, ..GatewayOptions::default() }
}

#[tokio::test]
async fn wall_65_a_flood_of_one_person_keeps_another_waiting_for_one_call_at_most() {
    let begin = Gate::new();
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(openai::openai_stream_held(&["first"], &begin, &[]));
    let asker = Arc::new(Asker::with(one_at_a_time(200)));
    let ask = |who: u8, n: u8| {
        let asker = Arc::clone(&asker);
        let route = route(vec![candidate_of(who, n, &upstream)]);
        tokio::spawn(async move { asker.ask(&route).await })
    };
    let first = ask(1, 1);
    upstream.record(0).await;
    let flood: Vec<_> = (0..100).map(|_| ask(1, 1)).collect();
    until(|| asker.gateway.health(NOW).queued == 100).await;
    let other = ask(2, 2);
    until(|| asker.gateway.health(NOW).queued == 101).await;
    begin.open();
    let heard = other.await.expect("no panic");
    assert!(matches!(heard.waiting[0], Waiting::Queued(0 | 1)), "{:?}", heard.waiting[0]);
    for one in flood.into_iter().chain([first]) {
        assert_eq!(one.await.expect("no panic").answered.call.finish, Finish::Complete, "all");
    }
    let order: Vec<_> = upstream
        .questions()
        .iter()
        .map(|record| record.request.json()["model"] == "model-2")
        .collect();
    let place = order.iter().position(|second| *second);
    assert!(place <= Some(2), "a hundred others waited before it: {place:?}");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_66_a_full_queue_refuses_with_a_wait_and_who_left_never_leaves() {
    let begin = Gate::new();
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    upstream.next(openai::openai_stream_held(&["first"], &begin, &[]));
    let mut asker = Asker::with(one_at_a_time(2));
    asker.question.effort = Effort { deadline: SOON, ..Effort::default() };
    let late = asker.question.clone();
    asker.question = crate::asker::question();
    let asker = Arc::new(asker);
    let ask = |asker: &Arc<Asker>| {
        let asker = Arc::clone(asker);
        let route = route(vec![candidate(1, &upstream)]);
        tokio::spawn(async move { asker.ask(&route).await })
    };
    let first = ask(&asker);
    upstream.record(0).await;
    let cancelled = ask(&asker);
    until(|| asker.gateway.health(NOW).queued == 1).await;
    let (mut sink, route_two) = (|_: Delta| {}, route(vec![candidate(1, &upstream)]));
    let too_late = asker.gateway.answer(
        &route_two,
        late,
        &asker.meter,
        gateway::Controls::default(),
        &mut sink,
    );
    let mut too_late = Box::pin(too_late);
    assert!(futures_poll(too_late.as_mut()).await, "it waits");
    let full = ask(&asker).await.expect("no panic");
    assert_eq!(full.class(), Some(FailureClass::Throttled), "the third is told at once");
    assert!(full.answered.retry_at.is_some(), "and when to try again");
    let answered = too_late.await;
    assert_eq!(answered.call.finish, Finish::Failed, "too late");
    asker.controls.cancel.cancel();
    let cancelled = cancelled.await.expect("no panic");
    assert_eq!(cancelled.answered.call.finish, Finish::Stopped, "as the person wished");
    begin.open();
    first.await.expect("no panic");
    assert_eq!(upstream.questions().len(), 1, "neither of them was ever sent");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_42_cancelling_ends_a_pause_and_a_stream_and_gives_everything_back() {
    let pausing = Script::answer(429, &[("retry-after", "30")], "{}");
    for script in [pausing, openai::begun(&["The "]).hold(), Script::silent().hold()] {
        let upstream = Upstream::start(script.clone()).await;
        let asker = Asker::new();
        let route = route(vec![candidate(1, &upstream)]);
        let cancel = asker.controls.cancel.clone();
        let is_pause = script.clone();
        let asking = asker.ask_with(&route, |delta| {
            if matches!(delta, Delta::Waiting(Waiting::Pause(_)) | Delta::Text(_)) {
                cancel.cancel();
            }
        });
        let stopping = async {
            let record = upstream.record(0).await;
            if format!("{is_pause:?}").contains("Hold") {
                asker.controls.cancel.cancel();
                record.left().await;
            }
        };
        let (heard, ()) = tokio::join!(asking, stopping);
        assert_eq!(heard.answered.call.finish, Finish::Stopped, "{script:?}");
        assert_eq!(heard.class(), None, "which is no failure: {script:?}");
        asker.assert_balanced();
    }
}

#[tokio::test]
async fn a_dropped_question_gives_everything_back() {
    let upstream = Upstream::start(openai::begun(&["The "]).hold()).await;
    let asker = Asker::with(one_at_a_time(4));
    let arrived = Gate::new();
    {
        let route = route(vec![candidate(1, &upstream)]);
        let asking = asker.ask_with(&route, |delta| {
            if matches!(delta, Delta::Text(_)) {
                arrived.open();
            }
        });
        tokio::select! {
            _ = asking => unreachable!("the stream is held open"),
            () = arrived.passed() => {}
        }
    }
    asker.assert_balanced();
    upstream.record(0).await.left().await;
}

#[tokio::test]
async fn a_limit_on_calls_holds_and_is_said_with_its_end() {
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    let asker = Asker::new();
    let route = route(vec![candidate(1, &upstream)]);
    let minute = Duration::from_secs(3_600);
    let limit = |scope, measure, most| asker.gateway.limit(vec![Limit { scope, measure, most }]);
    limit(Scope::Profile(person(1)), Measure::Requests(minute), 2);
    for _ in 0..2 {
        assert_eq!(asker.ask(&route).await.text, "ok", "two are allowed");
    }
    let heard = asker.ask(&route).await;
    assert_eq!(heard.class(), Some(FailureClass::Throttled), "the third is not");
    assert!(heard.answered.retry_at.is_some() && heard.message().contains("limit"), "{heard:?}");
    limit(Scope::Workspace, Measure::Tokens(minute), 60);
    let heard = asker.ask(&route).await;
    assert!(heard.message().contains("larger than a limit"), "{}", heard.message());
    assert_eq!(upstream.questions().len(), 2, "nothing more was sent");
    asker.assert_balanced();
}

#[tokio::test]
async fn wall_64_a_clock_that_jumps_neither_opens_nor_stalls_a_limit() {
    const HOUR: i64 = 3_600_000;
    let upstream = Upstream::start(openai_stream(&["ok"])).await;
    let mut asker = Asker::new();
    let route = route(vec![candidate(1, &upstream)]);
    let measure = Measure::Requests(Duration::from_secs(3_600));
    asker.gateway.limit(vec![Limit { scope: Scope::Workspace, measure, most: 2 }]);
    let passes = [
        (NOW, true, "the first"),
        (NOW, true, "the second"),
        (NOW, false, "two are allowed in an hour"),
        (NOW.plus(-24 * HOUR), false, "a clock set back opens nothing"),
        (UnixMs(0), false, "however far"),
        (UnixMs(i64::MIN), false, "or farther"),
        (NOW.plus(2 * HOUR), true, "a night asleep is time that passed"),
        (NOW, true, "and setting it back does not undo that"),
        (NOW, false, "the new hour has a limit, too"),
        (UnixMs(i64::MAX), true, "the end of all time is another hour"),
        (NOW, true, "after which nothing stalls"),
        (NOW, false, "and the limit still holds"),
    ];
    let mut asked = 0;
    for (now, passed, why) in passes {
        asker.question.now = now;
        let heard = asker.ask(&route).await;
        asked += usize::from(passed);
        let class = (!passed).then_some(FailureClass::Throttled);
        assert_eq!(heard.class(), class, "{why}: {heard:?}");
        assert_eq!(upstream.questions().len(), asked, "{why}");
    }
    asker.assert_balanced();
}

#[tokio::test]
async fn a_busy_key_lets_the_next_question_wait_for_the_first_to_end() {
    let begin = Gate::new();
    let upstream = Upstream::start(openai_stream(&["second"])).await;
    upstream.next(openai::openai_stream_held(&["first"], &begin, &[]));
    let asker = Arc::new(Asker::new());
    asker.gateway.limit(vec![Limit { scope: Scope::Workspace, measure: Measure::AtOnce, most: 1 }]);
    let ask = || {
        let (asker, route) = (Arc::clone(&asker), route(vec![candidate(1, &upstream)]));
        tokio::spawn(async move { asker.ask(&route).await })
    };
    let first = ask();
    upstream.record(0).await;
    let second = ask();
    until(|| asker.gateway.health(NOW).running == 2).await;
    begin.open();
    assert_eq!(first.await.expect("no panic").text, "first", "undisturbed");
    let second = second.await.expect("no panic");
    assert_eq!(second.text, "second", "as soon as there is room");
    for pause in second.pauses() {
        assert_eq!(pause.class, None, "a limit is nobody's failure");
    }
}

#[tokio::test]
async fn a_chat_stays_with_the_model_that_answered_it_while_that_is_healthy() {
    let upstreams = [
        Upstream::start(openai_stream(&["one"])).await,
        Upstream::start(openai_stream(&["two"])).await,
        Upstream::start(openai_stream(&["three"])).await,
    ];
    let mut asker = Asker::new();
    let mut route = route((1..=3).map(|n| candidate(n, &upstreams[usize::from(n) - 1])).collect());
    route.strategy = Strategy::Weighted;
    asker.question.chat = Some(chat(1));
    let first = asker.ask(&route).await;
    assert_eq!(first.answered.choice, Some(Choice::Weight), "a draw");
    for _ in 0..10 {
        let again = asker.ask(&route).await;
        assert_eq!(again.text, first.text, "its prompt cache is there");
        assert_eq!(again.answered.choice, Some(Choice::SameChat), "and the card says so");
    }
    let place = ["one", "two", "three"].iter().position(|text| *text == first.text);
    let ill = &upstreams[place.expect("one of them")];
    ill.usually(error(401, "invalid_api_key", "no"));
    let moved = asker.ask(&route).await;
    assert_ne!(moved.text, first.text, "until it is ill");
    ill.usually(openai_stream(&["back"]));
    assert_eq!(asker.ask(&route).await.text, moved.text, "then it stays where it went");
}

/// How many of so many questions at once were answered with yes.
pub(crate) async fn many<F: Future<Output = bool> + Send + 'static>(
    count: u64,
    ask: impl Fn(u64) -> F,
) -> usize {
    let asking: Vec<_> = (0..count).map(|number| tokio::spawn(ask(number))).collect();
    let mut passed = 0;
    for one in asking {
        passed += usize::from(one.await.expect("no panic"));
    }
    passed
}

/// Gives the others turns until `done`; a bound keeps a broken test from hanging.
pub(crate) async fn until(done: impl Fn() -> bool) {
    for _ in 0..1_000_000 {
        if done() {
            return;
        }
        tokio::task::yield_now().await;
    }
    unreachable!("it never came to that");
}

/// Polls once; true where it is still pending.
async fn futures_poll<F: Future + Unpin>(mut future: F) -> bool {
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut future).poll(cx).is_pending())
    })
    .await
}
