//! What is left in a process after a desk was locked.
//!
//! A process of its own uses a desk as a person would and locks it; then this
//! process reads its whole memory, and that of the built-in model's program.
//! `keys` knows the keys that are looked for. The real window's turn is in `desktop`.

mod keys;

use std::path::{Path, PathBuf};

use domain::Dialect;
use engine::api::{
    BackupView, ChatList, ChatPage, ChatSummary, DeskState, Draft, JudgePassphrase, ListChats,
    Nothing, OneTurn, OpenChat, PassphraseStrength, ProviderTest, ProviderView, Question,
    RecoveryCode, SaveDraft, SaveProvider, Search, SearchResults, Settings, TestProvider,
    UpdateChat,
};
use serde::{Deserialize, Serialize};
use support::canary::Canaries;
use support::child::{Process, hear, orders, say};
use support::local_model::{real, running_below};
use support::memory::{Scan, scan};
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
    let code = first_run(&person, &canaries).await;
    use_desk(&person, &base_url, &canaries).await;
    say("code");
    say(&keys::disguised(&code));
    drop(code);
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

pub(crate) async fn first_run(person: &Person, canaries: &Canaries) -> RecoveryCode {
    let judge = JudgePassphrase { passphrase: canaries.passphrase.clone(), context: Vec::new() };
    let strength: PassphraseStrength = person.ok("judge_passphrase", &judge).await;
    assert!(strength.acceptable, "made-up words are strong");
    let request = engine::api::CreateWorkspace {
        workspace_name: "Tidewater Survey".to_owned(),
        profile_name: "Mira".to_owned(),
        avatar: 1,
        passphrase: canaries.passphrase.clone(),
    };
    person.ok("create_workspace", &request).await
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
                nearby_allowed: false,
                accepts: domain::DataClass::Internal,
                regions: Vec::new(),
                make_usual: true,
            },
        )
        .await;
    let test = TestProvider {
        id: Some(saved.id),
        key_id: None,
        dialect: Dialect::OpenAi,
        base_url: base_url.to_owned(),
        nearby_allowed: false,
        key: None,
    };
    let _: ProviderTest = person.ok("test_provider", &test).await;
    let settings = Settings { instructions: canaries.instructions.clone(), ..Settings::default() };
    let _: Settings = person.ok("write_settings", &settings).await;
    let (started, _) = person.ask_new(&canaries.question).await;
    let title = Some(canaries.title.clone());
    let named = UpdateChat { chat: started.chat, title, pinned: None, archived: None, class: None };
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
    process.until("code");
    let code = process.says();
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
    words.extend(keys::of_desk(dir.path(), &canaries.passphrase));
    words.extend(keys::of_code(&code));
    let after = scan(process.id(), &words).expect("a child can be looked into");
    assert!(after.bytes > 4 << 20, "a process of this size: {} bytes were read", after.bytes);
    assert_clean(&after, "the application");
}

