//! The list of chats.

use crate::desk::{asked, asked_on, chat_id, in_both_vaults};
use vault::{ChatChange, Vault, VaultError};

async fn titles(vault: &Vault, archived: bool) -> Vec<String> {
    let page = vault.list_chats(archived, None, 200).await.unwrap();
    page.chats.into_iter().map(|chat| chat.title).collect()
}

in_both_vaults! {
    async fn pinned_chats_come_first_then_the_last_active(vault: &Vault) {
        let (first, _) = asked(vault, "first", "1").await;
        asked(vault, "second", "2").await;
        let (third, _) = asked(vault, "third", "3").await;
        asked_on(vault, first.chat.id, "again", "4").await;
        assert_eq!(titles(vault, false).await, ["first", "third", "second"], "by activity");
        let pin = ChatChange { pinned: Some(true), ..ChatChange::default() };
        vault.update_chat(third.chat.id, pin).await.unwrap();
        assert_eq!(titles(vault, false).await, ["third", "first", "second"], "pinned first");
    }

    async fn pages_neither_overlap_nor_leave_gaps(vault: &Vault) {
        let mut all = Vec::new();
        for number in 0..7 {
            let (opened, _) = asked(vault, &format!("chat {number}"), "yes").await;
            all.push(opened.chat.id);
        }
        let pin = ChatChange { pinned: Some(true), ..ChatChange::default() };
        vault.update_chat(all[2], pin).await.unwrap();
        let whole = vault.list_chats(false, None, 200).await.unwrap();
        assert!(!whole.more, "one page holds them all");
        let mut paged = Vec::new();
        let mut before = None;
        loop {
            let page = vault.list_chats(false, before, 2).await.unwrap();
            before = page.chats.last().map(|chat| chat.id);
            paged.extend(page.chats);
            if !page.more {
                break;
            }
        }
        assert_eq!(paged, whole.chats, "across the border of the pinned ones too");
    }

    async fn the_archive_is_a_list_of_its_own(vault: &Vault) {
        let (opened, _) = asked(vault, "done with", "ok").await;
        asked(vault, "going on", "ok").await;
        let away = ChatChange { archived: Some(true), ..ChatChange::default() };
        let changed = vault.update_chat(opened.chat.id, away).await.unwrap();
        assert!(changed.archived, "the answer is the chat as it is now");
        assert_eq!(titles(vault, false).await, ["going on"], "put away");
        assert_eq!(titles(vault, true).await, ["done with"], "and found there");
    }

    async fn a_typed_title_is_kept_in_one_line(vault: &Vault) {
        let (opened, _) = asked(vault, "question", "answer").await;
        let title = |text: &str| ChatChange { title: Some(text.to_owned()), ..ChatChange::default() };
        let changed = vault.update_chat(opened.chat.id, title(" My\n title ")).await.unwrap();
        assert_eq!(changed.title, "My title", "a title is one line");
        for bad in ["", " \n ", &"x".repeat(201)] {
            let refused = vault.update_chat(opened.chat.id, title(bad)).await;
            assert!(matches!(refused, Err(VaultError::Invalid(_))), "no title: {bad:?}");
        }
        assert_eq!(titles(vault, false).await, ["My title"], "a refused change changes nothing");
    }

    async fn an_unknown_chat_is_not_found(vault: &Vault) {
        let id = chat_id();
        assert!(matches!(vault.chat(id).await, Err(VaultError::NotFound)), "to read");
        assert!(matches!(vault.delete_chat(id).await, Err(VaultError::NotFound)), "to delete");
        let change = vault.update_chat(id, ChatChange::default()).await;
        assert!(matches!(change, Err(VaultError::NotFound)), "to change");
        let page = vault.list_chats(false, Some(id), 10).await;
        assert!(matches!(page, Err(VaultError::NotFound)), "to list below");
    }

    async fn an_answer_is_unread_until_its_chat_is_opened(vault: &Vault) {
        let (opened, _) = asked(vault, "question", "answer").await;
        let id = opened.chat.id;
        assert!(vault.chat(id).await.unwrap().unread, "nobody looked yet");
        let branch = vault.open_branch(id, None, 10).await.unwrap();
        assert!(!branch.chat.unread, "now somebody did");
        assert!(!vault.chat(id).await.unwrap().unread, "and it is remembered");
    }
}
