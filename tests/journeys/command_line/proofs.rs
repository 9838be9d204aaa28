//! Proofs that somebody bent: Carrel and the script say the same of each.

use std::path::{Path, PathBuf};

use engine::api::FailureCode;
use support::dice::{Dice, soak};
use support::people::Carrel;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use super::audit::by_the_script;
use super::{as_mira, carrel};

/// Does something to a proof that nobody would do in good faith.
fn bent(proof: &str, other: &str, dice: &mut Dice) -> String {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let field = |name: &str| value(proof)[name].as_str().unwrap_or_default().to_owned();
    let with = |name: &str, new: &str| proof.replacen(&quoted(&field(name)), &quoted(new), 1);
    match dice.below(13) {
        0 => proof.replacen("\"form\":1", ["\"form\":2", "\"form\":true"][dice.below(2)], 1),
        1 => proof.replacen("\"path\":[", &format!("\"path\":[\"{}\",", "0".repeat(64)), 1),
        2 => proof.replacen("\",\"", "\"", 1),
        3 => with("checkpoint", value(other)["checkpoint"].as_str().unwrap_or_default()),
        4 => with("key", &field("key").replacen(['a', 'b', 'c'], "0", 1)),
        5 => with("key", &field("key").to_uppercase()),
        6 => with("checkpoint", &field("checkpoint").replacen("=\n", "\n", 1)),
        7 => with("checkpoint", &format!("{}\u{2014} other/1 AAAA\n", field("checkpoint"))),
        8 => proof.replacen("\"form\":1", "\"form\":1,\"form\":1", 1),
        9 => with("content", &format!("{} ", field("content"))),
        10 => with("side", if field("side") == "input" { "output" } else { "input" }),
        11 => with("opening", &field("opening").replacen(['a', 'b', 'c'], "0", 1)),
        _ => {
            let mut bytes = proof.as_bytes().to_vec();
            // Behind what says that it is a proof at all.
            let place = 20 + dice.below(bytes.len() - 20);
            bytes[place] = b' ' + u8::try_from(dice.below(94)).expect("a letter");
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text")
}

/// What Carrel says of a proof, in the script's words.
fn by_carrel(proof: &str) -> &'static str {
    match engine::check_proof_of(proof, None, None) {
        Ok(_) => "well",
        Err(failure) => {
            assert_eq!(failure.code, FailureCode::Invalid, "{failure:?}");
            let broken = [
                "is not signed with the key",
                "does not lead to its checkpoint",
                "does not speak of this text",
            ];
            let is_broken = broken.iter().any(|why| failure.message.contains(why));
            if is_broken { "NOT WELL" } else { "NO EXPORT" }
        }
    }
}

/// A closed desk of Mira's on which something was asked; the answer's id.
async fn answered(dir: &Path) -> String {
    let upstream = Upstream::start(openai_stream(&["Hers."])).await;
    let house = Carrel::start(dir).await;
    let mira = house.first_run().await;
    mira.add_provider(&upstream.base_url()).await;
    let (_, view) = mira.ask_new("Whose otters?\n\u{1b}[2J").await;
    house.app.close().await;
    view.message.id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_said_is_proven_at_the_terminal_and_read_without_a_desk() {
    let dir = tempfile::tempdir().expect("a folder");
    let answer = answered(dir.path()).await;
    let nowhere = tempfile::tempdir().expect("a folder");
    for (side, text, said) in
        [("question", "Whose otters?\n[2J", "asked"), ("answer", "Hers.", "answered")]
    {
        let (code, proof) = as_mira(dir.path(), &["audit", "content", &answer, "--side", side]);
        assert_eq!(code, Some(0), "{proof}");
        let file = nowhere.path().join(side);
        std::fs::write(&file, &proof).expect("written");
        let name = file.to_str().expect("text");
        let checked = carrel(nowhere.path(), &["audit", "check", name], "");
        let told = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert_eq!(checked.status.code(), Some(0), "{told}");
        let marked = text.replace('\n', "\n    | ");
        let shown = told.ends_with(&format!(" was {said}:\n    | {marked}\n"));
        assert!(shown, "with no order to the terminal, and no line like its own: {told:?}");
        let (code, lines) = by_the_script(std::slice::from_ref(&file));
        assert_eq!(code, Some(0), "{lines:?}");
        assert!(lines[0].contains(&format!("bytes was {said}; signed")), "the same: {lines:?}");
    }
    let other = "01890000-0000-7000-8000-000000000000";
    let (code, out) = as_mira(dir.path(), &["audit", "content", other, "--side", "answer"]);
    assert_ne!(code, Some(0), "what is not there is not proven: {out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn carrel_and_the_script_agree_on_every_proof_that_somebody_bent() {
    let dir = tempfile::tempdir().expect("a folder");
    let answer = answered(dir.path()).await;
    let written = |arguments: &[&str]| {
        let (code, out) = as_mira(dir.path(), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {out}");
        out
    };
    let kept = dir.path().join("kept.txt");
    std::fs::write(&kept, written(&["audit", "checkpoint"])).expect("written");
    let name = kept.to_str().expect("text");
    let event = written(&["audit", "inclusion", "2"]);
    let growth = written(&["audit", "consistency", "--checkpoint", name]);
    let about = ["audit", "content", &answer, "--side", "question", "--checkpoint", name];
    let text = written(&about);
    let (_, lines) = by_the_script(&[kept_beside(dir.path(), &text)]);
    assert!(lines[0].starts_with("well"), "in what was kept: {lines:?}");
    let whole = [event.trim_end(), growth.trim_end(), text.trim_end()];
    let mut dice = Dice::new();
    let rounds = if soak() { 100 } else { 2 };
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..rounds {
        let bent: Vec<_> = (0..100)
            .map(|number| {
                let (proof, other) = (whole[number % 3], whole[(number + 1) % 3]);
                let text = bent(proof, other, &mut dice);
                let file = dir.path().join(format!("{round}-{number}.json"));
                std::fs::write(&file, &text).expect("written");
                (file, text)
            })
            .collect();
        let files: Vec<_> = bent.iter().map(|(file, _)| file.clone()).collect();
        let (_, told) = by_the_script(&files);
        assert_eq!(told.len(), bent.len(), "a line for each: {told:?}");
        for ((file, text), line) in bent.iter().zip(&told) {
            let ours = by_carrel(text);
            // The script does not know what an event looks like beyond its number.
            let agreed = line.starts_with("well") == (ours == "well");
            assert!(agreed, "{ours:?} or {line:?}? {}\n{text}", dice.told());
            seen.insert(ours);
            remove(file);
        }
    }
    assert_eq!(seen.len(), 3, "every verdict was given: {seen:?}");
}

/// The proof in a file of its own.
fn kept_beside(folder: &Path, proof: &str) -> PathBuf {
    let file = folder.join("said.json");
    std::fs::write(&file, proof).expect("written");
    file
}

fn remove(file: &Path) {
    std::fs::remove_file(file).expect("it was made");
}
