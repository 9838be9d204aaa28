//! Single bits and cut ends, in every kind of file that Carrel keeps.
//!
//! Whatever is hit, a look at the folder gives a clear refusal or everything
//! as it was: never other data, a panic or a hang.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::api::{BackupList, Failure, Nothing, RestoreBackup, RestoreDoor, Unlock};
use engine::{Keychain, MemoryKeychain, NoKeychain};
use support::dice::{Dice, soak};
use support::files::copy_tree;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};

use crate::content::{everything_on, is_clear, lived_in, lived_in_by_login};

/// A folder as it was, and what was seen in it.
struct Whole {
    dir: tempfile::TempDir,
    /// What its computer's login remembers of it; none where passphrases open the desks.
    login: Option<Arc<MemoryKeychain>>,
    seen: String,
    kinds: BTreeMap<String, Vec<PathBuf>>,
}

impl Whole {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        lived_in(dir.path()).await;
        Self::of(dir, None).await
    }

    /// For damage to what lies behind a keyring, which does not depend on what opened it.
    async fn by_login() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let login = lived_in_by_login(dir.path()).await;
        Self::of(dir, Some(login)).await
    }

    async fn of(dir: tempfile::TempDir, login: Option<Arc<MemoryKeychain>>) -> Self {
        let mut whole = Self { dir, login, seen: String::new(), kinds: BTreeMap::new() };
        let copy = whole.copy();
        let seen = everything_on(copy.path(), whole.keychain()).await;
        whole.seen = seen.expect("nothing is damaged yet");
        files(whole.dir.path(), whole.dir.path(), &mut whole.kinds);
        whole
    }

    fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        copy_tree(self.dir.path(), copy.path());
        copy
    }

    /// The keychain as it was: it remembers how far a folder had come, and each copy goes on
    /// from there by itself.
    fn keychain(&self) -> Arc<dyn Keychain> {
        let Some(login) = &self.login else { return Arc::new(NoKeychain) };
        let copy = MemoryKeychain::default();
        for entry in login.entries() {
            let key = login.read(&entry).expect("it answers").expect("it is listed");
            copy.write(&entry, &key).expect("it answers");
        }
        Arc::new(copy)
    }

    /// Looks at a copy in which one file was changed.
    async fn with(&self, file: &Path, change: impl FnOnce(&mut Vec<u8>), what: &str) {
        let copy = self.copy();
        let path = copy.path().join(file);
        let mut bytes = std::fs::read(&path).expect("it is there");
        change(&mut bytes);
        std::fs::write(&path, bytes).expect("a test may damage its own files");
        match everything_on(copy.path(), self.keychain()).await {
            Ok(seen) => assert_eq!(seen, self.seen, "{what}: opened, and shows other data"),
            Err(failure) => assert!(is_clear(&failure), "{what}: {failure:?}"),
        }
    }
}

/// Every file by its kind: its path with ids and times left out.
fn files(top: &Path, dir: &Path, kinds: &mut BTreeMap<String, Vec<PathBuf>>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(top, &path, kinds);
            continue;
        }
        let inside = path.strip_prefix(top).expect("below the top").to_path_buf();
        let named = |part: &str| match part {
            key if key.starts_with("checkpoint-") => "checkpoint-*.key".to_owned(),
            id if id.len() >= 13 && !id.contains('.') => "*".to_owned(),
            name => name.to_owned(),
        };
        let kind: Vec<_> = inside.iter().map(|part| named(&part.to_string_lossy())).collect();
        // Locks and folded logs hold nothing.
        let holds = std::fs::metadata(&path).is_ok_and(|state| state.len() > 0);
        if holds && !inside.starts_with("run") {
            kinds.entry(kind.join("/")).or_default().push(inside);
        }
    }
}

/// Bits to hit in a file: of its head each so many, and some anywhere.
fn bits(dice: &mut Dice, bytes: usize) -> Vec<usize> {
    let all = bytes * 8;
    let head = all.min(128 * 8);
    let (each, anywhere) = if soak() { (1, 1_000) } else { (head / 2 + 1, 3) };
    let first = dice.below(each);
    let mut bits: Vec<usize> = (first..head).step_by(each).collect();
    bits.extend((0..anywhere).map(|_| dice.below(all)));
    bits
}

