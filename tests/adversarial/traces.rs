//! What a working process leaves outside of its sealed files: logs, core
//! dumps, temporary files, and the data folder's own bytes after a crash.

use std::path::PathBuf;
use std::process::Command;

use engine::api::{
    EraseDesk, FailureCode, JudgePassphrase, ListChats, Nothing, OneChat, Question, Unlock,
};
use sealed::{Database, DatabaseError, Key, Migration, Shape};
use serde::{Deserialize, Serialize};
use support::canary::{Canaries, find};
use support::child::{Process, hear, orders, say};
use support::desktop::binary;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::openai::{error, openai_stream, openai_stream_held};
use support::upstream::{Gate, Upstream};

use crate::calls::{Rule, release, watch};
use crate::memory::{first_run, use_desk};

#[derive(Serialize, Deserialize)]
struct Tell {
    folder: PathBuf,
    base_url: String,
    canaries: Canaries,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test below searches behind"]
async fn a_process_that_logs_everything_it_can() {
    let Tell { folder, base_url, canaries } = orders();
    let log = std::fs::File::create(folder.join("log")).expect("a file");
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(std::sync::Mutex::new(log))
        .init();
    engine::guard_memory();
    let carrel = Carrel::start(&folder.join("data")).await;
    let person = carrel.window("first");
    first_run(&person, &canaries).await;
    use_desk(&person, &base_url, &canaries).await;

    // What goes wrong is told most eagerly.
    let refused = Question::NewChat { text: canaries.question.clone() };
    person.ask(refused).await.expect("it is accepted").settled().await;
    let wrong = Unlock {
        profile: carrel.profile("Mira").await,
        passphrase: format!("{} no", canaries.passphrase),
        accept_older: false,
    };
    let failure = carrel.window("wrong").fails("unlock", &wrong).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "one word too many");
    let erase = EraseDesk { passphrase: wrong.passphrase, typed_name: canaries.title.clone() };
    person.fails("erase_desk", &erase).await;
    // A malformed request must not be quoted.
    let judge = JudgePassphrase { passphrase: canaries.passphrase.clone(), context: Vec::new() };
    person.fails("unlock", &judge).await;
    person.fails("no_such_command", &canaries.search).await;

    let list = ListChats { archived: false, before: None, limit: 50 };
    let chats: engine::api::ChatList = person.ok("list_chats", &list).await;
    let oldest = chats.chats.last().expect("a chat").id;
    let _: Nothing = person.ok("delete_chat", &OneChat { chat: oldest }).await;
    say("told");
    let _ = hear();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_no_temporary_file_and_no_data_file_holds_a_word_after_a_crash() {
    let (dir, home) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let canaries = Canaries::new();
    let upstream = Upstream::start(openai_stream(&[&canaries.answer, "."])).await;
    upstream.next(openai_stream(&[&canaries.answer, "."]));
    upstream.next(error(401, "invalid_api_key", &format!("{} is no key", canaries.key)));
    let order = Tell {
        folder: dir.path().to_path_buf(),
        base_url: upstream.base_url(),
        canaries: canaries.clone(),
    };
    let at = |name: &str| format!("{name}={}", home.path().display());
    let (temporary, home_at) = (at("TMPDIR"), at("HOME"));
    let through = ["env", &temporary, &home_at];
    let name = "traces::a_process_that_logs_everything_it_can";
    let mut process = Process::start_by(&through, name, &order);
    process.until("told");
    process.kill();

    let log = std::fs::read(dir.path().join("log")).expect("there is a log");
    assert!(log.len() > 200, "it did log: {} bytes", log.len());
    for folder in [dir.path(), home.path()] {
        for (name, word) in canaries.words() {
            let found = find(folder, &word);
            assert!(found.is_empty(), "the {name} lies in the clear in {found:?}");
        }
    }
}

const NOTES: Shape = Shape {
    name: "notes",
    application_id: 7,
    migrations: &[Migration::Sql("CREATE TABLE note (text TEXT NOT NULL) STRICT;")],
};
/// So many notes of 400 bytes need more than the few pages of memory that the test leaves.
const MANY: &str = "WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count
    WHERE n < 20000) INSERT INTO note SELECT hex(randomblob(200)) FROM count";
