//! Two processes on one profile: the second is told and stays out.

use sealed::files::{Held, lock};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const ROLE: &str = "CARREL_TEST_HOLDS_LOCK";

#[test]
fn a_lock_is_held_as_long_as_its_value_lives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let first = lock(&path).unwrap();
    assert!(matches!(lock(&path), Err(Held::Elsewhere)), "even within one process");
    drop(first);
    drop(lock(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(dir.path().join("other"), &path).unwrap();
    assert!(matches!(lock(&path), Err(Held::Io(_))), "never through a link");
    assert!(!dir.path().join("other").exists(), "and nothing is made behind it");
}

/// Runs as the second process of the test below; alone it only takes and drops a lock.
#[test]
fn a_process_takes_the_lock_and_says_what_it_got() {
    let dir = tempfile::tempdir().unwrap();
    let role = std::env::var_os(ROLE);
    let path = role.as_ref().map_or_else(|| dir.path().join("lock"), Into::into);
    let got = lock(&path);
    if role.is_some() {
        println!("\nlock: {}", if got.is_ok() { "held" } else { "refused" });
        std::io::stdout().flush().unwrap();
        // Until the parent closes our input or ends us.
        let _ = std::io::stdin().read_line(&mut String::new());
    } else {
        assert!(got.is_ok(), "nobody else has this one");
    }
}

#[test]
fn a_second_process_is_told_and_a_dead_one_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let start = || {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_process_takes_the_lock_and_says_what_it_got", "--nocapture"])
            .env(ROLE, &path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("lock: ").map(str::to_owned));
        (child, said)
    };
    let (mut holder, said) = start();
    assert_eq!(said.as_deref(), Some("held"), "the first process gets it");
    assert!(matches!(lock(&path), Err(Held::Elsewhere)), "this process is told");
    let (mut second, said) = start();
    assert_eq!(said.as_deref(), Some("refused"), "a third one as well");
    drop(second.stdin.take());
    second.wait().unwrap();
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(lock(&path).is_ok(), "a killed process holds nothing");
}
