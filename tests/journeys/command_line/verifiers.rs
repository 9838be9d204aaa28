//! Two verifiers: what Carrel and the script beside it say of the same export.

use std::path::PathBuf;

use domain::{ProfileId, Proposed, Role};
use engine::api::{AssignRole, MemberList, Nothing, Propose, SetDisabled};
use engine::check_export;
use sealed::SigningKey;
use serde_json::Value;
use support::dice::Dice;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};

use super::as_mira;
use super::audit::{by_the_script, leaf};

/// Does something to an export that nobody would do in good faith.
fn harmed(lines: &[String], dice: &mut Dice) -> Vec<String> {
    let mut lines = lines.to_vec();
    let (at, other) = (1 + dice.below(lines.len() - 1), 1 + dice.below(lines.len() - 1));
    let field = |line: &str, name: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line[name].as_str().unwrap_or_default().to_owned()
    };
    let set = |line: &mut String, name: &str, text: &str| {
        let mut whole: Value = serde_json::from_str(line).expect("JSON");
        if whole.get(name).is_some() {
            whole[name] = text.into();
        }
        *line = whole.to_string();
    };
    let named = ["text", "document", "checkpoint"].map(|name| (name, field(&lines[at], name)));
    let (name, text) = named.into_iter().find(|(_, text)| !text.is_empty()).expect("it has one");
    match dice.below(9) {
        0 => drop(lines.remove(at)),
        1 => lines.swap(at, other),
        2 => lines.insert(other, lines[at].clone()),
        3 => lines.truncate(at),
        4 => lines[at] = "{\"text\":1}".to_owned(),
        5 => {
            let signature = field(&lines[other], "signature");
            set(&mut lines[at], "signature", &signature);
        }
        6 => {
            let mut root: String = field(&lines[0], "root");
            root.replace_range(3..4, if root.as_bytes()[3] == b'0' { "1" } else { "0" });
            set(&mut lines[0], "root", &root);
        }
        kind => {
            let mut bytes = text.into_bytes();
            let place = dice.below(bytes.len());
            bytes[place] = b' ' + u8::try_from(dice.below(94)).expect("a letter");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            set(&mut lines[at], name, &text);
            if kind == 8 {
                set(&mut lines[at], "hash", &leaf(&text));
            }
        }
    }
    lines
}

/// What Carrel says of an export, in the script's words as far as both must agree.
fn by_carrel(export: &str) -> String {
    match check_export(export.as_bytes(), None, None) {
        Ok(checked) => match checked.report.fault {
            None => format!("{} events hold", checked.report.events),
            Some(at) => format!("event {} does not hold", at.sequence),
        },
        Err(failure) if failure.code == engine::api::FailureCode::Invalid => "NO EXPORT".to_owned(),
        Err(_) => "document".to_owned(),
    }
}

/// What takes two admins: Jonas becomes one by Mira, and Tove by both. Returns Jonas.
async fn two_sign(house: &Carrel, mira: &Person) -> ProfileId {
    let member = house.profile("Jonas").await;
    let role = Role::Admin;
    let _: Nothing = mira.ok("assign_role", &AssignRole { member, role }).await;
    let jonas = house.unlock("Jonas", OTHER_PASSPHRASE, "risen").await;
    for name in ["Tove", "Noor"] {
        house.join(mira, name, name).await;
        let wanted = Propose { member: house.profile(name).await, wanted: Proposed::Admin };
        let _: MemberList = mira.ok("propose", &wanted).await;
    }
    let tove = house.profile("Tove").await;
    let _: Nothing = jonas.ok("assign_role", &AssignRole { member: tove, role }).await;
    member
}

#[tokio::test(flavor = "multi_thread")]
async fn carrel_and_the_script_agree_on_every_export_that_somebody_harmed() {
    let dir = tempfile::tempdir().expect("a folder");
    let house = Carrel::start(dir.path()).await;
    let mira = house.first_run().await;
    mira.offer_built_in().await;
    house.join(&mira, "Jonas", "jonas").await;
    let request = SetDisabled { member: two_sign(&house, &mira).await, disabled: true };
    let _: Nothing = mira.ok("set_disabled", &request).await;
    house.app.close().await;
    drop((mira, house));
    let (_, out) = as_mira(dir.path(), &["audit", "export"]);
    let whole: Vec<String> = out.lines().map(str::to_owned).collect();
    let mut dice = Dice::new();
    let rounds = if support::dice::soak() { 100 } else { 3 };
    let mut seen = std::collections::BTreeMap::new();
    for round in 0..rounds {
        let mut exports = Vec::new();
        for number in 0..100 {
            let export = harmed(&whole, &mut dice).join("\n");
            let file = dir.path().join(format!("{round}-{number}.jsonl"));
            std::fs::write(&file, &export).expect("written");
            exports.push((file, export));
        }
        let files: Vec<PathBuf> = exports.iter().map(|(file, _)| file.clone()).collect();
        let (_, told) = by_the_script(&files);
        assert_eq!(told.len(), exports.len(), "a line for each: {told:?}");
        for ((file, export), line) in exports.iter().zip(&told) {
            let ours = by_carrel(export);
            assert!(line.contains(&ours), "{ours:?} or {line:?}? {}\n{export}", dice.told());
            let kind = ours.trim_matches(|letter: char| letter.is_ascii_digit()).to_owned();
            *seen.entry(kind.replace(|letter: char| letter.is_ascii_digit(), "")).or_insert(0) += 1;
            std::fs::remove_file(file).expect("it was made");
        }
    }
    assert!(seen.len() >= 4, "every kind of verdict was given: {seen:?}");
}

