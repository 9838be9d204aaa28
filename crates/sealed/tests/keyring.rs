//! The keyring file: who can open it, and how it fails.
#![expect(clippy::unwrap_used, reason = "tests")]

use domain::{ProfileId, UnixMs};
use sealed::{
    KdfCost, Key, Keyring, KeyringError, Locking, Passphrase, RecoveryCode, Unlocking, sha256,
};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn profile(number: u8) -> ProfileId {
    ProfileId::new(UnixMs(1_700_000_000_000), [number; 10])
}

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn file(dir: &Path) -> PathBuf {
    dir.join("keyring")
}

/// The error's name: what a caller would branch on.
fn refusal(result: Result<Keyring, KeyringError>) -> String {
    match result {
        Ok(_) => "opened".to_owned(),
        Err(error) => format!("{error:?}").split('(').next().unwrap_or("").to_owned(),
    }
}

fn create(
    dir: &Path,
    passphrase: &str,
    cost: KdfCost,
) -> Result<(Keyring, RecoveryCode), KeyringError> {
    Keyring::create(dir, profile(1), Locking::Passphrase(&phrase(passphrase), cost))
}

fn change(keyring: &mut Keyring, passphrase: &str) -> Result<(), KeyringError> {
    keyring.change_lock(Locking::Passphrase(&phrase(passphrase), KdfCost::FLOOR))
}

fn check(keyring: &Keyring, passphrase: &str) -> Result<(), KeyringError> {
    keyring.check(Unlocking::Passphrase(&phrase(passphrase)))
}

fn unlock(dir: &Path, passphrase: &str) -> Result<Keyring, KeyringError> {
    Keyring::unlock(dir, profile(1), Unlocking::Passphrase(&phrase(passphrase)))
}

/// A keyring file, its recovery code and its profile, made once: each costs an Argon2.
fn made() -> &'static (Vec<u8>, [String; 8]) {
    static MADE: OnceLock<(Vec<u8>, [String; 8])> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let (_, code) = create(dir.path(), "caf\u{e9} au lait", KdfCost::FLOOR).unwrap();
        (std::fs::read(file(dir.path())).unwrap(), code.groups())
    })
}

/// A directory holding these bytes as keyring.
fn holding(bytes: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(dir.path()), bytes).unwrap();
    dir
}

/// The same bytes with a fresh checksum: what someone makes who changes it on purpose.
fn forged(mut bytes: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let body = bytes.len() - 32;
    change(&mut bytes[..body]);
    let sum = sha256(&bytes[..body]);
    bytes[body..].copy_from_slice(&sum);
    bytes
}

fn keys(keyring: &Keyring) -> Vec<[u8; 32]> {
    vec![
        *keyring.history_key(1).bytes(),
        *keyring.private_key().bytes(),
        *keyring.backup_key().bytes(),
        *keyring.blob_key().bytes(),
        *keyring.signing().seed(),
        *keyring.recipient().bytes(),
        *keyring.history_key(2).bytes(),
    ]
}

#[test]
fn passphrase_and_recovery_code_open_the_same_independent_keys() {
    let dir = tempfile::tempdir().unwrap();
    let (created, code) = create(dir.path(), "caf\u{e9} au lait", KdfCost::FLOOR).unwrap();
    let opened = unlock(dir.path(), "cafe\u{301} au lait").unwrap();
    assert_eq!(keys(&created), keys(&opened), "however the accent was typed");
    assert!(!opened.was_recovered(), "opened by passphrase");
    let typed = RecoveryCode::parse(&code.groups().join(" ").to_lowercase()).unwrap();
    let recovered = Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(&typed)).unwrap();
    assert_eq!(keys(&created), keys(&recovered), "the code opens all of it");
    assert!(recovered.was_recovered(), "and it is known that it was used");
    let mut all = keys(&created);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 7, "no two keys are the same");
    let bytes = std::fs::read(file(dir.path())).unwrap();
    for key in keys(&created) {
        assert!(!bytes.windows(32).any(|window| window == key), "no key stands in the file");
    }
}

