//! Databases of another version: as the first Carrel wrote them, or a later one.
//!
//! What was version 1 is asked of the first migrations themselves: a current
//! file loses every table and column that they do not make. Opened, it must
//! hold what it held, beside a backup of what it was.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::ProfileId;
use engine::api::FailureCode;
use sealed::{Database, DatabaseError, Key, Migration, Shape};
use support::insider;
use support::people::{Carrel, PASSPHRASE};

use crate::content::{everything, lived_in};

/// As many steps as no database has; each shape takes the first few.
const STEPS: [Migration; 64] = [Migration::Sql(""); 64];

/// A database that a person's desk is made of.
struct Store {
    path: PathBuf,
    key: Key,
    /// Where it is backed up before a migration, and under which key; none for beside it.
    shelf: Option<(PathBuf, Key)>,
    name: &'static str,
    application_id: i32,
    /// What made version 1.
    first: &'static [Migration],
}

impl Store {
    fn shape(&self, version: u32) -> Shape {
        let steps = usize::try_from(version).expect("a small number");
        let (name, application_id) = (self.name, self.application_id);
        Shape { name, application_id, migrations: &STEPS[..steps] }
    }

    fn first_shape(&self) -> Shape {
        Shape { migrations: self.first, ..self.shape(0) }
    }

    fn open(&self) -> (Database, u32) {
        insider::open_as_it_is(&self.path, &self.key, self.name, self.application_id)
    }

    async fn change(&self, statements: String) {
        let (database, _) = self.open();
        let set = database.write(move |tx| Ok::<_, DatabaseError>(tx.execute_batch(&statements)?));
        set.await.expect("a test may change its own files");
        database.close().await;
    }

    async fn to_version_one(&self) {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("first.db");
        let first = Database::create(&path, &self.key, &self.first_shape()).expect("version 1");
        let (database, version) = self.open();
        assert!(version > 1, "{}: there is an older version", self.name);
        let (wanted, present) = (columns(&first).await, columns(&database).await);
        let later = made(&database).await;
        database.close().await;
        let made = made(&first).await;
        first.close().await;
        let tables = |of: &Columns| of.iter().map(|(table, _)| table.clone()).collect();
        let (old, new): (BTreeSet<String>, BTreeSet<String>) = (tables(&wanted), tables(&present));
        let mut statements = String::new();
        for table in new.difference(&old) {
            statements.push_str(&format!("DROP TABLE {table};"));
        }
        for (_, sql) in later.iter().filter(|one| !made.contains(one) && old.contains(&one.0)) {
            let index = sql.split_once("INDEX ").and_then(|(_, rest)| rest.split(' ').next());
            statements.push_str(&index.map_or_else(String::new, |it| format!("DROP INDEX {it};")));
        }
        for table in &old {
            let of = |all: &Columns| -> Vec<String> {
                all.iter().filter(|(t, _)| t == table).map(|(_, column)| column.clone()).collect()
            };
            let named = |(_, sql): &(String, String)| sql.contains(&format!("REFERENCES {table}"));
            if of(&wanted) != of(&present) && made.iter().any(named) {
                // Made anew, it would be lost to those that refer to it.
                for column in of(&present).iter().filter(|one| !of(&wanted).contains(one)) {
                    statements.push_str(&format!("ALTER TABLE {table} DROP COLUMN {column};"));
                }
            } else if of(&wanted) != of(&present) {
                let columns = of(&wanted).join(", ");
                statements.push_str(&format!("ALTER TABLE {table} RENAME TO later;"));
                for (_, sql) in made.iter().filter(|(t, sql)| t == table && sql.contains("TABLE")) {
                    statements.push_str(&format!("{sql};"));
                }
                statements.push_str(&format!(
                    "INSERT INTO {table} ({columns}) SELECT {columns} FROM later; DROP TABLE later;"
                ));
                for (_, sql) in made.iter().filter(|(t, sql)| t == table && !sql.contains("TABLE"))
                {
                    statements.push_str(&format!("{sql};"));
                }
            }
        }
        statements.push_str("PRAGMA user_version = 1;");
        self.change(statements).await;
        let (database, version) = self.open();
        let made = (columns(&database).await, version);
        assert_eq!(made, (wanted, 1), "{}: as version 1 had it", self.name);
        database.close().await;
    }
}

/// Columns with their tables.
type Columns = BTreeSet<(String, String)>;

