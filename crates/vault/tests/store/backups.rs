//! Backups: made whole, thinned out, put back.

use crate::desk::{Desk, asked, shown};
use domain::UnixMs;
use sealed::{DatabaseError, GiveWay};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use vault::{Opening, Restored, Vault, VaultError};

fn damage(path: &Path) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    for at in [0_u64, 4_096, 9_000] {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[0x55; 64]).unwrap();
    }
}

fn restore(desk: &Desk, name: &str) -> Result<Restored, VaultError> {
    Vault::restore_backup(&desk.dir(), &desk.keyring, name, None)
}

fn names(desk: &Desk) -> Vec<String> {
    Vault::list_backups(&desk.dir()).unwrap().into_iter().map(|backup| backup.name).collect()
}

#[tokio::test]
async fn a_backup_is_listed_with_its_time_and_size_newest_first() {
    let desk = Desk::new();
    assert_eq!(Vault::list_backups(&desk.dir()).unwrap(), [], "none at first");
    let first = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    let second = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    assert_eq!(first.made_at, UnixMs(1_700_000_000_000), "when it was made");
    assert!(first.bytes > 16_384, "two databases");
    let listed = Vault::list_backups(&desk.dir()).unwrap();
    assert_eq!(listed, [second, first], "two in one moment have two names");
}

#[tokio::test]
async fn a_backup_that_gives_way_is_none_and_keeps_the_older_ones() {
    let desk = Desk::new();
    let older = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    let (opened, _) = asked(&desk.vault, "secret", "answer").await;
    desk.vault.delete_chat(opened.chat.id).await.unwrap();
    let way = GiveWay::default();
    way.ask();
    let given_up = desk.vault.backup_giving_way(UnixMs(1_700_000_000_001), &way).await;
    assert!(
        matches!(given_up, Err(VaultError::Database(DatabaseError::GaveWay))),
        "somebody waits for the desk: {given_up:?}"
    );
    assert_eq!(names(&desk), [older.name], "only a whole one takes its place");
    assert!(desk.vault.backups_are_stale().await.unwrap(), "so the next lock makes up for it");
}

#[tokio::test]
async fn only_the_newest_backups_are_kept() {
    let desk = Desk::new();
    for at in 1..=5 {
        desk.vault.backup_now(UnixMs(1_700_000_000_000 + at)).await.unwrap();
    }
    assert_eq!(names(&desk).len(), 3, "disks are finite");
    assert_eq!(names(&desk)[0], "1700000000005", "the newest among them");
}

#[tokio::test]
async fn after_a_deletion_the_next_backup_replaces_all_others() {
    let desk = Desk::new();
    let (opened, _) = asked(&desk.vault, "secret", "answer").await;
    desk.vault.backup_now(UnixMs(1_700_000_000_001)).await.unwrap();
    desk.vault.backup_now(UnixMs(1_700_000_000_002)).await.unwrap();
    std::fs::write(desk.dir().join("backups/history-before-2-from-1.db"), "old").unwrap();
    assert!(!desk.vault.backups_are_stale().await.unwrap(), "nothing was deleted");
    desk.vault.delete_chat(opened.chat.id).await.unwrap();
    assert!(desk.vault.backups_are_stale().await.unwrap(), "they still hold it");
    desk.vault.backup_now(UnixMs(1_700_000_000_003)).await.unwrap();
    assert_eq!(names(&desk), ["1700000000003"], "what was deleted lives on in none");
    let left = std::fs::read_dir(desk.dir().join("backups")).unwrap().count();
    assert_eq!(left, 1, "not in what a migration left either");
    assert!(!desk.vault.backups_are_stale().await.unwrap(), "once is enough");
    desk.vault.backup_now(UnixMs(1_700_000_000_004)).await.unwrap();
    assert_eq!(names(&desk).len(), 2, "and afterwards they gather again");
}

#[tokio::test]
async fn a_deletion_leaves_no_backup_whatever_its_name_and_nothing_set_aside() {
    let desk = Desk::new();
    let (opened, _) = asked(&desk.vault, "secret", "answer").await;
    desk.vault.backup_now(UnixMs(1_900_000_000_000)).await.unwrap();
    std::fs::create_dir(desk.dir().join("backups/unknown")).unwrap();
    std::fs::write(desk.dir().join("history/1.db.damaged-1"), "old").unwrap();
    std::fs::write(desk.dir().join("private.db.damaged-2-wal"), "old").unwrap();
    desk.vault.delete_chat(opened.chat.id).await.unwrap();
    let made = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    assert_eq!(names(&desk), [made.name], "also not the one made while the clock was ahead");
    let left = std::fs::read_dir(desk.dir().join("backups")).unwrap().count();
    assert_eq!(left, 1, "a folder of another name keeps nothing alive");
    assert!(!desk.dir().join("history/1.db.damaged-1").exists(), "what a restore set aside");
    assert!(!desk.dir().join("private.db.damaged-2-wal").exists(), "with its log");
}

