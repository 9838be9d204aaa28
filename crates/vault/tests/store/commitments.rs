//! Commitments: a key for each text, here and nowhere else, and gone with its message.

use crate::deletion::decrypted;
use crate::desk::{Desk, attempt, guest, opening, provenance, settlement};
use domain::{ChatId, Finish, MessageId};
use sealed::Side;
use vault::{Closing, Commitments, TurnQuestion, Vault, VaultError};

/// A turn whose call ended so: its answer, and what the record may say of it.
async fn called(
    vault: &Vault,
    question: TurnQuestion,
    number: u8,
    answer: &str,
    finish: Finish,
) -> (ChatId, MessageId, Option<Commitments>) {
    let ask = opening(question);
    let opened = vault.open_turn(ask.clone()).await.unwrap();
    vault.journal_append(ask.turn, answer.to_owned(), "thinking".to_owned()).await.unwrap();
    let provenance = Some(provenance(number));
    let closing = Closing { attempt: attempt(number), finish, provenance };
    let committed = vault.journal_close(ask.turn, closing).await.unwrap();
    vault.settle_turn(ask.turn, settlement(finish)).await.unwrap();
    (opened.chat.id, opened.answer.message.id, committed)
}

fn new_chat(text: &str) -> TurnQuestion {
    TurnQuestion::NewChat { text: text.to_owned() }
}

/// What opens the commitment to this side fits what was committed, and this text.
async fn opens(vault: &Vault, answer: MessageId, side: Side, committed: &Commitments) -> String {
    let found = vault.content_keys(answer, side).await.unwrap().remove(0);
    let commitment = match side {
        Side::Input => committed.input,
        Side::Output => committed.output,
    };
    assert_eq!(found.attempt, committed.attempt, "of this call");
    assert!(commitment.is_to(&found.text, side, found.attempt, &found.key), "{side:?}");
    found.text
}

#[tokio::test]
async fn a_call_that_ended_is_committed_to_text_by_text_each_with_a_key_of_its_own() {
    let desk = Desk::new();
    let question = new_chat("Whose otters?\n");
    let (_, answer, committed) =
        called(&desk.vault, question, 1, " Hers. ", Finish::Complete).await;
    let committed = committed.unwrap();
    let desk = desk.crash();
    let texts = [
        opens(&desk.vault, answer, Side::Input, &committed).await,
        opens(&desk.vault, answer, Side::Output, &committed).await,
    ];
    assert_eq!(texts, ["Whose otters?\n", " Hers. "], "as they stand, and no reasoning");
    let key = async |side| *desk.vault.content_keys(answer, side).await.unwrap()[0].key.bytes();
    let (input, output) = (key(Side::Input).await, key(Side::Output).await);
    assert_ne!(input, output, "who is shown one text learns nothing of the other");
}

#[tokio::test]
async fn an_answer_that_is_gone_on_with_is_committed_to_as_a_whole() {
    let desk = Desk::new();
    let (_, answer, first) =
        called(&desk.vault, new_chat("q"), 1, "Half an ", Finish::Stopped).await;
    let first = first.unwrap();
    assert_eq!(
        opens(&desk.vault, answer, Side::Output, &first).await,
        "Half an ",
        "what there was"
    );
    let go_on = TurnQuestion::Continue { message: answer };
    let (_, same, second) = called(&desk.vault, go_on, 2, "answer", Finish::Complete).await;
    assert_eq!(same, answer, "it grew in place");
    let second = second.unwrap();
    assert_eq!(opens(&desk.vault, answer, Side::Output, &second).await, "Half an answer");
    assert_eq!(opens(&desk.vault, answer, Side::Input, &second).await, "q", "the same question");
    let keys = desk.vault.content_keys(answer, Side::Output).await.unwrap();
    let [_, older] = keys.as_slice() else { panic!("one for each call: {keys:?}") };
    let fits = first.output.is_to(&older.text, Side::Output, older.attempt, &older.key);
    assert!(fits, "and the older call's opens the part that there was then");
}

#[tokio::test]
async fn what_was_committed_to_is_shown_when_more_followed() {
    let desk = Desk::new();
    let (_, answer, first) =
        called(&desk.vault, new_chat("q"), 1, "Half an ", Finish::Stopped).await;
    let ask = opening(TurnQuestion::Continue { message: answer });
    desk.vault.open_turn(ask.clone()).await.unwrap();
    desk.vault.journal_append(ask.turn, "answer".to_owned(), String::new()).await.unwrap();
    desk.vault.settle_turn(ask.turn, settlement(Finish::Interrupted)).await.unwrap();
    let text = opens(&desk.vault, answer, Side::Output, &first.unwrap()).await;
    assert_eq!(text, "Half an ", "and no word that the record does not speak of");
}

#[tokio::test]
async fn a_guest_desk_commits_to_nothing() {
    let vault = guest();
    let (_, answer, committed) = called(&vault, new_chat("q"), 1, "a", Finish::Complete).await;
    assert_eq!(committed, None, "its keys would be gone before anybody asks for them");
    assert!(vault.content_keys(answer, Side::Output).await.unwrap().is_empty(), "and has no key");
}

/// How often a key lies in the pages of the database, and how often in its log.
fn found(desk: &Desk, key: [u8; 32]) -> usize {
    let pages = decrypted(&desk.dir().join("history/1.db"), &desk.keyring.history_key(1));
    pages.windows(key.len()).filter(|bytes| *bytes == key).count()
}

async fn keys(desk: &Desk, answer: MessageId) -> [[u8; 32]; 2] {
    let key = async |side| *desk.vault.content_keys(answer, side).await.unwrap()[0].key.bytes();
    [key(Side::Input).await, key(Side::Output).await]
}

#[tokio::test]
async fn keys_are_destroyed_with_the_message_and_with_the_chat() {
    for whole_chat in [false, true] {
        let desk = Desk::new();
        let (chat, answer, _) =
            called(&desk.vault, new_chat("question"), 1, "answer", Finish::Complete).await;
        let other = called(&desk.vault, new_chat("other"), 2, "answer", Finish::Complete).await.1;
        let (gone, kept) = (keys(&desk, answer).await, keys(&desk, other).await);
        let desk = desk.crash();
        assert_eq!(gone.map(|key| found(&desk, key)), [1, 1], "they lie on the desk");
        if whole_chat {
            desk.vault.delete_chat(chat).await.unwrap();
        } else {
            desk.vault.delete_message(answer).await.unwrap();
        }
        let log = std::fs::metadata(desk.dir().join("history/1.db-wal")).unwrap();
        assert_eq!(log.len(), 0, "no frame of the log remains");
        assert_eq!(gone.map(|key| found(&desk, key)), [0, 0], "in no page, free pages included");
        assert_eq!(kept.map(|key| found(&desk, key)), [1, 1], "others stay");
        let asked = desk.vault.content_keys(answer, Side::Input).await;
        assert!(matches!(asked, Err(VaultError::NotFound)), "{asked:?}");
    }
}
