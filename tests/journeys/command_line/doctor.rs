//! `carrel doctor` says what it saw, and leaves everything as it was.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{ProfileId, UnixMs};
use engine::api::{Nothing, Settings};
use engine::{Examiner, MemoryKeychain};
use sealed::{Database, DatabaseError, Key, Migration, Opening, Shape};
use serde_json::Value;
use support::files::{copy_tree, sight};
use support::people::{Carrel, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use super::{as_mira, carrel, closed_desk, json};

/// Examines with `more` arguments; nothing below `dir` may differ afterwards.
#[track_caller]
fn examine(dir: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let before = sight(dir);
    let words = [&["--json", "doctor"], more].concat();
    let output = carrel(dir, &words, PASSPHRASE);
    let after = sight(dir);
    let changed: Vec<&PathBuf> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    assert!(changed.is_empty(), "an examination changes nothing, but: {changed:?}");
    let code = output.status.code();
    let said = if code == Some(0) || code == Some(10) { &output.stdout } else { &output.stderr };
    (code, json(said))
}

const INSIDE: [&str; 4] = ["--profile", "Mira", "--passphrase-fd", "0"];

/// The detail of a finding, and whether all is well with it.
fn finding<'a>(answer: &'a Value, subject: &str) -> (bool, &'a str) {
    let all = answer["findings"].as_array().expect("findings");
    let found = all.iter().rev().find(|one| one["subject"] == subject);
    let found = found.expect("something is said about it");
    (found["well"] == true, found["detail"].as_str().unwrap_or_default())
}