const SORTED: &str = "SELECT count(*) FROM (SELECT text FROM note ORDER BY text LIMIT 19999)";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a_sort_and_a_vacuum_larger_than_memory_make_no_temporary_file starts it"]
async fn a_process_that_sorts_and_compacts_more_than_it_can_hold() {
    let folder: PathBuf = orders();
    let temporary = std::env::temp_dir();
    let database = Database::create(&folder.join("notes.db"), &Key::random(), &NOTES);
    let database = database.expect("a new database");
    let filled = database.write(|tx| {
        tx.execute_batch(MANY)?;
        Ok::<_, DatabaseError>(())
    });
    filled.await.expect("it takes them");
    let sort = |store: &'static str| {
        database.read(move |connection| {
            connection.execute_batch(&format!("PRAGMA cache_size = 10; {store}"))?;
            Ok::<i64, DatabaseError>(connection.query_row(SORTED, [], |row| row.get(0))?)
        })
    };
    watch(&temporary, Rule::Count);
    assert_eq!(sort("").await.expect("it sorts"), 19_999, "all of them");
    // Compacting wants no transaction, so it ends the one that it is given.
    let compacted = database.write(|tx| {
        tx.execute_batch("PRAGMA cache_size = 10; COMMIT; VACUUM;")?;
        Ok::<_, DatabaseError>(tx.is_autocommit())
    });
    assert!(compacted.await.is_err(), "the transaction was gone");
    let made = release();
    assert!(made.is_empty(), "temporary files: {made:?}");

    watch(&temporary, Rule::Count);
    sort("PRAGMA temp_store = FILE;").await.expect("it sorts");
    assert!(!release().is_empty(), "without the setting they would have been seen");
}

#[test]
fn a_sort_and_a_vacuum_larger_than_memory_make_no_temporary_file() {
    let (dir, temporary) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("one"));
    let at = format!("TMPDIR={}", temporary.path().display());
    let name = "traces::a_process_that_sorts_and_compacts_more_than_it_can_hold";
    let process = Process::start_by(&["env", &at], name, &dir.path());
    assert!(process.ended(), "see above");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_can_write_no_core_dump() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let upstream = Upstream::start(openai_stream_held(&["One"], &gate, &["two"])).await;
    let carrel = Carrel::start(dir.path()).await;
    carrel.first_run().await.add_provider(&upstream.base_url()).await;
    carrel.app.close().await;
    // The limit is raised first, so that only the program itself can lower it.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"]).arg(binary("carrel"));
    command.args(["ask", "--passphrase-fd", "0", "Why?"]).env("CARREL_DATA_DIR", dir.path());
    let mut process = Process::run(command);
    process.tell(PASSPHRASE);
    process.close_input();
    upstream.record(0).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id()));
    let limits = limits.expect("it waits for its answer");
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    let figures: Vec<&str> = core.expect("a limit").split_whitespace().skip(4).take(2).collect();
    assert_eq!(figures, ["0", "0"], "no core, and nobody raises it again");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that the test below listens to"]
async fn a_process_whose_parts_panic() {
    let word: String = orders();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .init();
    engine::guard_memory();
    let (formatted, owned, unreadable) = (word.clone(), word.clone(), word.clone());
    let task = tokio::spawn(async move { panic!("no place for {formatted}") });
    assert!(task.await.is_err(), "a task panicked");
    let thread = std::thread::spawn(move || std::panic::panic_any(owned));
    assert!(thread.join().is_err(), "a thread panicked");
    let blocking =
        tokio::task::spawn_blocking(move || unreadable.parse::<u64>().expect(&unreadable));
    assert!(blocking.await.is_err(), "what must not fail did");
    say("panicked");
    let _ = hear();
}

#[test]
fn a_panic_tells_its_place_and_nothing_of_what_it_was_about() {
    let word = Canaries::new().question;
    let dir = tempfile::tempdir().expect("a folder");
    let told = dir.path().join("told");
    // Backtraces are asked for, since they are told along with a panic.
    let redirect = format!("exec \"$@\" 2>{}", told.display());
    let through = ["env", "RUST_BACKTRACE=full", "sh", "-c", &redirect, "sh"];
    let mut process = Process::start_by(&through, "traces::a_process_whose_parts_panic", &word);
    process.until("panicked");
    process.kill();
    let told = std::fs::read_to_string(told).expect("what it said");
    let places = told.matches("stopped unexpectedly at ").count();
    assert_eq!(places, 3, "each panic says where: {told}");
    assert!(told.contains("traces.rs:"), "by file and line: {told}");
    for part in word.split(' ').filter(|part| part.len() > 6) {
        assert!(!told.contains(part), "{part:?} is what it was about: {told}");
    }
}
