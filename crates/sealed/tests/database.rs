//! The encrypted database as vault and workspace use it.

use sealed::{Database, DatabaseError, Key, Migration, Opening, Shape};
use std::path::PathBuf;

const NOTES: Shape = Shape {
    name: "notes",
    application_id: 0x6e6f_7465,
    migrations: &[Migration::Sql(
        "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);",
    )],
};

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.db");
    (dir, path)
}

async fn note(db: &Database, text: &str) -> i64 {
    let text = text.to_owned();
    db.write(move |tx| {
        tx.execute("INSERT INTO note (text) VALUES (?1)", [text])?;
        Ok::<_, DatabaseError>(tx.last_insert_rowid())
    })
    .await
    .unwrap()
}

async fn count(db: &Database) -> i64 {
    db.read(|c| Ok::<_, DatabaseError>(c.query_row("SELECT count(*) FROM note", [], |r| r.get(0))?))
        .await
        .unwrap()
}

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
    let db = Database::open(&path, &key, &NOTES, Opening::default()).unwrap();
    assert_eq!(count(&db).await, 2, "both notes are on disk");
    assert_eq!(db.counter(), counter, "opening is no commit");
    db.check().await.unwrap();
}
