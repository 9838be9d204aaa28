//! The one place that opens a connection.
//!
//! Keys it before anything is read or written, sets every setting of the
//! security design and reads each one back. A file that begins like plain
//! SQLite never gets this far.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, ffi};
use std::path::{Path, PathBuf};
use std::sync::Once;
use zeroize::Zeroizing;

use super::DatabaseError;
use super::access::Access;
use crate::files;
use crate::key::{Key, mac};
use crate::random::random_bytes;

const PLAIN_HEADER: &[u8; 16] = b"SQLite format 3\0";

/// Settings of the page cipher, set between the key and the first access.
const CIPHER: [(&str, &str); 4] = [
    ("cipher_page_size", "8192"),
    ("cipher_use_hmac", "1"),
    ("cipher_hmac_algorithm", "HMAC_SHA256"),
    ("cipher_plaintext_header_size", "0"),
];

/// Settings of SQLite: what is set, and what reading it back must give.
const SETTINGS: [(&str, &str, &str); 8] = [
    ("synchronous", "FULL", "2"),
    ("secure_delete", "ON", "1"),
    ("temp_store", "MEMORY", "2"),
    ("trusted_schema", "OFF", "0"),
    ("foreign_keys", "ON", "1"),
    ("cell_size_check", "ON", "1"),
    // In KiB when negative. Taken only as far as a file has pages to fill it.
    ("cache_size", "-65536", "-65536"),
    ("journal_size_limit", "16777216", "16777216"),
];

/// Prepared statements kept by each connection; the desk's queries are fewer.
const STATEMENTS: usize = 64;

const SWITCHES: [(DbConfig, bool); 4] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
];

/// The keys of one database file, all from the one the caller holds.
pub(super) struct FileKeys {
    pages: Key,
    salt: Key,
    pub(super) counter: Key,
}

impl FileKeys {
    pub(super) fn of(key: &Key) -> Self {
        Self {
            pages: key.derive("carrel database pages"),
            salt: key.derive("carrel database salt"),
            counter: key.derive("carrel database counter"),
        }
    }

    /// A salt for a new file: eight random bytes, and eight by which the key knows its file.
    pub(super) fn new_salt(&self) -> [u8; 16] {
        let random = random_bytes::<8>();
        let mut salt = [0; 16];
        for (to, from) in salt.iter_mut().zip(random.iter().chain(mac(&self.salt, &random).iter()))
        {
            *to = *from;
        }
        salt
    }

    /// Whether the salt that a keyed connection found in its file is of these keys.
    fn recognise(&self, connection: &Connection) -> Result<(), DatabaseError> {
        let salt: String = connection.query_row("PRAGMA cipher_salt", [], |row| row.get(0))?;
        let salt = HEXLOWER_PERMISSIVE.decode(salt.as_bytes()).unwrap_or_default();
        if salt == PLAIN_HEADER {
            return Err(DatabaseError::Plaintext);
        }
        let (random, tag) = salt.split_at_checked(8).ok_or(DatabaseError::Damaged)?;
        if mac(&self.salt, random).get(..8) == Some(tag) {
            return Ok(());
        }
        Err(DatabaseError::WrongKey)
    }

    /// Raw key in SQLCipher's notation, in hexadecimal digits: 64, and 32 of the salt that a
    /// new file is to begin with. Of another file SQLCipher reads it.
    fn pragma(&self, salt: Option<&[u8; 16]>) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(128));
        text.push_str("PRAGMA key = \"x'");
        HEXLOWER.encode_append(self.pages.bytes(), &mut text);
        if let Some(salt) = salt {
            HEXLOWER.encode_append(salt, &mut text);
        }
        text.push_str("'\";");
        text
    }
}

/// Checks the file at `path` before SQLite sees it.
///
/// Nothing is opened: whoever closes a file ends every lock that this process has on it, and
/// with them those by which SQLite keeps other processes from a file that is in use here.
pub(super) fn inspect(path: &Path) -> Result<(), DatabaseError> {
    judge(path, files::narrow)
}

/// As [`inspect`], and leaves the modes of the file and of what lies beside it.
pub(super) fn look(path: &Path) -> Result<(), DatabaseError> {
    judge(path, files::look)
}

fn judge(path: &Path, length: fn(&Path) -> std::io::Result<u64>) -> Result<(), DatabaseError> {
    let found = length(path)?;
    for companion in ["-wal", "-shm"] {
        let companion = with_suffix(path, companion);
        if companion.symlink_metadata().is_ok() {
            length(&companion)?;
        }
    }
    // Only the write-ahead log is ever used: a rollback journal was put there.
    if with_suffix(path, "-journal").symlink_metadata().is_ok() {
        return Err(DatabaseError::Damaged);
    }
    // SQLCipher would give a file without a salt a new one.
    if found < 16 { Err(DatabaseError::Damaged) } else { Ok(()) }
}

/// Opens the file at `path` and keys it. Reads the first page, changes nothing, and leaves
/// the log alone when closed; [`settle_in`] makes it a connection to work with.
pub(super) fn open(path: &Path, keys: &FileKeys) -> Result<Connection, DatabaseError> {
    writing(keyed(&absolute(path)?, Access::Work, keys, None)?)
}

/// As [`open`], for a file that is still empty.
pub(super) fn open_empty(path: &Path, keys: &FileKeys) -> Result<Connection, DatabaseError> {
    writing(keyed(&absolute(path)?, Access::Work, keys, Some(keys.new_salt()))?)
}

