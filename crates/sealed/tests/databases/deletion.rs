//! Deleted means gone: from pages, from the search index, from the log.

use crate::notes::{NOTES, insert, note, place};
use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use sealed::{Database, DatabaseError, Key, Migration, Shape};
use std::path::Path;
use std::sync::Arc;

const CANARY: &str = "zeisigfederkleid";

/// The file's pages as someone with the key sees them, free pages and slack included.
/// A page ends with its initialisation vector (16 bytes) and its tag (32); the first
/// page begins with the salt (AES-256-CBC, as SQLCipher documents its format).
fn decrypted(path: &Path, key: &Key) -> Vec<u8> {
    let pages = key.derive("carrel database pages");
    let cipher = Aes256::new(&Array::from(*pages.bytes()));
    let file = std::fs::read(path).unwrap();
    let mut plain = Vec::new();
    for (number, page) in file.chunks_exact(8192).enumerate() {
        let skip = if number == 0 { 16 } else { 0 };
        let mut before: [u8; 16] = page[8192 - 48..8192 - 32].try_into().unwrap();
        for sealed in page[skip..8192 - 48].chunks_exact(16) {
            let mut block = Array::from(<[u8; 16]>::try_from(sealed).unwrap());
            cipher.decrypt_block(&mut block);
            plain.extend(block.iter().zip(before).map(|(byte, mask)| byte ^ mask));
            before = sealed.try_into().unwrap();
        }
    }
    plain
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// Writes the canary among other notes, deletes it, empties the log, and returns the
/// decrypted pages before and after.
async fn wrote_and_deleted(shape: &Shape) -> (Vec<u8>, Vec<u8>) {
    let (_dir, path) = place();
    let key = Key::random();
    let db = Database::create(&path, &key, shape).unwrap();
    for number in 0..200 {
        note(&db, &format!("ordinary note number {number}")).await;
    }
    let id = note(&db, &format!("a secret {CANARY} among the others {}", "x".repeat(9000))).await;
    for number in 0..50 {
        note(&db, &format!("later note number {number}")).await;
    }
    db.truncate_log().await.unwrap();
    let before = decrypted(&path, &key);
    db.write(move |tx| Ok::<_, DatabaseError>(tx.execute("DELETE FROM note WHERE id = ?1", [id])?))
        .await
        .unwrap();
    db.write(|tx| insert(tx, "and life goes on")).await.unwrap();
    db.truncate_log().await.unwrap();
    let log = std::fs::metadata(crate::notes::companion(&path, "-wal")).unwrap();
    assert_eq!(log.len(), 0, "no frame of the log remains");
    (before, decrypted(&path, &key))
}

#[tokio::test]
async fn a_deleted_note_is_nowhere_in_the_decrypted_pages() {
    let (before, after) = wrote_and_deleted(&NOTES).await;
    assert!(holds(&before, CANARY), "the search finds what is there");
    assert!(holds(&after, "later note number 49"), "and what stays");
    assert!(!holds(&after, CANARY), "gone from table, index, free pages and slack");
}

#[tokio::test]
async fn without_the_index_forgetting_a_word_stays_until_a_merge_passes_by() {
    // Why the shapes that search must set FTS5's own option: this is the measured fact
    // behind it, and it fails when SQLite changes its ways.
    const FORGETFUL: Shape = Shape {
        migrations: &[
            NOTES.migrations[0],
            Migration::Sql(
                "INSERT INTO found (found, rank) VALUES ('secure-delete', 0);
                 INSERT INTO found (found, rank) VALUES ('automerge', 0);
                 INSERT INTO found (found, rank) VALUES ('crisismerge', 1000);",
            ),
        ],
        ..NOTES
    };
    let (_, after) = wrote_and_deleted(&FORGETFUL).await;
    assert!(holds(&after, CANARY), "secure_delete alone does not reach the index");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_someone_still_reads_is_not_passed_off_as_empty() {
    let (_dir, path) = place();
    let db = Arc::new(Database::create(&path, &Key::random(), &NOTES).unwrap());
    note(&db, "before").await;
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (started, running) = tokio::sync::oneshot::channel();
    let reader = Arc::clone(&db);
    let reading = tokio::spawn(async move {
        let held = reader.read(move |c| {
            let first = crate::notes::tally(c)?;
            let _ = started.send(());
            let _ = wait.recv();
            Ok::<_, DatabaseError>(first)
        });
        held.await.unwrap()
    });
    running.await.unwrap();
    note(&db, "meanwhile").await;
    let emptied = db.truncate_log().await;
    assert!(matches!(emptied, Err(DatabaseError::Busy)), "told, after five seconds: {emptied:?}");
    go.send(()).unwrap();
    reading.await.unwrap();
    db.truncate_log().await.unwrap();
}
