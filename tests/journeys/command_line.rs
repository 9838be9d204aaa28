//! `carrel` as a program: answers on standard output, reasons as exit codes.

mod answers;
mod audit;
mod catalogue;
mod doctor;
mod exits;
mod packages;
mod proofs;
mod serving;
mod verifiers;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::desktop::binary;
use support::local_model::{OLD_PROCESSOR, real, that_says};
use support::people::{Carrel, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

/// Runs `carrel` with a passphrase on standard input, named as descriptor 0.
fn carrel(dir: &Path, arguments: &[&str], passphrase: &str) -> Output {
    carrel_among(dir, &[], arguments, passphrase)
}

/// As `carrel`, with more in its environment.
fn carrel_among(
    dir: &Path,
    more: &[(&str, &Path)],
    arguments: &[&str],
    passphrase: &str,
) -> Output {
    let mut child = Command::new(binary("carrel"))
        .args(arguments)
        .envs(more.iter().copied())
        .env("CARREL_DATA_DIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is built");
    let mut stdin = child.stdin.take().expect("a pipe");
    // One that needs none may have ended by now.
    let _ = stdin.write_all(passphrase.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// The same with the passphrase of Mira, and what it printed.
fn as_mira(dir: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut words = arguments.to_vec();
    words.extend(["--profile", "Mira", "--passphrase-fd", "0"]);
    let output = carrel(dir, &words, PASSPHRASE);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a program printed, read as JSON.
fn json(output: &[u8]) -> serde_json::Value {
    serde_json::from_slice(output).expect("JSON was asked for")
}

/// A closed installation with Mira's desk.
async fn closed_desk(dir: &Path) {
    let carrel = Carrel::start(dir).await;
    carrel.first_run().await;
    carrel.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_asks_keeps_and_examines() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
    let desk = Carrel::start(dir.path()).await;
    let admin = desk.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    let held = carrel(dir.path(), &["ask", "--passphrase-fd", "0", "Why?"], PASSPHRASE);
    assert_eq!(held.status.code(), Some(4), "a desk that is open elsewhere has its own code");
    desk.app.close().await;
    drop(desk);

    let asked = carrel(dir.path(), &["ask", "--passphrase-fd", "0", "Why?"], PASSPHRASE);
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert_eq!(
        (asked.status.code(), said.as_str()),
        (Some(0), "The datum moved.\n"),
        "only the answer is on standard output"
    );
    let wrong = carrel(dir.path(), &["ask", "--passphrase-fd", "0", "Why?"], "not it");
    assert_eq!(wrong.status.code(), Some(3), "a wrong passphrase has its own code");
    let doctor = ["doctor", "--profile", "mira", "--passphrase-fd", "0"];
    let examined = carrel(dir.path(), &doctor, PASSPHRASE);
    assert_eq!(examined.status.code(), Some(0), "a healthy desk is well: {examined:?}");
    let backup = ["--json", "backup", "--passphrase-fd", "0"];
    let made = carrel(dir.path(), &backup, PASSPHRASE);
    let json: serde_json::Value = serde_json::from_slice(&made.stdout).expect("JSON was asked for");
    assert!(json["backup"]["name"].is_string(), "a program can read which backup was made");

    let owner = Carrel::start(dir.path()).await.unlock("Mira", PASSPHRASE, "w").await;
    let list = engine::api::ListChats { archived: false, before: None, limit: 10 };
    let chats: engine::api::ChatList = owner.ok("list_chats", &list).await;
    assert_eq!(chats.chats.len(), 1, "the question that was answered is kept on the desk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_is_never_an_argument() {
    let dir = tempfile::tempdir().expect("a folder");
    let desk = Carrel::start(dir.path()).await;
    desk.first_run().await;
    desk.app.close().await;
    let commands: [&[&str]; 5] =
        [&["ask", "Why?"], &["backup"], &["restore", "1"], &["doctor"], &["catalogue", "show"]];
    for command in commands {
        for option in ["--passphrase", "--passphrase-fd", "--password", "--pass", "-p"] {
            let given = [command, &[option, PASSPHRASE]].concat();
            let tried = carrel(dir.path(), &given, "");
            let code = tried.status.code();
            assert_eq!(code, Some(2), "every process sees the arguments of {given:?}: {tried:?}");
        }
        // What follows a question is a part of it.
        let loose = [command, &[PASSPHRASE]].concat();
        let code = carrel(dir.path(), &loose, "").status.code();
        assert!(code == Some(2) || command[0] == "ask", "nor one of {loose:?}: {code:?}");
    }
    // The same desk opens through a descriptor: it was not the desk that refused.
    let made = carrel(dir.path(), &["backup", "--passphrase-fd", "0"], PASSPHRASE);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_model_that_cannot_run_says_why_and_has_the_models_exit_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let desk = Carrel::start(dir.path()).await;
    desk.first_run().await.offer_built_in().await;
    desk.app.close().await;
    let files = real(dir.path());
    let stand_in = that_says(dir.path(), OLD_PROCESSOR);
    let nothing = dir.path().join("nothing");
    for (sidecar, models, word) in [
        (&files.sidecar, &nothing, "weights are not installed"),
        (&stand_in, &files.shipped, "it lacks avx2, bmi2"),
    ] {
        let places =
            [("CARREL_LOCAL_MODEL", sidecar.as_path()), ("CARREL_MODELS_DIR", models.as_path())];
        let ask = ["ask", "--passphrase-fd", "0", "Why?"];
        let asked = carrel_among(dir.path(), &places, &ask, PASSPHRASE);
        let told = String::from_utf8_lossy(&asked.stderr).into_owned();
        assert_eq!(asked.status.code(), Some(8), "the model failed: {told}");
        assert!(told.contains(word), "and the next step: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_a_file_of_ones_own_answers_at_the_terminal() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = real(dir.path());
    std::fs::create_dir(&files.own).expect("the models folder");
    let weights = files.shipped.join(engine::WEIGHTS_FILE);
    std::os::unix::fs::symlink(weights, files.own.join("my-own.gguf")).expect("a file");
    let desk = Carrel::start(dir.path()).await;
    desk.first_run().await.offer_files(&["my-own"]).await;
    desk.app.close().await;
    let places = [("CARREL_LOCAL_MODEL", files.sidecar.as_path())];
    let ask = ["ask", "--passphrase-fd", "0", "--model", "my-own", "Say hello."];
    let asked = carrel_among(dir.path(), &places, &ask, PASSPHRASE);
    assert_eq!(asked.status.code(), Some(0), "{}", String::from_utf8_lossy(&asked.stderr));
    assert!(!asked.stdout.trim_ascii().is_empty(), "a real model said something");
    let doctor = ["doctor", "--profile", "mira", "--passphrase-fd", "0"];
    let examined = carrel(dir.path(), &doctor, PASSPHRASE);
    assert_eq!(examined.status.code(), Some(0), "models may be links, and read by all");
}
