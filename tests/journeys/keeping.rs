//! Passphrase, recovery code, backups, erasure.

use std::path::Path;

use domain::ProfileId;
use engine::api::{
    BackupList, BackupView, ChangePassphrase, ConfirmRecovery, DeskState, DoorState, EraseDesk,
    Examination, FailureCode, Nothing, OneChat, Recover, RecoveryCode, RestoreBackup, Unlock,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

#[tokio::test(flavor = "multi_thread")]
async fn the_recovery_code_is_confirmed_by_typing_two_groups_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let code: RecoveryCode = admin.ok("renew_recovery", &Nothing {}).await;
    assert_eq!(code.groups.len(), 8, "160 bits in eight groups of four");

    let wrong = ConfirmRecovery { typed: vec!["AAAA".to_owned(), "BBBB".to_owned()] };
    let failure = admin.fails("confirm_recovery", &wrong).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "two guesses are not a confirmation");

    let typed = code
        .confirm
        .iter()
        .map(|number| code.groups[usize::from(*number) - 1].to_lowercase())
        .collect();
    let desk: DeskState = admin.ok("confirm_recovery", &ConfirmRecovery { typed }).await;
    assert!(desk.recovery_confirmed, "and small letters are as good");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_opens_a_desk_whose_passphrase_is_forgotten() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let code: RecoveryCode = admin.ok("renew_recovery", &Nothing {}).await;
    carrel.app.close().await;

    let profile = carrel.profile("Mira").await;
    let request = Recover {
        profile,
        code: code.groups.join(" ").to_lowercase(),
        new_passphrase: OTHER_PASSPHRASE.to_owned(),
    };
    let next: RecoveryCode = carrel.window("w").ok("recover", &request).await;
    assert_ne!(next.groups, code.groups, "a used code is replaced");
    carrel.app.close().await;

    let failure = carrel.window("old").fails("recover", &request).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "the used code opens nothing any more");
    let old = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let failure = carrel.window("old2").fails("unlock", &old).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "nor does the forgotten passphrase");
    carrel.unlock("Mira", OTHER_PASSPHRASE, "new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_passphrase_replaces_the_old_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let wrong = ChangePassphrase { current: "not it".to_owned(), new: OTHER_PASSPHRASE.to_owned() };
    let failure = admin.fails("change_passphrase", &wrong).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "an open desk is no proof of ownership");

    let right =
        ChangePassphrase { current: PASSPHRASE.to_owned(), new: OTHER_PASSPHRASE.to_owned() };
    let _: Nothing = admin.ok("change_passphrase", &right).await;
    carrel.app.close().await;
    carrel.unlock("Mira", OTHER_PASSPHRASE, "w").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_listed_and_can_be_put_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let made: BackupView = admin.ok("back_up", &Nothing {}).await;
    carrel.app.close().await;

    let profile = carrel.profile("Mira").await;
    damage_history(dir.path(), profile);

    let proof = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let window = carrel.window("w");
    let failure = window.fails("unlock", &proof).await;
    assert_eq!(failure.code, FailureCode::Damaged, "damage is named, not stumbled over");
    let list: BackupList = window.ok("list_backups", &proof).await;
    assert_eq!(list.backups.first(), Some(&made), "the backup that was made is offered");
    let passphrase = PASSPHRASE.to_owned();
    let restore = RestoreBackup { profile, passphrase, name: made.name };
    let _: Nothing = window.ok("restore_backup", &restore).await;
    carrel.unlock("Mira", PASSPHRASE, "restored").await;
}

