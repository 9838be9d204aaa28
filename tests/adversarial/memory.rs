//! What is left in a process after a desk was locked.
//!
//! A process of its own uses a desk as a person would and locks it; then this
//! process reads its whole memory. The real window's turn is in `desktop`.

use std::path::PathBuf;

use domain::Dialect;
use engine::api::{
    BackupView, ChatList, ChatPage, ChatSummary, Draft, JudgePassphrase, ListChats, Nothing,
    OpenChat, PassphraseStrength, ProviderTest, ProviderView, Question, SaveDraft, SaveProvider,
    Search, SearchResults, Settings, TestProvider, UpdateChat,
};
use sealed::{Keyring, Passphrase, Unlocking};
use serde::{Deserialize, Serialize};
use support::canary::Canaries;
use support::child::{Process, hear, orders, say};
use support::memory::scan;
use support::people::{Carrel, Person};
use support::upstream::openai::{begun, openai_stream};
use support::upstream::{Gate, Upstream};

#[derive(Serialize, Deserialize)]
struct Use {
    data_dir: PathBuf,
    base_url: String,
    canaries: Canaries,
    /// Lock while an answer is streaming.
    mid_stream: bool,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the tests below look into"]
async fn a_process_that_uses_a_desk_and_locks_it() {
    engine::guard_memory();
    let Use { data_dir, base_url, canaries, mid_stream } = orders();
    let carrel = Carrel::start(&data_dir).await;
    let person = carrel.window("first");
    first_run(&person, &canaries).await;
    use_desk(&person, &base_url, &canaries).await;
    say("used");
    let _ = hear();
    let turn = if mid_stream {
        let question = Question::NewChat { text: canaries.question.clone() };
        let mut turn = person.ask(question).await.expect("a second question");
        turn.shows(&canaries.answer).await;
        Some(turn)
    } else {
        None
    };
    drop(canaries);
    say("waiting");
    let _ = hear();
    let _: Nothing = person.ok("lock", &Nothing {}).await;
    if let Some(turn) = turn {
        turn.ended().await;
    }
    carrel.app.close().await;
    say("locked");
    let _ = hear();
}

pub(crate) async fn first_run(person: &Person, canaries: &Canaries) {
    let judge = JudgePassphrase { passphrase: canaries.passphrase.clone(), context: Vec::new() };
    let strength: PassphraseStrength = person.ok("judge_passphrase", &judge).await;
    assert!(strength.acceptable, "made-up words are strong");
    let request = engine::api::CreateWorkspace {
        workspace_name: "Tidewater Survey".to_owned(),
        profile_name: "Mira".to_owned(),
        avatar: 1,
        passphrase: canaries.passphrase.clone(),
    };
    let _: engine::api::RecoveryCode = person.ok("create_workspace", &request).await;
}

/// Every way in which a person's words go through the engine.
pub(crate) async fn use_desk(person: &Person, base_url: &str, canaries: &Canaries) {
    let saved: ProviderView = person
        .ok(
            "save_provider",
            &SaveProvider {
                id: None,
                label: "Scripted".to_owned(),
                dialect: Dialect::OpenAi,
                base_url: base_url.to_owned(),
                key: Some(canaries.key.clone()),
                models: vec!["scripted-1".to_owned()],
                for_guests: false,
                make_usual: true,
            },
        )
        .await;
    let test = TestProvider {
        id: Some(saved.id),
        key_id: None,
        dialect: Dialect::OpenAi,
        base_url: base_url.to_owned(),
        key: None,
    };
    let _: ProviderTest = person.ok("test_provider", &test).await;
    let settings = Settings { instructions: canaries.instructions.clone(), ..Settings::default() };
    let _: Settings = person.ok("write_settings", &settings).await;
    let (started, _) = person.ask_new(&canaries.question).await;
    let title = Some(canaries.title.clone());
    let named = UpdateChat { chat: started.chat, title, pinned: None, archived: None };
    let _: ChatSummary = person.ok("update_chat", &named).await;
    let draft = SaveDraft { chat: None, text: canaries.draft.clone() };
    let _: Nothing = person.ok("save_draft", &draft).await;
    let _: Draft = person.ok("read_new_draft", &Nothing {}).await;
    for query in [&canaries.search, &canaries.answer, &canaries.title] {
        let search = Search { query: query.clone(), limit: 20 };
        let _: SearchResults = person.ok("search", &search).await;
    }
    let list = ListChats { archived: false, before: None, limit: 50 };
    let _: ChatList = person.ok("list_chats", &list).await;
    let open = OpenChat { chat: started.chat, around: None, limit: 50 };
    let _: ChatPage = person.ok("open_chat", &open).await;
    let _: BackupView = person.ok("back_up", &Nothing {}).await;
}

/// Lets a process use a desk and lock it, and looks before and after.
async fn left_after_locking(mid_stream: bool) {
    let dir = tempfile::tempdir().expect("a folder");
    let canaries = Canaries::new();
    let upstream = Upstream::start(openai_stream(&[&canaries.answer, "."])).await;
    let order = Use {
        data_dir: dir.path().to_path_buf(),
        base_url: upstream.base_url(),
        canaries: canaries.clone(),
        mid_stream,
    };
    let mut process = Process::start("memory::a_process_that_uses_a_desk_and_locks_it", &order);
    process.until("used");
    let never = Gate::new();
    upstream.usually(begun(&[&canaries.answer, "."]).wait(&never));
    process.tell("go on");
    process.until("waiting");
    let mut words = canaries.words();
    let before = scan(process.id(), &words).expect("a child can be looked into");
    assert!(
        before.sightings.iter().any(|seen| seen.name == "title" || seen.name == "question"),
        "an open desk is in memory: otherwise the look itself is blind"
    );
    process.tell("lock");
    process.until("locked");
    words.extend(keys(dir.path(), &canaries.passphrase));
    let after = scan(process.id(), &words).expect("a child can be looked into");
    assert!(after.bytes > 4 << 20, "a process of this size: {} bytes were read", after.bytes);
    assert!(
        after.sightings.is_empty(),
        "{} sightings after locking in {} bytes:\n{}",
        after.sightings.len(),
        after.bytes,
        after.told()
    );
}

/// The desk's keys as they could lie in memory: raw, and as SQLCipher is told them.
fn keys(data_dir: &std::path::Path, passphrase: &str) -> Vec<(String, Vec<u8>)> {
    let profiles = data_dir.join("profiles");
    let entry = std::fs::read_dir(&profiles).expect("profiles").flatten().next().expect("one");
    let profile = entry.file_name().to_string_lossy().parse().expect("named by its id");
    let passphrase = Passphrase::new(passphrase).expect("a passphrase");
    let keyring = Keyring::unlock(&entry.path(), profile, Unlocking::Passphrase(&passphrase))
        .expect("it opens the desk");
    let history = keyring.history_key(1);
    let pages = history.derive("carrel database pages");
    let private = keyring.private_key();
    let private_pages = private.derive("carrel database pages");
    let named = [
        ("history key", &history),
        ("history page key", &pages),
        ("private key", &private),
        ("private page key", &private_pages),
        ("backup key", &keyring.backup_key()),
    ];
    let mut words = Vec::new();
    for (name, key) in named {
        words.push((name.to_owned(), key.bytes().to_vec()));
        let hex: String = key.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        words.push((format!("{name} in hex"), hex.into_bytes()));
    }
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_desk_leaves_no_word_and_no_key_in_memory() {
    left_after_locking(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_locked_while_an_answer_streams_leaves_nothing_either() {
    left_after_locking(true).await;
}
