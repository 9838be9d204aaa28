//! Providers and their keys.

use domain::{ModelRef, ProviderId, Role};
use policy::{Action, Grant, ModelFacts, Resource};
use workspace::{NewProvider, Refusal, WorkspaceError};

use crate::support::{House, NOW, Person, provider, refusal};

const CANARY: &str = "sk-canary-4711-0123456789-ABCD";

pub(crate) fn use_of(person: &Person, provider: ProviderId) -> Grant {
    let model = ModelRef { provider, model: "model-a".into() };
    person.may(Action::ModelUse, &Resource::Model { model, facts: ModelFacts::ELSEWHERE })
}

#[tokio::test]
async fn a_provider_key_is_nowhere_in_the_files_nor_in_any_document_or_debug_output() {
    let house = House::new();
    let id = house.save_provider("Example", Some(CANARY)).await;
    let shown = format!("{:?}", house.workspace.providers().await.unwrap());
    assert!(!shown.contains("canary-4711"), "listing shows at most the hint");
    assert!(shown.contains("Some(\"ABCD\")"), "which is its last four characters");
    let keys = house.workspace.secrets(&use_of(&house.ada, id), id).await.unwrap();
    let (_, key) = keys.first().expect("its key");
    assert_eq!(format!("{key:?}"), "Secret(…)", "no log shows it");
    assert_eq!(key.expose(), CANARY, "a call can use it");
    house
        .tamper(&house.ada, |tx| {
            for query in ["SELECT text FROM document", "SELECT text FROM audit"] {
                let mut statement = tx.prepare(query)?;
                let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
                for text in texts {
                    assert!(!text?.contains("canary-4711"), "{query} shows the key");
                }
            }
            let sealed: Vec<u8> =
                tx.query_row("SELECT sealed FROM provider_key", [], |row| row.get(0))?;
            assert!(
                !sealed.windows(11).any(|part| part == b"canary-4711"),
                "sealed even in its table"
            );
            Ok(())
        })
        .await;
    for entry in std::fs::read_dir(house.at()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            !bytes.windows(11).any(|part| part == b"canary-4711"),
            "{} shows it",
            path.display()
        );
    }
}

#[tokio::test]
async fn a_key_is_given_only_for_using_or_configuring_this_provider() {
    let house = House::new();
    let id = house.save_provider("Example", Some(CANARY)).await;
    let other = house.save_provider("Other", None).await;
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    for grant in [
        use_of(&mira, other),
        mira.may(Action::ProviderRead, &Resource::Workspace),
        use_of(&house.ada, id),
    ] {
        let got = hers.secrets(&grant, id).await;
        assert!(matches!(got, Err(WorkspaceError::WrongGrant)), "{grant:?} is not for this");
    }
    assert_eq!(hers.secrets(&use_of(&mira, id), id).await.unwrap().len(), 1, "hers is");
    let none = hers.secrets(&use_of(&mira, other), other).await.unwrap();
    assert!(none.is_empty(), "a provider without key has none");
    let configure = house.ada.may_here(Action::ProviderConfigure);
    let tested = house.workspace.secrets(&configure, id).await.unwrap();
    assert_eq!(tested.len(), 1, "an admin tests it");
}

#[tokio::test]
async fn a_key_that_a_member_put_in_the_place_of_the_admins_is_refused() {
    let house = House::new();
    let id = house.save_provider("Example", Some(CANARY)).await;
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let (_, key) = house.key_of(&mira).unwrap();
    let sealing = key.derive("carrel provider keys");
    let mut plain = vec![0; 32];
    plain.extend_from_slice(b"sk-mine");
    let set = house.workspace.providers().await.unwrap()[0].keys[0].id;
    let context = format!("provider|{id}|{set}");
    let sealed = sealed::seal(&sealing, context.as_bytes(), &plain);
    house
        .tamper(&mira, move |tx| {
            tx.execute("UPDATE provider_key SET sealed = ?1", [sealed])?;
            Ok(())
        })
        .await;
    let got = house.workspace.secrets(&use_of(&house.ada, id), id).await;
    let (document, reason) = refusal(got);
    assert_eq!(
        (document, reason),
        (format!("provider {id}"), Refusal::KeyReplaced),
        "else everyone's questions would go through Mira's account"
    );
}

#[tokio::test]
async fn saving_without_a_key_keeps_the_stored_one() {
    let house = House::new();
    let id = house.save_provider("Example", Some(CANARY)).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let renamed = NewProvider { id, ..provider("Renamed") };
    let saved = house.workspace.save_provider(&grant, renamed, None, NOW).await.unwrap();
    assert_eq!((saved.version, saved.keys.len(), saved.order), (2, 1, 0), "only the label changed");
    let keys = house.workspace.secrets(&use_of(&house.ada, id), id).await.unwrap();
    assert_eq!(keys[0].1.expose(), CANARY, "the key stayed");
}

