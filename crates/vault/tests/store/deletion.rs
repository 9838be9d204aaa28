//! Deleted means gone: out of sight, out of the index, out of every page.

use crate::desk::{Desk, asked, asked_on, in_both_vaults, opening, settlement, shown, turn};
use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use domain::Finish;
use std::path::Path;
use vault::{TurnQuestion, Vault, VaultError};

in_both_vaults! {
    async fn a_message_goes_with_everything_below_it(vault: &Vault) {
        let (first, answer) = asked(vault, "q0", "a0").await;
        let chat = first.chat.id;
        let (second, _) = asked_on(vault, chat, "q1", "a1").await;
        asked_on(vault, chat, "q2", "a2").await;
        let gone = second.question.unwrap().message.id;
        vault.delete_message(gone).await.unwrap();
        assert_eq!(shown(vault, chat).await, ["q0", "a0"], "what stood above stays");
        assert_eq!(vault.message(gone).await.unwrap(), None, "not even by its id");
        assert_eq!(vault.search("q2", 5).await.unwrap().hits, [], "nor by its words");
        assert!(matches!(vault.delete_message(gone).await, Err(VaultError::NotFound)), "once");
        asked_on(vault, chat, "q3", "a3").await;
        assert_eq!(shown(vault, chat).await, ["q0", "a0", "q3", "a3"], "and the chat goes on");
        assert_eq!(answer.message.chat, chat, "in the same chat");
    }

    async fn a_deleted_version_shows_its_neighbour(vault: &Vault) {
        let (first, one) = asked(vault, "question", "one").await;
        let again = TurnQuestion::Regenerate { message: one.message.id };
        let (_, two) = turn(vault, again, "two").await;
        vault.delete_message(two.message.id).await.unwrap();
        assert_eq!(shown(vault, first.chat.id).await, ["question", "one"], "the other answer");
        let stored = vault.message(one.message.id).await.unwrap().unwrap();
        assert_eq!(stored.versions, [one.message.id], "the only version now");
    }

    async fn a_deleted_version_that_is_not_shown_leaves_the_shown_one(vault: &Vault) {
        let (first, one) = asked(vault, "question", "one").await;
        turn(vault, TurnQuestion::Regenerate { message: one.message.id }, "two").await;
        vault.delete_message(one.message.id).await.unwrap();
        assert_eq!(shown(vault, first.chat.id).await, ["question", "two"], "nothing jumps");
    }

    async fn a_chat_without_messages_is_still_a_chat(vault: &Vault) {
        let (first, _) = asked(vault, "question", "answer").await;
        let chat = first.chat.id;
        vault.delete_message(first.question.unwrap().message.id).await.unwrap();
        assert_eq!(shown(vault, chat).await, Vec::<String>::new(), "empty");
        asked_on(vault, chat, "anew", "yes").await;
        assert_eq!(shown(vault, chat).await, ["anew", "yes"], "and can be written in");
    }

    async fn a_deleted_chat_is_nowhere(vault: &Vault) {
        let (gone, answer) = asked(vault, "secret plans", "hush").await;
        asked(vault, "other plans", "fine").await;
        let chat = gone.chat.id;
        vault.save_draft(Some(chat), "draft".to_owned()).await.unwrap();
        vault.delete_chat(chat).await.unwrap();
        assert!(matches!(vault.chat(chat).await, Err(VaultError::NotFound)), "not by id");
        assert_eq!(vault.message(answer.message.id).await.unwrap(), None, "nor its messages");
        let found = vault.search("plans", 5).await.unwrap();
        assert_eq!((found.chats.len(), found.hits.len()), (1, 1), "the other chat only");
        assert_eq!(vault.list_chats(false, None, 9).await.unwrap().chats.len(), 1, "not listed");
        let draft = vault.save_draft(Some(chat), "x".to_owned()).await;
        assert!(matches!(draft, Err(VaultError::NotFound)), "and takes no draft");
    }

    async fn deleting_what_is_being_written_ends_its_turn(vault: &Vault) {
        let ask = opening(TurnQuestion::NewChat { text: "question".to_owned() });
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        vault.journal_append(ask.turn, "half".to_owned(), String::new()).await.unwrap();
        vault.delete_message(ask.answer_id).await.unwrap();
        let more = vault.journal_append(ask.turn, "more".to_owned(), String::new()).await;
        assert!(matches!(more, Err(VaultError::NotFound)), "nothing is written to a deleted answer");
        let end = vault.settle_turn(ask.turn, settlement(Finish::Complete)).await;
        assert!(matches!(end, Err(VaultError::NotFound)), "nor settled");
        let branch = vault.open_branch(opened.chat.id, None, 9).await.unwrap();
        assert_eq!((branch.messages.len(), branch.running), (1, None), "the chat is free again");
    }
}

