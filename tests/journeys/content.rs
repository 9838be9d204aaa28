//! What the record says of a question and its answer: nothing to whoever lacks the key, and
//! to whom its owner shows it, which text it was.

use std::path::Path;

use domain::{AttemptId, MessageId};
use engine::api::{
    ContentProof, ContentSide, Failure, FailureCode, MessageView, Nothing, OneChat, OneMessage,
    ProveContent, ReadRecord, RecordPage, RecordedEvent,
};
use engine::check_proof_of;
use sealed::{Commitment, DatabaseError, Key, Side};
use serde_json::{Value, json};
use support::insider;
use support::people::{Carrel, OTHER_PASSPHRASE, Person};
use support::programs::Port;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

const ASKED: &str = "Whose otters?";
const ANSWERED: &str = "The datum moved.";

/// Mira, an admin, and Jonas, who asked something; with what she reads of how that ended.
struct House {
    carrel: Carrel,
    mira: Person,
    jonas: Person,
    view: MessageView,
    event: RecordedEvent,
    _upstream: Upstream,
}

async fn house(dir: &Path) -> House {
    let upstream = Upstream::start(openai_stream(&["The datum ", "moved."])).await;
    let carrel = Carrel::start(dir).await;
    let mira = carrel.first_run().await;
    mira.add_provider(&upstream.base_url()).await;
    let jonas = carrel.join(&mira, "Jonas", "jonas").await;
    let (_, view) = jonas.ask_new(ASKED).await;
    let event = last_end(&mira).await;
    House { carrel, mira, jonas, view, event, _upstream: upstream }
}

/// The newest event that tells the end of a call.
async fn last_end(admin: &Person) -> RecordedEvent {
    let kinds = vec!["attempt_outcome".to_owned()];
    let query = ReadRecord { newest_first: true, beyond: None, limit: 1, actor: None, kinds };
    let page: RecordPage = admin.ok("read_record", &query).await;
    page.events.into_iter().next().expect("a call ended")
}

fn what(event: &RecordedEvent) -> Value {
    serde_json::from_str::<Value>(&event.text).expect("JSON")["what"].clone()
}

fn of(answer: MessageId, side: ContentSide, save: bool) -> ProveContent {
    ProveContent { answer, side, save, note: None }
}

async fn proof(who: &Person, answer: MessageId, side: ContentSide) -> String {
    let proof: ContentProof = who.ok("prove_content", &of(answer, side, false)).await;
    proof.text.expect("it was not saved")
}

