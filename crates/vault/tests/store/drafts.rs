//! Unsent text.

use crate::desk::{asked, asked_on, chat_id, in_both_vaults, opening, turn};
use vault::{TurnQuestion, Vault, VaultError};

in_both_vaults! {
    async fn each_chat_and_the_next_one_keep_a_draft(vault: &Vault) {
        let (opened, _) = asked(vault, "question", "answer").await;
        let chat = opened.chat.id;
        vault.save_draft(None, "for later".to_owned()).await.unwrap();
        vault.save_draft(Some(chat), "and then".to_owned()).await.unwrap();
        vault.save_draft(Some(chat), "and then?".to_owned()).await.unwrap();
        assert_eq!(vault.new_draft().await.unwrap(), "for later", "the next chat's");
        let branch = vault.open_branch(chat, None, 1).await.unwrap();
        assert_eq!(branch.draft, "and then?", "the last that was saved");
        vault.save_draft(None, String::new()).await.unwrap();
        assert_eq!(vault.new_draft().await.unwrap(), "", "an empty text removes it");
    }

    async fn a_sent_draft_goes_and_the_others_stay(vault: &Vault) {
        let (opened, answer) = asked(vault, "question", "answer").await;
        let chat = opened.chat.id;
        let draft = || async { vault.open_branch(chat, None, 1).await.unwrap().draft };
        vault.save_draft(None, "new".to_owned()).await.unwrap();
        vault.save_draft(Some(chat), "more".to_owned()).await.unwrap();
        turn(vault, TurnQuestion::Regenerate { message: answer.message.id }, "again").await;
        assert_eq!(draft().await, "more", "answering again sends no draft");
        asked_on(vault, chat, "more", "yes").await;
        assert_eq!((draft().await.as_str(), vault.new_draft().await.unwrap().as_str()), ("", "new"), "its own only");
        asked(vault, "new", "yes").await;
        assert_eq!(vault.new_draft().await.unwrap(), "", "the new chat took it along");
    }

    async fn a_refused_question_keeps_its_draft(vault: &Vault) {
        let (opened, _) = asked(vault, "question", "answer").await;
        let chat = opened.chat.id;
        vault.save_draft(Some(chat), "waiting".to_owned()).await.unwrap();
        let regenerate = TurnQuestion::Regenerate { message: opened.answer.message.id };
        vault.open_turn(opening(regenerate)).await.unwrap();
        let follow = TurnQuestion::FollowUp { chat, text: "waiting".to_owned() };
        let refused = vault.open_turn(opening(follow)).await;
        assert!(matches!(refused, Err(VaultError::Busy)), "one answer at a time");
        let branch = vault.open_branch(chat, None, 1).await.unwrap();
        assert_eq!(branch.draft, "waiting", "what was not stored must not be lost");
    }

    async fn a_draft_of_nowhere_or_without_end_is_refused(vault: &Vault) {
        let nowhere = vault.save_draft(Some(chat_id()), "x".to_owned()).await;
        assert!(matches!(nowhere, Err(VaultError::NotFound)), "there is no such chat");
        let endless = vault.save_draft(None, "x".repeat(4 * 1024 * 1024 + 1)).await;
        assert!(matches!(endless, Err(VaultError::Invalid(_))), "longer than any message");
    }
}