/// The export with one of Mira's events changed, and everything after it signed anew by her.
fn written_anew(lines: &[String], key: &SigningKey) -> String {
    let (mut hashes, mut changed) = (std::collections::HashMap::new(), false);
    let anew = lines.iter().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let Some(text) = line["text"].as_str() else { return line.to_string() };
        let mut event: Value = serde_json::from_str(text).expect("JSON");
        if !changed && event["what"]["kind"] == "locked" {
            event["what"]["kind"] = "signed_in".into();
            changed = true;
        }
        if let Some(hash) = event["previous"].as_str().and_then(|hash| hashes.get(hash)) {
            event["previous"] = Value::clone(hash);
        }
        let text = canonical(&event);
        let signature = key.sign(format!("carrel audit event 1\0{text}").as_bytes());
        let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = Value::from(leaf(&text));
        hashes.insert(line["hash"].as_str().expect("a hash").to_owned(), hash.clone());
        (line["text"], line["hash"], line["signature"]) = (text.into(), hash, signature.into());
        line.to_string()
    });
    let anew: Vec<String> = anew.collect();
    assert!(changed, "she locked her desk once");
    anew.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_anew_with_every_key_of_today_both_find_by_its_checkpoints() {
    let dir = tempfile::tempdir().expect("a folder");
    super::closed_desk(dir.path()).await;
    as_mira(dir.path(), &["audit", "verify"]);
    let (_, out) = as_mira(dir.path(), &["audit", "export"]);
    let lines: Vec<String> = out.lines().map(str::to_owned).collect();
    let key = mira_s(dir.path(), &lines);
    let without: Vec<String> =
        lines.iter().filter(|line| !line.starts_with("{\"checkpoint\"")).cloned().collect();
    assert!(without.len() + 2 <= lines.len(), "checkpoints stand between the events");
    for (lines, why) in [(&without, "bad checkpoint"), (&lines, "not as checkpointed")] {
        let export = written_anew(lines, &key);
        let file = dir.path().join("anew.jsonl");
        std::fs::write(&file, &export).expect("written");
        let (_, told) = by_the_script(&[file]);
        let ours = by_carrel(&export);
        assert!(told.iter().all(|line| line.contains(&ours)), "{ours:?} or {told:?}?");
        assert!(told.iter().any(|line| line.contains(why)), "{why}: {told:?}");
    }
}

/// The key with which Mira signs, from her desk.
fn mira_s(dir: &std::path::Path, lines: &[String]) -> SigningKey {
    let founded = lines.iter().find(|line| line.contains("workspace_created")).expect("it stands");
    let line: Value = serde_json::from_str(founded).expect("JSON");
    let event: Value = serde_json::from_str(line["text"].as_str().expect("text")).expect("JSON");
    let own = serde_json::from_value(event["actor"]["profile"].clone()).expect("an id");
    support::insider::keyring(dir, own, PASSPHRASE).signing()
}