/// The key in a proof.
fn key_in(proof: &str) -> [u8; 32] {
    let proof: Value = serde_json::from_str(proof).expect("JSON");
    let digits = proof["opening"].as_str().expect("a key");
    data_encoding::HEXLOWER.decode(digits.as_bytes()).expect("hex").try_into().expect("32 bytes")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_shows_which_text_the_record_speaks_of_and_nobody_else_can() {
    let dir = tempfile::tempdir().expect("a folder");
    let House { carrel, mira, jonas, view, event, .. } = house(dir.path()).await;
    let said = what(&event);
    let told = [&said["input"], &said["output"]].map(|side| side.as_str().map(str::len));
    assert_eq!(told, [Some(64); 2], "an admin sees that they were, and not how long: {said}");
    let answer = view.message.id;
    for (side, text) in [(ContentSide::Input, ASKED), (ContentSide::Output, ANSWERED)] {
        let proof = proof(&jonas, answer, side).await;
        let shown = check_proof_of(&proof, None, None).expect("it holds");
        assert_eq!(shown.content, Some((side, text.to_owned())), "the text");
        assert_eq!(shown.event, Some((event.sequence, event.text.clone())), "of this event");
        let changed = proof.replacen(text, &text.to_uppercase(), 1);
        let failure = check_proof_of(&changed, None, None).expect_err("another text");
        assert!(failure.message.contains("does not speak of this text"), "{failure:?}");
    }
    let saved: ContentProof =
        jonas.ok("prove_content", &of(answer, ContentSide::Output, true)).await;
    let (name, content) = carrel.host.saved().pop().expect("a file");
    assert_eq!(name, format!("Carrel proof of event {}.json", event.sequence));
    assert_eq!((saved.sequence, saved.text), (event.sequence, None), "it is in the file alone");
    let content = String::from_utf8(content).expect("text");
    assert!(check_proof_of(&content, None, None).is_ok(), "which holds by itself");

    let others = mira.fails("prove_content", &of(answer, ContentSide::Input, false)).await;
    let nowhere = of(MessageId::from_bytes([7; 16]), ContentSide::Input, false);
    let missing = mira.fails("prove_content", &nowhere).await;
    assert_eq!(others.code, FailureCode::NotFound, "an admin has no key: {others:?}");
    assert_eq!(others, missing, "nor learns that there is one");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_with_the_message_and_lie_in_nothing_that_others_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let House { carrel, mira, jonas, view, event, .. } = house(dir.path()).await;
    let (answer, chat) = (view.message.id, view.message.chat);
    let sides = [ContentSide::Input, ContentSide::Output];
    let mut keys = Vec::new();
    for side in sides {
        keys.push(key_in(&proof(&jonas, answer, side).await));
    }
    let _: Nothing = jonas.ok("delete_message", &OneMessage { message: answer }).await;
    let (_, again) = jonas.ask_new("And whose now?").await;
    keys.push(key_in(&proof(&jonas, again.message.id, ContentSide::Input).await));
    let again_in = OneChat { chat: again.message.chat };
    let _: Nothing = jonas.ok("delete_chat", &again_in).await;
    for gone in [answer, again.message.id] {
        let refused: Failure =
            jonas.fails("prove_content", &of(gone, ContentSide::Input, false)).await;
        assert_eq!(refused.code, FailureCode::NotFound, "{refused:?}");
    }
    assert_ne!(chat, again.message.chat, "one message, and one chat");
    assert_eq!(what(&last_end(&mira).await)["kind"], "attempt_outcome", "the record stays");
    let profile = carrel.profile("Jonas").await;
    carrel.app.close().await;
    drop((carrel, mira, jonas));

    let keyring = insider::keyring(dir.path(), profile, OTHER_PASSPHRASE);
    let shared = insider::workspace_key(dir.path(), profile, &keyring);
    let cells = cells(&dir.path().join("workspace/1.db"), &shared, "workspace", 0x4372_6c57).await;
    let kept = Path::new("profiles").join(profile.to_string()).join("history/1.db");
    let history = keyring.history_key(1);
    let desk = self::cells(&dir.path().join(kept), &history, "history", 0x4361_4869).await;
    assert!(cells.len() > 100 && desk.len() > 10, "all of it was read");
    for key in &keys {
        let digits = data_encoding::HEXLOWER.encode(key);
        for cell in cells.iter().chain(&desk) {
            let found = holds(cell, key) || holds(cell, digits.as_bytes());
            assert!(!found, "a key lies where it must not: {}", String::from_utf8_lossy(cell));
        }
    }
    assert_nothing_is_guessed(&event, &shared, &cells);
}

/// Whoever has all that is shared tries every likely text under every key-like thing in it.
fn assert_nothing_is_guessed(event: &RecordedEvent, shared: &Key, cells: &[Vec<u8>]) {
    let said = what(event);
    let attempt: AttemptId = said["attempt"].as_str().expect("an id").parse().expect("an id");
    let input: Commitment = serde_json::from_value(said["input"].clone()).expect("a commitment");
    let output: Commitment = serde_json::from_value(said["output"].clone()).expect("another");
    let likely = [ASKED, "Whose otter?!", ANSWERED, "The datum stays."];
    let of_32 = cells.iter().filter_map(|cell| <[u8; 32]>::try_from(cell.as_slice()).ok());
    let keys = of_32.chain([[0; 32], *shared.bytes(), input.0, output.0]);
    let keys: Vec<Key> = keys.map(Key::from_bytes).collect();
    for text in likely {
        let bare = [sealed::sha256(text.as_bytes()), workspace::Digest::leaf(text.as_bytes()).0];
        assert!(!bare.contains(&input.0) && !bare.contains(&output.0), "no bare hash");
        for key in &keys {
            let opens = input.is_to(text, Side::Input, attempt, key)
                || output.is_to(text, Side::Output, attempt, key);
            assert!(!opens, "{text:?} was guessed");
        }
    }
}

fn holds(cell: &[u8], bytes: &[u8]) -> bool {
    cell.windows(bytes.len()).any(|part| part == bytes)
}

/// Every value in every table of a database.
async fn cells(path: &Path, key: &Key, name: &'static str, mark: i32) -> Vec<Vec<u8>> {
    let (database, _) = insider::open_as_it_is(path, key, name, mark);
    let read = database.read(|connection| {
        let mut cells = Vec::new();
        let named = "SELECT name FROM sqlite_schema
                     WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'";
        let mut tables = connection.prepare(named)?;
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for table in tables {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let mut columns = connection.prepare(&columns)?;
            let columns: Vec<String> =
                columns.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for column in columns {
                let values = format!("SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\"");
                let mut values = connection.prepare(&values)?;
                let values = values.query_map([], |row| row.get::<_, Option<Vec<u8>>>(0))?;
                cells.extend(values.collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
            }
        }
        Ok::<_, DatabaseError>(cells)
    });
    let cells = read.await.expect("it can be read");
    database.close().await;
    cells
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_asks_is_kept_nowhere_and_committed_to_nowhere() {
    let dir = tempfile::tempdir().expect("a folder");
    let House { carrel, mira, jonas, .. } = house(dir.path()).await;
    let port = Port::open(&carrel, &jonas).await;
    let question = json!({ "role": "user", "content": ASKED });
    let reply = port.ask(&json!({ "model": "route/usual", "messages": [question] })).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let said = what(&last_end(&mira).await);
    assert_eq!((said.get("input"), said.get("output")), (None, None), "{said}");
    port.close().await;
}
