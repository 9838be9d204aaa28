//! A member edits the shared file with the key they rightly hold.

use domain::Role;
use policy::Action;
use workspace::{Refusal, WorkspaceError};

use crate::support::{House, NOW, Person, provider, refusal, root_only};

#[tokio::test]
async fn an_edited_provider_address_is_refused_at_the_next_open_by_another() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let id = house.save_provider("Example", None).await;
    let pins = house.workspace.pins();
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "UPDATE document SET text = replace(text, 'api.example.com', 'evil.example.com')",
                [],
            )?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!(document, format!("provider {id}"), "the error names what was changed");
    assert_eq!(reason, Refusal::Replaced, "Ada had seen another version");
    let (_, reason) = refusal(house.open(&house.ada, &root_only(&pins)));
    assert_eq!(reason, Refusal::Forged, "and even who had seen nothing sees the forgery");
}

#[tokio::test]
async fn a_stripped_signature_is_refused_by_name() {
    let house = House::new();
    let (mira, _, pins) = house.join("Mira", Role::Member).await;
    let id = house.save_provider("Example", None).await;
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "UPDATE document SET signature = x'' WHERE position =
                 (SELECT max(position) FROM document)",
                [],
            )?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&mira, &pins));
    assert_eq!((document, reason), (format!("provider {id}"), Refusal::Unsigned), "by name");
}

#[tokio::test]
async fn an_older_version_put_back_is_refused_by_name() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let id = house.save_provider("Example", None).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let changed = workspace::NewProvider { id, ..provider("Safer") };
    house.workspace.save_provider(&grant, changed, None, NOW).await.unwrap();
    let pins = house.workspace.pins();
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "DELETE FROM document WHERE position = (SELECT max(position) FROM document)",
                [],
            )?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!((document, reason), (format!("provider {id}"), Refusal::Older), "by name");
}

#[tokio::test]
async fn a_replayed_document_is_refused_by_name() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let id = house.save_provider("Example", None).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let changed = workspace::NewProvider { id, ..provider("Safer") };
    house.workspace.save_provider(&grant, changed, None, NOW).await.unwrap();
    let pins = house.workspace.pins();
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "INSERT INTO document (position, text, signature)
                 SELECT (SELECT max(position) + 1 FROM document), text, signature
                 FROM document ORDER BY position DESC LIMIT 1 OFFSET 1",
                [],
            )?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!((document, reason), (format!("provider {id}"), Refusal::Replayed), "by name");
}

#[tokio::test]
async fn a_member_with_a_wrong_grant_still_signs_no_provider() {
    let house = House::new();
    let (mut mira, hers, _) = house.join("Mira", Role::Member).await;
    // As if the check before had a hole and took her for an admin.
    mira.role = Role::Admin;
    let grant = mira.may_here(Action::ProviderConfigure);
    let saved = hers.save_provider(&grant, provider("Hers"), None, NOW).await;
    assert_eq!(refusal(saved).1, Refusal::NotAllowed, "the documents do not believe a grant");
    assert_eq!(house.workspace.providers().await.unwrap(), [], "and nothing was written");
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "nor recorded");
}

#[tokio::test]
async fn another_persons_grant_is_of_no_use() {
    let house = House::new();
    let (_mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let saved = hers.save_provider(&grant, provider("Hers"), None, NOW).await;
    assert!(matches!(saved, Err(WorkspaceError::WrongGrant)), "grants belong to a person");
}

#[tokio::test]
async fn an_edit_during_a_session_is_refused_when_it_is_read() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    house.save_provider("Example", None).await;
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "INSERT INTO document (position, text, signature)
                 SELECT max(position) + 1, '{}', x'00' FROM document",
                [],
            )?;
            Ok(())
        })
        .await;
    assert_eq!(refusal(house.workspace.providers().await).1, Refusal::Malformed, "before use");
}

#[tokio::test]
async fn a_file_put_back_as_a_whole_is_refused() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let early = house.dir.path().join("early.db");
    hers.close().await;
    house.workspace.close().await;
    std::fs::copy(house.file(1), &early).unwrap();
    let (again, _) = house.open(&house.ada, &house.workspace.pins()).unwrap();
    again.record(workspace::AuditKind::Locked, NOW).await.unwrap();
    let pins = again.pins();
    again.close().await;
    std::fs::copy(&early, house.file(1)).unwrap();
    let opened = house.open(&house.ada, &pins);
    assert!(
        matches!(&opened, Err(WorkspaceError::Database(sealed::DatabaseError::RolledBack { .. }))),
        "its counter is lower than the one that was pinned: {:?}",
        opened.err()
    );
    let (older, _) = house.open_accepting_older(&house.ada, &pins).unwrap();
    assert!(older.older_was_accepted(), "unless the owner wants it, and then it is said");
    drop(mira);
}

#[tokio::test]
async fn accepting_an_older_file_gives_nothing_up_where_the_workspace_is_not_older() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let id = house.save_provider("Example", None).await;
    house.workspace.record(workspace::AuditKind::SignedIn, NOW).await.unwrap();
    let pins = house.workspace.pins();
    let (whole, _) = house.open_accepting_older(&house.ada, &pins).unwrap();
    assert!(!whole.older_was_accepted(), "it was a file of her desk that was older");
    house
        .tamper(&mira, |tx| {
            tx.execute("DELETE FROM audit WHERE sequence > 1", [])?;
            Ok(())
        })
        .await;
    let (cut, _) = house.open_accepting_older(&house.ada, &pins).unwrap();
    assert!(cut.audit_was_cut(), "she still knows what the log held");
    house
        .tamper(&mira, |tx| {
            tx.execute(
                "DELETE FROM document WHERE position = (SELECT max(position) FROM document)",
                [],
            )?;
            Ok(())
        })
        .await;
    let (document, reason) = refusal(house.open_accepting_older(&house.ada, &pins));
    assert_eq!(
        (document, reason),
        (format!("provider {id}"), Refusal::Missing),
        "she still knows which documents there were"
    );
}

#[tokio::test]
async fn someone_elses_workspace_in_its_place_is_refused() {
    let (house, other) = (House::new(), House::new());
    let pins = house.workspace.pins();
    house.workspace.close().await;
    other.workspace.close().await;
    for file in ["envelopes", "1.db"] {
        std::fs::copy(other.at().join(file), house.at().join(file)).unwrap();
    }
    let opened = house.open(&house.ada, &pins);
    assert!(matches!(opened, Err(WorkspaceError::NotAMember)), "no key is sealed to Ada there");
}

#[tokio::test]
async fn a_workspace_forged_around_the_true_admin_is_refused() {
    let house = House::new();
    let pins = house.workspace.pins();
    house.workspace.close().await;
    // Someone makes a workspace of their own in which Ada is the admin again.
    let forged = workspace::Workspace::create(
        &house.at(),
        pins.workspace(),
        house.ada.identity(),
        &house.ada.card(),
        house.door.device(),
        NOW,
    )
    .unwrap();
    forged.workspace.close().await;
    let (document, reason) = refusal(house.open(&house.ada, &root_only(&pins)));
    assert_eq!(document, format!("member {}", house.ada.profile), "the first document");
    assert_eq!(reason, Refusal::Forged, "the pinned root did not sign it");
}

#[tokio::test]
async fn a_stranger_opens_nothing() {
    let house = House::new();
    let opened = house.open(&Person::new("Eve", Role::Admin), &house.workspace.pins());
    assert!(matches!(opened, Err(WorkspaceError::NotAMember)), "no key is sealed to Eve");
}
