//! The encrypted database as vault and workspace use it.

use crate::notes::{NOTES, companion, count, insert, note, open, place, tally};
use sealed::{Database, DatabaseError, GiveWay, Key, Opening, Reading};
use std::sync::Arc;
use tokio::sync::oneshot;

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let (_dir, path) = place();
    let key = Key::random();
    let db = Database::create(&path, &key, &NOTES).unwrap();
    note(&db, "one").await;
    note(&db, "two").await;
    assert_eq!(count(&db).await, 2, "a read sees every answered write");
    let counter = db.counter();
    db.close().await;
    let db = open(&path, &key).unwrap();
    assert_eq!(count(&db).await, 2, "both notes are on disk");
    assert_eq!(db.counter(), counter, "opening is no commit");
    db.check().await.unwrap();
}

#[tokio::test]
async fn nothing_readable_is_on_disk_while_open_or_closed() {
    let (dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    note(&db, "the canary sings").await;
    let find = |when: &str| {
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let entry = entry.unwrap();
            let bytes = std::fs::read(entry.path()).unwrap();
            for needle in [b"canary".as_slice(), b"SQLite format", b"CREATE TABLE"] {
                let seen = bytes.windows(needle.len()).any(|window| window == needle);
                assert!(!seen, "{when}: {:?} shows plaintext", entry.file_name());
            }
        }
    };
    find("while open");
    db.close().await;
    find("closed");
}

#[tokio::test]
async fn a_failed_write_leaves_nothing_and_does_not_count() {
    let (_dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    let before = db.counter();
    let refused = db
        .write(|tx| {
            insert(tx, "half")?;
            Err::<(), _>(DatabaseError::Foreign)
        })
        .await;
    assert!(matches!(refused, Err(DatabaseError::Foreign)), "the caller hears its own error");
    assert_eq!((count(&db).await, db.counter()), (0, before), "nothing remains of it");
}

#[tokio::test]
async fn a_check_after_a_search_and_more_writes_finds_nothing_wrong() {
    let (_dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    for number in 0..6 {
        note(&db, &format!("note {number}")).await;
    }
    let search = |connection: &rusqlite::Connection| {
        let words = "SELECT count(*) FROM found WHERE found MATCH 'note'";
        Ok::<i64, DatabaseError>(connection.query_row(words, [], |row| row.get(0))?)
    };
    for _ in 0..8 {
        assert_eq!(db.read(search).await.unwrap(), 6, "each reader has looked at the index");
    }
    let merge = "INSERT INTO found (found) VALUES ('optimize')";
    db.write(move |tx| Ok::<_, DatabaseError>(tx.execute(merge, [])?)).await.unwrap();
    for _ in 0..8 {
        db.check().await.unwrap();
    }
}

#[tokio::test]
async fn every_commit_raises_the_counter() {
    let (_dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    for _ in 0..5 {
        let before = db.counter();
        note(&db, "x").await;
        assert_eq!(db.counter(), before + 1, "one commit, one count, known when answered");
    }
}

/// Holds the writer until told, so that what is sent meanwhile queues up.
async fn hold(db: &Arc<Database>) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (go, wait) = std::sync::mpsc::channel();
    let (started, running) = oneshot::channel();
    let db = Arc::clone(db);
    let task = tokio::spawn(async move {
        db.write(move |_| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok::<_, DatabaseError>(())
        })
        .await
        .unwrap();
    });
    running.await.unwrap();
    (go, task)
}

type Work = fn(&rusqlite::Transaction<'_>) -> Result<i64, DatabaseError>;

/// Sends writes in order while the writer is held, then lets it go.
async fn queued(db: &Arc<Database>, work: Vec<Work>) -> Vec<Result<i64, DatabaseError>> {
    let write = |one| -> Writing<'_> { Box::pin(db.write(one)) };
    queued_as(db, work.into_iter().map(write).collect()).await
}

type Writing<'a> = std::pin::Pin<Box<dyn Future<Output = Result<i64, DatabaseError>> + Send + 'a>>;

async fn queued_as(db: &Arc<Database>, work: Vec<Writing<'_>>) -> Vec<Result<i64, DatabaseError>> {
    let (go, holder) = hold(db).await;
    let mut tasks = Vec::new();
    for mut write in work {
        // One poll puts it into the queue.
        let first = futures_poll(&mut write);
        assert!(first.is_none(), "the writer is held, so nothing is answered yet");
        tasks.push(write);
    }
    go.send(()).unwrap();
    holder.await.unwrap();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await);
    }
    answers
}

fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_writes_share_one_commit_and_fail_alone() {
    let (_dir, path) = place();
    let key = Key::random();
    let db = Arc::new(Database::create(&path, &key, &NOTES).unwrap());
    let before = db.counter();
    let answers = queued(
        &db,
        vec![
            |tx| insert(tx, "first"),
            |tx| insert(tx, "undone").and(Err(DatabaseError::Foreign)),
            |tx| insert(tx, "third"),
            |tx| Ok(tx.query_row("SELECT no such", [], |row| row.get(0))?),
        ],
    )
    .await;
    let good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, true, false], "each caller hears of its own work");
    assert_eq!(count(&db).await, 2, "the failed ones left nothing, the others stayed");
    assert_eq!(db.counter(), before + 2, "one commit for the holder, one for all four");
    db.close_blocking();
    assert_eq!(count(&open(&path, &key).unwrap()).await, 2, "and it was durable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sure_write_fails_alone_before_it_writes_and_takes_its_transaction_along_after_it() {
    let (_dir, path) = place();
    let db = Arc::new(Database::create(&path, &Key::random(), &NOTES).unwrap());
    let surely = |work: Work| -> Writing<'_> { Box::pin(db.write_surely(work)) };
    let answers = queued_as(
        &db,
        vec![
            surely(|tx| insert(tx, "first")),
            surely(|_| Err(DatabaseError::Foreign)),
            Box::pin(db.write(|tx| insert(tx, "undone").and(Err(DatabaseError::Foreign)))),
            surely(|tx| insert(tx, "fourth")),
        ],
    )
    .await;
    let good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, false, true], "each caller hears of its own work");
    assert_eq!(count(&db).await, 2, "an ordinary write beside it is undone alone");
    let answers = queued_as(
        &db,
        vec![
            surely(|tx| insert(tx, "fifth")),
            surely(|tx| insert(tx, "broken").and(Err(DatabaseError::Foreign))),
            surely(|tx| insert(tx, "sixth")),
        ],
    )
    .await;
    assert!(answers[0].is_err(), "nobody is told of a success that is not there");
    assert!(matches!(answers[1], Err(DatabaseError::Foreign)), "the culprit hears why");
    assert!(answers[2].is_ok(), "the next one is not dragged along");
    assert_eq!(count(&db).await, 3, "exactly what was answered with Ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_neighbour_takes_down_is_told_and_what_follows_runs_afresh() {
    let (_dir, path) = place();
    let db = Arc::new(Database::create(&path, &Key::random(), &NOTES).unwrap());
    let work: Vec<Work> = vec![
        |tx| insert(tx, "before"),
        |tx| {
            tx.execute("INSERT OR ROLLBACK INTO note (id, text) VALUES (1, 'twice')", [])?;
            Ok(1)
        },
        |tx| insert(tx, "after"),
    ];
    let answers = queued(&db, work).await;
    let code = match &answers[0] {
        Err(DatabaseError::Sqlite(error)) => error.sqlite_error().unwrap().extended_code,
        other => unreachable!("undone with its neighbour, not {other:?}"),
    };
    assert_eq!(code, rusqlite::ffi::SQLITE_ABORT_ROLLBACK, "no Ok for what is not there");
    assert!(answers[1].is_err(), "the culprit hears of its conflict");
    assert!(answers[2].is_ok(), "the next one is not dragged along");
    assert_eq!(count(&db).await, 1, "exactly what was answered with Ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_loses_only_what_was_not_answered() {
    let (_dir, path) = place();
    let key = Key::random();
    let db = Arc::new(Database::create(&path, &key, &NOTES).unwrap());
    note(&db, "before").await;
    let full = |tx: &rusqlite::Transaction<'_>| {
        let pages: i64 = tx.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let _: i64 = tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |r| r.get(0))?;
        insert(tx, &"x".repeat(200_000))
    };
    let answers =
        queued(&db, vec![|tx| insert(tx, "beside"), full, |tx| insert(tx, "after")]).await;
    assert!(matches!(answers[1], Err(DatabaseError::DiskFull)), "named: {:?}", answers[1]);
    assert!(answers[2].is_ok(), "what came later ran afresh: {:?}", answers[2]);
    let kept = answers.iter().filter(|answer| answer.is_ok()).count() + 1;
    assert_eq!(count(&db).await, i64::try_from(kept).unwrap(), "an answered Ok is on disk");
}

