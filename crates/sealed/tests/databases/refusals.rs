//! What must not open, and must be told apart by name.

use crate::notes::{NOTES, companion, count, filled, note, open, place, refusal, snatch};
use sealed::{Database, DatabaseError, Key, Migration, Opening, Shape};
use std::os::unix::fs::symlink;
use std::path::Path;

fn anchored(path: &Path, key: &Key, anchor: u64) -> Result<Database, DatabaseError> {
    Database::open(path, key, &NOTES, Opening { anchor: Some(anchor), ..Opening::default() })
}

/// Opens and reads everything, as a person would sooner or later.
async fn opened_and_read(path: &Path, key: &Key) -> Result<(), DatabaseError> {
    let db = open(path, key)?;
    let checked = db.check().await;
    db.close().await;
    checked
}

#[tokio::test]
async fn another_key_is_told_from_damage() {
    let (_dir, path) = place();
    filled(&path, 3).await;
    assert_eq!(refusal(open(&path, &Key::random())), "WrongKey", "a foreign key");
}

#[tokio::test]
async fn a_plaintext_database_is_refused_untouched() {
    let (_dir, path) = place();
    let plain = rusqlite::Connection::open(&path).unwrap();
    plain.execute_batch("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)").unwrap();
    drop(plain);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(refusal(open(&path, &Key::random())), "Plaintext", "never opened, never converted");
    assert_eq!(std::fs::read(&path).unwrap(), before, "untouched");
}

#[tokio::test]
async fn another_kind_of_database_is_foreign() {
    let (_dir, path) = place();
    let (key, _) = filled(&path, 1).await;
    let other = Shape { application_id: 1, ..NOTES };
    let opened = Database::open(&path, &key, &other, Opening::default());
    assert_eq!(refusal(opened), "Foreign", "the key fits, the kind does not");
}

#[tokio::test]
async fn a_newer_database_is_refused_byte_for_byte_untouched() {
    const NEWER: Shape = Shape {
        migrations: &[
            NOTES.migrations[0],
            Migration::Sql("ALTER TABLE note ADD COLUMN colour TEXT"),
        ],
        ..NOTES
    };
    let (dir, path) = place();
    let key = Key::random();
    let db = Database::create(&path, &key, &NEWER).unwrap();
    note(&db, "from the future").await;
    // A copy with a log that was never folded in, as after a crash of the newer program.
    let copy = dir.path().join("copy.db");
    snatch(&path, &copy);
    let log = companion(&copy, "-wal");
    let before = (std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap());
    assert!(!before.1.is_empty(), "the copy has an open log");
    match open(&copy, &key) {
        Err(DatabaseError::Newer { found, known }) => {
            assert_eq!((found, known), (2, 1), "both versions are named");
        }
        other => assert_eq!(refusal(other), "Newer", "refused by name"),
    }
    let after = (std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap());
    assert!(before == after, "neither file nor log may change by a single byte");
}

#[tokio::test]
async fn no_bit_of_the_salt_and_no_bit_of_the_first_page_can_change() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 3).await;
    let bytes = std::fs::read(&path).unwrap();
    let changed = dir.path().join("changed.db");
    let bits = (0..16 * 8).chain((16 * 8..8192 * 8).step_by(331));
    for bit in bits {
        let mut copy = bytes.clone();
        copy[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&changed, &copy).unwrap();
        // The salt carries the mark of its key, so that a change in it looks like another key.
        let wanted = if bit < 128 { "WrongKey" } else { "Damaged" };
        assert_eq!(refusal(open(&changed, &key)), wanted, "bit {bit} of the first page");
        assert_eq!(std::fs::read(&changed).unwrap(), copy, "bit {bit}: left as found");
    }
}