#[tokio::test]
async fn a_damaged_history_is_replaced_and_kept_aside() {
    let desk = Desk::new();
    let (kept, _) = asked(&desk.vault, "before", "1").await;
    desk.vault.set_pin("workspace", vec![1]).await.unwrap();
    let backup = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    asked(&desk.vault, "after", "2").await;
    desk.vault.set_pin("workspace", vec![2]).await.unwrap();
    desk.vault.close().await;
    let path = desk.dir().join("history/1.db");
    damage(&path);
    assert!(desk.open(Opening::default()).is_err(), "it does not open");
    let restored = restore(&desk, &backup.name).unwrap();
    assert!(!restored.private, "the private database was whole and stays");
    let anchor = Opening { private_anchor: Some(restored.private_counter), accept_older: false };
    let vault = desk.open(anchor).unwrap();
    assert_eq!(shown(&vault, kept.chat.id).await, ["before", "1"], "what the backup held");
    assert_eq!(vault.list_chats(false, None, 9).await.unwrap().chats.len(), 1, "and no more");
    assert_eq!(vault.pin("workspace").await.unwrap(), Some(vec![2]), "pins did not go back");
    assert!(desk.dir().join("history/1.db.damaged-1").exists(), "the damaged file is kept aside");
    vault.check().await.unwrap();
}

#[tokio::test]
async fn a_damaged_private_database_comes_from_the_backup_too() {
    let desk = Desk::new();
    asked(&desk.vault, "before", "1").await;
    desk.vault.set_pin("workspace", vec![1]).await.unwrap();
    let backup = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    let (later, _) = asked(&desk.vault, "after", "2").await;
    desk.vault.close().await;
    damage(&desk.dir().join("private.db"));
    let restored = restore(&desk, &backup.name).unwrap();
    assert!(restored.private, "and says so, because its pins may be older");
    assert!(!restored.history, "the history was whole and stays");
    let again = restore(&desk, &backup.name);
    assert!(matches!(again, Err(VaultError::Whole)), "restoring twice is harmless");
    let vault = desk.open(Opening::default()).unwrap();
    assert_eq!(shown(&vault, later.chat.id).await, ["after", "2"], "nothing of it was lost");
    assert_eq!(vault.pin("workspace").await.unwrap(), Some(vec![1]), "what the backup held");
}

#[tokio::test]
async fn a_whole_history_is_never_replaced_by_a_backup() {
    let desk = Desk::new();
    asked(&desk.vault, "before", "1").await;
    let backup = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    let (later, _) = asked(&desk.vault, "after", "2").await;
    desk.vault.close().await;
    assert!(matches!(restore(&desk, &backup.name), Err(VaultError::Whole)), "it would lose a chat");
    let vault = desk.open(Opening::default()).unwrap();
    assert_eq!(shown(&vault, later.chat.id).await, ["after", "2"], "nothing was touched");
    assert!(!desk.dir().join("history/1.db.damaged-1").exists(), "nor set aside");
}

#[tokio::test]
async fn an_old_copy_put_back_gives_way_to_a_newer_backup_only() {
    let desk = Desk::new();
    asked(&desk.vault, "1", "1").await;
    let old = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    asked(&desk.vault, "2", "2").await;
    desk.vault.close().await;
    let history = desk.dir().join("history/1.db");
    let copied = std::fs::read(&history).unwrap();
    let vault = desk.open(Opening::default()).unwrap();
    let (last, _) = asked(&vault, "3", "3").await;
    let new = vault.backup_now(UnixMs(1_700_000_000_001)).await.unwrap();
    asked(&vault, "4", "4").await;
    vault.close().await;
    std::fs::write(&history, copied).unwrap();

    assert!(matches!(restore(&desk, &old.name), Err(VaultError::Whole)), "even older: no");
    assert!(restore(&desk, &new.name).unwrap().history, "newer than the copy: yes");
    let vault = desk.open(Opening::default()).unwrap();
    assert_eq!(shown(&vault, last.chat.id).await, ["3", "3"], "what the copy did not have");
}

#[tokio::test]
async fn a_restore_without_a_backup_changes_nothing() {
    let desk = Desk::new();
    let (opened, _) = asked(&desk.vault, "question", "answer").await;
    let backup = desk.vault.backup_now(UnixMs(1_700_000_000_000)).await.unwrap();
    desk.vault.close().await;
    for name in ["", "..", "../backups", "1700000000001", "/etc"] {
        let unknown = restore(&desk, name);
        assert!(matches!(unknown, Err(VaultError::NotFound)), "{name:?} is no backup");
    }
    damage(&desk.dir().join("backups").join(&backup.name).join("history-1.db"));
    let history = desk.dir().join("history/1.db");
    let whole = std::fs::read(&history).unwrap();
    damage(&history);
    let damaged = restore(&desk, &backup.name);
    std::fs::write(&history, whole).unwrap();
    assert!(
        matches!(
            damaged,
            Err(VaultError::Database(DatabaseError::Damaged | DatabaseError::WrongKey))
        ),
        "a damaged backup replaces nothing"
    );
    let vault = desk.open(Opening::default()).unwrap();
    assert_eq!(shown(&vault, opened.chat.id).await, ["question", "answer"], "all is as it was");
}