fn assert_clean(after: &Scan, whose: &str) {
    assert!(
        after.sightings.is_empty(),
        "{} sightings in {whose} after locking, in {} bytes:\n{}",
        after.sightings.len(),
        after.bytes,
        after.told()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_desk_leaves_no_word_and_no_key_in_memory() {
    left_after_locking(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_locked_while_an_answer_streams_leaves_nothing_either() {
    left_after_locking(true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test below looks into"]
async fn a_process_whose_guest_leaves() {
    engine::guard_memory();
    let Use { data_dir, base_url, canaries, .. } = orders();
    let carrel = Carrel::start(&data_dir).await;
    let admin = carrel.first_run().await;
    admin.offer("Scripted", &base_url, true).await;
    let guest = carrel.window("guest");
    let _: DeskState = guest.ok("open_guest", &Nothing {}).await;
    guest.ask_new(&canaries.question).await;
    let draft = SaveDraft { chat: None, text: canaries.draft.clone() };
    let _: Nothing = guest.ok("save_draft", &draft).await;
    let search = Search { query: canaries.answer.clone(), limit: 20 };
    let _: SearchResults = guest.ok("search", &search).await;
    drop((canaries, draft, search));
    say("used");
    let _ = hear();
    let _: Nothing = guest.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
    say("locked");
    let _ = hear();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_leaves_leaves_no_word_in_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    let canaries = Canaries::new();
    let upstream = Upstream::start(openai_stream(&[&canaries.answer, "."])).await;
    let order = Use {
        data_dir: dir.path().to_path_buf(),
        base_url: upstream.base_url(),
        canaries: canaries.clone(),
        mid_stream: false,
    };
    let mut process = Process::start("memory::a_process_whose_guest_leaves", &order);
    process.until("used");
    let words = canaries.words();
    let before = scan(process.id(), &words).expect("a child can be looked into");
    assert!(!before.sightings.is_empty(), "an open desk is in memory, else the look is blind");
    process.tell("leave");
    process.until("locked");
    assert_clean(&scan(process.id(), &words).expect("it waits"), "the application");
}

#[derive(Serialize, Deserialize)]
struct Share {
    data_dir: PathBuf,
    canaries: Canaries,
    /// Somebody else's answer is being written while the desk is locked.
    shared: bool,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the tests below look into"]
async fn a_process_that_asks_the_built_in_model_and_locks() {
    engine::guard_memory();
    let Share { data_dir, canaries, shared } = orders();
    let carrel = Carrel::start_with_models(&data_dir, real(&data_dir)).await;
    let person = carrel.window("first");
    drop(first_run(&person, &canaries).await);
    person.offer_built_in().await;
    let jonas = carrel.join(&person, "Jonas", "jonas").await;
    let settings = Settings { instructions: canaries.instructions.clone(), ..Settings::default() };
    let _: Settings = person.ok("write_settings", &settings).await;
    // Some made-up words set the model off on a tale without an end.
    let text = canaries.question.clone();
    let mut first = person.ask(Question::NewChat { text }).await.expect("accepted");
    first.shows("").await;
    // It may have come to its end by itself.
    let _ = person.try_call::<_, Nothing>("stop", &OneTurn { turn: first.started.turn }).await;
    first.settled().await;
    drop((canaries, settings));
    let turn = if shared {
        let text = "Tell a very long story about a lighthouse keeper.".to_owned();
        let mut turn = jonas.ask(Question::NewChat { text }).await.expect("accepted");
        turn.shows("").await;
        Some(turn)
    } else {
        None
    };
    say("used");
    let _ = hear();
    carrel.lock(&person, "Mira").await;
    say("locked");
    let _ = hear();
    drop(turn);
}

fn share(dir: &Path, canaries: &Canaries, shared: bool) -> Process {
    let order = Share { data_dir: dir.to_path_buf(), canaries: canaries.clone(), shared };
    let name = "memory::a_process_that_asks_the_built_in_model_and_locks";
    let mut process = Process::start(name, &order);
    process.until("used");
    process
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_models_process_ends_with_the_lock_of_the_desk_it_served() {
    let dir = tempfile::tempdir().expect("a folder");
    let canaries = Canaries::new();
    let mut process = share(dir.path(), &canaries, false);
    assert_eq!(running_below(process.id()).len(), 1, "it is still loaded");
    process.tell("lock");
    process.until("locked");
    assert_eq!(running_below(process.id()), [0; 0], "its memory went with it");
    assert_clean(&scan(process.id(), &canaries.words()).expect("it waits"), "the application");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_desk_leaves_no_word_in_the_process_that_still_writes_for_another() {
    let dir = tempfile::tempdir().expect("a folder");
    let canaries = Canaries::new();
    let mut process = share(dir.path(), &canaries, true);
    let [sidecar] = running_below(process.id())[..] else { panic!("one process for both desks") };
    process.tell("lock");
    process.until("locked");
    assert_eq!(running_below(process.id()), [sidecar], "it goes on for the other desk");
    let frame = vec![("frame".to_owned(), b"<|im_start|>".to_vec())];
    let seen = scan(sidecar, &frame).expect("it can be looked into");
    assert!(!seen.sightings.is_empty(), "the words of its vocabulary, else the look is blind");
    for (pid, whose) in [(sidecar, "the built-in model"), (process.id(), "the application")] {
        assert_clean(&scan(pid, &canaries.words()).expect("it runs"), whose);
    }
}
