//! Several keys of one provider, from the screen's command to the call that leaves.

use domain::{Dialect, FailureClass, Finish, KeyId};
use engine::api::{
    Examination, FailureCode, Nothing, OneKey, ProviderList, ProviderTest, ProviderView, SaveKey,
    SaveProvider, TestProvider,
};
use support::people::{Carrel, PASSPHRASE, Person};
use support::upstream::openai::{error, openai_stream};
use support::upstream::{Script, Upstream};

const FIRST: &str = "sk-first-0123456789-AAAA";
const SECOND: &str = "sk-second-0123456789-BBBB";

fn provider(base_url: &str, key: Option<&str>) -> SaveProvider {
    SaveProvider {
        id: None,
        label: "Quay".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: base_url.to_owned(),
        key: key.map(str::to_owned),
        models: vec!["quay-large".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        make_usual: true,
    }
}

fn key(of: &ProviderView, id: Option<KeyId>, label: &str, key: Option<&str>) -> SaveKey {
    let key = key.map(str::to_owned);
    SaveKey { provider: of.id, id, label: label.to_owned(), key, first: false }
}

/// A provider with two keys, the second named.
async fn two_keys(admin: &Person, upstream: &Upstream) -> ProviderView {
    let saved: ProviderView =
        admin.ok("save_provider", &provider(&upstream.base_url(), Some(FIRST))).await;
    admin.ok("save_key", &key(&saved, None, "Night shift", Some(SECOND))).await
}

/// The keys that calls came with, in order.
fn used(upstream: &Upstream) -> Vec<String> {
    let sent = upstream.records().into_iter().map(|record| {
        let sent = record.request.header("authorization").unwrap_or_default().to_owned();
        sent.trim_start_matches("Bearer ").to_owned()
    });
    sent.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_key_is_refused_the_next_answers_and_the_card_names_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    upstream.next(error(401, "invalid_api_key", "no such key"));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    two_keys(&admin, &upstream).await;
    let (_, view) = admin.ask_new("Why?").await;
    assert_eq!(view.message.text, "Here.", "an answer without a new question");
    assert_eq!(view.message.finish, Finish::Complete, "a whole one");
    assert_eq!(used(&upstream), [FIRST, SECOND], "in their order, each once");
    let tries = view.message.provenance.expect("a card").tries;
    let told: Vec<_> = tries
        .iter()
        .map(|one| {
            let path = one.path.as_ref().expect("how it came to be made");
            (one.failure, path.key_label.as_deref().unwrap_or_default())
        })
        .collect();
    let wanted = [(Some(FailureClass::Credential), "••••AAAA"), (None, "Night shift")];
    assert_eq!(told, wanted, "which key failed, and which answered");
    let (_, again) = admin.ask_new("And then?").await;
    assert_eq!(again.message.text, "Here.");
    assert_eq!(used(&upstream)[2..], [SECOND], "a refused key is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_renamed_replaced_and_removed_and_outlive_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let saved = two_keys(&admin, &upstream).await;
    let [first, second] = saved.keys.as_slice() else { panic!("two keys: {saved:?}") };
    let renamed: ProviderView =
        admin.ok("save_key", &key(&saved, Some(second.id), "Weekend", None)).await;
    assert_eq!(renamed.keys[1].hint.as_deref(), Some("BBBB"), "the key itself stayed");
    let removed = OneKey { provider: saved.id, id: first.id };
    let _: ProviderView = admin.ok("remove_key", &removed).await;
    carrel.app.close().await;

    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "again").await;
    let listed: ProviderList = admin.ok("list_providers", &Nothing {}).await;
    let [left] = listed.providers[0].keys.as_slice() else { panic!("one: {listed:?}") };
    assert_eq!((left.label.as_str(), left.id), ("Weekend", second.id), "what was saved last");
    admin.ask_new("Why?").await;
    assert_eq!(used(&upstream), [SECOND], "and it is used");
    let failure = admin.fails("remove_key", &removed).await;
    assert_eq!(failure.code, FailureCode::NotFound, "the other is gone");
    let examined: Examination = admin.ok("examine_desk", &Nothing {}).await;
    assert!(examined.findings.iter().all(|one| one.well), "the record is whole: {examined:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_can_be_tested_by_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    upstream.models(Script::answer(200, &[], r#"{"data":[{"id":"m"}]}"#));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let saved = two_keys(&admin, &upstream).await;
    for key_id in [None, Some(saved.keys[1].id)] {
        let test = TestProvider {
            id: Some(saved.id),
            key_id,
            dialect: Dialect::OpenAi,
            base_url: upstream.base_url(),
            nearby_allowed: false,
            key: None,
        };
        let found: ProviderTest = admin.ok("test_provider", &test).await;
        assert_eq!(found.models, ["m"], "it answered");
    }
    assert_eq!(used(&upstream), [FIRST, SECOND], "the first, then the one that was named");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_stay_where_they_were_stored_for_and_with_those_who_manage_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["Here."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let saved = two_keys(&admin, &upstream).await;
    let member = carrel.join(&admin, "Ada", "ada").await;
    let mine = key(&saved, None, "", Some("sk-of-a-member-0123456789"));
    assert_eq!(member.fails("save_key", &mine).await.code, FailureCode::Denied, "not hers to add");
    let theirs = OneKey { provider: saved.id, id: saved.keys[0].id };
    assert_eq!(member.fails("remove_key", &theirs).await.code, FailureCode::Denied, "nor remove");
    let moved = SaveProvider { id: Some(saved.id), ..provider("http://127.0.0.1:9/v1", None) };
    let failure = admin.fails("save_provider", &moved).await;
    assert!(failure.message.contains("Remove the keys first"), "{}", failure.message);
    let nothing = key(&saved, None, "Empty", None);
    assert_eq!(admin.fails("save_key", &nothing).await.code, FailureCode::Invalid, "no key given");
    let long = "k".repeat(2_049);
    let failure = admin.fails("save_key", &key(&saved, None, "", Some(&long))).await;
    assert_eq!(failure.code, FailureCode::Invalid, "nobody's key is that long");
    for place in 3..=20 {
        let another = format!("sk-another-0123456789-{place:04}");
        let _: ProviderView = admin.ok("save_key", &key(&saved, None, "", Some(&another))).await;
    }
    let failure = admin.fails("save_key", &key(&saved, None, "", Some(SECOND))).await;
    assert_eq!(failure.message, "A provider has at most 20 keys.");
}