/// What makes each table and index, with the table's name.
async fn made(database: &Database) -> Vec<(String, String)> {
    let read = database.read(|connection| {
        let mut query = connection.prepare(
            "SELECT tbl_name, sql FROM sqlite_schema
             WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite_%' ORDER BY rowid",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| Ok::<_, DatabaseError>(row?)).collect()
    });
    read.await.expect("it can be read")
}

/// Every column with its table.
async fn columns(database: &Database) -> Columns {
    let read = database.read(|connection| {
        let mut query = connection.prepare(
            "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| Ok::<_, DatabaseError>(row?)).collect()
    });
    read.await.expect("it can be read")
}

const DOOR_1: &[Migration] =
    &[Migration::Sql(include_str!("../../crates/workspace/sql/door-1.sql"))];
const WORKSPACE_1: &[Migration] =
    &[Migration::Sql(include_str!("../../crates/workspace/sql/workspace-1.sql"))];
const PRIVATE_1: &[Migration] =
    &[Migration::Sql(include_str!("../../crates/vault/migrations/private/0001.sql"))];
const HISTORY_1: &[Migration] =
    &[Migration::Sql(include_str!("../../crates/vault/migrations/history/0001.sql"))];

/// The door, the workspace and Mira's two databases in a closed folder.
fn stores(data: &Path, mira: ProfileId) -> [Store; 4] {
    let dir = data.join(format!("profiles/{mira}"));
    let keyring = insider::keyring(data, mira, PASSPHRASE);
    let bytes = std::fs::read(data.join("device.key")).expect("no keychain answered");
    let device = Key::from_bytes(bytes.try_into().expect("32 bytes"));
    let workspace = data.join("workspace");
    let store = |path: PathBuf, key, name, application_id, first| Store {
        path,
        key,
        shelf: None,
        name,
        application_id,
        first,
    };
    let history = dir.join("history/1.db");
    let history = store(history, keyring.history_key(1), "history", 0x4361_4869, HISTORY_1);
    let shelf = Some((dir.join("backups"), keyring.backup_key()));
    let door = device.derive("carrel door database");
    let shared = insider::workspace_key(data, mira, &keyring);
    [
        store(data.join("door.db"), door, "door", 0x4372_6c44, DOOR_1),
        store(workspace.join("1.db"), shared, "workspace", 0x4372_6c57, WORKSPACE_1),
        store(dir.join("private.db"), keyring.private_key(), "private", 0x4361_5072, PRIVATE_1),
        Store { shelf, ..history },
    ]
}

/// Turns what has had several versions into its first one: the door, the workspace and the
/// history.
pub(crate) async fn as_version_one(data: &Path, mira: ProfileId) {
    let [door, shared, private, history] = stores(data, mira);
    for store in [&door, &shared, &history] {
        store.to_version_one().await;
    }
    // When there were no checkpoints, nothing was recorded about them or seen of them.
    let begun = "SELECT min(sequence) FROM audit WHERE instr(text, 'checkpoints_begun') > 0";
    shared.change(format!("DELETE FROM audit WHERE sequence >= ({begun});")).await;
    private
        .change(
            "UPDATE pin SET value = CAST(json_set(json_remove(CAST(value AS TEXT), '$.checkpoint'),
                                                  '$.audit', NULL) AS BLOB)
             WHERE name = 'workspace';"
                .to_owned(),
        )
        .await;
    for entry in std::fs::read_dir(data.join("workspace")).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("checkpoint") {
            std::fs::remove_file(entry.path()).expect("a test may remove its own files");
        }
    }
}

async fn mira_of(data: &Path) -> ProfileId {
    let carrel = Carrel::start(data).await;
    let mira = carrel.profile("Mira").await;
    carrel.app.close().await;
    mira
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_the_first_version_opens_with_everything_beside_a_backup_of_it() {
    let dir = tempfile::tempdir().expect("a folder");
    lived_in(dir.path()).await;
    let mira = mira_of(dir.path()).await;
    let seen = everything(dir.path()).await.expect("of this version");
    as_version_one(dir.path(), mira).await;
    assert_eq!(everything(dir.path()).await.expect("it is brought up"), seen, "nothing is lost");

    let [door, workspace, _, history] = stores(dir.path(), mira);
    for store in [door, workspace, history] {
        let (database, version) = store.open();
        database.close().await;
        let name = format!("{}-before-{version}-from-1.db", store.name);
        let beside = (store.path.with_file_name(""), store.key);
        let (folder, key) = store.shelf.unwrap_or(beside);
        let backup = Store { path: folder.join(&name), key, shelf: None, ..store };
        let (database, old) = backup.open();
        let wanted = Database::in_memory(&backup.first_shape()).expect("version 1");
        assert_eq!(
            (old, columns(&database).await),
            (1, columns(&wanted).await),
            "{name}: as it was before"
        );
        database.check().await.expect("it is whole");
        let rows = database.read(|connection| {
            let known =
                "SELECT name FROM sqlite_schema WHERE name IN ('card', 'document', 'message')";
            let table: String = connection.query_row(known, [], |row| row.get(0))?;
            let count = format!("SELECT count(*) FROM {table}");
            Ok::<i64, DatabaseError>(connection.query_row(&count, [], |row| row.get(0))?)
        });
        assert!(rows.await.expect("it can be read") > 1, "{name}: with what was in it");
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_later_version_is_refused_by_name_and_left_as_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    lived_in(dir.path()).await;
    let mira = mira_of(dir.path()).await;
    let seen = everything(dir.path()).await.expect("of this version");
    for store in stores(dir.path(), mira) {
        let (database, version) = store.open();
        database.close().await;
        store.change(format!("PRAGMA user_version = {};", version + 1)).await;
        let before = std::fs::read(&store.path).expect("it is there");
        let failure = everything(dir.path()).await.expect_err("nobody knows what is in it");
        assert_eq!(failure.code, FailureCode::Newer, "{}: {failure:?}", store.name);
        let after = std::fs::read(&store.path).expect("it is there");
        assert!(before == after, "{}: not one byte was changed", store.name);
        store.change(format!("PRAGMA user_version = {version};")).await;
        let again = everything(dir.path()).await.expect("of this version again");
        assert_eq!(again, seen, "{}: nothing was lost", store.name);
    }
}