/// What is read only after a keyring was opened.
const BEHIND_A_KEYRING: [&str; 4] =
    ["profiles/*/private.db", "profiles/*/history/1.db", "workspace/1.db", "workspace/envelopes"];

/// Hits a file of this kind. One kind for each test: where every bit is wanted, each of them
/// looks at two thousand folders.
async fn a_flipped_bit_is_refused_or_harmless(kind: &str) {
    let is_behind = BEHIND_A_KEYRING.contains(&kind);
    let whole = if is_behind { Whole::by_login().await } else { Whole::new().await };
    let files = whole.kinds.get(kind).unwrap_or_else(|| panic!("no {kind}: {:?}", whole.kinds));
    let mut dice = Dice::new();
    let file = &files[dice.below(files.len())];
    let size = std::fs::metadata(whole.dir.path().join(file)).expect("it is there").len();
    for bit in bits(&mut dice, usize::try_from(size).expect("it is small")) {
        let what = format!("bit {bit} of {kind}; {}", dice.told());
        whole.with(file, |bytes| bytes[bit / 8] ^= 1 << (bit % 8), &what).await;
    }
    let unharmed = everything_on(whole.copy().path(), whole.keychain()).await;
    assert_eq!(unharmed.as_ref(), Ok(&whole.seen), "it was refused for the damage alone");
}

macro_rules! flipped {
    ($($name:ident: $kind:literal;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            a_flipped_bit_is_refused_or_harmless($kind).await;
        })*

        const FLIPPED: &[&str] = &[$($kind),*];
    };
}

