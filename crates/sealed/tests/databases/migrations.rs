//! How an older database becomes current, and what stays if that fails.

use crate::notes::{NOTES, count, filled, place, refusal};
use rusqlite::Transaction;
use sealed::{Database, DatabaseError, Key, Migration, Opening, Shape};
use std::path::{Path, PathBuf};

fn shout(tx: &Transaction<'_>) -> Result<(), DatabaseError> {
    Ok(tx.execute("UPDATE note SET colour = upper(colour)", []).map(drop)?)
}

fn fail(tx: &Transaction<'_>) -> Result<(), DatabaseError> {
    tx.execute("DELETE FROM note", [])?;
    Err(DatabaseError::DiskFull)
}

const COLOURED: Shape = Shape {
    migrations: &[
        NOTES.migrations[0],
        Migration::Sql("ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"),
        Migration::Code(shout),
    ],
    ..NOTES
};

const FAILING: Shape = Shape {
    migrations: &[
        NOTES.migrations[0],
        Migration::Sql("ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"),
        Migration::Code(fail),
    ],
    ..NOTES
};

fn backups(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn opening<'a>(dir: &'a Path, key: &'a Key) -> Opening<'a> {
    Opening { backup: Some((dir, key)), ..Opening::default() }
}

#[tokio::test]
async fn an_older_database_is_backed_up_and_brought_to_the_current_version() {
    let (dir, path) = place();
    let (key, counter) = filled(&path, 5).await;
    let (to, backup_key) = (dir.path().join("backups"), Key::random());
    let db = Database::open(&path, &key, &COLOURED, opening(&to, &backup_key)).unwrap();
    let colour: String = db
        .read(|c| {
            let one = "SELECT DISTINCT colour FROM note";
            Ok::<_, DatabaseError>(c.query_row(one, [], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(colour, "RED", "statements and code both ran, in order");
    assert_eq!((count(&db).await, db.counter()), (5, counter + 1), "nothing lost, one commit");
    db.close().await;

    let made = backups(&to);
    assert_eq!(made.len(), 1, "one backup and no leftovers: {made:?}");
    assert_eq!(refusal(crate::notes::open(&made[0], &key)), "WrongKey", "it has a key of its own");
    let old = crate::notes::open(&made[0], &backup_key).unwrap();
    assert_eq!((count(&old).await, old.counter()), (5, counter), "as it was before");
    old.check().await.unwrap();
    old.close().await;

    let again = Database::open(&path, &key, &COLOURED, opening(&to, &backup_key)).unwrap();
    assert_eq!(again.counter(), counter + 1, "a current database is not migrated again");
    assert_eq!(backups(&to).len(), 1, "nor backed up again");
}

#[tokio::test]
async fn a_failing_migration_leaves_the_database_as_it_was() {
    let (dir, path) = place();
    let (key, counter) = filled(&path, 5).await;
    let (to, backup_key) = (dir.path().join("backups"), Key::random());
    for attempt in 0..2 {
        let failed = Database::open(&path, &key, &FAILING, opening(&to, &backup_key));
        assert_eq!(refusal(failed), "DiskFull", "attempt {attempt} tells why");
        assert_eq!(backups(&to).len(), 1, "attempt {attempt} has its backup");
    }
    let db = crate::notes::open(&path, &key).unwrap();
    assert_eq!((count(&db).await, db.counter()), (5, counter), "still the old version, whole");
}

#[tokio::test]
async fn no_backup_no_migration() {
    let (dir, path) = place();
    let (key, counter) = filled(&path, 2).await;
    let blocked = dir.path().join("backups");
    std::fs::write(&blocked, b"a file where the folder should be").unwrap();
    let refused = Database::open(&path, &key, &COLOURED, opening(&blocked, &key));
    assert_eq!(refusal(refused), "Io", "the backup cannot be written");
    let db = crate::notes::open(&path, &key).unwrap();
    assert_eq!(db.counter(), counter, "so nothing was migrated");
}

#[tokio::test]
async fn without_a_place_for_backups_one_is_made_beside_the_database() {
    let (dir, path) = place();
    let (key, _) = filled(&path, 2).await;
    let db = Database::open(&path, &key, &COLOURED, Opening::default()).unwrap();
    db.close().await;
    let beside = dir.path().join("notes-before-3-from-1.db");
    assert_eq!(
        count(&crate::notes::open(&beside, &key).unwrap()).await,
        2,
        "no migration without one"
    );
}

#[tokio::test]
async fn a_migration_that_breaks_references_is_undone() {
    const BREAKING: Shape = Shape {
        migrations: &[
            NOTES.migrations[0],
            Migration::Sql(
                "CREATE TABLE tag (note INTEGER NOT NULL REFERENCES note (id));
                 INSERT INTO tag (note) VALUES (4711);",
            ),
        ],
        ..NOTES
    };
    let (_dir, path) = place();
    let (key, counter) = filled(&path, 1).await;
    let broken = Database::open(&path, &key, &BREAKING, Opening::default());
    assert_eq!(refusal(broken), "Damaged", "a tag without its note");
    assert_eq!(crate::notes::open(&path, &key).unwrap().counter(), counter, "undone");
}

#[tokio::test]
async fn a_crash_while_creating_leaves_nothing_in_the_way() {
    let (dir, path) = place();
    std::fs::write(dir.path().join("notes.db.new"), b"half").unwrap();
    std::fs::write(dir.path().join("notes.db.new-wal"), b"a log").unwrap();
    let (key, _) = filled(&path, 1).await;
    assert_eq!(count(&crate::notes::open(&path, &key).unwrap()).await, 1, "created afresh");
    assert_eq!(backups(dir.path()).len(), 1, "and tidied up");
}