#[tokio::test]
async fn a_changed_bit_on_any_page_is_found_by_the_check() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 120).await;
    let db = open(&path, &key).unwrap();
    let emptied = db.write(|tx| {
        tx.execute("DELETE FROM note WHERE id > 60", [])?;
        Ok::<i64, DatabaseError>(tx.query_row("PRAGMA freelist_count", [], |row| row.get(0))?)
    });
    assert!(emptied.await.unwrap() > 2, "free pages are checked as well");
    db.close().await;
    let bytes = std::fs::read(&path).unwrap();
    let changed = dir.path().join("changed.db");
    for page in 1..bytes.len() / 8192 {
        let bit = page * 8192 * 8 + page * 7919 % (8192 * 8);
        let mut copy = bytes.clone();
        copy[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&changed, &copy).unwrap();
        let found = refusal(opened_and_read(&changed, &key).await);
        assert_eq!(found, "Damaged", "bit {bit} on page {page}");
    }
}

#[tokio::test]
async fn a_damaged_page_is_named_by_an_ordinary_query() {
    let (_dir, path) = place();
    let (key, _) = filled(&path, 400).await;
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 8192;
    for page in bytes.chunks_mut(8192).skip(pages / 2) {
        page[100] ^= 1;
    }
    std::fs::write(&path, &bytes).unwrap();
    let db = open(&path, &key).unwrap();
    for again in 0..2 {
        let read = db
            .read(|c| {
                let all = "SELECT sum(length(text)) FROM note";
                Ok::<i64, DatabaseError>(c.query_row(all, [], |row| row.get(0))?)
            })
            .await;
        assert_eq!(refusal(read), "Damaged", "try {again}: a backup can be offered");
    }
    let write = db
        .write(|tx| {
            tx.execute("UPDATE note SET text = text || '.'", [])?;
            Ok::<_, DatabaseError>(())
        })
        .await;
    assert_eq!(refusal(write), "Damaged", "writing over damage is refused as well");
}

#[tokio::test]
async fn every_kind_of_cut_is_noticed() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 120).await;
    let bytes = std::fs::read(&path).unwrap();
    let cut = dir.path().join("cut.db");
    let all = bytes.len();
    for length in [0, 1, 15, 16, 17, 100, 8191, 8192, 8193, all / 2, all - 8192, all - 1] {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        assert_eq!(refusal(opened_and_read(&cut, &key).await), "Damaged", "cut to {length}");
    }
}

#[tokio::test]
async fn a_log_cut_at_any_frame_is_told_through_the_anchor() {
    let (dir, path) = place();
    let key = Key::random();
    let db = Database::create(&path, &key, &NOTES).unwrap();
    for number in 0..12 {
        note(&db, &format!("note {number}")).await;
    }
    let anchor = db.counter();
    let stolen = dir.path().join("stolen.db");
    snatch(&path, &stolen);
    let log = std::fs::read(companion(&stolen, "-wal")).unwrap();
    let frame = 8192 + 24;
    let frames = (log.len() - 32) / frame;
    assert!(frames >= 12, "each note left at least a frame, found {frames}");
    let whole = anchored(&stolen, &key, anchor).unwrap();
    assert_eq!(count(&whole).await, 12, "the uncut log has everything");
    whole.close().await;
    for kept in 0..frames {
        for extra in [0, 1, 24, frame - 1] {
            snatch(&path, &stolen);
            let length = 32 + kept * frame + extra;
            std::fs::write(companion(&stolen, "-wal"), &log[..length]).unwrap();
            let _ = std::fs::remove_file(companion(&stolen, "-shm"));
            match anchored(&stolen, &key, anchor) {
                Err(DatabaseError::RolledBack { found, anchor: told }) => {
                    assert!(found < anchor && told == anchor, "{found} of {told}");
                }
                other => assert_eq!(refusal(other), "RolledBack", "{kept} frames and {extra}"),
            }
        }
    }
    for number in 0..frames {
        snatch(&path, &stolen);
        let mut damaged = log.clone();
        damaged[32 + number * frame + 4000] ^= 4;
        std::fs::write(companion(&stolen, "-wal"), &damaged).unwrap();
        let _ = std::fs::remove_file(companion(&stolen, "-shm"));
        let opened = anchored(&stolen, &key, anchor);
        assert_eq!(refusal(opened), "RolledBack", "frame {number} damaged: SQLite drops the rest");
    }
}

