//! A member who goes past Carrel: opens what their own keys open, and writes into it.
//!
//! Every member can open the workspace's file. What they cannot do is sign.

use std::path::Path;

use domain::ProfileId;
use sealed::{
    Database, DatabaseError, Key, Keyring, Migration, Opening, Passphrase, Shape, Unlocking,
};

/// As many steps as no database has; each shape takes the first few.
const STEPS: [Migration; 64] = [Migration::Sql(""); 64];

/// A person's keys, out of a closed desk.
///
/// # Panics
/// Where the passphrase does not open it.
#[must_use]
pub fn keyring(data: &Path, profile: ProfileId, passphrase: &str) -> Keyring {
    let dir = data.join(format!("profiles/{profile}"));
    let passphrase = Passphrase::new(passphrase).expect("a passphrase");
    Keyring::unlock(&dir, profile, Unlocking::Passphrase(&passphrase)).expect("their own desk")
}

/// The workspace's key, out of the envelope that is sealed to this person.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn workspace_key(data: &Path, profile: ProfileId, keyring: &Keyring) -> Key {
    let text = std::fs::read(data.join("workspace/envelopes")).expect("they are there");
    let envelopes: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let sealed = envelopes["sealed"][profile.to_string()].as_str().expect("theirs");
    let digits = sealed.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("hex"));
    let sealed: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect();
    let context = format!("{}|{profile}", envelopes["generation"]);
    let info = b"carrel workspace key 1";
    let opened = sealed::open_from(&keyring.recipient(), info, context.as_bytes(), &sealed);
    Key::from_bytes(opened.expect("sealed to them")[..].try_into().expect("32 bytes"))
}

/// Opens a database as it is, whatever its version.
///
/// # Panics
/// Where the key is another one.
#[must_use]
pub fn open_as_it_is(path: &Path, key: &Key, name: &'static str, mark: i32) -> (Database, u32) {
    let open = |version: u32| {
        let steps = usize::try_from(version).expect("a small number");
        let shape = Shape { name, application_id: mark, migrations: &STEPS[..steps] };
        Database::open(path, key, &shape, Opening::default())
    };
    let version = match open(0) {
        Err(DatabaseError::Newer { found, .. }) => found,
        other => panic!("{name}: {:?}", other.err()),
    };
    (open(version).expect("its own version"), version)
}

/// Writes into the workspace's file what Carrel would not.
///
/// # Panics
/// Where the statements fail, or change nothing.
pub async fn edit_workspace(data: &Path, profile: ProfileId, passphrase: &str, sql: &'static str) {
    let key = workspace_key(data, profile, &keyring(data, profile, passphrase));
    let path = data.join("workspace/1.db");
    let (database, _) = open_as_it_is(&path, &key, "workspace", 0x4372_6c57);
    let edited = database.write(move |tx| Ok::<_, DatabaseError>(tx.execute(sql, [])?)).await;
    assert!(edited.expect("the file is theirs to write") > 0, "{sql} finds something");
    database.close().await;
}
