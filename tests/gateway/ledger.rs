//! The wall's cases of money, against the durable ledger over a real workspace.

use std::sync::Arc;

use domain::{AttemptId, FailureClass, Limit, LimitMeasure, LimitScope, NanoUsd, Span};
use gateway::{Delta, MeterRefusal};
use support::ledger::Ledger;
use support::upstream::openai::{self, openai_stream};
use support::upstream::{Script, Upstream};
use tokio_util::sync::CancellationToken;
use workspace::Tally;

use crate::crowds::until;
use crate::desk::{Desk, NOW, grant_for};

const DIME: i64 = 100_000_000;

fn five_dollars() -> Limit {
    let measure = LimitMeasure::Money { span: Span::Month };
    Limit::new(LimitScope::Workspace {}, measure, 5_000_000_000)
}

async fn ledger(dir: &tempfile::TempDir) -> Ledger {
    let ledger = Ledger::create(dir.path(), NanoUsd(DIME), NOW);
    ledger.limit(vec![five_dollars()]).await;
    ledger
}

/// Asks through the ledger; true where the meter did not refuse.
pub(crate) async fn ask(
    desk: &Desk,
    ledger: &Ledger,
    number: u64,
    cancel: CancellationToken,
) -> bool {
    let mut call = desk.call.clone();
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    call.attempt = AttemptId::new(NOW, random);
    let grant = grant_for(call.model_ref());
    let mut sink = |_: Delta| {};
    let outcome = desk.gateway.stream(&grant, ledger, call, cancel, &mut sink).await;
    match outcome.meter {
        None => true,
        Some(MeterRefusal::Spent { retry_at, .. }) => {
            assert!(retry_at.is_some(), "it says when there is more");
            let class = outcome.error.map(|error| error.class);
            assert_eq!(class, Some(FailureClass::Exhausted), "and is not asked again");
            false
        }
        Some(other) => unreachable!("the ledger failed: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_56_of_a_thousand_calls_at_once_exactly_fifty_leave() {
    let dir = tempfile::tempdir().expect("a folder");
    let ledger = ledger(&dir).await;
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let desk = Arc::new(Desk::at(&upstream));
    let asking: Vec<_> = (0..1_000)
        .map(|number| {
            let (desk, ledger) = (Arc::clone(&desk), ledger.clone());
            tokio::spawn(async move { ask(&desk, &ledger, number, CancellationToken::new()).await })
        })
        .collect();
    let mut passed = 0;
    for one in asking {
        passed += usize::from(one.await.expect("no panic"));
    }
    assert_eq!(passed, 50, "fifty dimes are five dollars");
    assert_eq!(upstream.questions().len(), 50, "and no other byte left");
    assert_eq!(ledger.used().await, [Tally { held: 0, spent: 5_000_000_000 }], "all booked");
    let report = ledger.verify().await;
    assert_eq!((report.fault, report.events), (None, 102), "an intent and an outcome for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_59_a_cancel_that_races_the_end_is_booked_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let ledger = ledger(&dir).await;
    let upstream = Upstream::start(openai_stream(&["The ", "moon."])).await;
    let desk = Desk::at(&upstream);
    for race in 0..30_u64 {
        let cancel = CancellationToken::new();
        let asking = ask(&desk, &ledger, race, cancel.clone());
        tokio::select! {
            biased;
            passed = asking => assert!(passed, "race {race}: there is enough"),
            () = async {
                for _ in 0..race { tokio::task::yield_now().await; }
                cancel.cancel();
                std::future::pending::<()>().await;
            } => {}
        }
        let used = ledger.used().await;
        assert_eq!(used[0].held, 0, "race {race}: nothing stays held");
        assert!(used[0].spent <= (race + 1) * DIME.unsigned_abs(), "race {race}: {used:?}");
    }
    let report = ledger.verify().await;
    assert_eq!((report.fault, report.events), (None, 62), "one intent and one outcome each");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_41_an_error_after_fifty_tokens_is_booked_and_leaves_nothing_running() {
    let dir = tempfile::tempdir().expect("a folder");
    let ledger = ledger(&dir).await;
    let tokens: Vec<String> = (0..50).map(|n| format!("{n} ")).collect();
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let error = r#"{"error":{"message":"upstream died","type":"server_error","code":500}}"#;
    let upstream = Upstream::start(openai::begun(&words).event(error).hold()).await;
    let (base_url, booking) = (upstream.base_url(), ledger.clone());
    // A runtime of its own, on which nothing runs but the gateway.
    let asking = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let desk = Desk::of(&base_url, domain::Dialect::OpenAi);
            ask(&desk, &booking, 1, CancellationToken::new()).await;
            let metrics = tokio::runtime::Handle::current().metrics();
            until(|| metrics.num_alive_tasks() == 0).await;
        });
    });
    asking.await.expect("it comes to rest: nothing is left that could keep the processor busy");
    upstream.record(0).await.left().await;
    let spent = DIME.unsigned_abs();
    assert_eq!(ledger.used().await, [Tally { held: 0, spent }], "what arrived is paid for");
    let report = ledger.verify().await;
    assert_eq!((report.fault, report.events), (None, 4), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_42_a_cancelled_stream_is_closed_within_100_ms_and_booked_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let ledger = ledger(&dir).await;
    let upstream = Upstream::start(openai::begun(&["The "]).hold()).await;
    let desk = Desk::at(&upstream);
    let mut took = Vec::new();
    for time in 0..11_u64 {
        let cancel = CancellationToken::new();
        let asking = ask(&desk, &ledger, time, cancel.clone());
        let stopping = async {
            let record = upstream.record(usize::try_from(time).expect("small")).await;
            let cancelled = tokio::time::Instant::now();
            cancel.cancel();
            record.left().await;
            took.push(cancelled.elapsed());
        };
        let (passed, ()) = tokio::join!(asking, stopping);
        assert!(passed, "there is enough");
        let spent = (time + 1) * DIME.unsigned_abs();
        assert_eq!(ledger.used().await, [Tally { held: 0, spent }], "released and booked, once");
    }
    took.sort_unstable();
    // The middle one: a busy machine may hold up this test, but not that often.
    assert!(took[5] < std::time::Duration::from_millis(100), "{took:?}");
    let health = desk.gateway.health(NOW);
    assert_eq!((health.running, health.queued), (0, 0), "and no place is kept");
    let report = ledger.verify().await;
    assert_eq!((report.fault, report.events), (None, 2 + 22), "one intent and one outcome each");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_53_what_may_have_been_billed_is_booked_and_what_never_left_is_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let ledger = ledger(&dir).await;
    let upstream = Upstream::start(openai_stream(&["The moon."])).await;
    let desk = Desk::at(&upstream);
    let dimes = async |expected: u64, why: &str| {
        let spent = expected * DIME.unsigned_abs();
        assert_eq!(ledger.used().await, [Tally { held: 0, spent }], "{why}");
    };
    let go = CancellationToken::new;
    upstream.next(Script::silent().reset());
    ask(&desk, &ledger, 1, go()).await;
    dimes(1, "the question was out and the connection broke").await;
    upstream.next(openai::begun(&["The "]).cut());
    ask(&desk, &ledger, 2, go()).await;
    dimes(2, "a part of the answer came").await;
    upstream.next(openai::error(429, "rate_limit_exceeded", "slow down"));
    ask(&desk, &ledger, 3, go()).await;
    dimes(2, "it was turned away").await;
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    ask(&desk, &ledger, 4, cancelled).await;
    dimes(2, "it never left").await;
    upstream.next(openai::begun(&["The "]).hold());
    let asking = Box::pin(ask(&desk, &ledger, 5, go()));
    tokio::select! {
        _ = asking => unreachable!("the stream is held open"),
        record = upstream.record(4 - 1) => drop(record),
    }
    loop {
        match ledger.used().await[0] {
            Tally { held: 0, spent } if spent == 3 * DIME.unsigned_abs() => break,
            _ => tokio::task::yield_now().await,
        }
    }
}
