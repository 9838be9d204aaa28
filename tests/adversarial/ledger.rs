//! Killed at every step of a call: what the ledger then holds.
//!
//! A process asks one question and is killed before, between or after the
//! steps of its call. Unsent is released, possibly sent is booked with the
//! most it may have used and marked unknown, what ended is booked as it was.

use std::path::{Path, PathBuf};

use domain::{Limit, LimitMeasure, LimitScope, Span};
use engine::api::{
    Examination, LimitStandings, Nothing, Question, SaveProvider, TurnEvent, WorkspaceLimits,
};
use serde::{Deserialize, Serialize};
use support::child::{Process, hear, orders, say};
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::openai::{begun, openai_stream};
use support::upstream::{Script, Upstream};
use tokio::net::TcpListener;

/// Where the process is when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// Nothing is reserved.
    Before,
    /// It is reserved, and the connection is being made.
    Reserved,
    /// The question is out, and nothing came back.
    Left,
    /// A part of the answer is there.
    Answering,
    /// The attempt is settled.
    Settled,
}

#[derive(Serialize, Deserialize)]
struct Work {
    data_dir: PathBuf,
    step: Step,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test below kills"]
async fn a_process_that_asks_until_it_is_killed() {
    let Work { data_dir, step } = orders();
    let carrel = Carrel::start(&data_dir).await;
    let person = carrel.unlock("Mira", PASSPHRASE, "w").await;
    if step != Step::Before {
        let question = Question::NewChat { text: "What is a tide?".to_owned() };
        let mut turn = person.ask(question).await.expect("the question is accepted");
        while let Some(event) = turn.next().await {
            match event {
                TurnEvent::Text { .. } if step == Step::Answering => break,
                TurnEvent::Settled { .. } => break,
                _ => {}
            }
        }
    }
    say("there");
    let _ = hear();
}

/// How the provider behaves so that the process stops at `step`.
async fn upstream(step: Step) -> Upstream {
    Upstream::start(match step {
        Step::Before | Step::Reserved | Step::Left => Script::silent().hold(),
        Step::Answering => begun(&["The moon "]).hold(),
        Step::Settled => openai_stream(&["The moon."]),
    })
    .await
}

async fn limited(dir: &Path, base_url: &str) {
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    let provider = SaveProvider {
        id: None,
        label: "Tides".to_owned(),
        dialect: domain::Dialect::OpenAi,
        base_url: base_url.to_owned(),
        key: None,
        models: vec!["tides-1".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: true,
    };
    let _: engine::api::ProviderView = admin.ok("save_provider", &provider).await;
    let limit = |measure| Limit::new(LimitScope::Workspace {}, measure, 1_000_000);
    let (requests, tokens) =
        (LimitMeasure::Requests { span: Span::Day }, LimitMeasure::Tokens { span: Span::Day });
    // Nobody has anything of their own: all of it is the pool's.
    let shared =
        Limit { pool: Some(1_000_000), ..Limit::new(LimitScope::EachProfile {}, tokens, 0) };
    let limits = vec![limit(requests), limit(tokens), shared];
    let wanted = WorkspaceLimits { limits, ..Default::default() };
    let _: LimitStandings = admin.ok("write_limits", &wanted).await;
    carrel.app.close().await;
}

/// Kills a process at `step`; returns the folder it leaves.
async fn killed_at(step: Step) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = upstream(step).await;
    // Takes the connection and never says a word of TLS, so that no question leaves.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base_url = match step {
        Step::Reserved => format!("https://{}/v1", silent.local_addr().expect("bound")),
        _ => upstream.base_url(),
    };
    limited(dir.path(), &base_url).await;
    let order = Work { data_dir: dir.path().to_path_buf(), step };
    let mut process = Process::start("ledger::a_process_that_asks_until_it_is_killed", &order);
    let mut connection = None;
    match step {
        Step::Before | Step::Answering | Step::Settled => process.until("there"),
        Step::Reserved => connection = Some(silent.accept().await.expect("it connects")),
        Step::Left => drop(upstream.record(0).await),
    }
    process.kill();
    drop(connection);
    dir
}

/// Requests and tokens, held and spent, once the desk is opened again.
async fn after(dir: &Path) -> [(u64, u64); 2] {
    let carrel = Carrel::start(dir).await;
    let person: Person = carrel.unlock("Mira", PASSPHRASE, "after").await;
    let standings: LimitStandings = person.ok("read_limits", &Nothing {}).await;
    let examined: Examination = person.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "{:?}", examined.findings);
    carrel.app.close().await;
    let [requests, tokens, shared] = <[_; 3]>::try_from(standings.limits).expect("three limits");
    let drawn = shared.pool.expect("it has a pool").used;
    assert_eq!(drawn, tokens.held + tokens.spent, "the pool is owed what the calls are");
    [(requests.held, requests.spent), (tokens.held, tokens.spent)]
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_58_what_never_left_is_released_after_a_kill() {
    for step in [Step::Before, Step::Reserved] {
        let dir = killed_at(step).await;
        assert_eq!(after(dir.path()).await, [(0, 0), (0, 0)], "{step:?}: nothing is owed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_58_what_may_have_left_is_booked_with_the_most_after_a_kill() {
    for step in [Step::Left, Step::Answering] {
        let dir = killed_at(step).await;
        let [requests, tokens] = after(dir.path()).await;
        assert_eq!(requests, (0, 1), "{step:?}: it may have been billed");
        assert!(tokens.0 == 0 && tokens.1 > 8_192, "{step:?}: the whole hold counts: {tokens:?}");
        assert_eq!(after(dir.path()).await, [requests, tokens], "{step:?}: once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_58_what_was_settled_stays_as_it_was_after_a_kill() {
    let dir = killed_at(Step::Settled).await;
    assert_eq!(after(dir.path()).await, [(0, 1), (0, 17)], "what the provider said");
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_58_without_whole_notes_of_this_start_nothing_is_released() {
    for (spoil, why) in [
        (spoil_start as fn(&Path), "the computer started again, and the last notes may be lost"),
        (spoil_end, "a note is cut"),
        (|at| std::fs::remove_file(at).expect("it was there"), "there are no notes"),
    ] {
        let dir = killed_at(Step::Reserved).await;
        spoil(&notes(dir.path()));
        let [requests, tokens] = after(dir.path()).await;
        assert_eq!(requests, (0, 1), "{why}");
        assert!(tokens.0 == 0 && tokens.1 > 8_192, "{why}: {tokens:?}");
    }
}

/// The file in which a desk notes what leaves.
fn notes(dir: &Path) -> PathBuf {
    let entries = std::fs::read_dir(dir.join("run")).expect("the folder of what runs");
    let mut paths = entries.map(|entry| entry.expect("readable").path());
    paths.find(|path| path.extension().is_some_and(|end| end == "left")).expect("the desk's notes")
}

fn spoil_start(at: &Path) {
    let mut bytes = std::fs::read(at).expect("readable");
    bytes[20] ^= 1;
    std::fs::write(at, bytes).expect("writable");
}

fn spoil_end(at: &Path) {
    let mut bytes = std::fs::read(at).expect("readable");
    bytes.push(0);
    std::fs::write(at, bytes).expect("writable");
}