/// JSON with its keys in order, as documents are signed.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: std::collections::BTreeMap<_, _> = fields.iter().collect();
            let fields = sorted
                .into_iter()
                .map(|(name, one)| format!("{}:{}", Value::String(name.clone()), canonical(one)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(all) => {
            format!("[{}]", all.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// An export with one more document, put where it belongs and signed by who wrote it.
fn with_one_more(lines: &[String], key: &SigningKey, mut document: Value) -> String {
    let texts: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            serde_json::from_str::<Value>(line).ok()?["document"].as_str().map(str::to_owned)
        })
        .collect();
    let read = |text: &String| serde_json::from_str::<Value>(text).expect("JSON");
    let subject = |one: &Value| {
        let (kind, body) = one["body"].as_object().expect("a body").iter().next().expect("one");
        let about = [&body["profile"], &body["member"]].map(|id| id.as_str().map(str::to_owned));
        (kind.clone(), about)
    };
    let before: Vec<&String> =
        texts.iter().filter(|text| subject(&read(text)) == subject(&document)).collect();
    document["position"] = texts.len().into();
    document["previous"] = leaf(texts.last().expect("there are some")).into();
    document["version"] = (before.len() + 1).into();
    document["predecessor"] = before.last().map_or(Value::Null, |text| leaf(text).into());
    document["workspace"] = read(&texts[0])["workspace"].clone();
    let text = canonical(&document);
    let signature = key.sign(format!("carrel workspace document 1\0{text}").as_bytes());
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = serde_json::json!({"document": text, "signature": hex}).to_string();
    let (documents, events) = lines.split_at(1 + texts.len());
    [documents, &[line], events].concat().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn both_judge_alike_what_an_admin_signs_who_goes_past_carrel() {
    let dir = tempfile::tempdir().expect("a folder");
    let house = Carrel::start(dir.path()).await;
    let mira = house.first_run().await;
    house.join(&mira, "Jonas", "jonas").await;
    let member = two_sign(&house, &mira).await;
    let (own, noor) = (house.profile("Mira").await, house.profile("Noor").await);
    house.app.close().await;
    drop((mira, house));
    let (_, out) = as_mira(dir.path(), &["audit", "export"]);
    let lines: Vec<String> = out.lines().map(str::to_owned).collect();
    let key = support::insider::keyring(dir.path(), own, PASSPHRASE).signing();
    let member_of = |profile: ProfileId| {
        let mut bodies = lines.iter().filter_map(|line| {
            let text = serde_json::from_str::<Value>(line).ok()?["document"].as_str()?.to_owned();
            let body = serde_json::from_str::<Value>(&text).ok()?["body"]["member"].clone();
            (body["profile"] == profile.to_string()).then_some(body)
        });
        bodies.next_back().expect("they joined")
    };
    let at: i64 = 9_000_000_000_000;
    let write = |v: Value, at: i64, body: Value| {
        serde_json::json!({
            "v": v, "issued_at": at, "not_before": null, "expires": null,
            "author": {"profile": own.to_string()}, "body": body,
            "workspace": null, "position": 0, "previous": null, "version": 0, "predecessor": null,
        })
    };
    let changed = |profile: ProfileId, field: &str, value: Value| {
        let mut body = member_of(profile);
        body[field] = value;
        serde_json::json!({"member": body})
    };
    let rise = || changed(noor, "role", "admin".into());
    let proposal = |about: &str, extra: bool| {
        let mut body = serde_json::json!({"member": about, "wanted": "admin", "withdrawn": false});
        if extra {
            body["more"] = 1.into();
        }
        serde_json::json!({"proposal": body})
    };
    let others_key = member_of(own)["signing"].clone();
    let cases: Vec<(&str, Value, bool)> = vec![
        ("another proposal", write(3.into(), at, proposal(&noor.to_string(), false)), true),
        ("a rise that one signs", write(3.into(), at, rise()), false),
        ("the same in an older form", write(2.into(), at, rise()), false),
        ("in a form that is no number", write(true.into(), at, rise()), false),
        ("in no form", write(0.into(), at, rise()), false),
        ("in a form to come", write(4.into(), at, proposal(&noor.to_string(), false)), false),
        ("before what stands there", write(3.into(), 1, proposal(&noor.to_string(), false)), false),
        (
            "about a stranger",
            write(3.into(), at, proposal(&ProfileId::from_bytes([7; 16]).to_string(), false)),
            false,
        ),
        ("with a field too many", write(3.into(), at, proposal(&noor.to_string(), true)), false),
        ("another's key", write(3.into(), at, changed(member, "signing", others_key)), false),
        (
            "an erasure that one signs",
            write(3.into(), at, changed(noor, "standing", "erased".into())),
            false,
        ),
        (
            "putting one out",
            write(3.into(), at, changed(member, "standing", "disabled".into())),
            true,
        ),
    ];
    for (what, document, holds) in cases {
        let export = with_one_more(&lines, &key, document);
        let file = dir.path().join("export.jsonl");
        std::fs::write(&file, &export).expect("written");
        let ours = check_export(export.as_bytes(), None, None);
        assert_eq!(ours.is_ok(), holds, "{what}, by Carrel: {:?}", ours.err());
        let (code, told) = by_the_script(&[file]);
        assert_eq!(code == Some(0), holds, "{what}, by the script: {told:?}");
    }
}
