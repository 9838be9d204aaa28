//! `carrel audit`: verified here, and written out so that others can verify it.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{as_mira, closed_desk, json};

/// As RFC 6962 hashes a leaf.
fn leaf(text: &str) -> String {
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
    let lines: Vec<Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
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
