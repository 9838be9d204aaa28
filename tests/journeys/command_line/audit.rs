//! `carrel audit`: verified here, and written out so that others can verify it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{as_mira, carrel, closed_desk, json};

/// As RFC 6962 hashes a leaf.
pub(super) fn leaf(text: &str) -> String {
    let mut bytes = vec![0];
    bytes.extend_from_slice(text.as_bytes());
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_out_is_a_chain_that_anyone_can_hash_again() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let (code, out) = as_mira(dir.path(), &["--json", "audit", "verify"]);
    let report = json(out.as_bytes())["record"].clone();
    assert_eq!((code, &report["fault"]), (Some(0), &Value::Null), "it holds: {report}");

    let (code, out) = as_mira(dir.path(), &["audit", "export"]);
    assert_eq!(code, Some(0), "{out}");
    let lines = out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    let lines: Vec<Value> = lines.filter(|line: &Value| line["text"].is_string()).collect();
    let verified = report["events"].as_u64().expect("a number");
    assert!(lines.len() as u64 > verified, "those, and the unlocks since");
    let mut previous = Value::Null;
    for (line, number) in lines.iter().zip(1_u64..) {
        let text = line["text"].as_str().expect("what was signed");
        let event: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(event["sequence"], number, "none is left out");
        assert_eq!(event["previous"], previous, "event {number} names the one before");
        assert_eq!(line["hash"], leaf(text), "event {number} hashes to what the next one names");
        assert_eq!(line["signature"].as_str().map(str::len), Some(128), "64 bytes");
        previous = line["hash"].clone();
        if number == verified {
            assert_eq!(previous, report["head"], "the head that was verified");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_desk_here_verifies_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let output = super::carrel(
        dir.path(),
        &["audit", "verify", "--profile", "Mira", "--passphrase-fd", "0"],
        "not the passphrase at all",
    );
    assert_eq!(output.status.code(), Some(3), "the passphrase comes first");
}

/// The script that ships beside the documentation, run on these files; its lines.
pub(super) fn by_the_script(files: &[PathBuf]) -> (Option<i32>, Vec<String>) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit-verify.py");
    let output = Command::new("python3").arg(script).args(files).output().expect("it runs");
    let out = String::from_utf8(output.stdout).expect("text");
    let lines = out.lines().filter(|line| !line.starts_with(' ')).map(str::to_owned);
    (output.status.code(), lines.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_without_a_desk_by_carrel_and_by_the_script() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let (_, out) = as_mira(dir.path(), &["audit", "export"]);
    let file = dir.path().join("record.jsonl");
    std::fs::write(&file, &out).expect("written");
    let name = file.to_str().expect("text");
    let nowhere = tempfile::tempdir().expect("a folder");
    let checked = carrel(nowhere.path(), &["--json", "audit", "check", name], "");
    let report = json(&checked.stdout)["record"].clone();
    assert_eq!((checked.status.code(), &report["fault"]), (Some(0), &Value::Null), "{report}");
    assert!(nowhere.path().read_dir().expect("a folder").next().is_none(), "no folder is made");
    let (code, lines) = by_the_script(std::slice::from_ref(&file));
    let expected = format!(
        "well  {name}: {} events hold; the last has the hash {}",
        report["events"],
        report["head"].as_str().expect("a hash")
    );
    assert_eq!((code, lines), (Some(0), vec![expected]), "both say the same");
    assert!(report["checkpoints"].as_u64() >= Some(1), "made at the lock: {report}");
    assert!(report["first_key"].is_string(), "with keys that lead from one to the next: {report}");
    assert!(out.contains("record_exported"), "that it was written out stands in it");

    let head: Value = serde_json::from_str(out.lines().next().expect("a head")).expect("JSON");
    let root = head["root"].as_str().expect("a key");
    let trusted = carrel(nowhere.path(), &["audit", "check", name, "--root", root], "");
    assert_eq!(trusted.status.code(), Some(0), "the right root key");
    let other = "0".repeat(64);
    let refused = carrel(nowhere.path(), &["audit", "check", name, "--root", &other], "");
    assert_eq!(refused.status.code(), Some(2), "another root key: {refused:?}");
}

/// What Carrel and the script say of a file, and of a checkpoint beside it: each its exit code.
fn both(dir: &Path, file: &Path, checkpoint: Option<&Path>) -> (Option<i32>, Option<i32>) {
    let mut arguments = vec!["audit", "check", file.to_str().expect("text")];
    let mut told = Vec::new();
    if let Some(kept) = checkpoint {
        arguments.extend(["--checkpoint", kept.to_str().expect("text")]);
        told.extend([PathBuf::from("--checkpoint"), kept.to_path_buf()]);
    }
    told.push(file.to_path_buf());
    (carrel(dir, &arguments, "").status.code(), by_the_script(&told).0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_keeps_a_checkpoint_and_proves_with_it_what_others_may_not_see() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let written = |name: &str, arguments: &[&str]| {
        let (code, out) = as_mira(dir.path(), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {out}");
        let file = elsewhere.path().join(name);
        std::fs::write(&file, out).expect("written");
        file
    };
    let kept = written("kept.txt", &["audit", "checkpoint"]);
    let name = kept.to_str().expect("text");
    let (code, out) = as_mira(dir.path(), &["audit", "verify", "--checkpoint", name]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("events that Mira signed"), "by name: {out}");

    let event = written("event.json", &["audit", "inclusion", "2", "--checkpoint", name]);
    let growth = written("growth.json", &["audit", "consistency", "--checkpoint", name]);
    let export = written("record.jsonl", &["audit", "export"]);
    for file in [&event, &growth, &export] {
        assert_eq!(both(elsewhere.path(), file, None), (Some(0), Some(0)), "{file:?}");
        assert_eq!(both(elsewhere.path(), file, Some(&kept)), (Some(0), Some(0)), "{file:?}");
    }
    let newer = written("newer.txt", &["audit", "checkpoint"]);
    for file in [&event, &growth, &export] {
        let judged = both(elsewhere.path(), file, Some(&newer));
        assert_eq!(judged, (Some(2), Some(1)), "not about a later one: {file:?}");
    }
    let made_up = |arguments: &[&str]| {
        let file = event.to_str().expect("text");
        let checked =
            carrel(elsewhere.path(), &[&["audit", "check", file], arguments].concat(), "");
        (checked.status.code(), String::from_utf8(checked.stdout).expect("text"))
    };
    let (_, alone) = made_up(&[]);
    assert!(alone.contains("as far as you trust this key"), "anyone can make a key: {alone}");
    let key = alone.lines().next().and_then(|line| line.split_whitespace().last()).expect("a key");
    let (code, trusted) = made_up(&["--key", key]);
    assert!(code == Some(0) && !trusted.contains("as far as"), "one that is trusted: {trusted}");
    assert_eq!(made_up(&["--key", &"0".repeat(64)]).0, Some(2), "another key");
    assert_eq!(made_up(&["--root", key]).0, Some(2), "it leads to no root key");
    for file in [&event, &growth] {
        let text = std::fs::read_to_string(file).expect("its own");
        let path = text.find("\"path\":[\"").expect("a path") + 9;
        let mut bent = text.into_bytes();
        bent[path] = if bent[path] == b'0' { b'1' } else { b'0' };
        std::fs::write(file, bent).expect("written");
        assert_eq!(both(elsewhere.path(), file, None), (Some(2), Some(1)), "bent: {file:?}");
    }
    let foreign = std::fs::read_to_string(&kept).expect("its own").replace("record/0", "record/1");
    std::fs::write(&kept, foreign).expect("written");
    let (code, out) = as_mira(dir.path(), &["audit", "verify", "--checkpoint", name]);
    assert_eq!(code, Some(10), "of another workspace: {out}");
}
