//! The door's own memory.

use std::os::unix::fs::PermissionsExt;

use domain::{Dialect, KeyId, ProviderId, Role};
use policy::Action;
use sealed::NoKeychain;
use workspace::{Door, DoorError, GuestOffer, NewProvider, Provider, ProviderKey};

use crate::support::{House, NOW, Person, provider};

#[tokio::test]
async fn the_first_start_is_a_first_run_until_the_workspace_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    assert_eq!(door.workspace_name().await.unwrap(), None, "show the first-run steps");
    door.found("Reading room".into(), Person::new("Ada", Role::Admin).card()).await.unwrap();
    door.close().await;
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    assert_eq!(door.workspace_name().await.unwrap().as_deref(), Some("Reading room"), "kept");
}

#[tokio::test]
async fn the_doors_files_are_for_this_account_only_and_tell_no_names() {
    let dir = tempfile::tempdir().unwrap();
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    door.put_card(Person::new("Mira Vantongeren", Role::Member).card()).await.unwrap();
    for file in ["device.key", "door.db", "door.db-wal"] {
        let path = dir.path().join(file);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(11).any(|part| part == b"Vantongeren"), "{file} shows a name");
    }
}

#[tokio::test]
async fn a_door_without_its_key_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    Door::open(dir.path(), &NoKeychain).unwrap().close().await;
    let before = std::fs::read(dir.path().join("door.db")).unwrap();
    std::fs::remove_file(dir.path().join("device.key")).unwrap();
    assert!(
        matches!(Door::open(dir.path(), &NoKeychain), Err(DoorError::DeviceKey)),
        "no second key is made"
    );
    std::fs::write(dir.path().join("device.key"), [1; 31]).unwrap();
    assert!(
        matches!(Door::open(dir.path(), &NoKeychain), Err(DoorError::DeviceKey)),
        "nor a short one used"
    );
    assert_eq!(std::fs::read(dir.path().join("door.db")).unwrap(), before, "nothing was lost");
}

#[tokio::test]
async fn cards_come_in_order_of_creation_and_go_without_a_trace() {
    let dir = tempfile::tempdir().unwrap();
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    let (mira, noor) = (Person::new("Mira", Role::Member), Person::new("Noor", Role::Member));
    let mut later = mira.card();
    later.created_at = NOW.plus(1);
    door.put_card(later).await.unwrap();
    door.put_card(noor.card()).await.unwrap();
    door.opened(noor.profile, NOW.plus(5)).await.unwrap();
    door.set_disabled(mira.profile, true).await.unwrap();
    let cards = door.cards().await.unwrap();
    let seen: Vec<_> =
        cards.iter().map(|card| (card.name.as_str(), card.last_open, card.disabled)).collect();
    assert_eq!(seen, [("Noor", Some(NOW.plus(5)), false), ("Mira", None, true)], "as they are");
    door.remove_card(mira.profile).await.unwrap();
    assert_eq!(door.cards().await.unwrap().len(), 1, "one is left");
}

#[tokio::test]
async fn the_throttle_survives_restart_and_counts_over_all_processes() {
    let house = House::new();
    let (profile, other) = (house.ada.profile, Person::new("Mira", Role::Member).profile);
    let second = Door::open(house.dir.path(), &NoKeychain).unwrap();
    for door in [&house.door, &second, &house.door, &second, &house.door] {
        door.begin_try(profile, NOW).await.unwrap().unwrap();
    }
    let wait = Err(NOW.plus(2_000));
    assert_eq!(second.begin_try(profile, NOW).await.unwrap(), wait, "the sixth waits");
    assert_eq!(house.door.throttle(profile, NOW).await.unwrap(), wait, "wherever one looks");
    assert_eq!(house.door.throttle(other, NOW).await.unwrap(), Ok(()), "others need not");
    second.close().await;
    let again = Door::open(house.dir.path(), &NoKeychain).unwrap();
    assert_eq!(again.begin_try(profile, NOW).await.unwrap(), wait, "restarting does not help");
    let back = NOW.plus(-60_000);
    let wait = Err(back.plus(2_000));
    assert_eq!(again.begin_try(profile, back).await.unwrap(), wait, "nor setting the clock back");
    again.begin_try(profile, back.plus(2_000)).await.unwrap().unwrap();
    assert_eq!(again.succeeded(profile).await.unwrap(), 5, "five were wrong before it");
    assert_eq!(again.throttle(profile, back).await.unwrap(), Ok(()), "and all is forgiven");
}

