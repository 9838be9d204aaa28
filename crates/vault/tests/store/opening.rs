//! Opening: in order, with the anchors, and only with the right keys.

use crate::desk::{Desk, asked, keyring};
use domain::UnixMs;
use sealed::DatabaseError;
use std::path::Path;
use vault::{Opening, Vault, VaultError};

fn copy(from: &Path, to: &Path) {
    for suffix in ["", "-wal"] {
        let with = |path: &Path| format!("{}{suffix}", path.display());
        if Path::new(&with(from)).exists() {
            std::fs::copy(with(from), with(to)).unwrap();
        } else {
            drop(std::fs::remove_file(with(to)));
        }
    }
}

#[tokio::test]
async fn what_was_stored_is_there_after_closing_and_opening() {
    let desk = Desk::new();
    let (opened, _) = asked(&desk.vault, "question", "answer").await;
    desk.vault.close().await;
    let late = desk.vault.chat(opened.chat.id).await;
    assert!(matches!(late, Err(VaultError::Database(DatabaseError::Closed))), "closed is closed");
    let anchor = desk.vault.private_counter();
    let opening = Opening { private_anchor: Some(anchor), accept_older: false };
    let vault = desk.open(opening).unwrap();
    assert_eq!(vault.chat(opened.chat.id).await.unwrap().title, "question", "it was kept");
    vault.close().await;
    vault.close().await;
}

#[tokio::test]
async fn another_profiles_keys_open_nothing() {
    let desk = Desk::new();
    desk.vault.close().await;
    let other = Vault::open(&desk.dir(), &keyring(), Opening::default());
    assert!(matches!(other, Err(VaultError::Database(DatabaseError::WrongKey))), "sealed");
}

#[tokio::test]
async fn a_vault_is_made_once_and_opened_only_where_there_is_one() {
    let desk = Desk::new();
    assert!(Vault::create(&desk.dir(), &desk.keyring).is_err(), "never over another");
    let nowhere = desk.place.path().join("nowhere");
    let missing = Vault::open(&nowhere, &desk.keyring, Opening::default());
    assert!(matches!(missing, Err(VaultError::Database(DatabaseError::Missing))), "by name");
}

#[tokio::test]
async fn an_old_history_put_back_is_noticed_and_opens_only_knowingly() {
    let desk = Desk::new();
    asked(&desk.vault, "first", "1").await;
    desk.vault.close().await;
    let (path, old) = (desk.dir().join("history/1.db"), desk.place.path().join("old.db"));
    copy(&path, &old);
    let vault = desk.open(Opening::default()).unwrap();
    let (second, _) = asked(&vault, "second", "2").await;
    vault.close().await;
    copy(&old, &path);
    let refused = desk.open(Opening::default());
    assert!(
        matches!(refused, Err(VaultError::Database(DatabaseError::RolledBack { .. }))),
        "the private database remembers how far the history was"
    );
    let knowingly = Opening { accept_older: true, private_anchor: None };
    let vault = desk.open(knowingly).unwrap();
    let gone = vault.chat(second.chat.id).await;
    assert!(matches!(gone, Err(VaultError::NotFound)), "it is the old one");
    vault.close().await;
    drop(desk.open(Opening::default()).unwrap());
}

/// Copies the history away, changes it with `change`, and puts the copy back.
async fn after_going_back(change: impl AsyncFnOnce(Vault)) -> Result<Vault, VaultError> {
    let desk = Desk::new();
    asked(&desk.vault, "first", "1").await;
    desk.vault.close().await;
    let (path, old) = (desk.dir().join("history/1.db"), desk.place.path().join("old.db"));
    copy(&path, &old);
    change(desk.open(Opening::default()).unwrap()).await;
    copy(&old, &path);
    desk.open(Opening::default())
}

#[tokio::test]
async fn going_back_is_noticed_even_after_a_crash() {
    let opened = after_going_back(async |vault| {
        asked(&vault, "second", "2").await;
        drop(vault);
    });
    assert!(
        matches!(opened.await, Err(VaultError::Database(DatabaseError::RolledBack { .. }))),
        "anchors follow each commit, not only a proper closing"
    );
}

#[tokio::test]
async fn going_back_behind_a_change_that_nobody_waited_for_is_noticed() {
    let opened = after_going_back(async |vault| {
        tokio::select! {
            biased;
            _ = vault.save_draft(None, "unsent".to_owned()) => {}
            () = std::future::ready(()) => {}
        }
        vault.close().await;
    });
    assert!(
        matches!(opened.await, Err(VaultError::Database(DatabaseError::RolledBack { .. }))),
        "it was committed, so the last anchor counts it"
    );
}

#[tokio::test]
async fn an_old_private_database_is_noticed_by_the_anchor_outside() {
    let desk = Desk::new();
    desk.vault.close().await;
    let (path, old) = (desk.dir().join("private.db"), desk.place.path().join("old.db"));
    copy(&path, &old);
    let vault = desk.open(Opening::default()).unwrap();
    vault.set_pin("workspace", vec![1]).await.unwrap();
    vault.close().await;
    let anchored = Opening { private_anchor: Some(vault.private_counter()), accept_older: false };
    drop(desk.open(anchored).unwrap());
    copy(&old, &path);
    let refused = desk.open(anchored);
    assert!(
        matches!(refused, Err(VaultError::Database(DatabaseError::RolledBack { .. }))),
        "pins must not go back unnoticed"
    );
}

#[tokio::test]
async fn a_crash_leaves_no_anchor_ahead_of_its_history() {
    let mut desk = Desk::new();
    for number in 0..5 {
        asked(&desk.vault, &format!("question {number}"), "answer").await;
        // Dropped without closing: anchors may be behind, and must never be ahead.
        desk = desk.crash();
    }
    let page = desk.vault.list_chats(false, None, 10).await.unwrap();
    assert_eq!(page.chats.len(), 5, "nothing that was answered is lost");
}

#[tokio::test]
async fn a_guest_leaves_no_file() {
    let place = tempfile::tempdir().unwrap();
    let vault = crate::desk::guest();
    asked(&vault, "question", "answer").await;
    vault.close().await;
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "there is nowhere to write");
    assert!(vault.backup_now(UnixMs(0)).await.is_err(), "and nothing to back up");
}