#[test]
fn a_wrong_secret_is_told_from_a_damaged_file() {
    let (bytes, _) = made();
    let dir = holding(bytes);
    for wrong in ["cafe au lait", "caf\u{e9} au lait ", "caf\u{e9} au lait\0", "\0"] {
        assert_eq!(refusal(unlock(dir.path(), wrong)), "WrongSecret", "{wrong:?}");
    }
    let other = RecoveryCode::random();
    let opened = Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(&other));
    assert_eq!(refusal(opened), "WrongSecret", "another code");
}

#[test]
fn every_changed_bit_and_every_cut_is_damage_found_before_any_secret_is_tried() {
    let (bytes, _) = made();
    // Each try with Argon2 would take a quarter second: 8,000 would not end in seconds.
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let dir = holding(&changed);
        assert_eq!(refusal(unlock(dir.path(), "x")), "Damaged", "bit {bit}");
    }
    for length in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        let dir = holding(&bytes[..length]);
        assert_eq!(refusal(unlock(dir.path(), "x")), "Damaged", "cut to {length}");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert_eq!(refusal(unlock(holding(&longer).path(), "x")), "Damaged", "a byte more");
    let huge = vec![0; 1 << 20];
    assert_eq!(refusal(unlock(holding(&huge).path(), "x")), "Damaged", "a megabyte");
}

#[test]
fn what_someone_changes_on_purpose_does_not_open() {
    let (bytes, code) = made();
    let code = RecoveryCode::parse(&code.concat()).unwrap();
    let open = |bytes: &[u8]| {
        let dir = holding(bytes);
        refusal(Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(&code)))
    };
    assert_eq!(open(bytes), "opened", "unchanged it opens");
    let slot = 1 + 12 + 32 + 32 + 61;
    let key = 1 + 4 + 61;
    let keys_at = 36 + 2 * slot;
    let cases: [(&str, usize, &str); 9] = [
        ("generation", 16, "Damaged"),
        ("profile", 17, "Foreign"),
        ("salt of the code's slot", 36 + slot + 20, "WrongSecret"),
        ("commitment of the code's slot", 36 + slot + 50, "WrongSecret"),
        ("master key in the code's slot", 36 + slot + 100, "Damaged"),
        ("master key in the other slot", 36 + 100, "Damaged"),
        ("a wrapped key", keys_at + 30, "Damaged"),
        ("the epoch of a key", keys_at + key + 4, "Damaged"),
        ("the file's tag", keys_at + 6 * key + 5, "Damaged"),
    ];
    for (what, place, wanted) in cases {
        let changed = forged(bytes.clone(), |body| body[place] ^= 1);
        assert_eq!(open(&changed), wanted, "{what}");
    }
    let swapped = forged(bytes.clone(), |body| {
        let (first, second) = body[keys_at..].split_at_mut(key);
        first[5..].swap_with_slice(&mut second[5..key]);
    });
    assert_eq!(open(&swapped), "Damaged", "two keys exchanged");
}

#[test]
fn another_profiles_keyring_is_foreign() {
    let (bytes, _) = made();
    let dir = holding(bytes);
    let opened = Keyring::unlock(dir.path(), profile(2), Unlocking::Passphrase(&phrase("x")));
    assert_eq!(refusal(opened), "Foreign", "swapped folders are told, whatever the passphrase");
}

#[test]
fn a_newer_file_is_named_and_left_alone() {
    let (bytes, _) = made();
    let newer = forged(bytes.clone(), |body| body[8] = 2);
    let dir = holding(&newer);
    assert_eq!(refusal(unlock(dir.path(), "x")), "Newer", "by name");
    assert_eq!(std::fs::read(file(dir.path())).unwrap(), newer, "untouched");
    let slot = forged(bytes.clone(), |body| body[36] = 4);
    assert_eq!(refusal(unlock(holding(&slot).path(), "x")), "Newer", "a slot of an unknown kind");
}

