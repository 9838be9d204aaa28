//! `carrel catalogue`: a newer price list without the internet.

use std::path::Path;

use serde_json::json;
use support::prices::{price_file, price_rows};

use super::{carrel, closed_desk, json as read};
use support::people::PASSPHRASE;

fn run(dir: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let more = ["--profile", "Mira", "--passphrase-fd", "0"];
    let output = carrel(dir, &[&["catalogue"], arguments, &more].concat(), PASSPHRASE);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_file_is_shown_doubted_taken_and_reset_at_the_terminal() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let mut rows = price_rows();
    rows["openai/gpt-4o"]["output_cost_per_token"] = json!(9e-3);
    let file = dir.path().join("prices.json");
    std::fs::write(&file, price_file(&rows)).expect("a file");
    let path = file.to_str().expect("a path");
    let import = ["import", path, "--date", "2026-11-24"];

    let (code, out, error) = run(dir.path(), &import);
    assert_eq!(code, Some(2), "{out}{error}");
    let doubt = "openai/gpt-4o: $2.5 in, $10 out, now $2.5 in, $9000 out for a million tokens";
    assert!(out.contains(doubt), "which price: {out}");
    assert!(error.contains("--accept"), "and the next step: {error}");
    let (_, out, _) = run(dir.path(), &["show"]);
    assert!(out.contains("came with Carrel"), "nothing was changed: {out}");

    let (code, _, error) = run(dir.path(), &[&import[..], &["--accept"]].concat());
    assert_eq!(code, Some(0), "{error}");
    let (_, out, _) = run(dir.path(), &["--json", "show"]);
    let shown = read(out.as_bytes());
    assert_eq!((&shown["date"], &shown["imported"]), (&json!("2026-11-24"), &json!(true)));
    let (code, out, _) = run(dir.path(), &["reset"]);
    assert_eq!((code, out.contains("came with Carrel")), (Some(0), true), "as before: {out}");

    let missing = ["import", "no-such-file.json", "--date", "2026-11-24"];
    let (code, _, error) = run(dir.path(), &missing);
    assert_eq!((code, error.contains("no-such-file.json")), (Some(2), true), "{error}");
    std::fs::write(&file, [0xff, 0xfe]).expect("a file");
    assert!(run(dir.path(), &import).2.contains("not a text file"), "bytes are no list");
}