#[tokio::test]
async fn an_old_database_put_back_is_told_and_opens_only_knowingly() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 2).await;
    let old = dir.path().join("old.db");
    std::fs::copy(&path, &old).unwrap();
    let db = open(&path, &key).unwrap();
    note(&db, "newer").await;
    let anchor = db.counter();
    db.close().await;
    assert!(anchored(&path, &key, anchor).is_ok(), "the current one opens");
    assert!(anchored(&path, &key, anchor - 1).is_ok(), "an anchor may lag behind a crash");

    std::fs::copy(&old, &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(refusal(anchored(&path, &key, anchor)), "RolledBack", "refused by name");
    assert_eq!(std::fs::read(&path).unwrap(), before, "and untouched");
    let accepting = Opening { anchor: Some(anchor), accept_older: true, ..Opening::default() };
    let db = Database::open(&path, &key, &NOTES, accepting).unwrap();
    assert_eq!(count(&db).await, 2, "what it holds is there");
    assert!(db.counter() > anchor, "its counter goes on above the anchor");
    db.close().await;
    assert!(anchored(&path, &key, anchor).is_ok(), "accepted once, it stays accepted");
}

#[tokio::test]
async fn a_counter_written_without_the_key_is_damage() {
    let (_dir, path) = place();
    let (key, _) = filled(&path, 1).await;
    let db = open(&path, &key).unwrap();
    // What a stale page would do: the row says more than its tag.
    let refused = db
        .write(|tx| {
            tx.execute("UPDATE sealed_counter SET commits = commits + 100", [])?;
            Ok::<_, DatabaseError>(())
        })
        .await;
    assert!(matches!(refused, Err(DatabaseError::Damaged)), "not even committed: {refused:?}");
    note(&db, "the honest counter goes on").await;
}

#[tokio::test]
async fn a_planted_rollback_journal_is_never_played_back() {
    let (_dir, path) = place();
    let (key, _) = filled(&path, 1).await;
    std::fs::write(companion(&path, "-journal"), b"anything").unwrap();
    assert_eq!(refusal(open(&path, &key)), "Damaged", "only the log is ever ours");
}

#[tokio::test]
async fn links_fifos_and_directories_are_refused() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 1).await;
    let link = dir.path().join("link.db");
    symlink(&path, &link).unwrap();
    assert_eq!(refusal(open(&link, &key)), "Io", "a link to the database");
    let elsewhere = dir.path().join("elsewhere");
    for suffix in ["-wal", "-shm"] {
        symlink(&elsewhere, companion(&path, suffix)).unwrap();
        assert_eq!(refusal(open(&path, &key)), "Io", "a link as {suffix}");
        std::fs::remove_file(companion(&path, suffix)).unwrap();
        fifo(&companion(&path, suffix));
        assert_eq!(refusal(open(&path, &key)), "Io", "a FIFO as {suffix}");
        std::fs::remove_file(companion(&path, suffix)).unwrap();
    }
    assert!(!elsewhere.exists(), "nothing was written through a link");
    let pipe = dir.path().join("pipe.db");
    fifo(&pipe);
    assert_eq!(refusal(open(&pipe, &key)), "Io", "a FIFO, and it does not hang");
    assert_eq!(refusal(open(dir.path(), &key)), "Io", "a directory");
    let fresh = dir.path().join("fresh.db");
    symlink(&elsewhere, &fresh).unwrap();
    assert_eq!(refusal(Database::create(&fresh, &key, &NOTES)), "Io", "creating over a link");
    assert!(!elsewhere.exists(), "nothing was created through a link");
}

fn fifo(path: &Path) {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

#[tokio::test]
async fn a_database_behind_a_linked_folder_opens() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 1).await;
    let link = dir.path().join("moved");
    symlink(dir.path(), &link).unwrap();
    let db = open(&link.join("notes.db"), &key).unwrap();
    assert_eq!(count(&db).await, 1, "people put their data on another disk");
}