#[tokio::test]
async fn tries_at_the_same_time_all_count() {
    let house = House::new();
    let door = std::sync::Arc::new(house.door);
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (door, profile) = (std::sync::Arc::clone(&door), house.ada.profile);
            tokio::spawn(async move { door.begin_try(profile, NOW).await.unwrap() })
        })
        .collect();
    let mut allowed = 0;
    for one in tries {
        allowed += u32::from(one.await.unwrap().is_ok());
    }
    assert_eq!(allowed, 5, "many windows get no more tries than one");
}

#[tokio::test]
async fn an_anchor_only_goes_up_by_itself() {
    let house = House::new();
    assert_eq!(house.door.anchor("private").await.unwrap(), None, "unknown at first");
    for counter in [7, 9, 8] {
        house.door.set_anchor("private", counter).await.unwrap();
    }
    assert_eq!(
        house.door.anchor("private").await.unwrap(),
        Some(9),
        "a late report lowers nothing"
    );
    house.door.forget_anchor("private").await.unwrap();
    assert_eq!(house.door.anchor("private").await.unwrap(), None, "someone decided so");
}

#[tokio::test]
async fn an_offer_to_guests_that_nobody_signed_is_put_right_and_recorded() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let local = NewProvider { for_guests: true, ..provider("Local") };
    let saved = house.workspace.save_provider(&grant, local, None, NOW).await.unwrap();
    house.workspace.offer_to_guests(&house.door).await.unwrap();
    let before = house.workspace.verify_audit().await.unwrap().events;
    assert!(!house.workspace.restore_guest_offer(&house.door, NOW).await.unwrap(), "as signed");
    assert_eq!(house.workspace.verify_audit().await.unwrap().events, before, "nothing to say");

    // Another process of this account leads the guests' questions elsewhere.
    let moved = Provider { base_url: "https://evil.example.com/v1".into(), ..saved.clone() };
    let offer = GuestOffer { providers: vec![moved], routes: Vec::new() };
    house.door.set_guest_offer(Some(offer)).await.unwrap();
    assert!(house.workspace.restore_guest_offer(&house.door, NOW).await.unwrap(), "noticed");
    let offered = house.door.guest_offer().await.unwrap().unwrap().providers;
    assert_eq!(offered, [saved], "guests get what the admin signed");
    house.door.set_guest_offer(None).await.unwrap();
    assert!(house.workspace.restore_guest_offer(&house.door, NOW).await.unwrap(), "also gone");
    house
        .tamper(&house.ada, move |tx| {
            let mut statement = tx.prepare("SELECT text FROM audit ORDER BY sequence DESC")?;
            let texts: Vec<String> =
                statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            assert!(texts[1].contains(r#""foreign":1,"kind":"guest_offer_restored","missing":1"#));
            assert!(texts[0].contains(r#""foreign":0,"kind":"guest_offer_restored","missing":1"#));
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn guests_are_never_offered_a_provider_with_a_key() {
    let house = House::new();
    let key = ProviderKey {
        id: KeyId::new(NOW, [7; 10]),
        label: String::new(),
        hint: Some("81c0".into()),
    };
    let provider = |n: u8, keys| Provider {
        id: ProviderId::new(NOW, [n; 10]),
        label: "Local".into(),
        dialect: Dialect::OpenAi,
        base_url: "http://127.0.0.1:11434/v1".into(),
        models: vec!["m".into()],
        for_guests: true,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
        order: 0,
        keys,
        version: 1,
    };
    let providers = vec![provider(1, Vec::new()), provider(2, vec![key])];
    let both = GuestOffer { providers, routes: Vec::new() };
    house.door.set_guest_offer(Some(both)).await.unwrap();
    let offered = house.door.guest_offer().await.unwrap().unwrap().providers;
    assert_eq!(offered, [provider(1, Vec::new())], "they would spend for others");
    house.door.set_guest_offer(None).await.unwrap();
    assert!(house.door.guest_offer().await.unwrap().is_none(), "and the desk can be closed");
}
