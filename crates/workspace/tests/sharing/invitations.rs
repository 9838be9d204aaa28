//! Joining with a one-time key.

use domain::Role;
use policy::Action;
use workspace::{OpenInvitation, Workspace, WorkspaceError};

use crate::support::{DAY, House, NOW, Person, provider};

async fn invite(house: &House) -> String {
    let grant = house.ada.may_here(Action::ProfileCreate);
    let invited = house.workspace.invite(&grant, Role::Member, NOW.plus(DAY), NOW).await.unwrap();
    let key = invited.key();
    assert!(!format!("{invited:?}").contains(&key[..4]), "no log shows the key");
    house.door.put_invitation(invited).await.unwrap();
    key
}

#[tokio::test]
async fn an_invitation_works_once() {
    let house = House::new();
    let key = invite(&house).await;
    let first = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    // Found twice before it was consumed: two windows, or a door that was put back.
    let second = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let (mira, eve) = (Person::new("Mira", Role::Member), Person::new("Eve", Role::Member));
    Workspace::join(&house.at(), mira.identity(), &first, &mira.card(), NOW).unwrap();
    let again = Workspace::join(&house.at(), eve.identity(), &second, &eve.card(), NOW);
    assert!(matches!(again, Err(WorkspaceError::InvitationSpent)), "the documents know it");
    house.door.consume_invitation(&key).await.unwrap();
    assert!(house.door.find_invitation(&key, NOW).await.unwrap().is_none(), "and the door");
    let names: Vec<_> =
        house.workspace.members().await.unwrap().into_iter().map(|member| member.name).collect();
    assert_eq!(names, ["Ada", "Mira"], "one invitation, one member");
}

#[tokio::test]
async fn an_invitation_does_not_work_after_its_time() {
    let house = House::new();
    let key = invite(&house).await;
    let late = NOW.plus(DAY);
    assert!(house.door.find_invitation(&key, late).await.unwrap().is_none(), "at the door");
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let eve = Person::new("Eve", Role::Member);
    let joined = Workspace::join(&house.at(), eve.identity(), &ticket, &eve.card(), late);
    assert!(matches!(joined, Err(WorkspaceError::InvitationSpent)), "nor behind it");
}

#[tokio::test]
async fn a_wrong_key_finds_nothing() {
    let house = House::new();
    let key = invite(&house).await;
    let other = sealed::RecoveryCode::random().groups().join("-");
    for typed in [other.as_str(), "", "hello", &key[..key.len() - 1]] {
        assert!(house.door.find_invitation(typed, NOW).await.unwrap().is_none(), "{typed}");
    }
    let sloppy = key.to_lowercase().replace('-', " ");
    assert!(house.door.find_invitation(&sloppy, NOW).await.unwrap().is_some(), "case is noise");
}

#[tokio::test]
async fn a_revoked_invitation_does_not_work() {
    let house = House::new();
    let key = invite(&house).await;
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let grant = house.ada.may_here(Action::ProfileCreate);
    house.workspace.revoke_invitation(&grant, ticket.id(), NOW).await.unwrap();
    let eve = Person::new("Eve", Role::Member);
    let joined = Workspace::join(&house.at(), eve.identity(), &ticket, &eve.card(), NOW);
    assert!(matches!(joined, Err(WorkspaceError::InvitationSpent)), "although the door had it");
    let again = house.workspace.revoke_invitation(&grant, ticket.id(), NOW).await;
    assert!(matches!(again, Err(WorkspaceError::NotFound)), "it is not open any more");
}

#[tokio::test]
async fn a_revoked_invitation_leaves_no_envelope_and_no_key_that_opens_the_file() {
    let house = House::new();
    let key = invite(&house).await;
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let (before, old) = house.key_of(&house.ada).unwrap();
    let grant = house.ada.may_here(Action::ProfileCreate);
    house.workspace.revoke_invitation(&grant, ticket.id(), NOW).await.unwrap();
    assert_eq!(house.holders(), [house.ada.profile.to_string()], "its envelope is gone");
    let (after, new) = house.key_of(&house.ada).unwrap();
    assert_eq!((before, after), (1, 2), "whoever opened it already");
    assert_ne!(old.bytes(), new.bytes(), "holds a key of the past");
    assert!(!house.file(1).exists(), "to a file that is gone");
}

#[tokio::test]
async fn an_expired_invitation_loses_its_envelope_when_the_next_is_made() {
    let house = House::new();
    let key = invite(&house).await;
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let grant = house.ada.may_here(Action::ProfileCreate);
    let later = NOW.plus(DAY);
    let next = house.workspace.invite(&grant, Role::Member, later.plus(DAY), later).await.unwrap();
    let holders = house.holders();
    assert!(!holders.contains(&ticket.id().to_owned()), "the key is not left lying about");
    assert!(holders.contains(&next.id().to_owned()), "the one in its time has it");
    assert!(holders.contains(&house.ada.profile.to_string()), "as has every member");
}