flipped! {
    a_flipped_bit_in_the_door_is_refused_or_harmless: "door.db";
    a_flipped_bit_in_the_device_key_is_refused_or_harmless: "device.key";
    a_flipped_bit_in_a_keyring_is_refused_or_harmless: "profiles/*/keyring";
    a_flipped_bit_in_a_private_file_is_refused_or_harmless: "profiles/*/private.db";
    a_flipped_bit_in_a_history_is_refused_or_harmless: "profiles/*/history/1.db";
    a_flipped_bit_in_the_workspace_is_refused_or_harmless: "workspace/1.db";
    a_flipped_bit_in_the_envelopes_is_refused_or_harmless: "workspace/envelopes";
    a_flipped_bit_in_the_key_of_a_checkpoint_is_harmless: "workspace/checkpoint-*.key";
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_file_is_hit() {
    let whole = Whole::new().await;
    let kinds = whole.kinds.keys().map(String::as_str);
    // Backups are hit below, where they are put back.
    let found: BTreeSet<&str> = kinds.filter(|kind| !kind.contains("backups")).collect();
    assert_eq!(found, FLIPPED.iter().copied().collect(), "a new kind of file has its own test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_anywhere_is_refused_or_harmless() {
    let whole = Whole::new().await;
    let mut dice = Dice::new();
    for (kind, files) in whole.kinds.iter().filter(|(kind, _)| !kind.contains("backups")) {
        let file = &files[dice.below(files.len())];
        let size = std::fs::metadata(whole.dir.path().join(file)).expect("it is there").len();
        let size = usize::try_from(size).expect("it is small");
        let classes = [
            0,
            1,
            15,
            16,
            100,
            8_191,
            8_192,
            8_193,
            size / 2,
            size.saturating_sub(8_192),
            size - 1,
        ];
        let mut lengths: Vec<_> = classes.into_iter().filter(|length| *length < size).collect();
        if !soak() {
            lengths = vec![0, lengths[dice.below(lengths.len())], size - 1];
        }
        for length in lengths {
            let what = format!("{kind} cut to {length} of {size}; {}", dice.told());
            whole.with(file, |bytes| bytes.truncate(length), &what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_and_changes_nothing() {
    let whole = Whole::by_login().await;
    let mut dice = Dice::new();
    for (kind, files) in whole.kinds.iter().filter(|(kind, _)| kind.starts_with("profiles/*/b")) {
        // The first stays whole, and is put back.
        for number in 0..=if soak() { 1_000 } else { 3 } {
            let backup = &files[dice.below(files.len())];
            let copy = whole.copy();
            let desk = copy.path().join(backup.iter().take(2).collect::<PathBuf>());
            let present = [desk.join("history/1.db"), desk.join("private.db")];
            for path in &present {
                flip(path, 8 * 5_000);
            }
            let read = || present.each_ref().map(|path| std::fs::read(path).expect("it is there"));
            let before = read();
            let path = copy.path().join(backup);
            let size = std::fs::metadata(&path).expect("it is there").len();
            let bit = dice.below(usize::try_from(size).expect("it is small") * 8);
            if number > 0 {
                flip(&path, bit);
            }
            let restored = restore(copy.path(), whole.keychain(), backup).await;
            if number == 0 {
                restored.expect("it is whole");
                continue;
            }
            let failure = restored.expect_err("it is damaged");
            let what = format!("bit {bit} of {kind}; {}", dice.told());
            assert!(is_clear(&failure), "{what}: {failure:?}");
            assert!(read() == before, "{what}: the present files stay as they are");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_of_what_is_shared_is_refused_and_changes_nothing() {
    let whole = Whole::by_login().await;
    let mut dice = Dice::new();
    let kept = whole.kinds.iter().filter(|(kind, _)| kind.starts_with("backups/"));
    let databases: Vec<&PathBuf> =
        kept.flat_map(|(_, files)| files).filter(|file| file.extension().is_some()).collect();
    assert!(databases.len() > 1, "of the door and of the workspace: {databases:?}");
    for backup in databases {
        for number in 0..=if soak() { 1_000 } else { 2 } {
            let copy = whole.copy();
            let of_door = backup.starts_with("backups/door");
            let present = copy.path().join(if of_door { "door.db" } else { "workspace/1.db" });
            flip(&present, 8 * 5_000);
            let before = std::fs::read(&present).expect("it is there");
            let path = copy.path().join(backup);
            let size = std::fs::metadata(&path).expect("it is there").len();
            let bit = dice.below(usize::try_from(size).expect("it is small") * 8);
            if number > 0 {
                flip(&path, bit);
            }
            let restored = restore_shared(copy.path(), whole.keychain(), backup, of_door).await;
            if number == 0 {
                restored.expect("it is whole");
                continue;
            }
            let failure = restored.expect_err("it is damaged");
            let what = format!("bit {bit} of {}; {}", backup.display(), dice.told());
            assert!(is_clear(&failure), "{what}: {failure:?}");
            let after = std::fs::read(&present).expect("it is there");
            assert!(after == before, "{what}: the present file stays as it is");
        }
    }
}

/// Tries to put back the backup of the door or of the workspace that the file belongs to.
async fn restore_shared(
    dir: &Path,
    keychain: Arc<dyn Keychain>,
    file: &Path,
    of_door: bool,
) -> Result<Nothing, Failure> {
    let name = file.iter().nth(2).expect("backups/<kind>/<name>").to_string_lossy().into_owned();
    let carrel = Carrel::start_on(dir, keychain).await;
    let window = carrel.window("w");
    let tried = if of_door {
        window.try_call("restore_door", &RestoreDoor { name }).await
    } else {
        let profile = carrel.profile("Mira").await;
        let request = RestoreBackup { profile, passphrase: PASSPHRASE.to_owned(), name };
        window.try_call("restore_workspace", &request).await
    };
    carrel.app.close().await;
    tried
}

pub(crate) fn flip(path: &Path, bit: usize) {
    let mut bytes = std::fs::read(path).expect("it is there");
    bytes[bit / 8] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).expect("a test may damage its own files");
}

/// Tries to put back the backup that the file belongs to.
async fn restore(dir: &Path, keychain: Arc<dyn Keychain>, file: &Path) -> Result<Nothing, Failure> {
    let part = |number| file.iter().nth(number).expect("profiles/<id>/backups/<time>/…");
    let part = |number| part(number).to_string_lossy().into_owned();
    let carrel = Carrel::start_on(dir, keychain).await;
    let profile = part(1).parse().expect("an id");
    let is_mira = carrel.profile("Mira").await == profile;
    let passphrase = if is_mira { PASSPHRASE } else { OTHER_PASSPHRASE }.to_owned();
    let window = carrel.window("w");
    let proof = Unlock { profile, passphrase: passphrase.clone(), accept_older: false };
    let list: BackupList = window.ok("list_backups", &proof).await;
    let name = part(3);
    assert!(list.backups.iter().any(|backup| backup.name == name), "{name} is listed");
    let request = RestoreBackup { profile, passphrase, name };
    let tried = window.try_call("restore_backup", &request).await;
    carrel.app.close().await;
    tried
}