#[test]
fn absurd_costs_in_a_file_are_refused_before_memory_is_taken() {
    let (bytes, _) = made();
    let cost = |place: usize, value: u32| {
        let changed = forged(bytes.clone(), |body| {
            body[37 + place * 4..41 + place * 4].copy_from_slice(&value.to_be_bytes());
        });
        refusal(unlock(holding(&changed).path(), "x"))
    };
    for (place, value) in [(0, u32::MAX), (0, 1024 * 1024 + 1), (0, 65_535), (0, 0)] {
        assert_eq!(cost(place, value), "CostOutOfRange", "{value} KiB");
    }
    for (place, value) in [(1, 11), (1, 2), (1, u32::MAX), (2, 0), (2, 9), (2, u32::MAX)] {
        assert_eq!(cost(place, value), "CostOutOfRange", "parameter {place} = {value}");
    }
    let code = RecoveryCode::parse(&made().1.concat()).unwrap();
    let dir = holding(&forged(bytes.clone(), |body| body[37] = 0xff));
    let opened = Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(&code));
    assert_eq!(refusal(opened), "CostOutOfRange", "whichever slot is asked");
    let dir = tempfile::tempdir().unwrap();
    let weak = KdfCost { memory_kib: 1024, passes: 1, lanes: 1 };
    let made = create(dir.path(), "x", weak).map(|(ring, _)| ring);
    assert_eq!(refusal(made), "CostOutOfRange", "nor is one made");
    assert!(!file(dir.path()).exists(), "and nothing is left");
}

#[test]
fn changing_the_passphrase_keeps_the_keys_and_shuts_out_the_old_one() {
    let dir = holding(&made().0);
    let mut keyring = unlock(dir.path(), "caf\u{e9} au lait").unwrap();
    let (before, generation) = (keys(&keyring), keyring.generation());
    change(&mut keyring, "tea, black").unwrap();
    assert_eq!(keyring.generation(), generation + 1, "a new generation");
    check(&keyring, "tea, black").unwrap();
    let old = check(&keyring, "caf\u{e9} au lait");
    assert!(matches!(old, Err(KeyringError::WrongSecret)), "the old one, while open");
    assert_eq!(refusal(unlock(dir.path(), "caf\u{e9} au lait")), "WrongSecret", "and at the door");
    assert_eq!(keys(&unlock(dir.path(), "tea, black").unwrap()), before, "no data re-encrypted");
}

#[test]
fn a_keyring_without_a_passphrase_opens_with_its_secret_and_its_code_only() {
    let dir = tempfile::tempdir().unwrap();
    let secret = Key::random();
    let (keyring, code) =
        Keyring::create(dir.path(), profile(1), Locking::Keychain(&secret)).unwrap();
    assert!(!keyring.has_passphrase(), "the screens say what protects it");
    let with = |with: Unlocking<'_>| Keyring::unlock(dir.path(), profile(1), with);
    assert_eq!(keys(&with(Unlocking::Keychain(&secret)).unwrap()), keys(&keyring), "its secret");
    assert_eq!(keys(&with(Unlocking::Recovery(&code)).unwrap()), keys(&keyring), "its code");
    let other = Key::random();
    assert_eq!(refusal(with(Unlocking::Keychain(&other))), "WrongSecret", "another secret");
    assert_eq!(refusal(unlock(dir.path(), "x")), "Missing", "there is no passphrase to guess");
    let bytes = std::fs::read(file(dir.path())).unwrap();
    assert!(!bytes.windows(32).any(|part| part == secret.bytes()), "the secret is not in the file");
    for (what, place, wanted) in [
        ("salt", 36 + 20, "WrongSecret"),
        ("commitment", 36 + 50, "WrongSecret"),
        ("key", 36 + 100, "Damaged"),
    ] {
        let changed = holding(&forged(bytes.clone(), |body| body[place] ^= 1));
        let opened = Keyring::unlock(changed.path(), profile(1), Unlocking::Keychain(&secret));
        assert_eq!(refusal(opened), wanted, "its {what} was changed on purpose");
    }
}

#[test]
fn a_passphrase_and_the_keychain_take_each_others_place() {
    let dir = holding(&made().0);
    let code = RecoveryCode::parse(&made().1.concat()).unwrap();
    let mut keyring = unlock(dir.path(), "caf\u{e9} au lait").unwrap();
    let (before, secret) = (keys(&keyring), Key::random());
    keyring.change_lock(Locking::Keychain(&secret)).unwrap();
    assert_eq!(refusal(unlock(dir.path(), "caf\u{e9} au lait")), "Missing", "no passphrase left");
    let with = |with: Unlocking<'_>| Keyring::unlock(dir.path(), profile(1), with);
    let mut keyring = with(Unlocking::Keychain(&secret)).unwrap();
    change(&mut keyring, "tea, black").unwrap();
    assert_eq!(refusal(with(Unlocking::Keychain(&secret))), "Missing", "no keychain slot left");
    assert_eq!(
        keys(&unlock(dir.path(), "tea, black").unwrap()),
        before,
        "the same keys throughout"
    );
    assert_eq!(keys(&with(Unlocking::Recovery(&code)).unwrap()), before, "and the same code");
}