#[tokio::test]
async fn setting_a_key_needs_a_grant_of_its_own() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let wrong = house.ada.may_here(Action::ProviderConfigure);
    let key = Some((wrong, sealed::Secret::new(CANARY.into())));
    let saved = house.workspace.save_provider(&grant, provider("Example"), key, NOW).await;
    assert!(matches!(saved, Err(WorkspaceError::WrongGrant)), "key.manage is another permission");
}

#[tokio::test]
async fn a_provider_with_a_key_is_never_for_guests() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let open = NewProvider { for_guests: true, ..provider("Open") };
    let key = Some((house.ada.may_here(Action::KeyManage), sealed::Secret::new(CANARY.into())));
    let saved = house.workspace.save_provider(&grant, open.clone(), key, NOW).await;
    assert!(matches!(saved, Err(WorkspaceError::KeyForGuests)), "guests would spend for others");
    let id = house.save_provider("Keyed", Some(CANARY)).await;
    let later = house.workspace.save_provider(&grant, NewProvider { id, ..open }, None, NOW).await;
    assert!(matches!(later, Err(WorkspaceError::KeyForGuests)), "nor by opening it later");
}

#[tokio::test]
async fn a_removed_provider_leaves_with_its_key_and_as_the_usual_model() {
    let house = House::new();
    let id = house.save_provider("Example", Some(CANARY)).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let usual = Some(ModelRef { provider: id, model: "model-a".into() });
    house.workspace.set_usual_model(&grant, usual.clone(), NOW).await.unwrap();
    assert_eq!(house.workspace.usual_model().await.unwrap(), usual, "everyone's choice");
    let other = ModelRef { provider: ProviderId::new(NOW, [9; 10]), model: "model-b".into() };
    let standing: Vec<_> = usual.clone().into_iter().chain([other.clone()]).collect();
    house.workspace.set_fallback(&grant, standing, NOW).await.unwrap();
    house.workspace.remove_provider(&grant, id, NOW).await.unwrap();
    assert_eq!(house.workspace.providers().await.unwrap(), [], "it is gone");
    assert_eq!(house.workspace.usual_model().await.unwrap(), None, "nobody's usual model");
    assert_eq!(house.workspace.fallback().await.unwrap(), [other], "and stands in for nobody");
    let key = house.workspace.secrets(&use_of(&house.ada, id), id).await;
    assert!(matches!(key, Err(WorkspaceError::NotFound)), "and has no key");
    house
        .tamper(&house.ada, |tx| {
            let keys: i64 =
                tx.query_row("SELECT count(*) FROM provider_key", [], |row| row.get(0))?;
            assert_eq!(keys, 0, "not even sealed");
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn members_see_what_an_admin_changes_while_they_have_it_open() {
    let house = House::new();
    let (_mira, hers, _) = house.join("Mira", Role::Member).await;
    let first = house.save_provider("First", None).await;
    let second = house.save_provider("Second", None).await;
    let seen: Vec<_> = hers.providers().await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(seen, [first, second], "in the admin's order, without unlocking again");
}

#[tokio::test]
async fn allowing_a_server_nearby_is_signed_with_its_provider_and_recorded_once() {
    let house = House::new();
    let grant = house.ada.may(Action::ProviderConfigure, &Resource::Workspace);
    let wanted = NewProvider { nearby_allowed: true, ..provider("Office") };
    let saved = house.workspace.save_provider(&grant, wanted.clone(), None, NOW).await.unwrap();
    assert!(saved.nearby_allowed, "as the admin wants it");
    let renamed = NewProvider { label: "Study".into(), ..wanted.clone() };
    house.workspace.save_provider(&grant, renamed, None, NOW).await.unwrap();
    let forbidden = NewProvider { nearby_allowed: false, ..wanted };
    let saved = house.workspace.save_provider(&grant, forbidden, None, NOW).await.unwrap();
    assert!(!saved.nearby_allowed, "and no longer");
    house
        .tamper(&house.ada, |tx| {
            let mut statement = tx.prepare("SELECT text FROM audit ORDER BY 1")?;
            let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
            let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
            let told = |allowed: &str| {
                let mut found = texts.iter().filter(|text| text.contains("provider_nearby"));
                found.clone().count() == 2 && found.any(|text| text.contains(allowed))
            };
            assert!(told(r#""allowed":true"#), "allowed, once: a new name allows nothing anew");
            assert!(told(r#""allowed":false"#), "and taken back");
            Ok(())
        })
        .await;
}
