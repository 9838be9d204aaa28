//! Reading a chat branch by branch.

use crate::desk::{asked, asked_on, chat_id, in_both_vaults, message_id, shown, texts, turn};
use vault::{Branch, TurnQuestion, Vault, VaultError};

fn read(branch: &Branch) -> Vec<&str> {
    texts(branch.messages.iter().map(|one| &one.message))
}

in_both_vaults! {
    async fn a_chat_opens_at_its_end_and_pages_upwards(vault: &Vault) {
        let (first, _) = asked(vault, "q0", "a0").await;
        let chat = first.chat.id;
        for n in 1..5 {
            asked_on(vault, chat, &format!("q{n}"), &format!("a{n}")).await;
        }
        let end = vault.open_branch(chat, None, 3).await.unwrap();
        assert_eq!((end.branch_len, end.from), (10, 7), "the last three of ten");
        assert_eq!(read(&end), ["a3", "q4", "a4"], "in reading order");
        let more = vault.load_branch(chat, 4, 3).await.unwrap();
        assert_eq!((read(&more), more.from), (vec!["q2", "a2", "q3"], 4), "what stands above");
        let beyond = vault.load_branch(chat, 99, 3).await.unwrap();
        assert_eq!((beyond.messages.len(), beyond.branch_len), (0, 10), "beyond the end is nothing");
    }

    async fn an_edited_question_begins_a_branch_and_the_old_one_stays(vault: &Vault) {
        let (first, _) = asked(vault, "old question", "old answer").await;
        let chat = first.chat.id;
        asked_on(vault, chat, "old more", "old end").await;
        let old = first.question.unwrap().message.id;
        let edit = TurnQuestion::Edit { message: old, text: "new question".to_owned() };
        let (edited, _) = turn(vault, edit, "new answer").await;
        assert_eq!(shown(vault, chat).await, ["new question", "new answer"], "the new branch");
        let new = edited.question.unwrap();
        assert_eq!(new.versions, [old, new.message.id], "two versions at one place");
        let back = vault.select_version(old, 10).await.unwrap();
        assert_eq!(
            read(&back),
            ["old question", "old answer", "old more", "old end"],
            "the old branch to its end"
        );
        assert_eq!(shown(vault, chat).await.len(), 4, "the choice is remembered");
    }

    async fn another_answer_stands_beside_the_first(vault: &Vault) {
        let (first, answer) = asked(vault, "question", "one").await;
        let again = TurnQuestion::Regenerate { message: answer.message.id };
        let (opened, second) = turn(vault, again, "two").await;
        assert_eq!(opened.question, None, "nothing new was asked");
        assert_eq!(texts(&opened.history), ["question"], "the model sees the question only");
        assert_eq!(second.versions, [answer.message.id, second.message.id], "two answers");
        assert_eq!(shown(vault, first.chat.id).await, ["question", "two"], "the newest is shown");
        let from_question = first.question.unwrap().message.id;
        let third = turn(vault, TurnQuestion::Regenerate { message: from_question }, "three").await.1;
        assert_eq!(third.versions.len(), 3, "asking the question again is the same");
    }

    async fn a_search_hit_opens_on_its_own_branch_and_in_its_place(vault: &Vault) {
        let (first, answer) = asked(vault, "q0", "a0").await;
        let chat = first.chat.id;
        let (below, _) = asked_on(vault, chat, "q1", "a1").await;
        for n in 2..9 {
            asked_on(vault, chat, &format!("q{n}"), &format!("a{n}")).await;
        }
        let again = TurnQuestion::Regenerate { message: answer.message.id };
        turn(vault, again, "another").await;
        assert_eq!(shown(vault, chat).await.len(), 2, "the new branch is short");
        let hit = below.question.unwrap().message.id;
        let around = vault.open_branch(chat, Some(hit), 4).await.unwrap();
        assert_eq!((read(&around), around.branch_len), (vec!["q0", "a0", "q1", "a1"], 18), "around");
        let on = vault.load_branch(chat, 4, 2).await.unwrap();
        assert_eq!(read(&on), ["q2", "a2"], "paging goes on along the same branch");
    }

    async fn what_is_not_there_is_not_found(vault: &Vault) {
        let (opened, _) = asked(vault, "question", "answer").await;
        let (chat, id) = (opened.chat.id, message_id());
        let around = vault.open_branch(chat, Some(id), 10).await;
        assert!(matches!(around, Err(VaultError::NotFound)), "a message that does not exist");
        let elsewhere = asked(vault, "other", "chat").await.1.message.id;
        let around = vault.open_branch(chat, Some(elsewhere), 10).await;
        assert!(matches!(around, Err(VaultError::NotFound)), "or is in another chat");
        let open = vault.open_branch(chat_id(), None, 10).await;
        assert!(matches!(open, Err(VaultError::NotFound)), "a chat that does not exist");
        let select = vault.select_version(id, 10).await;
        assert!(matches!(select, Err(VaultError::NotFound)), "a version that does not exist");
        assert_eq!(vault.message(id).await.unwrap(), None, "asking for it is no error");
    }

    async fn an_empty_window_is_harmless(vault: &Vault) {
        let (opened, _) = asked(vault, "question", "answer").await;
        let branch = vault.open_branch(opened.chat.id, None, 0).await.unwrap();
        assert_eq!((branch.messages.len(), branch.branch_len), (0, 2), "only the length");
    }
}