#[test]
fn a_renewed_code_replaces_the_old_one() {
    let (bytes, code) = made();
    let dir = holding(bytes);
    let old = RecoveryCode::parse(&code.concat()).unwrap();
    let with =
        |code: &RecoveryCode| Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(code));
    let mut keyring = with(&old).unwrap();
    let new = keyring.renew_recovery().unwrap();
    assert!(!keyring.was_recovered(), "the duty is done");
    assert_eq!(refusal(with(&old)), "WrongSecret", "the used code is spent");
    assert_eq!(keys(&with(&new).unwrap()), keys(&keyring), "the new one opens");
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "no earlier generation lies about");
}

#[test]
fn a_change_that_cannot_be_written_changes_nothing() {
    let dir = holding(&made().0);
    let code = RecoveryCode::parse(&made().1.concat()).unwrap();
    let mut keyring = Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(&code)).unwrap();
    let (generation, moved) = (keyring.generation(), dir.path().with_extension("moved"));
    std::fs::rename(dir.path(), &moved).unwrap();
    assert!(matches!(keyring.renew_recovery(), Err(KeyringError::Io(_))), "nowhere to write");
    assert_eq!(keyring.generation(), generation, "no generation was spent");
    std::fs::rename(&moved, dir.path()).unwrap();
    let opened = Keyring::unlock(dir.path(), profile(1), Unlocking::Recovery(&code));
    assert_eq!(refusal(opened), "opened", "the old code still holds");
}

#[test]
fn a_keyring_is_never_overwritten_by_a_new_one() {
    let dir = holding(&made().0);
    let again = create(dir.path(), "x", KdfCost::FLOOR);
    assert_eq!(refusal(again.map(|(keyring, _)| keyring)), "Io", "it exists");
    assert_eq!(std::fs::read(file(dir.path())).unwrap(), made().0, "untouched");
}

#[test]
fn a_destroyed_keyring_is_overwritten_and_gone() {
    let dir = holding(&made().0);
    std::fs::write(dir.path().join("keyring.0badcafe.new"), &made().0).unwrap();
    let watching = std::fs::File::open(file(dir.path())).unwrap();
    Keyring::destroy(dir.path()).unwrap();
    assert_eq!(refusal(unlock(dir.path(), "x")), "Missing", "no keyring");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "no leftover either");
    let mut left = Vec::new();
    std::io::Read::read_to_end(&mut &watching, &mut left).unwrap();
    let common = left.windows(16).any(|part| made().0.windows(16).any(|old| old == part));
    assert!(!common, "the bytes themselves were overwritten");
    Keyring::destroy(dir.path()).unwrap();
}

#[test]
fn a_guest_has_keys_and_nothing_on_disk() {
    let mut guest = Keyring::guest(profile(9));
    assert_ne!(keys(&guest), keys(&Keyring::guest(profile(9))), "fresh each time");
    let changed = change(&mut guest, "x");
    assert!(matches!(changed, Err(KeyringError::Missing)), "nothing to change");
    assert!(matches!(check(&guest, "x"), Err(KeyringError::Missing)), "nor to prove");
    assert_eq!(format!("{guest:?}"), format!("Keyring({}, …)", profile(9)), "prints no key");
}

#[test]
fn links_and_fifos_in_its_place_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().join("real");
    std::fs::write(&real, &made().0).unwrap();
    std::os::unix::fs::symlink(&real, file(dir.path())).unwrap();
    assert_eq!(refusal(unlock(dir.path(), "x")), "Damaged", "a link");
    let created = create(dir.path(), "x", KdfCost::FLOOR);
    assert!(created.is_err(), "nor is one created through it");
    std::fs::remove_file(file(dir.path())).unwrap();
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, file(dir.path()), rustix::fs::FileType::Fifo, mode, 0)
        .unwrap();
    assert_eq!(refusal(unlock(dir.path(), "x")), "Damaged", "a FIFO, and it does not hang");
}
