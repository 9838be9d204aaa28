//! Every exit code that can be provoked, with its reason as JSON where that is wanted.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use domain::{Role, UnixMs};
use engine::api::{
    FailureCode, Invitation, Invite, Nothing, RecoveryCode, RedeemInvitation, SetDisabled, Unlock,
    WorkspaceRules,
};
use engine::{KeychainError, MemoryKeychain};
use support::desktop::binary;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::{begun, error, openai_stream};

use super::{as_mira, carrel, closed_desk, json};

fn code(dir: &Path, arguments: &[&str]) -> Option<i32> {
    carrel(dir, arguments, PASSPHRASE).status.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_things_that_are_not_there_and_pipes_have_their_codes() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let fd = ["--passphrase-fd", "0"];
    assert_eq!(code(dir.path(), &["profiles"]), Some(0), "done");
    assert_eq!(code(dir.path(), &["paint"]), Some(2), "no such command");
    assert_eq!(code(dir.path(), &["backup", "--passphrase-fd=-1"]), Some(2), "no descriptor");
    assert_eq!(code(dir.path(), &["backup", "--passphrase-fd", "99"]), Some(1), "one that is shut");
    let nobody = [&["backup", "--profile", "Nobody"], &fd[..]].concat();
    assert_eq!(code(dir.path(), &nobody), Some(6), "no such desk");
    assert_eq!(as_mira(dir.path(), &["restore", "--backup", "x"]).0, Some(6), "no such backup");
    assert_eq!(as_mira(dir.path(), &["ask", "Why?"]).0, Some(8), "no model to ask");
    let chat = "01912345-6789-7abc-8def-0123456789ab";
    assert_eq!(as_mira(dir.path(), &["ask", "--chat", chat, "Why?"]).0, Some(6), "no such chat");

    let failed = carrel(dir.path(), &[&["--json"], &nobody[..]].concat(), PASSPHRASE);
    let failure = &json(&failed.stderr)["failure"];
    assert_eq!(failure["code"], "not_found", "a program reads the reason: {failure}");
    assert!(failed.stdout.is_empty(), "where answers stand, there is none");
    let usage = carrel(dir.path(), &["--json", "backup", "--passphrase-fd=-1"], "");
    let message = json(&usage.stderr)["failure"]["message"].clone();
    assert_eq!(message, "A file descriptor is not negative.", "usage as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tries_have_the_code_of_a_wrong_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let wrong = carrel(dir.path(), &["backup", "--passphrase-fd", "0"], "not it");
    assert_eq!(wrong.status.code(), Some(3), "wrong");
    // A clock that was ahead: the wait begins at the next look, however busy this computer is.
    let ahead = Carrel::start_at(dir.path(), UnixMs(4_000_000_000_000)).await;
    let profile = ahead.profile("Mira").await;
    let guess = Unlock { profile, passphrase: "not it".to_owned(), accept_older: false };
    while ahead.window("w").fails("unlock", &guess).await.code != FailureCode::TooManyTries {}
    let right = carrel(dir.path(), &["--json", "backup", "--passphrase-fd", "0"], PASSPHRASE);
    let failure = &json(&right.stderr)["failure"];
    assert_eq!(
        (right.status.code(), failure["code"].as_str()),
        (Some(3), Some("too_many_tries")),
        "the right one has to wait, too"
    );
    assert!(failure["retry_at"].is_number(), "and is told until when: {failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_desk_is_not_allowed_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel_in = Carrel::start(dir.path()).await;
    let admin = carrel_in.first_run().await;
    carrel_in.join(&admin, "Jonas", "jonas").await;
    let member = carrel_in.profile("Jonas").await;
    let _: Nothing = admin.ok("set_disabled", &SetDisabled { member, disabled: true }).await;
    carrel_in.app.close().await;
    let words = ["backup", "--profile", "Jonas", "--passphrase-fd", "0"];
    let refused = carrel(dir.path(), &words, OTHER_PASSPHRASE);
    assert_eq!(refused.status.code(), Some(5), "an admin said so");
    let several = carrel(dir.path(), &["backup", "--passphrase-fd", "0"], PASSPHRASE);
    assert_eq!(several.status.code(), Some(2), "with several desks one has to be named");
    let listed = carrel(dir.path(), &["profiles"], "");
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.contains("Jonas  (disabled)"), "and the list says which: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_has_its_code_and_a_backup_repairs_it() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let profile = Carrel::start(dir.path()).await.profile("Mira").await;
    let history = dir.path().join(format!("profiles/{profile}/history/1.db"));
    std::fs::write(&history, vec![7; 65_536]).expect("a test may damage its own files");
    assert_eq!(as_mira(dir.path(), &["ask", "Why?"]).0, Some(7), "damaged");

    let (listed, text) = as_mira(dir.path(), &["restore", "--list", "--json"]);
    let backups = json(text.as_bytes())["backups"].clone();
    assert_eq!((listed, backups.as_array().map(Vec::len)), (Some(0), Some(1)), "one from the lock");
    let name = backups[0]["name"].as_str().expect("a name");
    let (listed, plain) = as_mira(dir.path(), &["restore", "--list"]);
    assert_eq!(listed, Some(0), "for people");
    assert!(plain.starts_with(name) && plain.trim_end().ends_with("bytes"), "a line each: {plain}");
    assert_eq!(as_mira(dir.path(), &["doctor"]).0, Some(10), "listing repairs nothing");

    let (restored, text) = as_mira(dir.path(), &["--json", "restore", "--backup", name]);
    assert_eq!(restored, Some(0), "put back: {text}");
    assert_eq!(json(text.as_bytes())["backup"]["name"], name, "the one that was named");
    assert_eq!(as_mira(dir.path(), &["doctor"]).0, Some(0), "all is well again");
    assert_eq!(as_mira(dir.path(), &["restore"]).0, Some(2), "what is whole is not replaced");
    std::fs::write(&history, vec![7; 65_536]).expect("a test may damage its own files");
    assert_eq!(as_mira(dir.path(), &["restore"]).0, Some(0), "without a name, the newest");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_did_has_its_codes() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Whole."])).await;
    let carrel_in = Carrel::start(dir.path()).await;
    let admin = carrel_in.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    carrel_in.app.close().await;

    upstream.next(error(401, "invalid_api_key", "no such key"));
    assert_eq!(as_mira(dir.path(), &["ask", "Why?"]), (Some(8), "\n".to_owned()), "refused");
    upstream.next(begun(&["Half an ", "answer"]).cut());
    let (partial, said) = as_mira(dir.path(), &["ask", "Why?"]);
    assert_eq!((partial, said.as_str()), (Some(9), "Half an answer\n"), "printed, and not whole");
    upstream.next(begun(&["Half"]).cut());
    let (partial, said) = as_mira(dir.path(), &["--json", "ask", "Why?"]);
    let answer = json(said.as_bytes())["answer"].clone();
    assert_eq!((partial, answer["text"].as_str()), (Some(9), Some("Half")), "kept: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_without_a_passphrase_asks_for_none_and_names_the_keychain() {
    let dir = tempfile::tempdir().expect("a folder");
    let keychain = Arc::new(MemoryKeychain::default());
    // The device key stays in a file, so that the program finds the door.
    keychain.fail_with(Some(KeychainError::Absent));
    let carrel_in = Carrel::start_on(dir.path(), keychain.clone()).await;
    let admin = carrel_in.first_run().await;
    keychain.fail_with(None);
    let rules = WorkspaceRules { without_passphrase: true, ..WorkspaceRules::default() };
    let _: WorkspaceRules = admin.ok("write_rules", &rules).await;
    let invitation: Invitation = admin.ok("invite", &Invite { role: Role::Member }).await;
    let request = RedeemInvitation {
        key: invitation.key,
        profile_name: "Jonas".to_owned(),
        avatar: 3,
        passphrase: None,
    };
    let _: RecoveryCode = carrel_in.window("jonas").ok("redeem_invitation", &request).await;
    carrel_in.app.close().await;

    // Neither a terminal nor a descriptor could give one.
    for words in [&["restore", "--list"][..], &["restore"], &["backup"], &["doctor"]] {
        let asked = Command::new("setsid")
            .args(["--wait".as_ref(), binary("carrel").as_os_str()])
            .args(words)
            .args(["--profile", "Jonas"])
            .env("CARREL_DATA_DIR", dir.path())
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&asked.stderr).into_owned();
        assert_eq!(asked.status.code(), Some(11), "{words:?}: {said}");
    }
}