fn damage_history(data_dir: &Path, profile: ProfileId) {
    let history = data_dir.join(format!("profiles/{profile}/history/1.db"));
    let mut bytes = std::fs::read(&history).expect("the history is there");
    for byte in bytes.iter_mut().skip(4_096).take(8_192) {
        *byte ^= 0x5a;
    }
    std::fs::write(&history, bytes).expect("a test may damage its own files");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_desk_whose_passphrase_is_forgotten_is_repaired_with_the_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let code = admin.confirm_code().await;
    let made: BackupView = admin.ok("back_up", &Nothing {}).await;
    carrel.app.close().await;
    let profile = carrel.profile("Mira").await;
    damage_history(dir.path(), profile);

    let request = Recover {
        profile,
        code: code.groups.join("-"),
        new_passphrase: OTHER_PASSPHRASE.to_owned(),
    };
    let window = carrel.window("w");
    let failure = window.fails("recover", &request).await;
    assert_eq!(failure.code, FailureCode::Damaged, "damage is named, not stumbled over");
    let passphrase = OTHER_PASSPHRASE.to_owned();
    let restore = RestoreBackup { profile, passphrase, name: made.name };
    let _: Nothing = window.ok("restore_backup", &restore).await;
    carrel.unlock("Mira", OTHER_PASSPHRASE, "restored").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_backs_up_once_a_day_and_renews_backups_after_a_deletion() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let upstream = Upstream::start(openai_stream(&["Salt and rust."])).await;
    admin.add_provider(&upstream.base_url()).await;
    let (started, _) = admin.ask_new("What corrodes a gauge?").await;
    carrel.app.close().await;
    let profile = carrel.profile("Mira").await;
    let proof = Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let window = carrel.window("w");
    let first: BackupList = window.ok("list_backups", &proof).await;
    assert_eq!(first.backups.len(), 1, "the first lock makes a backup");
    let door: DoorState = window.ok("door_state", &Nothing {}).await;
    assert_eq!(door.backed_up_at, Some(first.backups[0].made_at), "and the chooser says when");

    carrel.unlock("Mira", PASSPHRASE, "same day").await;
    carrel.app.close().await;
    let same: BackupList = window.ok("list_backups", &proof).await;
    assert_eq!(same.backups, first.backups, "a lock on the same day makes none");

    let again = carrel.unlock("Mira", PASSPHRASE, "deleting").await;
    let _: Nothing = again.ok("delete_chat", &OneChat { chat: started.chat }).await;
    carrel.app.close().await;
    let renewed: BackupList = window.ok("list_backups", &proof).await;
    assert_eq!(renewed.backups.len(), 1, "no backup holds what was deleted");
    assert_ne!(renewed.backups[0].name, first.backups[0].name, "the one with the chat is gone");

    carrel.unlock("Mira", PASSPHRASE, "next day").await;
    carrel.clock.advance(25 * 60 * 60 * 1_000);
    carrel.app.close().await;
    let next: BackupList = window.ok("list_backups", &proof).await;
    assert_eq!(next.backups.len(), 2, "the next day makes another");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_desk_leaves_no_file_and_no_card() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let invited = carrel.join(&admin, "Jonas", "jonas").await;
    let profile = carrel.profile("Jonas").await;
    let request =
        EraseDesk { passphrase: OTHER_PASSPHRASE.to_owned(), typed_name: "jonas".to_owned() };
    let failure = invited.fails("erase_desk", &request).await;
    assert_eq!(failure.code, FailureCode::Invalid, "the name is typed exactly");

    let request =
        EraseDesk { passphrase: OTHER_PASSPHRASE.to_owned(), typed_name: "Jonas".to_owned() };
    let _: Nothing = invited.ok("erase_desk", &request).await;
    carrel.app.close().await;
    assert!(
        !dir.path().join(format!("profiles/{profile}")).exists(),
        "keys first, then files: nothing stays"
    );
    let door: DoorState = carrel.window("look").ok("door_state", &Nothing {}).await;
    assert_eq!(door.desks.len(), 1, "and the chooser forgets the card");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_interrupted_is_finished_by_the_next_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.join(&admin, "Jonas", "jonas").await;
    carrel.app.close().await;
    let [mira, jonas] = [carrel.profile("Mira").await, carrel.profile("Jonas").await]
        .map(|profile| dir.path().join(format!("profiles/{profile}")));
    // What a crash leaves after the mark and before the key is gone; and a lost keyring.
    std::fs::write(jonas.join("erased"), "").expect("a test may mark its own files");
    std::fs::rename(mira.join("keyring"), dir.path().join("keyring")).expect("it is there");

    drop(Carrel::start(dir.path()).await);
    assert!(!jonas.exists(), "keys first, then files: nothing stays");
    assert!(mira.join("private.db").exists(), "a missing keyring alone removes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_examination_of_a_healthy_desk_finds_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let outside: Examination = admin.ok("examine_door", &Nothing {}).await;
    let inside: Examination = admin.ok("examine_desk", &Nothing {}).await;
    let ill: Vec<_> =
        outside.findings.iter().chain(&inside.findings).filter(|one| !one.well).collect();
    assert!(ill.is_empty(), "a false alarm teaches people to ignore alarms: {ill:?}");
}
