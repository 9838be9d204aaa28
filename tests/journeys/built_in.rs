//! The built-in model's life in the application: started, shared, crashed, stopped.
//!
//! With the real program and the real weights.

use domain::Finish;
use engine::api::{ListChats, Nothing, OneTurn, Question};
use support::local_model::{crash, real, running};
use support::people::{Carrel, OTHER_PASSPHRASE, Person, Turn};
use tempfile::TempDir;

const MINUTE: i64 = 60_000;
const LONG: &str = "Tell a very long story about a lighthouse keeper and the tide.";

/// A computer with the real model, and its admin's open desk.
pub(crate) async fn computer() -> (TempDir, Carrel, Person) {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start_with_models(dir.path(), real(dir.path())).await;
    let admin = carrel.first_run().await;
    admin.offer_built_in().await;
    (dir, carrel, admin)
}

async fn long_answer(person: &Person) -> Turn {
    let question = Question::NewChat { text: LONG.to_owned() };
    let mut turn = person.ask(question).await.expect("the question is accepted");
    turn.shows(" ").await;
    turn
}

async fn stop(person: &Person, turn: Turn) {
    let _: Nothing = person.ok("stop", &OneTurn { turn: turn.started.turn }).await;
    turn.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_started_by_the_first_question_and_shared_by_two_desks() {
    let (_dir, carrel, admin) = computer().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    assert_eq!(running(), [0; 0], "nobody asked yet");
    // Whether such a small model ever comes to an end is chance, so nobody waits for one.
    let hers = long_answer(&admin).await;
    let question = Question::NewChat { text: LONG.to_owned() };
    let mut his = jonas.ask(question).await.expect("the question is accepted");
    assert_eq!(running().len(), 1, "one process for both");
    stop(&admin, hers).await;
    his.shows(" ").await;
    assert_eq!(running().len(), 1, "and still the same one");
    stop(&jonas, his).await;
    carrel.app.close().await;
    assert_eq!(running(), [0; 0], "and none once everybody left");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_unloaded_after_five_minutes_without_a_question() {
    let (_dir, carrel, admin) = computer().await;
    let turn = long_answer(&admin).await;
    stop(&admin, turn).await;
    let first = running();
    carrel.clock.advance(4 * MINUTE);
    carrel.app.stop_idle_models().await;
    assert_eq!(running(), first, "the next question may come soon");

    let turn = long_answer(&admin).await;
    carrel.clock.advance(6 * MINUTE);
    carrel.app.stop_idle_models().await;
    assert_eq!(running(), first, "an answer may take longer than that");
    stop(&admin, turn).await;
    carrel.app.stop_idle_models().await;
    assert_eq!(running(), first, "the minutes count from its end");

    carrel.clock.advance(5 * MINUTE);
    carrel.app.stop_idle_models().await;
    assert_eq!(running(), [0; 0], "its memory is given back");
    let turn = long_answer(&admin).await;
    assert_eq!(running().len(), 1, "the next question starts it again");
    stop(&admin, turn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_keeps_what_it_wrote_and_costs_only_that_answer() {
    let (_dir, _carrel, admin) = computer().await;
    let turn = long_answer(&admin).await;
    let [process] = running()[..] else { panic!("one runs: {:?}", running()) };
    crash(process);
    let (partial, failure) = turn.settled().await;
    assert_eq!(partial.message.finish, Finish::Cut, "it is marked as broken off");
    assert!(!partial.message.text.is_empty(), "what it wrote is kept");
    assert!(failure.is_some(), "and the person is told");
    let (_, answer) = admin.ask_new("Say hello.").await;
    assert_eq!(answer.message.finish, Finish::Complete, "the next question starts it again");
    assert!(!running().contains(&process), "as another process");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_ends_the_process_that_read_the_desks_words() {
    let (_dir, carrel, admin) = computer().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    admin.ask_new("Say hello.").await;
    let [first] = running()[..] else { panic!("one runs: {:?}", running()) };
    carrel.lock(&jonas, "Jonas").await;
    assert_eq!(running(), [first], "it never read a word of his");
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas2").await;
    jonas.ask_new("Say hello.").await;
    carrel.lock(&jonas, "Jonas").await;
    assert_eq!(running(), [0; 0], "now it did, although it served her before");
    let (_, answer) = admin.ask_new("Say hello.").await;
    assert_eq!(answer.message.finish, Finish::Complete, "her next question starts it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_lets_the_other_desks_answer_be_written_to_its_end() {
    let (_dir, carrel, admin) = computer().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    jonas.ask_new("Say hello.").await;
    let turn = long_answer(&admin).await;
    let [shared] = running()[..] else { panic!("one runs: {:?}", running()) };
    carrel.lock(&jonas, "Jonas").await;
    assert_eq!(running(), [shared], "her answer goes on");
    let (_, second) = admin.ask_new("Say hello.").await;
    assert_eq!(second.message.finish, Finish::Complete, "new questions go to a new process");
    stop(&admin, turn).await;
    while running().contains(&shared) {
        tokio::task::yield_now().await;
    }
    assert_eq!(running().len(), 1, "the one that read his words ended with her answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_in_the_middle_of_an_answer_keeps_it_and_ends_the_process() {
    let (_dir, carrel, admin) = computer().await;
    let turn = long_answer(&admin).await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    turn.ended().await;
    carrel.app.close().await;
    assert_eq!(running(), [0; 0], "nothing that read her words goes on");
    let admin = carrel.unlock("Mira", support::people::PASSPHRASE, "again").await;
    let list = ListChats { archived: false, before: None, limit: 10 };
    let chats: engine::api::ChatList = admin.ok("list_chats", &list).await;
    assert_eq!(chats.chats.len(), 1, "the question and what was written are kept");
}
