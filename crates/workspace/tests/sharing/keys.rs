//! Several keys of one provider.

use domain::{KeyId, ProviderId, Role};
use policy::{Action, Resource};
use sealed::Secret;
use workspace::{NewKey, NewProvider, Refusal, WorkspaceError};

use crate::providers::use_of;
use crate::support::{House, NOW, provider, refusal};

const FIRST: &str = "sk-first-0123456789-AAAA";
const SECOND: &str = "sk-second-0123456789-BBBB";

fn key(label: &str, secret: &str) -> NewKey {
    let secret = Some(Secret::new(secret.into()));
    NewKey {
        id: KeyId::new(NOW, sealed::random_bytes()),
        label: label.into(),
        secret,
        first: false,
    }
}

/// Example's keys as a call gets them.
async fn keys_of(house: &House, id: ProviderId) -> Vec<(String, String)> {
    let secrets = house.workspace.secrets(&use_of(&house.ada, id), id).await.unwrap();
    let shown =
        |(key, secret): (workspace::ProviderKey, Secret)| (key.label, secret.expose().to_owned());
    secrets.into_iter().map(shown).collect()
}

async fn two_keys(house: &House) -> (ProviderId, KeyId) {
    let id = house.save_provider("Example", Some(FIRST)).await;
    let grant = house.ada.may_here(Action::KeyManage);
    let second = key("Night shift", SECOND);
    let added = second.id;
    house.workspace.save_key(&grant, id, second, NOW).await.unwrap();
    (id, added)
}

#[tokio::test]
async fn keys_are_kept_in_order_and_each_can_be_renamed_replaced_and_removed() {
    let house = House::new();
    let (id, second) = two_keys(&house).await;
    let pair = |label: &str, secret: &str| (label.to_owned(), secret.to_owned());
    assert_eq!(keys_of(&house, id).await, [pair("", FIRST), pair("Night shift", SECOND)], "both");
    let grant = house.ada.may_here(Action::KeyManage);
    let renamed = NewKey { id: second, label: "Weekend".into(), secret: None, first: false };
    house.workspace.save_key(&grant, id, renamed, NOW).await.unwrap();
    assert_eq!(keys_of(&house, id).await[1], pair("Weekend", SECOND), "the key stayed");
    let replaced = NewKey { id: second, ..key("Weekend", "sk-third-0123456789-CCCC") };
    let saved = house.workspace.save_key(&grant, id, replaced, NOW).await.unwrap();
    let hints: Vec<_> = saved.keys.iter().map(|key| key.hint.as_deref()).collect();
    assert_eq!(hints, [Some("AAAA"), Some("CCCC")], "in its old place");
    let leading = NewKey { id: second, label: "Weekend".into(), secret: None, first: true };
    let saved = house.workspace.save_key(&grant, id, leading, NOW).await.unwrap();
    assert_eq!(saved.keys[0].id, second, "now it is used before the other");
    let first = saved.keys[1].id;
    let left = house.workspace.remove_key(&grant, id, first, NOW).await.unwrap();
    assert_eq!(left.keys.len(), 1, "one is left");
    assert_eq!(keys_of(&house, id).await, [pair("Weekend", "sk-third-0123456789-CCCC")], "it");
    let again = house.workspace.remove_key(&grant, id, first, NOW).await;
    assert!(matches!(again, Err(WorkspaceError::NotFound)), "and the other is gone");
    house
        .tamper(&house.ada, |tx| {
            let stored: i64 =
                tx.query_row("SELECT count(*) FROM provider_key", [], |row| row.get(0))?;
            assert_eq!(stored, 1, "not even sealed");
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn saving_the_provider_keeps_all_keys_and_takes_the_place_of_none() {
    let house = House::new();
    let (id, _) = two_keys(&house).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let renamed = NewProvider { id, ..provider("Renamed") };
    let saved = house.workspace.save_provider(&grant, renamed.clone(), None, NOW).await.unwrap();
    assert_eq!(saved.keys.len(), 2, "both are there");
    let one = Some((house.ada.may_here(Action::KeyManage), Secret::new("sk-other".into())));
    let which = house.workspace.save_provider(&grant, renamed, one, NOW).await;
    assert!(matches!(which, Err(WorkspaceError::SeveralKeys)), "nobody said in which one's place");
}

#[tokio::test]
async fn only_who_may_manage_keys_adds_one_and_never_for_guests() {
    let house = House::new();
    let id = house.save_provider("Example", None).await;
    let other = house.save_provider("Other", None).await;
    for grant in [
        house.ada.may_here(Action::ProviderConfigure),
        house.ada.may(Action::KeyManage, &Resource::Provider(other)),
    ] {
        let saved = house.workspace.save_key(&grant, id, key("", FIRST), NOW).await;
        assert!(matches!(saved, Err(WorkspaceError::WrongGrant)), "{grant:?} is not for this");
    }
    let open = NewProvider { id, for_guests: true, ..provider("Open") };
    let grant = house.ada.may_here(Action::ProviderConfigure);
    house.workspace.save_provider(&grant, open, None, NOW).await.unwrap();
    let grant = house.ada.may_here(Action::KeyManage);
    let saved = house.workspace.save_key(&grant, id, key("", FIRST), NOW).await;
    assert!(matches!(saved, Err(WorkspaceError::KeyForGuests)), "guests would spend for others");
}

#[tokio::test]
async fn a_key_in_the_place_of_another_is_refused() {
    let house = House::new();
    let (id, _) = two_keys(&house).await;
    let (mira, ..) = house.join("Mira", Role::Member).await;
    house
        .tamper(&mira, |tx| {
            let sealed: Vec<Vec<u8>> = tx
                .prepare("SELECT sealed FROM provider_key ORDER BY id")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for (to, from) in [(0_i64, &sealed[1]), (1, &sealed[0])] {
                tx.execute(
                    "UPDATE provider_key SET sealed = ?2 WHERE id =
                     (SELECT id FROM provider_key ORDER BY id LIMIT 1 OFFSET ?1)",
                    (to, from),
                )?;
            }
            Ok(())
        })
        .await;
    let got = house.workspace.secrets(&use_of(&house.ada, id), id).await;
    let (_, reason) = refusal(got);
    assert_eq!(reason, Refusal::KeyReplaced, "each is sealed for its own place");
}
