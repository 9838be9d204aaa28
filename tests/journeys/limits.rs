//! What admins allow to be used, and what a person sees where it is used up.

use domain::{Finish, Limit, LimitMeasure, LimitScope, Span};
use engine::Clock;
use engine::api::{
    AccessView, FailureCode, LimitStanding, LimitStandings, Nothing, OwnLimits, Question,
    SetFallback, TurnEvent, ViewAccess, Waiting, WorkspaceLimits,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::upstream::openai::{begun, finish, openai_stream, openai_stream_held};
use support::upstream::{Gate, Script, Upstream};

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn limit(scope: LimitScope, measure: LimitMeasure, most: u64) -> Limit {
    Limit::new(scope, measure, most)
}

fn requests(most: u64) -> Limit {
    limit(LimitScope::Workspace {}, LimitMeasure::Requests { span: Span::Day }, most)
}

fn tokens(most: u64) -> Limit {
    limit(LimitScope::Workspace {}, LimitMeasure::Tokens { span: Span::Day }, most)
}

async fn set(admin: &Person, limits: Vec<Limit>) -> LimitStandings {
    admin.ok("write_limits", &WorkspaceLimits { limits, ..Default::default() }).await
}

async fn standings(admin: &Person) -> Vec<LimitStanding> {
    admin.ok::<_, LimitStandings>("read_limits", &Nothing {}).await.limits
}

async fn ask(person: &Person, text: &str) -> (Finish, Option<engine::api::Failure>) {
    let question = Question::NewChat { text: text.to_owned() };
    let turn = person.ask(question).await.expect("it is accepted");
    let (view, failure) = turn.settled().await;
    (view.message.finish, failure)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_used_up_says_until_when_and_holds_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    set(&admin, vec![requests(2)]).await;
    for _ in 0..2 {
        assert_eq!(ask(&admin, "Why?").await, (Finish::Complete, None), "two are allowed");
    }
    let (finish, failure) = ask(&admin, "Why?").await;
    let failure = failure.expect("the third is not");
    assert_eq!((finish, failure.code), (Finish::Failed, FailureCode::LimitReached));
    assert!(
        failure.message.starts_with("The limit of 2 requests a day is used up."),
        "{failure:?}"
    );
    let free = failure.retry_at.expect("the next day");
    assert_eq!(free.0 % DAY, 0, "at midnight in UTC");
    carrel.app.close().await;

    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let (_, failure) = ask(&admin, "Why?").await;
    assert_eq!(
        failure.map(|one| one.code),
        Some(FailureCode::LimitReached),
        "a restart frees nothing"
    );
    carrel.clock.advance(-40 * DAY);
    let (_, failure) = ask(&admin, "Why?").await;
    assert_eq!(failure.map(|one| one.code), Some(FailureCode::LimitReached), "nor does the clock");
    carrel.clock.advance(42 * DAY);
    assert_eq!(ask(&admin, "Why?").await, (Finish::Complete, None), "another day is another day");
    assert_eq!(upstream.questions().len(), 3, "what was refused was not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_in_answers_where_a_limit_stops_the_chosen_model() {
    let dir = tempfile::tempdir().expect("a folder");
    let (one, other) = (openai_stream(&["One."]), openai_stream(&["Other."]));
    let (one, other) = (Upstream::start(one).await, Upstream::start(other).await);
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let usual = admin.offer("One", &one.base_url(), true).await;
    let models = vec![admin.offer("Other", &other.base_url(), false).await];
    let _: Nothing = admin.ok("set_fallback", &SetFallback { models }).await;
    let measure = LimitMeasure::Requests { span: Span::Day };
    set(&admin, vec![limit(LimitScope::Model { model: usual }, measure, 1)]).await;
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "One.", "the chosen one");
    assert_eq!(admin.ask_new("Why?").await.1.message.text, "Other.", "and then who stands in");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_kept_as_short_as_what_is_left() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    ask(&admin, "Why?").await;
    let first = upstream.record(0).await.request.json();
    assert_eq!(first["max_tokens"], 8_192, "every call has a cap, so that its most is known");
    set(&admin, vec![tokens(1_000)]).await;
    let standing = standings(&admin).await.remove(0);
    assert_eq!((standing.held, standing.spent), (0, 17), "what was used before the limit was set");
    ask(&admin, "Why?").await;
    let second = upstream.record(1).await.request.json();
    let cap = second["max_tokens"].as_u64().expect("a number");
    assert!((256..1_000).contains(&cap), "less is left than the usual cap: {cap}");
    let standing = standings(&admin).await.remove(0);
    assert_eq!((standing.held, standing.spent), (0, 34), "what was not used is given back");
    set(&admin, vec![tokens(200)]).await;
    let (_, failure) = ask(&admin, "Why?").await;
    let failure = failure.expect("it does not fit");
    assert_eq!((failure.code, failure.retry_at), (FailureCode::LimitReached, None), "never");
    assert!(failure.message.contains("larger than the limit of 200 tokens a day"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_53_every_attempt_that_may_have_been_billed_is_booked_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    // It reads the question and hangs up; it turns one away; it breaks off a visible answer.
    upstream.next(Script::silent().cut());
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    set(&admin, vec![requests(100), tokens(1_000_000)]).await;
    assert_eq!(ask(&admin, "Why?").await, (Finish::Complete, None), "asked again unseen");
    let [requests, used] = <[_; 2]>::try_from(standings(&admin).await).expect("two limits");
    assert_eq!((requests.held, requests.spent), (0, 2), "both calls stand in the ledger");
    let unknown = used.spent - 17;
    assert!(unknown > 8_192, "of the first, the most it may have used counts: {unknown}");
    upstream.next(Script::json(400, r#"{"error":{"message":"no"}}"#));
    ask(&admin, "Why?").await;
    assert_eq!(standings(&admin).await[0].spent, 2, "what a provider turns away costs nothing");
    upstream.next(begun(&["The datum ", "moved."]).cut());
    assert_eq!(ask(&admin, "Why?").await.0, Finish::Cut, "a partial answer");
    let after = standings(&admin).await;
    assert_eq!(after[0].spent, 3, "is booked, once");
    assert!(after[1].spent > used.spent, "with what arrived");
    upstream.next(begun(&["Ebb."]).event(finish("stop")).event("[DONE]").end());
    ask(&admin, "Why?").await;
    assert!(standings(&admin).await[1].spent > after[1].spent, "wall 47: unknown is never zero");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_at_once_wait_for_each_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let upstream = Upstream::start(openai_stream(&["Second."])).await;
    upstream.next(openai_stream_held(&["First."], &gate, &[]));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    set(&admin, vec![limit(LimitScope::EachProfile {}, LimitMeasure::AtOnce {}, 1)]).await;
    let first = admin.ask(Question::NewChat { text: "One?".to_owned() }).await.expect("accepted");
    upstream.record(0).await;
    let asking = admin.ask(Question::NewChat { text: "Two?".to_owned() });
    let mut second = asking.await.expect("accepted");
    loop {
        match second.next().await.expect("it goes on") {
            TurnEvent::Waiting { reason: Waiting::Pause, .. } => break,
            TurnEvent::Text { text } => unreachable!("{text} came while the first was under way"),
            _ => {}
        }
    }
    gate.open();
    assert_eq!(first.settled().await.0.message.text, "First.", "undisturbed");
    assert_eq!(second.settled().await.0.message.text, "Second.", "after it");
}

/// What each person has, and a pool.
fn shared(measure: LimitMeasure, most: u64, pool: u64) -> Limit {
    Limit { pool: Some(pool), ..limit(LimitScope::EachProfile {}, measure, most) }
}

const ASKED_A_DAY: LimitMeasure = LimitMeasure::Requests { span: Span::Day };

async fn own_limit(person: &Person) -> LimitStanding {
    person.ok::<_, OwnLimits>("own_limits", &Nothing {}).await.limits.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_answers_where_ones_own_is_used_up_and_holds_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    let noor = carrel.join(&admin, "Noor", "noor").await;
    set(&admin, vec![shared(ASKED_A_DAY, 1, 2)]).await;
    for _ in 0..2 {
        assert_eq!(ask(&noor, "Why?").await, (Finish::Complete, None), "one and one of the pool");
    }
    let seen = own_limit(&admin).await;
    let used = (seen.spent, seen.pool.expect("there is a pool").used);
    assert_eq!(used, (0, 1), "everybody sees how much of it is left");
    assert_eq!(own_limit(&noor).await.spent, 2, "and what they used themselves");
    let member = carrel.profile("Noor").await;
    let view: AccessView = admin.ok("view_access", &ViewAccess { member }).await;
    assert_eq!(view.limits[0].pool, seen.pool, "an admin who looks sees the same");
    carrel.app.close().await;

    let carrel = Carrel::start_at(dir.path(), carrel.clock.now()).await;
    let noor = carrel.unlock("Noor", OTHER_PASSPHRASE, "again").await;
    assert_eq!(ask(&noor, "Why?").await, (Finish::Complete, None), "the last one of the pool");
    let (_, failure) = ask(&noor, "Why?").await;
    let failure = failure.expect("nothing is left");
    assert_eq!(failure.code, FailureCode::LimitReached);
    assert!(
        failure.message.starts_with(
            "Your own limit of 1 request a day and the pool of 2 requests a day that all share are used up."
        ),
        "{failure:?}"
    );
    assert_eq!(failure.retry_at.expect("the next day").0 % DAY, 0, "at midnight in UTC");
    let admin = carrel.unlock("Mira", PASSPHRASE, "mira").await;
    assert_eq!(ask(&admin, "Why?").await, (Finish::Complete, None), "hers is hers");
    assert_eq!(ask(&admin, "Why?").await.0, Finish::Failed, "and the pool is everybody's");
    assert_eq!(upstream.questions().len(), 4, "what was refused was not sent");
    set(&admin, vec![shared(LimitMeasure::Tokens { span: Span::Day }, 100, 100)]).await;
    let (_, failure) = ask(&admin, "Why?").await;
    let failure = failure.expect("it does not fit");
    assert_eq!((failure.code, failure.retry_at), (FailureCode::LimitReached, None), "never");
    assert!(failure.message.contains("allow together"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_belongs_to_what_each_person_has_in_a_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let at_once = limit(LimitScope::EachProfile {}, LimitMeasure::AtOnce {}, 2);
    let too_large = shared(ASKED_A_DAY, 1, Limit::MOST + 1);
    for limit in [requests(2), at_once, too_large, shared(ASKED_A_DAY, 1, 0)] {
        let pool = limit.pool.or(Some(5));
        let limits = vec![Limit { pool, ..limit }];
        let wanted = WorkspaceLimits { limits, ..Default::default() };
        let failure = admin.fails("write_limits", &wanted).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{wanted:?}");
    }
    assert_eq!(standings(&admin).await, [], "none of them was set");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_62_a_limit_that_is_not_understood_is_refused_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    set(&admin, vec![requests(2)]).await;
    for strange in [
        serde_json::json!({ "limits": [], "block_unpriced": false, "budget": 5 }),
        serde_json::json!({ "limits": [{ "scope": { "kind": "planet" }, "most": 5,
            "measure": { "kind": "money", "span": "month" } }], "block_unpriced": false }),
        serde_json::json!({ "limits": [{ "scope": { "kind": "workspace" }, "most": -5,
            "measure": { "kind": "money", "span": "month" } }], "block_unpriced": false }),
    ] {
        let failure = admin.fails("write_limits", &strange).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{strange}");
    }
    let kept = standings(&admin).await;
    assert_eq!((kept.len(), &kept[0].limit), (1, &requests(2)), "those that were set still hold");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_see_and_set_limits() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = carrel.join(&admin, "Noor", "member").await;
    let wanted = WorkspaceLimits { limits: vec![requests(2)], ..Default::default() };
    assert_eq!(member.fails("write_limits", &wanted).await.code, FailureCode::Denied);
    assert_eq!(member.fails("read_limits", &Nothing {}).await.code, FailureCode::Denied);
}
