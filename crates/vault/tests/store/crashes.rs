//! What a crash leaves, and what the next opening makes of it.

use crate::desk::{Desk, attempt, now, opening, provenance, settlement, shown};
use domain::{Finish, TurnId};
use vault::{Closing, Recovered, TurnQuestion, Vault};

async fn begun(desk: &Desk) -> (TurnId, Recovered) {
    let ask = opening(TurnQuestion::NewChat { text: "question".to_owned() });
    let opened = desk.vault.open_turn(ask.clone()).await.unwrap();
    let left = Recovered {
        turn: ask.turn,
        chat: opened.chat.id,
        answer: ask.answer_id,
        finish: Finish::Interrupted,
        provenance: None,
        committed: None,
    };
    (ask.turn, left)
}

fn closing(finish: Finish, number: u8) -> Closing {
    Closing { attempt: attempt(number), finish, provenance: Some(provenance(number)) }
}

async fn answer(vault: &Vault, left: &Recovered) -> (String, Finish) {
    let stored = vault.message(left.answer).await.unwrap().unwrap();
    assert!(!stored.streaming, "a crashed answer is not being written any more");
    (stored.message.text, stored.message.finish)
}

#[tokio::test]
async fn a_crash_before_any_text_leaves_the_question_and_an_interrupted_answer() {
    let desk = Desk::new();
    let (_, left) = begun(&desk).await;
    let desk = desk.crash();
    let replayed = desk.vault.replay_unsettled(now()).await.unwrap();
    assert_eq!(replayed, std::slice::from_ref(&left), "one turn was open");
    assert_eq!(answer(&desk.vault, &left).await, (String::new(), Finish::Interrupted), "empty");
    assert_eq!(shown(&desk.vault, left.chat).await, ["question", ""], "nothing older is lost");
}

#[tokio::test]
async fn a_crash_while_streaming_keeps_what_the_journal_holds() {
    let desk = Desk::new();
    let (turn, left) = begun(&desk).await;
    desk.vault.journal_append(turn, "half an ".to_owned(), String::new()).await.unwrap();
    desk.vault.journal_append(turn, "answer".to_owned(), String::new()).await.unwrap();
    let desk = desk.crash();
    desk.vault.replay_unsettled(now()).await.unwrap();
    let wanted = ("half an answer".to_owned(), Finish::Interrupted);
    assert_eq!(answer(&desk.vault, &left).await, wanted, "a marked partial");
    let found = desk.vault.search("half answer", 5).await.unwrap();
    assert_eq!(found.hits.len(), 1, "and it is found");
    let again = TurnQuestion::Continue { message: left.answer };
    desk.vault.open_turn(opening(again)).await.unwrap();
}

#[tokio::test]
async fn a_crash_after_the_closing_record_settles_as_it_says() {
    let desk = Desk::new();
    let (turn, left) = begun(&desk).await;
    desk.vault.journal_append(turn, "all of it".to_owned(), String::new()).await.unwrap();
    let committed = desk.vault.journal_close(turn, closing(Finish::Complete, 3)).await.unwrap();
    assert!(committed.is_some(), "the record may speak of it");
    let desk = desk.crash();
    let replayed = desk.vault.replay_unsettled(now()).await.unwrap();
    let provenance = Some(provenance(3));
    let finish = Finish::Complete;
    let wanted = Recovered { finish, provenance: provenance.clone(), committed, ..left.clone() };
    assert_eq!(replayed, [wanted], "the caller learns which attempts to settle, and with what");
    let whole = ("all of it".to_owned(), Finish::Complete);
    assert_eq!(answer(&desk.vault, &left).await, whole, "a whole answer stays whole");
    let stored = desk.vault.message(left.answer).await.unwrap().unwrap();
    assert_eq!(stored.message.provenance, provenance, "with its card");
}

#[tokio::test]
async fn text_after_a_closing_record_is_another_attempt_that_was_interrupted() {
    let desk = Desk::new();
    let (turn, left) = begun(&desk).await;
    desk.vault.journal_append(turn, "the end".to_owned(), String::new()).await.unwrap();
    let committed = desk.vault.journal_close(turn, closing(Finish::Failed, 3)).await.unwrap();
    desk.vault.journal_append(turn, ", or not".to_owned(), String::new()).await.unwrap();
    let desk = desk.crash();
    let replayed = desk.vault.replay_unsettled(now()).await.unwrap();
    assert_eq!(replayed[0].provenance, Some(provenance(3)), "the first is still named");
    assert_eq!(replayed[0].committed, committed, "with the text that was there by its end");
    let wanted = ("the end, or not".to_owned(), Finish::Interrupted);
    assert_eq!(answer(&desk.vault, &left).await, wanted, "the second did not end");
}

#[tokio::test]
async fn a_crash_after_settling_leaves_nothing_to_replay() {
    let desk = Desk::new();
    let (turn, left) = begun(&desk).await;
    desk.vault.journal_append(turn, "done".to_owned(), String::new()).await.unwrap();
    let settled = desk.vault.settle_turn(turn, settlement(Finish::Complete)).await.unwrap();
    let desk = desk.crash();
    assert_eq!(desk.vault.replay_unsettled(now()).await.unwrap(), [], "it was settled");
    let again = desk.vault.settle_turn(turn, settlement(Finish::Cut)).await.unwrap();
    assert_eq!(again, settled, "and stays so");
    assert_eq!(desk.vault.message(left.answer).await.unwrap(), Some(settled), "unchanged");
}

#[tokio::test]
async fn replaying_twice_is_replaying_once() {
    let desk = Desk::new();
    let (turn, left) = begun(&desk).await;
    desk.vault.journal_append(turn, "part".to_owned(), String::new()).await.unwrap();
    let desk = desk.crash();
    desk.vault.replay_unsettled(now()).await.unwrap();
    let once = answer(&desk.vault, &left).await;
    let desk = desk.crash();
    assert_eq!(desk.vault.replay_unsettled(now()).await.unwrap(), [], "nothing is left");
    assert_eq!(answer(&desk.vault, &left).await, once, "and nothing was doubled");
}

#[tokio::test]
async fn a_draft_survives_a_crash() {
    let desk = Desk::new();
    desk.vault.save_draft(None, "unsent".to_owned()).await.unwrap();
    let desk = desk.crash();
    assert_eq!(desk.vault.new_draft().await.unwrap(), "unsent", "it was durable when saved");
}