const CANARY: &str = "zeisigfederkleid";
/// The index stores a word without what it shares with the word before it.
const CANARY_END: &str = "sigfederkleid";

/// The file's pages as someone with the key sees them, free pages and slack included.
/// A page ends with its initialisation vector (16 bytes) and its tag (32); the first
/// page begins with the salt (AES-256-CBC, as SQLCipher documents its format).
pub(crate) fn decrypted(path: &Path, key: &sealed::Key) -> Vec<u8> {
    let pages = key.derive("carrel database pages");
    let cipher = Aes256::new(&Array::from(*pages.bytes()));
    let file = std::fs::read(path).unwrap();
    let mut plain = Vec::new();
    for (number, page) in file.chunks_exact(8192).enumerate() {
        let skip = if number == 0 { 16 } else { 0 };
        let mut before: [u8; 16] = page[8192 - 48..8192 - 32].try_into().unwrap();
        for sealed in page[skip..8192 - 48].chunks_exact(16) {
            let mut block = Array::from(<[u8; 16]>::try_from(sealed).unwrap());
            cipher.decrypt_block(&mut block);
            plain.extend(block.iter().zip(before).map(|(byte, mask)| byte ^ mask));
            before = sealed.try_into().unwrap();
        }
    }
    plain
}

fn traces(desk: &Desk) -> usize {
    let key = desk.keyring.history_key(1);
    let plain = decrypted(&desk.dir().join("history/1.db"), &key);
    plain.windows(CANARY_END.len()).filter(|bytes| *bytes == CANARY_END.as_bytes()).count()
}

/// A chat in whose title, question, answer, reasoning and draft the canary sits, among others.
async fn canary(desk: &Desk) -> (domain::ChatId, domain::MessageId) {
    for number in 0..20 {
        asked(&desk.vault, &format!("zei sig number {number}"), "feder kleid").await;
    }
    let ask = opening(TurnQuestion::NewChat { text: format!("who is {CANARY}") });
    let opened = desk.vault.open_turn(ask.clone()).await.unwrap();
    let text = format!("{CANARY} is {}", "long ".repeat(3_000));
    desk.vault.journal_append(ask.turn, text, CANARY.to_owned()).await.unwrap();
    desk.vault.settle_turn(ask.turn, settlement(Finish::Complete)).await.unwrap();
    for number in 0..20 {
        asked(&desk.vault, &format!("later {number}"), "feder kleid").await;
    }
    (opened.chat.id, ask.question_id)
}

#[tokio::test]
async fn a_deleted_chat_is_in_no_page_of_the_database_and_not_in_its_log() {
    let desk = Desk::new();
    let (chat, _) = canary(&desk).await;
    desk.vault.save_draft(Some(chat), format!("about {CANARY}")).await.unwrap();
    let desk = desk.crash();
    assert!(traces(&desk) >= 6, "title, question, answer, reasoning, draft and index");
    desk.vault.delete_chat(chat).await.unwrap();
    let log = std::fs::metadata(desk.dir().join("history/1.db-wal")).unwrap();
    assert_eq!(log.len(), 0, "no frame of the log remains");
    assert_eq!(traces(&desk), 0, "gone from tables, index, free pages and slack");
    desk.vault.check().await.unwrap();
}

#[tokio::test]
async fn a_deleted_message_takes_its_streaming_journal_along() {
    let desk = Desk::new();
    let (chat, question) = canary(&desk).await;
    let retitle = vault::ChatChange { title: Some("x".to_owned()), ..Default::default() };
    desk.vault.update_chat(chat, retitle).await.unwrap();
    let ask = opening(TurnQuestion::FollowUp { chat, text: "more".to_owned() });
    desk.vault.open_turn(ask.clone()).await.unwrap();
    desk.vault.journal_append(ask.turn, CANARY.to_owned(), String::new()).await.unwrap();
    desk.vault.delete_message(question).await.unwrap();
    assert_eq!(traces(&desk), 0, "texts, index and journal");
    assert_eq!(shown(&desk.vault, chat).await.len(), 0, "the chat itself stays");
}
