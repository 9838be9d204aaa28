//! Asking: what a turn stores when it opens and when it settles.

use crate::desk::{
    asked, asked_on, attempt, ended, in_both_vaults, message_id, now, opening, provenance,
    settlement, shown, texts,
};
use domain::{Author, Finish, RouteId, TurnId};
use vault::{ChatChange, Closing, OpenTurn, Settlement, TurnQuestion, Vault, VaultError};

fn new_chat(text: &str) -> TurnQuestion {
    TurnQuestion::NewChat { text: text.to_owned() }
}

in_both_vaults! {
    async fn a_new_chat_has_question_answer_title_and_model_at_once(vault: &Vault) {
        let ask = opening(new_chat("# What is a *carrel*?\nBriefly."));
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        assert_eq!(opened.chat.title, "What is a carrel?", "the first line, as plain text");
        assert_eq!(opened.chat.model, Some(ask.model), "the model that is asked");
        let question = opened.question.unwrap();
        assert_eq!((question.message.author, question.streaming), (Author::User, false), "asked");
        assert_eq!(opened.answer.message.parent, Some(ask.question_id), "the answer follows");
        assert!(opened.answer.streaming, "and is being written");
        assert_eq!(texts(&opened.history), ["# What is a *carrel*?\nBriefly."], "what is sent");
        let branch = vault.open_branch(opened.chat.id, None, 10).await.unwrap();
        assert_eq!(branch.running, Some(ask.turn), "the chat knows its turn");
        assert_eq!(branch.messages.len(), 2, "both are stored before any model is called");
    }

    async fn a_chat_knows_the_route_or_the_model_it_was_asked_by_last(vault: &Vault) {
        let route = RouteId::new(now(), [4; 10]);
        let ask = OpenTurn { route: Some(route), ..opening(new_chat("question")) };
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        assert_eq!(opened.chat.route, Some(route), "kept with the question");
        assert_eq!(opened.chat.model, Some(ask.model), "and the first model of it");
        vault.settle_turn(ask.turn, settlement(Finish::Complete)).await.unwrap();
        assert_eq!(vault.chat(opened.chat.id).await.unwrap().route, Some(route), "stored");
        let follow = TurnQuestion::FollowUp { chat: opened.chat.id, text: "more".to_owned() };
        let by_model = OpenTurn {
            turn: TurnId::new(now(), [7; 10]),
            question_id: message_id(),
            answer_id: message_id(),
            ..opening(follow)
        };
        let later = vault.open_turn(by_model).await.unwrap();
        assert_eq!(later.chat.route, None, "a model by itself takes its place");
    }

    async fn settling_makes_the_journal_the_answer(vault: &Vault) {
        let ask = opening(new_chat("question"));
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        vault.journal_append(ask.turn, "Once ".to_owned(), "thinking".to_owned()).await.unwrap();
        vault.journal_append(ask.turn, "upon a time".to_owned(), " more".to_owned()).await.unwrap();
        let closing = Closing {
            attempt: attempt(1),
            finish: Finish::Complete,
            provenance: Some(provenance(1)),
        };
        vault.journal_close(ask.turn, closing).await.unwrap();
        let end = Settlement {
            provenance: Some(provenance(1)),
            title: Some("A  tale\n".to_owned()),
            ..settlement(Finish::Complete)
        };
        let settled = vault.settle_turn(ask.turn, end.clone()).await.unwrap();
        assert_eq!(settled.message.text, "Once upon a time", "every piece in order");
        assert_eq!(settled.message.reasoning, "thinking more", "the reasoning too");
        assert_eq!(settled.message.provenance, Some(provenance(1)), "with its card");
        assert_eq!((settled.message.finish, settled.streaming), (Finish::Complete, false), "whole");
        let chat = vault.chat(opened.chat.id).await.unwrap();
        assert_eq!((chat.title.as_str(), chat.unread), ("A tale", true), "title and mark");
        assert_eq!(chat.last_at, end.now, "activity");
        let branch = vault.open_branch(chat.id, None, 10).await.unwrap();
        assert_eq!(branch.running, None, "nothing runs any more");
    }

    async fn settling_twice_changes_nothing(vault: &Vault) {
        let ask = opening(new_chat("question"));
        vault.open_turn(ask.clone()).await.unwrap();
        vault.journal_append(ask.turn, "answer".to_owned(), String::new()).await.unwrap();
        let first = vault.settle_turn(ask.turn, settlement(Finish::Complete)).await.unwrap();
        let other = Settlement { provenance: Some(provenance(2)), ..settlement(Finish::Failed) };
        let second = vault.settle_turn(ask.turn, other).await.unwrap();
        assert_eq!(second, first, "the first settlement counts");
        let late = vault.journal_append(ask.turn, "late".to_owned(), String::new()).await;
        assert!(matches!(late, Err(VaultError::NotFound)), "a settled turn takes no more text");
        assert_eq!(vault.replay_unsettled(now()).await.unwrap(), [], "nothing is left to replay");
    }

    async fn one_turn_runs_in_a_chat_at_a_time(vault: &Vault) {
        let ask = opening(new_chat("question"));
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        let follow = || TurnQuestion::FollowUp { chat: opened.chat.id, text: "more".to_owned() };
        let busy = vault.open_turn(opening(follow())).await;
        assert!(matches!(busy, Err(VaultError::Busy)), "the answer is still being written");
        assert_eq!(shown(vault, opened.chat.id).await.len(), 2, "the refused question is not stored");
        vault.open_turn(opening(new_chat("elsewhere"))).await.unwrap();
        vault.settle_turn(ask.turn, settlement(Finish::Stopped)).await.unwrap();
        vault.open_turn(opening(follow())).await.unwrap();
        let again = vault.open_turn(ask).await;
        assert!(matches!(again, Err(VaultError::Invalid(_))), "a turn begins once");
    }

    async fn a_follow_up_sends_the_branch_that_is_shown(vault: &Vault) {
        let (first, answer) = asked(vault, "q0", "a0").await;
        let chat = first.chat.id;
        asked_on(vault, chat, "q1", "a1").await;
        let edit = TurnQuestion::Edit {
            message: first.question.unwrap().message.id,
            text: "other".to_owned(),
        };
        ended(vault, edit, "branch", Finish::Complete).await;
        vault.select_version(answer.message.id, 10).await.unwrap();
        let (opened, _) = asked_on(vault, chat, "q2", "a2").await;
        assert_eq!(texts(&opened.history), ["q0", "a0", "q1", "a1", "q2"], "not the newest branch");
    }

    async fn a_branch_goes_on_below_an_earlier_answer(vault: &Vault) {
        let (first, answer) = asked(vault, "q0", "a0").await;
        let chat = first.chat.id;
        let (later, _) = asked_on(vault, chat, "q1", "a1").await;
        vault.save_draft(Some(chat), "q2".to_owned()).await.unwrap();
        let branch = TurnQuestion::Branch { after: answer.message.id, text: "q2".to_owned() };
        let (opened, _) = ended(vault, branch, "a2", Finish::Complete).await;
        assert_eq!(texts(&opened.history), ["q0", "a0", "q2"], "what came after is not sent");
        assert_eq!(shown(vault, chat).await, ["q0", "a0", "q2", "a2"], "the new branch is shown");
        let (old, new) = (later.question.unwrap().message.id, opened.question.unwrap());
        assert_eq!(new.versions, [old, new.message.id], "both stand below the answer");
        let page = vault.open_branch(chat, None, 10).await.unwrap();
        assert_eq!(page.draft, "", "the draft became the question");
        vault.select_version(old, 10).await.unwrap();
        assert_eq!(shown(vault, chat).await, ["q0", "a0", "q1", "a1"], "nothing was overwritten");
    }

    async fn a_partial_answer_goes_on_in_place(vault: &Vault) {
        let (first, partial) = ended(vault, new_chat("count"), "one two", Finish::Cut).await;
        let go_on = TurnQuestion::Continue { message: partial.message.id };
        let ask = opening(go_on.clone());
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        assert_eq!(opened.answer.message.text, "one two", "the text so far is the start");
        assert!(opened.answer.streaming, "and it grows");
        assert_eq!(texts(&opened.history), ["count", "one two"], "the model sees its partial");
        vault.journal_append(ask.turn, " three".to_owned(), String::new()).await.unwrap();
        let settled = vault.settle_turn(ask.turn, settlement(Finish::Complete)).await.unwrap();
        assert_eq!(settled.message.text, "one two three", "one answer");
        assert_eq!(settled.versions.len(), 1, "and no other version");
        assert_eq!(shown(vault, first.chat.id).await, ["count", "one two three"], "in its place");
        let found = vault.search("three", 10).await.unwrap();
        assert_eq!(found.hits.len(), 1, "what was added is found");
        let whole = vault.open_turn(opening(go_on)).await;
        assert!(matches!(whole, Err(VaultError::NotPartial)), "a whole answer has no more to come");
    }

    async fn only_what_makes_sense_can_be_asked(vault: &Vault) {
        let (first, answer) = asked(vault, "question", "answer").await;
        let question = first.question.unwrap().message.id;
        let chat = first.chat.id;
        let text = |text: &str| text.to_owned();
        let refused = |question| async { vault.open_turn(opening(question)).await.unwrap_err() };
        let invalid = [
            new_chat(" \n"),
            new_chat(&"x".repeat(4 * 1024 * 1024 + 1)),
            TurnQuestion::FollowUp { chat, text: text("") },
            TurnQuestion::Edit { message: answer.message.id, text: text("mine now") },
            TurnQuestion::Branch { after: question, text: text("below a question") },
            TurnQuestion::Branch { after: answer.message.id, text: text(" ") },
        ];
        for question in invalid {
            let error = refused(question).await;
            assert!(matches!(error, VaultError::Invalid(_)), "{error}");
        }
        let error = refused(TurnQuestion::Continue { message: question }).await;
        assert!(matches!(error, VaultError::NotPartial), "a question is no partial answer");
        for missing in [
            TurnQuestion::Edit { message: message_id(), text: text("x") },
            TurnQuestion::Branch { after: message_id(), text: text("x") },
            TurnQuestion::Regenerate { message: message_id() },
            TurnQuestion::Continue { message: message_id() },
            TurnQuestion::FollowUp { chat: crate::desk::chat_id(), text: text("x") },
        ] {
            assert!(matches!(refused(missing).await, VaultError::NotFound), "unknown ids");
        }
        let (_, empty) = ended(vault, new_chat("silence"), "", Finish::Failed).await;
        let error = refused(TurnQuestion::Continue { message: empty.message.id }).await;
        assert!(matches!(error, VaultError::NotPartial), "nothing to continue from");
        let page = vault.list_chats(false, None, 10).await.unwrap();
        assert_eq!(page.chats.len(), 2, "what was refused left nothing behind");
    }

    async fn a_title_that_the_person_chose_is_not_replaced(vault: &Vault) {
        let ask = opening(new_chat("question"));
        let opened = vault.open_turn(ask.clone()).await.unwrap();
        let change = ChatChange { title: Some("Mine".to_owned()), ..ChatChange::default() };
        vault.update_chat(opened.chat.id, change).await.unwrap();
        let end = Settlement { title: Some("Theirs".to_owned()), ..settlement(Finish::Complete) };
        vault.settle_turn(ask.turn, end).await.unwrap();
        assert_eq!(vault.chat(opened.chat.id).await.unwrap().title, "Mine", "the person rules");
    }

    async fn a_turn_that_does_not_exist_is_not_found(vault: &Vault) {
        let turn = TurnId::new(now(), [0; 10]);
        let append = vault.journal_append(turn, "x".to_owned(), String::new()).await;
        assert!(matches!(append, Err(VaultError::NotFound)), "to append to");
        let settle = vault.settle_turn(turn, settlement(Finish::Complete)).await;
        assert!(matches!(settle, Err(VaultError::NotFound)), "to settle");
    }
}
