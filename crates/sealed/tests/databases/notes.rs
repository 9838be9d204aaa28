//! A small database of notes, as the tests of this folder use it.

use rusqlite::{Connection, Transaction};
use sealed::{Database, DatabaseError, Key, Migration, Opening, Shape};
use std::path::{Path, PathBuf};

pub(crate) const NOTES: Shape = Shape {
    name: "notes",
    application_id: 0x6e6f_7465,
    migrations: &[Migration::Sql(
        "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         CREATE VIRTUAL TABLE found USING fts5 (text, content = 'note', content_rowid = 'id');
         INSERT INTO found (found, rank) VALUES ('secure-delete', 1);
         CREATE TRIGGER note_in AFTER INSERT ON note BEGIN
            INSERT INTO found (rowid, text) VALUES (new.id, new.text); END;
         CREATE TRIGGER note_out AFTER DELETE ON note BEGIN
            INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text); END;",
    )],
};

/// A directory of its own and a path in it.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.db");
    (dir, path)
}

/// A closed database with `count` notes, its key and its counter.
pub(crate) async fn filled(path: &Path, count: usize) -> (Key, u64) {
    let key = Key::random();
    let db = Database::create(path, &key, &NOTES).unwrap();
    for number in 0..count {
        note(&db, &format!("note {number} {}", "lorem ipsum ".repeat(40))).await;
    }
    let counter = db.counter();
    db.close().await;
    (key, counter)
}

pub(crate) fn open(path: &Path, key: &Key) -> Result<Database, DatabaseError> {
    Database::open(path, key, &NOTES, Opening::default())
}

pub(crate) async fn note(db: &Database, text: &str) -> i64 {
    let text = text.to_owned();
    db.write(move |tx| insert(tx, &text)).await.unwrap()
}

pub(crate) fn insert(tx: &Transaction<'_>, text: &str) -> Result<i64, DatabaseError> {
    tx.execute("INSERT INTO note (text) VALUES (?1)", [text])?;
    Ok(tx.last_insert_rowid())
}

pub(crate) async fn count(db: &Database) -> i64 {
    db.read(tally).await.unwrap()
}

pub(crate) fn tally(connection: &Connection) -> Result<i64, DatabaseError> {
    Ok(connection.query_row("SELECT count(*) FROM note", [], |row| row.get(0))?)
}

/// The error's name: what a caller would branch on.
pub(crate) fn refusal<T>(result: Result<T, DatabaseError>) -> String {
    match result {
        Ok(_) => "opened".to_owned(),
        Err(error) => format!("{error:?}").split(['(', ' ']).next().unwrap_or("").to_owned(),
    }
}

/// `path` with a suffix, as SQLite names its companions.
pub(crate) fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Copies database and log, as someone would who takes the disk while it is in use.
pub(crate) fn snatch(from: &Path, to: &Path) {
    for suffix in ["", "-wal"] {
        if companion(from, suffix).exists() {
            std::fs::copy(companion(from, suffix), companion(to, suffix)).unwrap();
        }
    }
}
