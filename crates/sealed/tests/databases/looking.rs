//! Looking at a database without changing it, its log or its folder.

use crate::notes::{NOTES, companion, count, filled, note, open, place, refusal, snatch, tally};
use sealed::{DatabaseError, Key, Migration, Reading, Shape};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const NEWER: Shape = Shape {
    migrations: &[
        NOTES.migrations[0],
        Migration::Sql("ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"),
    ],
    ..NOTES
};

/// Content, mode and times of change of everything in a folder.
type Sight = BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)>;

fn sight(dir: &Path) -> Sight {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut seen: Sight = entries
        .map(|path| {
            let state = path.metadata().unwrap();
            let content = std::fs::read(&path).unwrap();
            (path, (content, state.mode(), state.mtime(), state.mtime_nsec()))
        })
        .collect();
    let state = dir.metadata().unwrap();
    seen.insert(dir.to_owned(), (Vec::new(), state.mode(), state.mtime(), state.mtime_nsec()));
    seen
}

/// What differs, without dumping what lies there.
fn changed(before: &Sight, dir: &Path) -> Vec<PathBuf> {
    let after = sight(dir);
    let all = before.keys().chain(after.keys());
    all.filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

fn notes(reading: &Reading) -> i64 {
    reading.read(tally).unwrap()
}

#[tokio::test]
async fn a_closed_database_is_read_and_nothing_appears_beside_it() {
    let (dir, path) = place();
    let (key, counter) = filled(&path, 5).await;
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let before = sight(dir.path());
    let reading = Reading::open(&path, &key, &NEWER).unwrap();
    assert_eq!((notes(&reading), reading.counter()), (5, counter), "all of it is there");
    assert_eq!(reading.version(), (1, 2), "an older version is named, not brought up to date");
    reading.check().unwrap();
    let written = reading.read(|c| Ok::<_, DatabaseError>(c.execute("DELETE FROM note", [])?));
    assert_eq!(refusal(written), "ReadOnly", "a look cannot write");
    drop(reading);
    assert!(changed(&before, dir.path()).is_empty(), "no log, no mode and no time changed");
}

#[tokio::test]
async fn the_log_that_a_crash_left_is_read_and_stays() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 5).await;
    let db = open(&path, &key).unwrap();
    note(&db, "only in the log").await;
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("notes.db");
    snatch(&path, &copy);
    let before = sight(copies.path());
    let reading = Reading::open(&copy, &key, &NOTES).unwrap();
    assert_eq!((notes(&reading), reading.counter()), (6, db.counter()), "the log counts");
    reading.check().unwrap();
    drop(reading);
    assert!(changed(&before, copies.path()).is_empty(), "the next opening folds it in, not this");
    assert_eq!(count(&open(&copy, &key).unwrap()).await, 6, "which still finds it");
    drop(dir);
}

#[tokio::test]
async fn a_database_in_use_is_read_beside_its_users() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 5).await;
    let db = open(&path, &key).unwrap();
    note(&db, "in the log").await;
    let before = sight(dir.path());
    let reading = Reading::open(&path, &key, &NOTES).unwrap();
    assert_eq!(notes(&reading), 6, "with what its users wrote last");
    reading.check().unwrap();
    drop(reading);
    // Within one process SQLite shares the log's index; across processes a journey looks at it.
    let mut others = changed(&before, dir.path());
    others.retain(|path| *path != companion(&dir.path().join("notes.db"), "-shm"));
    assert!(others.is_empty(), "neither database nor log nor folder: {others:?}");
    note(&db, "and on").await;
    assert_eq!(count(&db).await, 7, "its users notice nothing");
}

#[tokio::test]
async fn damage_is_named_and_left_as_it_is() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 200).await;
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let before = sight(dir.path());
    let reading = Reading::open(&path, &key, &NOTES).unwrap();
    assert_eq!(refusal(reading.check()), "Damaged", "one bit in the middle");
    drop(reading);
    let other = Reading::open(&path, &Key::random(), &NOTES);
    assert_eq!(refusal(other), "WrongKey", "and another key is told from damage");
    std::fs::write(companion(&path, "-journal"), b"planted").unwrap();
    let planted = Reading::open(&path, &key, &NOTES);
    assert_eq!(refusal(planted), "Damaged", "a journal is never ours");
    std::fs::remove_file(companion(&path, "-journal")).unwrap();
    let touched = changed(&before, dir.path());
    assert!(!touched.contains(&path), "the evidence stays");
}

#[tokio::test]
async fn a_path_with_signs_that_mean_something_elsewhere_is_only_a_path() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("50% of #1? ü&immutable=0");
    std::fs::create_dir(&odd).unwrap();
    let path = odd.join("notes.db");
    let (key, _) = filled(&path, 3).await;
    assert_eq!(notes(&Reading::open(&path, &key, &NOTES).unwrap()), 3, "the file it names");
}