#[tokio::test]
async fn a_panic_in_a_closure_reaches_its_caller_and_nobody_else() {
    let db = Arc::new(Database::in_memory(&NOTES).unwrap());
    let inner = Arc::clone(&db);
    let task = tokio::spawn(async move {
        inner
            .write(|tx| {
                insert(tx, "half")?;
                let nothing: Option<i64> = None;
                Ok::<_, DatabaseError>(std::hint::black_box(nothing).unwrap())
            })
            .await
    });
    assert!(task.await.unwrap_err().is_panic(), "the caller panics, not the writer");
    note(&db, "after").await;
    assert_eq!(count(&db).await, 1, "the half write is gone, the writer lives");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_sees_one_snapshot_and_does_not_stop_writes() {
    let (_dir, path) = place();
    let db = Arc::new(Database::create(&path, &Key::random(), &NOTES).unwrap());
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (started, running) = oneshot::channel();
    let reader = Arc::clone(&db);
    let reading = tokio::spawn(async move {
        reader
            .read(move |connection| {
                let first = tally(connection)?;
                let _ = started.send(());
                let _ = wait.recv();
                Ok::<_, DatabaseError>((first, tally(connection)?))
            })
            .await
            .unwrap()
    });
    running.await.unwrap();
    note(&db, "meanwhile").await;
    assert_eq!(count(&db).await, 1, "another reader sees it");
    go.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), (0, 0), "the snapshot did not move");
}

#[tokio::test]
async fn a_read_cannot_write() {
    let (_dir, path) = place();
    let file = Database::create(&path, &Key::random(), &NOTES).unwrap();
    for db in [file, Database::in_memory(&NOTES).unwrap()] {
        let refused = db
            .read(|connection| {
                connection.execute("INSERT INTO note (text) VALUES ('x')", [])?;
                Ok::<_, DatabaseError>(())
            })
            .await;
        assert!(matches!(refused, Err(DatabaseError::ReadOnly)), "reads do not count commits");
        note(&db, "y").await;
        assert_eq!(count(&db).await, 1, "writing still works");
    }
}