fn writing(connection: Connection) -> Result<Connection, DatabaseError> {
    // SQLite falls back to reading alone where it may not write.
    if connection.is_readonly(MAIN_DB)? {
        return Err(DatabaseError::ReadOnly);
    }
    Ok(connection)
}

/// Opens for looking: reads the first page, changes nothing, not even when closed.
pub(super) fn open_still(
    path: &Path,
    access: Access,
    keys: &FileKeys,
) -> Result<Connection, DatabaseError> {
    let connection = keyed(&absolute(path)?, access, keys, None)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

fn keyed(
    path: &Path,
    access: Access,
    keys: &FileKeys,
    new_salt: Option<[u8; 16]>,
) -> Result<Connection, DatabaseError> {
    quiet();
    let connection = Connection::open_with_flags(access.target(path), access.flags())?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA cipher_memory_security = ON;")?;
    let key = keys.pragma(new_salt.as_ref());
    connection.execute_batch(&key).map_err(|error| wordless(&error))?;
    if new_salt.is_none() {
        keys.recognise(&connection)?;
    }
    for (name, value) in CIPHER {
        connection.execute_batch(&format!("PRAGMA {name} = {value};"))?;
    }
    connection.busy_timeout(access.patience())?;
    if access == Access::WithLog {
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE;")?;
    }
    switch(&connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    for (name, value) in CIPHER.into_iter().chain([("cipher_memory_security", "1")]) {
        expect(&connection, name, value)?;
    }
    Ok(connection)
}

/// Sets what remains once the file was accepted, and reads it back.
pub(super) fn settle_in(connection: &Connection) -> Result<(), DatabaseError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(DatabaseError::ReadOnly);
    }
    set(connection)
}

/// A connection to a new database in memory. Not encrypted: it never leaves this process.
pub(super) fn in_memory() -> Result<Connection, DatabaseError> {
    quiet();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_in_memory_with_flags(flags)?;
    connection.execute_batch("PRAGMA cipher_memory_security = ON;")?;
    switch(&connection)?;
    set(&connection)?;
    Ok(connection)
}

fn switch(connection: &Connection) -> Result<(), DatabaseError> {
    for (config, on) in SWITCHES {
        if connection.set_db_config(config, on)? != on {
            return Err(unset("a connection switch"));
        }
    }
    Ok(())
}

fn set(connection: &Connection) -> Result<(), DatabaseError> {
    for (name, value, read) in SETTINGS {
        connection.execute_batch(&format!("PRAGMA {name} = {value};"))?;
        expect(connection, name, read)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Reads a setting back; one that does not hold is never worked around.
fn expect(connection: &Connection, name: &'static str, value: &str) -> Result<(), DatabaseError> {
    let found = connection.query_row(&format!("PRAGMA {name}"), [], |row| {
        row.get_ref(0).map(|value| match value {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        })
    })?;
    if found == value { Ok(()) } else { Err(unset(name)) }
}

/// The error without its text: the statement it would quote holds the key.
fn wordless(error: &rusqlite::Error) -> DatabaseError {
    let code = error.sqlite_error().copied().unwrap_or(ffi::Error::new(ffi::SQLITE_ERROR));
    rusqlite::Error::SqliteFailure(code, None).into()
}

fn unset(name: &'static str) -> DatabaseError {
    DatabaseError::Sqlite(rusqlite::Error::InvalidParameterName(name.to_owned()))
}

/// See [`super::Database::truncate_log`].
pub(super) fn truncate_log(connection: &Connection) -> Result<(), DatabaseError> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(DatabaseError::Busy) }
}

/// Every page against its tag, then every tree against its rules.
pub(super) fn check(connection: &Connection) -> Result<(), DatabaseError> {
    let mut pages = connection.prepare("PRAGMA cipher_integrity_check")?;
    if pages.query([])?.next()?.is_some() {
        return Err(DatabaseError::Damaged);
    }
    check_trees(connection)
}

/// Every tree against its rules; each page that is read is held against its tag, be it in the
/// file or in its log.
pub(super) fn check_trees(connection: &Connection) -> Result<(), DatabaseError> {
    let trees: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if trees == "ok" { Ok(()) } else { Err(DatabaseError::Damaged) }
}

/// As [`check`], for a database in use. Tags are read from the file alone, and a disk that
/// failed can have ended it within a page that is whole in the log: so where the file seems
/// damaged, the log is folded in and the file judged once more.
pub(super) fn check_with_log(connection: &Connection) -> Result<(), DatabaseError> {
    match check(connection) {
        Err(DatabaseError::Damaged) => {
            truncate_log(connection)?;
            check(connection)
        }
        other => other,
    }
}

/// `path` with its directory's links resolved: SQLite refuses links anywhere in a path,
/// and a relative path could read as a URI.
fn absolute(path: &Path) -> Result<PathBuf, DatabaseError> {
    let name = path.file_name().ok_or(DatabaseError::Missing)?;
    Ok(files::parent(path)?.canonicalize()?.join(name))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Switches off SQLCipher's log, which by default writes to stderr. Once for the process,
/// before the first file is opened; errors reach tracing through [`DatabaseError`].
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let silenced = Connection::open_in_memory()
            .and_then(|connection| connection.execute_batch("PRAGMA cipher_log = off;"));
        if let Err(error) = silenced {
            tracing::warn!(%error, "SQLCipher keeps logging to stderr");
        }
    });
}