#[test]
fn nothing_is_made_where_nothing_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let nowhere = dir.path().join("not/here");
    let (code, answer) = examine(&nowhere, &[]);
    let nothing = (true, "There is nothing yet; the first start makes it.");
    assert_eq!((code, finding(&answer, "Data folder")), (Some(0), nothing), "it says so");
    assert!(!dir.path().join("not").exists(), "and the folder is still not there");
    std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o700)).expect("our folder");
    let (code, answer) = examine(dir.path(), &[]);
    assert_eq!((code, finding(&answer, "Door").0), (Some(0), true), "an empty folder stays empty");
    let (code, _) = examine(dir.path(), &INSIDE);
    assert_eq!(code, Some(6), "there is no such desk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_desk_is_well_inside_and_outside() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let (code, outside) = examine(dir.path(), &[]);
    assert_eq!(code, Some(0), "well: {outside}");
    assert_eq!(finding(&outside, "Door"), (true, "Readable; 1 desks."), "the list");
    assert_eq!(finding(&outside, "Anchors"), (true, "Kept for 1 of 1 desks."), "kept at lock");
    assert!(finding(&outside, "Keys of the desks").0, "whole");
    let (code, inside) = examine(dir.path(), &INSIDE);
    assert_eq!(code, Some(0), "well: {inside}");
    for subject in ["History and private files", "Workspace", "Record", "Versions"] {
        assert!(finding(&inside, subject).0, "{subject} was looked at");
    }
    let newest = (true, "Every file is as new as when it was last closed.");
    assert_eq!(finding(&inside, "Anchors"), newest, "held against each other");
    let wrong = carrel(dir.path(), &[&["doctor"][..], &INSIDE].concat(), "not it");
    assert_eq!(wrong.status.code(), Some(3), "the inside is for its owner");
    assert_eq!(examine(dir.path(), &INSIDE).0, Some(0), "a wrong passphrase left no trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_can_reach_is_reported_and_not_repaired() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let profile = Carrel::start(dir.path()).await.profile("Mira").await;
    let loose =
        ["door.db".to_owned(), "device.key".to_owned(), format!("profiles/{profile}/keyring")];
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("our file");
    };
    for file in &loose {
        mode(&dir.path().join(file), 0o644);
    }
    for arguments in [&[][..], &INSIDE] {
        let (code, answer) = examine(dir.path(), arguments);
        assert_eq!(code, Some(10), "not well: {answer}");
        for file in &loose {
            let (well, detail) = finding(&answer, file);
            assert!(!well && detail.contains("Take their rights away"), "{file}: {detail}");
        }
    }
    let opened = as_mira(dir.path(), &["backup"]);
    assert_eq!(opened.0, Some(0), "opening the desk is what repairs them");
    assert_eq!(examine(dir.path(), &INSIDE).0, Some(0), "and then all is well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_history_is_named_and_stays_as_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let profile = Carrel::start(dir.path()).await.profile("Mira").await;
    let history = dir.path().join(format!("profiles/{profile}/history/1.db"));
    let mut bytes = std::fs::read(&history).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&history, bytes).expect("a test may damage its own files");
    let (code, answer) = examine(dir.path(), &INSIDE);
    let (well, detail) = finding(&answer, "History and private files");
    assert_eq!((code, well), (Some(10), false), "one bit is enough");
    assert!(detail.contains("Restore the last good backup"), "and says what to do: {detail}");
    assert!(finding(&answer, "Record").0, "the rest is examined all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_put_back_is_older_than_its_anchor() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let carrel = Carrel::start(dir.path()).await;
    let profile = carrel.profile("Mira").await;
    let private = dir.path().join(format!("profiles/{profile}/private.db"));
    let old = std::fs::read(&private).expect("it is there");
    let owner = carrel.unlock("Mira", PASSPHRASE, "w").await;
    let _: Settings = owner.ok("write_settings", &Settings::default()).await;
    carrel.app.close().await;
    std::fs::write(&private, old).expect("someone puts it back");
    let (code, answer) = examine(dir.path(), &INSIDE);
    let (well, detail) = finding(&answer, "Anchors");
    assert_eq!((code, well), (Some(10), false), "not well: {answer}");
    assert!(detail.starts_with("The private file is older"), "the file is named: {detail}");
}

/// The door of this version, for taking a step back in it.
const DOOR: Shape = Shape {
    name: "door",
    application_id: 0x4372_6c44,
    migrations: &[Migration::Sql(""), Migration::Sql("")],
};

/// Makes the door what the version before would have left.
async fn age_door(dir: &Path) {
    let device = std::fs::read(dir.join("device.key")).expect("the key is in a file");
    let device = Key::from_bytes(device.try_into().expect("32 bytes"));
    let key = device.derive("carrel door database");
    let door = Database::open(&dir.join("door.db"), &key, &DOOR, Opening::default());
    let door = door.expect("the door opens");
    let step_back = "ALTER TABLE installation DROP COLUMN without_passphrase;
         PRAGMA user_version = 1;";
    let aged = door.write(|tx| tx.execute_batch(step_back).map_err(DatabaseError::from));
    aged.await.expect("an older door");
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_door_is_read_and_not_brought_up_to_date() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    age_door(dir.path()).await;
    let (code, answer) = examine(dir.path(), &[]);
    let said = "The list of desks has version 1; the next opening backs it up and brings it to 2.";
    assert_eq!((code, finding(&answer, "Versions")), (Some(0), (true, said)), "it is said");
    assert_eq!(examine(dir.path(), &INSIDE).0, Some(0), "and the desk behind it is examined");
    let (code, _) = as_mira(dir.path(), &["backup"]);
    assert_eq!(code, Some(0), "opening it is what brings it up to date");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_is_open_elsewhere_is_examined_from_outside_only() {
    let dir = tempfile::tempdir().expect("a folder");
    // All that is backed up in the background was, at this lock.
    closed_desk(dir.path()).await;
    let admin = Carrel::start(dir.path()).await.unlock("Mira", PASSPHRASE, "w").await;
    // The checkpoint of the unlock is made beside it.
    admin.checkpointed(dir.path()).await;
    let (code, answer) = examine(dir.path(), &[]);
    assert_eq!((code, finding(&answer, "Door").0), (Some(0), true), "beside who uses it");
    assert_eq!(examine(dir.path(), &INSIDE).0, Some(4), "its own code, as ever");
    let _: Settings = admin.ok("write_settings", &Settings::default()).await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_is_examined_with_its_logs_and_stays() {
    let (dir, crashed) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let upstream = Upstream::start(openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.ask_new("Why?").await;
    copy_tree(dir.path(), crashed.path());
    let tidy = |path: &Path| {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("our file");
    };
    sight(crashed.path()).keys().for_each(|path| tidy(path));
    let has_log = sight(crashed.path()).keys().any(|path| path.ends_with("1.db-wal"));
    assert!(has_log, "the copy was taken in the middle of the work");
    let (code, answer) = examine(crashed.path(), &INSIDE);
    assert_eq!(code, Some(0), "a log that waits for the next opening is no damage: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_could_move_into_the_keychain_stays_where_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let keychain = Arc::new(MemoryKeychain::default());
    let before = sight(dir.path());
    let at = UnixMs(1_795_000_100_000);
    let examiner = Examiner::new(dir.path().to_path_buf(), keychain.clone(), at);
    let desks: Vec<ProfileId> =
        examiner.desks().expect("the list").iter().map(|desk| desk.profile).collect();
    let inside = examiner.inside(desks[0], PASSPHRASE).expect("its owner examines");
    let all = [examiner.outside().findings, inside.findings].concat();
    assert!(all.iter().all(|one| one.well), "well: {all:?}");
    assert!(keychain.entries().is_empty(), "no entry was made");
    assert_eq!(sight(dir.path()), before, "and the key still lies in its file");
}