#[tokio::test]
async fn after_closing_everyone_hears_closed_and_the_log_is_gone() {
    let (_dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    note(&db, "x").await;
    db.close_blocking();
    db.close_blocking();
    let read = db.read(tally).await;
    assert!(matches!(read, Err(DatabaseError::Closed)), "a read: {read:?}");
    let write = db.write(|tx| insert(tx, "y")).await;
    assert!(matches!(write, Err(DatabaseError::Closed)), "a write: {write:?}");
    assert!(!crate::notes::companion(&path, "-wal").exists(), "closing folded the log in");
}

#[tokio::test]
async fn a_backup_opens_under_its_own_key_with_everything_in_it() {
    let (dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    for number in 0..50 {
        note(&db, &format!("note number {number}")).await;
    }
    let (to, key) = (dir.path().join("copy.db"), Key::random());
    db.backup(&to, &key).await.unwrap();
    let copy = open(&to, &key).unwrap();
    assert_eq!(count(&copy).await, 50, "all rows");
    assert_eq!(copy.counter(), db.counter(), "the same commits");
    copy.check().await.unwrap();
    let hits: i64 = copy
        .read(|c| {
            let sql = "SELECT note.id FROM found JOIN note ON note.id = found.rowid
                       WHERE found MATCH '31'";
            Ok::<_, DatabaseError>(c.query_row(sql, [], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(hits, 32, "the search index points at the right rows");
    let again = db.backup(&to, &key).await;
    assert!(matches!(again, Err(DatabaseError::Io(_))), "a backup is never overwritten");
    note(&copy, "restored and used").await;
    assert_eq!(db.backup(&dir.path().join("b.db"), &key).await.map_err(|e| e.to_string()), Ok(()));
}

/// A database of about three megabytes: more than is copied between two looks.
async fn large(path: &std::path::Path) -> Database {
    let db = Database::create(path, &Key::random(), &NOTES).unwrap();
    db.write(|tx| {
        for number in 0..3_000 {
            insert(tx, &format!("{number} {}", "long ".repeat(180)))?;
        }
        Ok::<_, DatabaseError>(())
    })
    .await
    .unwrap();
    db
}

#[tokio::test]
async fn a_backup_that_gives_way_leaves_nothing_and_can_be_made_later() {
    let (dir, path) = place();
    let db = large(&path).await;
    let (to, key, way) = (dir.path().join("copy.db"), Key::random(), GiveWay::default());
    way.ask();
    let given_up = db.backup_giving_way(&to, &key, &way).await;
    assert!(matches!(given_up, Err(DatabaseError::GaveWay)), "somebody waits: {given_up:?}");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().collect();
    assert!(
        left.iter().all(|one| !one.file_name().to_string_lossy().starts_with("copy")),
        "{left:?}"
    );
    db.backup_giving_way(&to, &key, &GiveWay::default()).await.unwrap();
    assert_eq!(count(&open(&to, &key).unwrap()).await, 3_000, "whole, once there is time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_to_its_end_while_others_write() {
    let (dir, path) = place();
    let db = Arc::new(large(&path).await);
    let writing = tokio::spawn({
        let db = Arc::clone(&db);
        async move {
            loop {
                note(&db, "meanwhile").await;
            }
        }
    });
    let (to, key) = (dir.path().join("copy.db"), Key::random());
    db.backup(&to, &key).await.unwrap();
    writing.abort();
    let copy = open(&to, &key).unwrap();
    assert!(count(&copy).await >= 3_000, "all that was there when it began");
    copy.check().await.unwrap();
}

#[tokio::test]
async fn a_database_in_memory_works_and_leaves_no_file() {
    let db = Database::in_memory(&NOTES).unwrap();
    note(&db, "guest").await;
    assert_eq!(count(&db).await, 1, "reads and writes share the one connection");
    db.truncate_log().await.unwrap();
    let refused = db.backup(std::path::Path::new("nowhere.db"), &Key::random()).await;
    assert!(matches!(refused, Err(DatabaseError::Missing)), "a guest leaves nothing behind");
}

#[tokio::test]
async fn a_second_creation_is_refused_and_a_missing_file_is_named() {
    let (_dir, path) = place();
    let key = Key::random();
    let missing = Database::open(&path, &key, &NOTES, Opening::default());
    assert!(matches!(missing.err(), Some(DatabaseError::Missing)), "nothing there");
    let db = Database::create(&path, &key, &NOTES).unwrap();
    note(&db, "mine").await;
    assert!(Database::create(&path, &key, &NOTES).is_err(), "never overwritten");
    assert_eq!(count(&db).await, 1, "and untouched");
}

#[tokio::test]
async fn every_connection_has_every_setting() {
    let (_dir, path) = place();
    let db = Database::create(&path, &Key::random(), &NOTES).unwrap();
    let look = |connection: &rusqlite::Connection| {
        let get = |name: &str| {
            connection.query_row(&format!("PRAGMA {name}"), [], |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => other.as_str().unwrap().to_owned(),
                })
            })
        };
        let names = [
            ("cipher_page_size", "8192"),
            ("cipher_hmac_algorithm", "HMAC_SHA256"),
            ("cipher_use_hmac", "1"),
            ("cipher_plaintext_header_size", "0"),
            ("cipher_memory_security", "1"),
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("secure_delete", "1"),
            ("temp_store", "2"),
            ("trusted_schema", "0"),
            ("foreign_keys", "1"),
        ];
        for (name, wanted) in names {
            assert_eq!(get(name).unwrap(), wanted, "PRAGMA {name}");
        }
        let load = connection.query_row("SELECT load_extension('x')", [], |_| Ok(()));
        assert!(load.unwrap_err().to_string().contains("not authorized"), "no extensions");
        let defensive = connection.execute("DELETE FROM found_data", []);
        assert!(defensive.is_err(), "defensive mode guards shadow tables");
        Ok::<_, DatabaseError>(())
    };
    db.read(look).await.unwrap();
    db.write(move |tx| look(tx)).await.unwrap();
}

/// True where some process keeps others away from parts of the file.
#[cfg(target_os = "linux")]
fn is_locked(path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = format!(":{} ", path.metadata().unwrap().ino());
    let held = std::fs::read_to_string("/proc/locks").unwrap();
    held.lines().any(|line| line.contains("POSIX") && line.contains(&inode))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn opening_a_file_that_is_in_use_here_ends_no_lock_on_it() {
    let (_dir, path) = place();
    let key = Key::random();
    let first = Database::create(&path, &key, &NOTES).unwrap();
    note(&first, "one").await;
    let index = companion(&path, "-shm");
    assert!(is_locked(&index), "other processes know that the index of the log is in use");
    let second = open(&path, &key).unwrap();
    let looking = Reading::open(&path, &key, &NOTES).unwrap();
    drop(looking);
    assert!(is_locked(&index), "and still do");
    second.close().await;
    assert!(is_locked(&index), "as long as one of them works with it");
    first.close().await;
}
