//! Where the device key lies, and what happens when its keychain is away.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Role;
use sealed::{Keychain, KeychainError, MemoryKeychain, NoKeychain};
use workspace::{DevicePlace, Door, DoorError};

use crate::support::Person;

const FILE: &str = "device.key";

/// Opens the door, closes it, and says where its key lay.
async fn visit(dir: &Path, keychain: &dyn Keychain) -> Result<DevicePlace, DoorError> {
    let door = Door::open(dir, keychain)?;
    let place = door.device_place();
    door.close().await;
    Ok(place)
}

/// The name that a door was given, to see that it is the same one.
async fn name(dir: &Path, keychain: &dyn Keychain) -> Option<String> {
    let door = Door::open(dir, keychain).unwrap();
    let name = door.workspace_name().await.unwrap();
    door.close().await;
    name
}

async fn give_name(dir: &Path, keychain: &dyn Keychain) {
    let door = Door::open(dir, keychain).unwrap();
    door.found("Reading room".into(), Person::new("Ada", Role::Admin).card()).await.unwrap();
    door.close().await;
}

/// The files at the top of the folder, with what is in them.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()))
        .collect()
}

#[tokio::test]
async fn the_first_start_puts_the_device_key_into_the_keychain_and_in_no_file() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    give_name(dir.path(), &keychain).await;
    assert_eq!(keychain.entries().len(), 1, "one entry for this installation");
    let entry = keychain.read(&keychain.entries()[0]).unwrap().unwrap();
    for (file, bytes) in files(dir.path()) {
        assert_ne!(file, FILE, "the file has no key");
        assert!(!bytes.windows(32).any(|part| part == entry.bytes()), "{file} holds the key");
    }
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::Keychain);
    assert_eq!(name(dir.path(), &keychain).await.as_deref(), Some("Reading room"), "kept");
}

#[tokio::test]
async fn a_key_in_a_file_moves_into_the_keychain_when_one_first_answers() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    give_name(dir.path(), &NoKeychain).await;
    keychain.fail_with(Some(KeychainError::Silent));
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::File, "not yet");
    keychain.fail_with(None);
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::Keychain, "now");
    assert!(!dir.path().join(FILE).exists(), "no copy stays behind");
    assert_eq!(name(dir.path(), &keychain).await.as_deref(), Some("Reading room"), "the same door");
}

#[tokio::test]
async fn a_keychain_that_does_not_give_the_key_changes_nothing() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    give_name(dir.path(), &keychain).await;
    let before = files(dir.path());
    for error in [KeychainError::Locked, KeychainError::Silent, KeychainError::Absent] {
        keychain.fail_with(Some(error));
        let refused = visit(dir.path(), &keychain).await;
        assert!(matches!(refused, Err(DoorError::Keychain { why }) if why == error), "{refused:?}");
    }
    let refused = visit(dir.path(), &NoKeychain).await;
    assert!(matches!(refused, Err(DoorError::Keychain { why: KeychainError::Off })), "{refused:?}");
    assert_eq!(files(dir.path()), before, "no second key was made and no door touched");
    keychain.fail_with(None);
    assert_eq!(name(dir.path(), &keychain).await.as_deref(), Some("Reading room"), "unlocked");
}

#[tokio::test]
async fn a_keychain_that_lost_the_key_is_not_given_another_and_a_restored_file_heals_it() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    give_name(dir.path(), &keychain).await;
    let entry = keychain.entries().remove(0);
    let key = keychain.read(&entry).unwrap().unwrap();
    keychain.remove(&entry).unwrap();
    let before = files(dir.path());
    assert!(matches!(visit(dir.path(), &keychain).await, Err(DoorError::NotInKeychain)));
    assert_eq!((files(dir.path()), keychain.entries().len()), (before, 0), "nothing is made up");
    std::fs::write(dir.path().join(FILE), key.bytes()).unwrap();
    assert_eq!(name(dir.path(), &keychain).await.as_deref(), Some("Reading room"), "put back");
    assert_eq!(keychain.entries(), [entry], "and in its place again");
    assert!(!dir.path().join(FILE).exists(), "and only there");
}

#[tokio::test]
async fn a_file_is_kept_until_the_keychain_gives_the_key_back() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    give_name(dir.path(), &NoKeychain).await;
    keychain.forget_what_is_written();
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::File, "it only said so");
    assert_eq!(name(dir.path(), &NoKeychain).await.as_deref(), Some("Reading room"), "not lost");
}

#[tokio::test]
async fn a_computer_without_a_keychain_at_the_first_start_is_not_asked_again() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    keychain.fail_with(Some(KeychainError::Absent));
    give_name(dir.path(), &keychain).await;
    keychain.fail_with(None);
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::File, "as decided");
    assert_eq!(keychain.entries(), [""; 0], "nothing was moved behind anyone's back");
}

#[tokio::test]
async fn a_move_that_was_interrupted_is_finished_at_the_next_start() {
    let (dir, keychain) = (tempfile::tempdir().unwrap(), MemoryKeychain::default());
    give_name(dir.path(), &NoKeychain).await;
    let key = std::fs::read(dir.path().join(FILE)).unwrap();
    visit(dir.path(), &keychain).await.unwrap();
    std::fs::write(dir.path().join(FILE), key).unwrap();
    keychain.fail_with(Some(KeychainError::Locked));
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::File, "it still opens");
    keychain.fail_with(None);
    assert_eq!(visit(dir.path(), &keychain).await.unwrap(), DevicePlace::Keychain);
    assert!(!dir.path().join(FILE).exists(), "the copy is gone");
}
