//! Search: what is found, in which order, and that no input breaks it.

use crate::desk::{asked, asked_on, guest, in_both_vaults};
use domain::{Author, UnixMs};
use proptest::prelude::*;
use vault::{ChatChange, Found, Vault};

async fn search(vault: &Vault, query: &str) -> Found {
    vault.search(query, 50).await.unwrap()
}

/// The first characters of what was found, best first.
async fn found(vault: &Vault, query: &str) -> Vec<String> {
    let hits = search(vault, query).await.hits;
    hits.iter().map(|hit| hit.snippet.iter().map(|piece| piece.text.as_str()).collect()).collect()
}

in_both_vaults! {
    async fn every_word_must_occur_and_the_last_may_be_unfinished(vault: &Vault) {
        asked(vault, "blue whales sing", "red foxes bark").await;
        asked(vault, "blue skies", "grey whale").await;
        assert_eq!(found(vault, "blue wha").await, ["blue whales sing"], "both words, one typed half");
        assert_eq!(found(vault, "whale").await.len(), 2, "unfinished: whale and whales");
        assert_eq!(found(vault, "whale ").await, ["grey whale"], "a space finishes the word");
        assert_eq!(found(vault, "BLÜE whales").await, ["blue whales sing"], "case and marks do not matter");
        assert_eq!(found(vault, "whales fox").await.len(), 0, "words of two messages are not one");
    }

    async fn quotes_ask_for_words_side_by_side(vault: &Vault) {
        asked(vault, "the cat sat on the mat", "the mat, the cat").await;
        assert_eq!(found(vault, "\"the mat\"").await.len(), 2, "both say it");
        assert_eq!(found(vault, "\"on the mat\"").await.len(), 1, "one says it");
        assert_eq!(found(vault, "\"mat the\" cat").await.len(), 1, "with a word elsewhere");
        assert_eq!(found(vault, "\"cat mat\"").await.len(), 0, "not side by side");
    }

    async fn words_as_typed_come_first_then_the_newest(vault: &Vault) {
        asked(vault, "green tea is what I drink", "fine").await;
        asked(vault, "tea that is green", "also fine").await;
        asked(vault, "green leaves make tea", "yes").await;
        let order = found(vault, "green tea").await;
        assert_eq!(
            order,
            ["green tea is what I drink", "green leaves make tea", "tea that is green"],
            "side by side, then by time"
        );
    }

    async fn a_snippet_shows_what_was_found_in_pieces(vault: &Vault) {
        let text = format!("{} needle\n\nand <b>more</b> {}", "hay ".repeat(40), "straw ".repeat(40));
        let (opened, _) = asked(vault, "where?", &text).await;
        let hits = search(vault, "need").await.hits;
        assert_eq!((hits.len(), hits[0].chat, hits[0].author), (1, opened.chat.id, Author::Assistant), "one");
        let marked: Vec<&str> =
            hits[0].snippet.iter().filter(|piece| piece.hit).map(|piece| piece.text.as_str()).collect();
        assert_eq!(marked, ["needle"], "the whole word is marked");
        let all: String = hits[0].snippet.iter().map(|piece| piece.text.as_str()).collect();
        assert!(all.contains("needle and <b>more</b> straw"), "plain text in one line: {all}");
        assert!(all.len() < 300, "a snippet, not the message");
    }

    async fn filters_narrow_down(vault: &Vault) {
        let (one, _) = asked(vault, "tide tables", "tide of the sea").await;
        let (two, answer) = asked(vault, "tide again", "high tide").await;
        let change = ChatChange { pinned: Some(true), archived: Some(true), ..ChatChange::default() };
        vault.update_chat(two.chat.id, change).await.unwrap();
        assert_eq!(found(vault, "from:me tide").await, ["tide again", "tide tables"], "questions");
        assert_eq!(found(vault, "from:model tide").await, ["high tide", "tide of the sea"], "answers");
        assert_eq!(found(vault, "pinned:no tide").await.len(), 2, "of the first chat");
        assert_eq!(found(vault, "archived:yes tide").await.len(), 2, "of the second");
        assert_eq!(found(vault, "model:SWA tide").await.len(), 2, "answers of the model swan");
        assert_eq!(found(vault, "model:goose tide").await.len(), 0, "nobody asked a goose");
        assert_eq!(found(vault, "pinned:yes from:model").await, ["high tide"], "without words");
        let day = day_of(answer.message.created_at);
        assert_eq!(found(vault, &format!("after:{day} tide")).await.len(), 4, "that day is included");
        assert_eq!(found(vault, &format!("before:{day} tide")).await.len(), 0, "nothing was older");
        assert_eq!(found(vault, "after:2090-01-01 tide").await.len(), 0, "nothing is that young");
        assert_eq!(search(vault, "tide").await.chats.len(), 2, "titles");
        assert_eq!(search(vault, "tide archived:no").await.chats[0].id, one.chat.id, "filtered too");
        assert_eq!(search(vault, "tide from:me").await.chats, [], "a title is nobody's words");
    }

    async fn titles_are_found_and_change_with_the_chat(vault: &Vault) {
        let (opened, _) = asked(vault, "bread recipes", "flour").await;
        let title = |text: &str| ChatChange { title: Some(text.to_owned()), ..ChatChange::default() };
        vault.update_chat(opened.chat.id, title("Baking")).await.unwrap();
        assert_eq!(search(vault, "bak").await.chats.len(), 1, "by the new title");
        assert_eq!(search(vault, "recipes").await.chats, [], "not by the old one");
        assert_eq!(search(vault, "recipes").await.hits[0].title, "Baking", "a hit names its chat");
    }

    async fn nothing_asked_is_nothing_found(vault: &Vault) {
        asked(vault, "question", "answer").await;
        for query in ["", "   ", "\"", "* ( ) : ^ -", "\u{0}\u{1}"] {
            assert_eq!(search(vault, query).await, Found::default(), "{query:?}");
        }
        assert_eq!(vault.search("question", 0).await.unwrap(), Found::default(), "no hit wanted");
    }

    async fn every_special_character_is_only_text(vault: &Vault) {
        let (opened, _) = asked(vault, "a NEAR(b c) AND \"d\" OR e:f* NOT ^g {h} + i - j", "k").await;
        for query in [
            "NEAR(b", "AND", "\"d\" OR", "e:f*", "NOT ^g", "{h} + i", "text:a", "message_index",
            "'; DROP TABLE chat; --", "\"\"\"", "a\"b", "\\", "(", ")", "col : a", "-a", "a^", "a*b",
        ] {
            vault.search(query, 10).await.unwrap();
        }
        assert_eq!(search(vault, "NEAR(b c)").await.hits.len(), 1, "operators are words");
        assert_eq!(vault.chat(opened.chat.id).await.unwrap().id, opened.chat.id, "and all is there");
    }

    async fn other_scripts_are_found(vault: &Vault) {
        asked(vault, "Привет мир", "你好世界").await;
        asked_on(vault, asked(vault, "مرحبا", "x").await.0.chat.id, "ß und Größe", "y").await;
        assert_eq!(found(vault, "прив").await.len(), 1, "Cyrillic, in any case");
        assert_eq!(found(vault, "你").await.len(), 1, "the beginning of a run of Han");
        assert_eq!(found(vault, "مرح").await.len(), 1, "Arabic");
        assert_eq!(found(vault, "grosse").await.len() + found(vault, "größe").await.len(), 1, "marks, not letters");
    }
}

/// The day (UTC) of a time, as a filter writes it.
fn day_of(at: UnixMs) -> String {
    // The tests' clock begins on 2023-11-14 and never runs for a day.
    assert!(at.0 / 86_400_000 == 19_675, "the tests' clock left its day");
    "2023-11-14".to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_input_is_an_error(query in "\\PC{0,40}|[\"*():^ a-b+{}-]{0,20}") {
        static VAULT: std::sync::OnceLock<(tokio::runtime::Runtime, Vault)> =
            std::sync::OnceLock::new();
        let (runtime, vault) = VAULT.get_or_init(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let vault = guest();
            runtime.block_on(asked(&vault, "a b", "a b c"));
            (runtime, vault)
        });
        prop_assert!(runtime.block_on(vault.search(&query, 5)).is_ok(), "{query:?}");
    }
}
