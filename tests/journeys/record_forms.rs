//! The record written out: in every form the same events, and nothing half-written.

use std::collections::BTreeMap;
use std::io::Cursor;

use domain::RecordForm;
use engine::api::{
    ExportRecord, ExportedRecord, FailureCode, ReadRecord, RecordPage, RecordReport, VerifyRecord,
};
use engine::{check_export, check_package};
use serde_json::Value;
use support::insider::edit_workspace;
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

async fn export(admin: &Person, form: RecordForm) -> ExportedRecord {
    admin.ok("export_record", &ExportRecord { form }).await
}

/// The file that was saved last: its name and what is in it.
fn last_saved(carrel: &Carrel) -> (String, Vec<u8>) {
    carrel.host.saved().pop().expect("a file")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

/// The files of a package, by their names; read by what is written there alone.
pub(crate) fn unpacked(package: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut rest = package;
    while rest[0] != 0 {
        let end = rest.iter().position(|byte| *byte == 0).expect("a name's end");
        let name = String::from_utf8(rest[..end].to_vec()).expect("text");
        let size = std::str::from_utf8(&rest[124..135]).expect("digits");
        let size = usize::from_str_radix(size, 8).expect("digits");
        files.insert(name, rest[512..512 + size].to_vec());
        rest = &rest[512 + size.next_multiple_of(512)..];
    }
    files
}

async fn lived_in(carrel: &Carrel, upstream: &Upstream) -> Person {
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    carrel.join(&admin, "Jonas", "jonas").await;
    admin.ask_new("Whose otters?").await;
    admin
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_has_every_event_and_says_which_form_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = lived_in(&carrel, &upstream).await;

    let lines = export(&admin, RecordForm::Jsonl).await;
    let (name, written) = last_saved(&carrel);
    assert_eq!((&*lines.path, &*name), (&*name, "Carrel record 2026-11-18.jsonl"));
    let checked = check_export(&*written, None, None).expect("it can be verified");
    assert!(checked.report.fault.is_none(), "it holds");
    assert_eq!(checked.report.events, lines.report.events, "all there is");

    let table = export(&admin, RecordForm::Csv).await;
    let (name, written) = last_saved(&carrel);
    assert_eq!(name, "Carrel record 2026-11-18.csv");
    let rows = text(written);
    assert_eq!(rows.lines().count() as u64, table.report.events + 1, "a row for each, and names");
    assert!(!rows.contains("otters") && !rows.contains("datum"), "no word of what was said");

    let events = export(&admin, RecordForm::Ocsf).await;
    let (name, written) = last_saved(&carrel);
    assert_eq!(name, "Carrel record 2026-11-18 OCSF.jsonl");
    let read = |line: &str| serde_json::from_str::<Value>(line).expect("a line of JSON");
    let told: Vec<Value> = text(written).lines().map(read).collect();
    assert_eq!(told.len() as u64, events.report.events, "one line for each");
    assert!(told.iter().all(|line| line["class_uid"] != 0), "each of a class");
    let places: Vec<u64> =
        told.iter().filter_map(|one| one["metadata"]["sequence"].as_u64()).collect();
    assert_eq!(places, (1..=events.report.events).collect::<Vec<_>>(), "in their order");

    let kinds = vec!["record_exported".to_owned()];
    let query = ReadRecord { newest_first: false, beyond: None, limit: 9, actor: None, kinds };
    let page: RecordPage = admin.ok("read_record", &query).await;
    let forms: Vec<Value> =
        page.events.iter().map(|event| read(&event.text)["what"]["form"].clone()).collect();
    assert_eq!(forms, ["jsonl", "csv", "ocsf"], "each was recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_has_all_forms_of_one_moment_and_its_record_holds() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = lived_in(&carrel, &upstream).await;
    let exported = export(&admin, RecordForm::Package).await;
    let (name, package) = last_saved(&carrel);
    assert_eq!(name, "Carrel record 2026-11-18.tar");
    let checked = check_package(Cursor::new(&package), None, None).expect("it holds");
    assert_eq!(checked.by, carrel.profile("Mira").await.to_string(), "by her");
    assert_eq!(checked.export.report.events, exported.report.events, "all there was");

    let files = unpacked(&package);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "README.txt",
        "audit-verify.py",
        "manifest.json",
        "manifest.sig",
        "record.csv",
        "record.jsonl",
        "record.ocsf.jsonl",
    ];
    assert_eq!(names, expected, "and no other");
    let counted = |name: &str| text(files[name].clone()).lines().count() as u64;
    assert_eq!(counted("record.csv"), exported.report.events + 1, "the table");
    assert_eq!(counted("record.ocsf.jsonl"), exported.report.events, "the OCSF lines");
    let record = text(files["record.jsonl"].clone());
    assert!(record.contains(r#"\"form\":\"package\""#), "that it was written out stands in it");
    assert!(files["README.txt"].len() > 500, "how to verify it");
    let all = String::from_utf8_lossy(&package);
    assert!(!all.contains("otters") && !all.contains("datum"), "no word of what was said");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_record_that_does_not_hold_there_is_no_package_but_what_stands_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    carrel.first_run().await;
    let mira = carrel.profile("Mira").await;
    carrel.app.close().await;
    drop(carrel);
    let sql = "UPDATE audit SET text = replace(text, 'workspace_created', 'signed_in')";
    edit_workspace(dir.path(), mira, PASSPHRASE, sql).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let refused = admin.fails("export_record", &ExportRecord { form: RecordForm::Package }).await;
    assert_eq!(refused.code, FailureCode::Invalid, "{refused:?}");
    assert!(refused.message.contains("The record does not hold"), "why: {}", refused.message);
    assert_eq!(carrel.host.saved(), [], "nobody signs that");
    for form in [RecordForm::Jsonl, RecordForm::Csv, RecordForm::Ocsf] {
        let exported = export(&admin, form).await;
        let fault = exported.report.fault.expect("it is said");
        assert_eq!(fault.sequence, 1, "where: {form:?}");
        let lines = text(last_saved(&carrel).1).lines().count() as u64;
        assert!(lines > exported.report.events + 2, "the rest is there, too: {form:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_keeps_nothing_and_the_desk_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.host.fill();
    let forms = [RecordForm::Jsonl, RecordForm::Csv, RecordForm::Ocsf, RecordForm::Package];
    for form in forms {
        let failure = admin.fails("export_record", &ExportRecord { form }).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{failure:?}");
        let why = "The record could not be written where it was to go.";
        assert!(failure.message.starts_with(why), "{form:?}: {}", failure.message);
    }
    assert_eq!(carrel.host.saved(), [], "nothing under a good name");
    let report: RecordReport = admin.ok("verify_record", &VerifyRecord { quick: false }).await;
    assert!(report.fault.is_none(), "the record is whole: {report:?}");
}
