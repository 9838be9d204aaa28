//! A damaged door: its backups, and putting one back.

use std::path::Path;

use domain::Role;
use sealed::NoKeychain;
use workspace::{Door, DoorError};

use crate::support::{NOW, Person};

async fn furnished(dir: &Path) -> Door {
    let door = Door::open(dir, &NoKeychain).unwrap();
    door.found("Reading room".into(), Person::new("Ada", Role::Admin).card()).await.unwrap();
    door
}

fn damage(dir: &Path) {
    let path = dir.join("door.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
}

fn newest(dir: &Path) -> String {
    Door::list_backups(dir).unwrap().remove(0).name
}

#[tokio::test]
async fn a_damaged_or_missing_door_is_put_back_without_anyone_unlocking() {
    let dir = tempfile::tempdir().unwrap();
    let door = furnished(dir.path()).await;
    door.back_up_if_due(dir.path(), NOW).await.unwrap();
    door.close().await;
    for missing in [false, true] {
        if missing {
            std::fs::remove_file(dir.path().join("door.db")).unwrap();
        } else {
            damage(dir.path());
        }
        let Err(error) = Door::open(dir.path(), &NoKeychain) else { panic!("opened damaged") };
        assert!(error.means_damage(), "not a first run: {error:?}");
        let made = Door::restore(dir.path(), &NoKeychain, &newest(dir.path())).unwrap();
        assert_eq!(made, NOW, "of when it was made");
        let door = Door::open(dir.path(), &NoKeychain).unwrap();
        assert_eq!(door.cards().await.unwrap()[0].name, "Ada", "the card is back");
        door.close().await;
    }
    assert!(dir.path().join("door.db.damaged-1").exists(), "what stood there is kept aside");
}

#[tokio::test]
async fn a_whole_door_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let door = furnished(dir.path()).await;
    door.back_up_if_due(dir.path(), NOW).await.unwrap();
    door.put_card(Person::new("Mira", Role::Member).card()).await.unwrap();
    door.close().await;
    let refused = Door::restore(dir.path(), &NoKeychain, &newest(dir.path()));
    assert!(matches!(refused, Err(DoorError::Whole)), "it would lose a card: {refused:?}");
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    assert_eq!(door.cards().await.unwrap().len(), 2, "nothing was touched");
}

#[tokio::test]
async fn the_door_is_backed_up_when_a_card_changes_and_not_when_someone_comes() {
    let dir = tempfile::tempdir().unwrap();
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    assert!(!door.back_up_if_due(dir.path(), NOW).await.unwrap(), "a first run has nothing yet");
    let ada = Person::new("Ada", Role::Admin);
    door.found("Reading room".into(), ada.card()).await.unwrap();
    assert!(door.back_up_if_due(dir.path(), NOW).await.unwrap(), "the first card");
    door.opened(ada.profile, NOW.plus(1)).await.unwrap();
    let _ = door.begin_try(ada.profile, NOW).await.unwrap();
    assert!(!door.back_up_if_due(dir.path(), NOW).await.unwrap(), "coming and going is no change");
    let mira = Person::new("Mira", Role::Member);
    door.put_card(mira.card()).await.unwrap();
    assert!(door.back_up_if_due(dir.path(), NOW.plus(1)).await.unwrap(), "a second card");
    let listed = Door::list_backups(dir.path()).unwrap();
    assert_eq!(listed.len(), 2, "both are kept");

    std::fs::write(dir.path().join("door.db.damaged-1"), "old").unwrap();
    door.remove_card(mira.profile).await.unwrap();
    door.replace_backups(dir.path(), NOW).await.unwrap();
    assert_eq!(Door::list_backups(dir.path()).unwrap().len(), 1, "none keeps an erased name");
    assert!(!dir.path().join("door.db.damaged-1").exists(), "nor what was set aside");
}

#[tokio::test]
async fn a_lost_device_key_is_not_made_anew_beside_backups_it_could_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let door = furnished(dir.path()).await;
    door.back_up_if_due(dir.path(), NOW).await.unwrap();
    door.close().await;
    std::fs::remove_file(dir.path().join("door.db")).unwrap();
    std::fs::remove_file(dir.path().join("device.key")).unwrap();
    let refused = Door::open(dir.path(), &NoKeychain);
    assert!(matches!(refused, Err(DoorError::DeviceKey)), "the key is what is missing");
}