#[tokio::test]
async fn an_invitation_is_listed_although_the_door_hides_it() {
    let house = House::new();
    let (noor, his, _) = house.join("Noor", Role::Admin).await;
    let grant = noor.may_here(Action::ProfileCreate);
    let made = his.invite(&grant, Role::Member, NOW.plus(DAY), NOW).await.unwrap();
    let one = OpenInvitation {
        id: made.id().to_owned(),
        role: Role::Member,
        expires_at: NOW.plus(DAY),
        author: noor.profile,
    };
    let listed = house.workspace.invitations().await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&one), "Noor never put it at the door");
    let grant = house.ada.may_here(Action::ProfileCreate);
    house.workspace.revoke_invitation(&grant, &one.id, NOW).await.unwrap();
    assert_eq!(house.workspace.invitations().await.unwrap(), [], "and can be taken back");
}

#[tokio::test]
async fn a_document_dated_far_ahead_does_not_end_all_invitations() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProviderConfigure);
    let ahead = NOW.plus(1_000 * 365 * DAY);
    house.workspace.save_provider(&grant, provider("Ahead"), None, ahead).await.unwrap();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    assert!(house.workspace.member(mira.profile).await.unwrap().is_some(), "she could join");
    let key = invite(&house).await;
    let late = house.door.find_invitation(&key, NOW.plus(DAY)).await.unwrap();
    assert!(late.is_none(), "the door still counts from today");
}

#[tokio::test]
async fn an_invitation_outlives_a_new_workspace_key() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let key = invite(&house).await;
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let noor = Person::new("Noor", Role::Member);
    let joined = Workspace::join(&house.at(), noor.identity(), &ticket, &noor.card(), NOW);
    assert!(joined.is_ok(), "the newcomer gets the new key: {:?}", joined.err());
}

#[tokio::test]
async fn a_newcomer_pins_what_the_admin_had_seen() {
    let house = House::new();
    let id = house.save_provider("Example", None).await;
    let key = invite(&house).await;
    let (hostile, ..) = house.join("Mallory", Role::Member).await;
    house
        .tamper(&hostile, |tx| {
            tx.execute("DELETE FROM document WHERE position >= 3", [])?;
            Ok(())
        })
        .await;
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let noor = Person::new("Noor", Role::Member);
    let joined = Workspace::join(&house.at(), noor.identity(), &ticket, &noor.card(), NOW);
    let (document, _) = crate::support::refusal(joined);
    assert!(
        document.contains(&id.to_string()) || document.starts_with("invitation"),
        "a shortened workspace is refused at the first sight of it: {document}"
    );
}

#[tokio::test]
async fn a_newcomer_verifies_and_is_verified() {
    let house = House::new();
    let (mira, hers, pins) = house.join("Mira", Role::Member).await;
    assert_eq!(hers.verify_audit().await.unwrap().fault, None, "she can verify the log");
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "with her event in it");
    hers.close().await;
    assert!(house.open(&mira, &pins).is_ok(), "she opens it tomorrow");
}

#[tokio::test]
async fn a_desk_without_a_passphrase_joins_only_where_an_admin_signed_that() {
    let house = House::new();
    let key = invite(&house).await;
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let mira = Person::new("Mira", Role::Member);
    let mut card = mira.card();
    card.has_passphrase = false;
    // The door's word is not asked: whoever can write its file could have changed it.
    house.door.offer_no_passphrase(true).await.unwrap();
    let joined = Workspace::join(&house.at(), mira.identity(), &ticket, &card, NOW);
    assert!(matches!(joined, Err(WorkspaceError::PassphraseRequired)), "not signed");
    assert_eq!(house.workspace.members().await.unwrap().len(), 1, "nobody joined");

    let grant = house.ada.may_here(Action::PolicySign);
    house.workspace.allow_no_passphrase(&grant, true, NOW).await.unwrap();
    let other = house.ada.may_here(Action::ProviderConfigure);
    let refused = house.workspace.allow_no_passphrase(&other, false, NOW).await;
    assert!(matches!(refused, Err(WorkspaceError::WrongGrant)), "another permission");
    house.workspace.set_usual_model(&other, None, NOW).await.unwrap();
    assert!(house.workspace.allows_no_passphrase().await.unwrap(), "other settings leave it");
    Workspace::join(&house.at(), mira.identity(), &ticket, &card, NOW).unwrap();
}
