//! What only a process of its own can show: being killed, and what reaches stderr.

use crate::notes::{NOTES, count, filled, open, place};
use data_encoding::HEXLOWER;
use sealed::{Database, DatabaseError, Key, Opening};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ROLE: &str = "CARREL_TEST_CHILD";

/// The child's half of both tests below; without a role it has its own small duty.
#[tokio::test]
async fn a_child_process_writes_until_it_is_killed() {
    let Some(role) = std::env::var_os(ROLE) else {
        let (_dir, path) = place();
        assert!(open(&path, &Key::random()).is_err(), "nothing to write to");
        return;
    };
    let path = PathBuf::from(role);
    let mut hex = String::new();
    std::io::stdin().read_line(&mut hex).unwrap();
    let key: [u8; 32] = HEXLOWER.decode(hex.trim().as_bytes()).unwrap().try_into().unwrap();
    let db = match open(&path, &Key::from_bytes(key)) {
        Ok(db) => db,
        Err(error) => return println!("\nrefused: {error}"),
    };
    let all = "SELECT sum(length(text)) FROM note";
    let read =
        db.read(move |c| Ok::<i64, DatabaseError>(c.query_row(all, [], |row| row.get(0))?)).await;
    if let Err(error) = read {
        return println!("\nrefused: {error}");
    }
    loop {
        crate::notes::note(&db, &"text that fills pages ".repeat(20)).await;
        println!("\ncommits: {}", db.counter());
        std::io::stdout().flush().unwrap();
    }
}

fn child(path: &Path, key: &Key) -> std::process::Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "children::a_child_process_writes_until_it_is_killed", "--nocapture"])
        .env(ROLE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let hex = HEXLOWER.encode(key.bytes());
    writeln!(child.stdin.take().unwrap(), "{hex}").unwrap();
    child
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_was_answered() {
    let (_dir, path) = place();
    let (key, _) = filled(&path, 1).await;
    for kill_after in [1, 3, 40, 90] {
        let mut child = child(&path, &key);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut answered = 0;
        let mut told = 0;
        while told < kill_after {
            let line = lines.next().unwrap().unwrap();
            if let Some(commits) = line.strip_prefix("commits: ") {
                answered = commits.parse().unwrap();
                told += 1;
            }
        }
        child.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            let commits = line.strip_prefix("commits: ").and_then(|text| text.parse().ok());
            answered = commits.unwrap_or(answered);
        }
        child.wait().unwrap();
        let opening = Opening { anchor: Some(answered), ..Opening::default() };
        let db = Database::open(&path, &key, &NOTES, opening).unwrap();
        assert!(db.counter() >= answered, "every answered commit is there");
        let notes = i64::try_from(db.counter()).unwrap() - 1;
        assert_eq!(count(&db).await, notes, "a commit is whole: the note and its count");
        db.check().await.unwrap();
        db.close().await;
    }
}

#[tokio::test]
async fn damage_is_never_told_to_stderr() {
    let (_dir, path) = place();
    let (key, _) = filled(&path, 400).await;
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 8192;
    for page in bytes.chunks_mut(8192).skip(pages / 2) {
        page[100] ^= 1;
    }
    std::fs::write(&path, &bytes).unwrap();
    let output = child(&path, &key).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(&format!("refused: {}", DatabaseError::Damaged)), "{said}");
    let noise = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!noise.contains("hmac") && !noise.contains("CORE"), "SQLCipher is quiet: {noise}");
}
