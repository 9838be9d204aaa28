//! The record: what happened is in it, once; who may reads it, page by page.

use engine::api::{
    ExportRecord, FailureCode, Invite, ReadRecord, RecordPage, RecordReport, RecordedActor,
    VerifyRecord,
};
use serde_json::Value;
use support::people::{Carrel, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

fn newest(kinds: &[&str]) -> ReadRecord {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    ReadRecord { newest_first: true, beyond: None, limit: 100, actor: None, kinds }
}

async fn read(admin: &Person, query: &ReadRecord) -> RecordPage {
    admin.ok("read_record", query).await
}

/// What of the newest event of this kind was signed.
async fn last(admin: &Person, kind: &str) -> Value {
    let page = read(admin, &newest(&[kind])).await;
    let event = page.events.first().expect("it was recorded");
    serde_json::from_str::<Value>(&event.text).expect("JSON")["what"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_recorded_at_once_and_a_repeated_one_only_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    let invite = Invite { role: domain::Role::Admin };
    for _ in 0..5 {
        assert_eq!(member.fails("invite", &invite).await.code, FailureCode::Denied);
    }
    let page = read(&admin, &newest(&["denied"])).await;
    assert_eq!(page.events.len(), 1, "a loop fills no record: {:?}", page.events);
    let by = &page.events[0].actor;
    assert!(matches!(by, RecordedActor::Member { name, .. } if name == "Jonas"), "by whom: {by:?}");
    let what = last(&admin, "denied").await;
    assert_eq!((&what["action"], &what["count"]), (&"profile.create".into(), &1.into()), "what");
    carrel.clock.advance(10 * 60 * 1_000);
    let _ = member.fails("invite", &invite).await;
    assert_eq!(last(&admin, "denied").await["count"], 5, "the four since, and this one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_read_page_by_page_and_by_person_and_kind() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    member.ask_new("Whose otters?").await;
    admin.ask_new("Whose otters, then?").await;

    let (mut forth, mut beyond) = (Vec::new(), None);
    loop {
        let query = ReadRecord { newest_first: false, beyond, limit: 3, ..newest(&[]) };
        let page = read(&admin, &query).await;
        assert!(page.events.len() <= 3, "no more than was asked for");
        beyond = page.events.last().map(|event| event.sequence);
        forth.extend(page.events);
        if !page.more {
            break;
        }
    }
    let numbers: Vec<u64> = forth.iter().map(|event| event.sequence).collect();
    let expected: Vec<u64> = (1..=forth.len()).map(|number| number as u64).collect();
    assert_eq!(numbers, expected, "every event once, in order");
    let mut back = read(&admin, &newest(&[])).await.events;
    back.reverse();
    let back: Vec<u64> = back.iter().map(|event| event.sequence).collect();
    assert_eq!(back, expected, "and from the other end");
    let all: String = forth.iter().map(|event| event.text.as_str()).collect();
    assert!(!all.contains("otters") && !all.contains("datum"), "no word of what was said");
    let jonas = carrel.profile("Jonas").await;
    let his = ReadRecord { actor: Some(jonas), ..newest(&["attempt_intent", "attempt_outcome"]) };
    let his = read(&admin, &his).await.events;
    let kinds: Vec<&str> = his.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["attempt_outcome", "attempt_intent"], "his one call, and only that");
    let report: RecordReport = admin.ok("verify_record", &VerifyRecord { quick: false }).await;
    assert!(report.fault.is_none(), "it holds: {report:?}");
    assert_eq!(report.events, expected.len() as u64, "all of it");
    let quick: RecordReport = admin.ok("verify_record", &VerifyRecord { quick: true }).await;
    assert_eq!((quick.events, quick.head), (report.events, report.head), "and quickly");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_read_no_record_and_a_page_has_its_bounds() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    assert_eq!(member.fails("read_record", &newest(&[])).await.code, FailureCode::Denied);
    assert_eq!(
        member.fails("verify_record", &VerifyRecord { quick: false }).await.code,
        FailureCode::Denied
    );
    let export = ExportRecord { form: domain::RecordForm::Csv };
    assert_eq!(member.fails("export_record", &export).await.code, FailureCode::Denied);
    let none = ReadRecord { limit: 0, ..newest(&[]) };
    assert_eq!(admin.fails("read_record", &none).await.code, FailureCode::Invalid, "nothing");
    let many = vec!["denied"; 101];
    assert_eq!(admin.fails("read_record", &newest(&many)).await.code, FailureCode::Invalid);
    let huge = ReadRecord { limit: u32::MAX, ..newest(&[]) };
    assert!(!read(&admin, &huge).await.events.is_empty(), "as much as fits on a page");
    let behind = ReadRecord { newest_first: false, beyond: Some(u64::MAX), ..newest(&[]) };
    let page = read(&admin, &behind).await;
    assert!(page.events.is_empty() && !page.more, "there is nothing behind the end");
}
