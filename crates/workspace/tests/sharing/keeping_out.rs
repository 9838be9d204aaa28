//! Disabling, enabling, erasing; and everyone else coming over to the new key.

use std::sync::Arc;

use domain::Role;
use policy::Action;
use sealed::{Database, DatabaseError, Migration, Opening, Shape};
use workspace::{AuditKind, Workspace, WorkspaceError};

use crate::support::{DAY, House, NOW, Person};

#[tokio::test]
async fn a_disabled_member_cannot_open_and_their_old_key_opens_nothing() {
    let house = House::new();
    let (mira, hers, pins) = house.join("Mira", Role::Member).await;
    hers.close().await;
    let (_, old_key) = house.key_of(&mira).unwrap();
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();

    let opened = house.open(&mira, &pins);
    assert!(matches!(opened, Err(WorkspaceError::NotAMember)), "her envelope is gone");
    assert!(house.key_of(&mira).is_none(), "also by hand");
    assert!(!house.file(1).exists(), "the file that her key opens is gone");
    let shape = Shape {
        name: "w",
        application_id: 0x4372_6c57,
        migrations: &[Migration::Sql(""), Migration::Sql("")],
    };
    let raw = Database::open(&house.file(2), &old_key, &shape, Opening::default());
    assert!(matches!(raw, Err(DatabaseError::WrongKey)), "her key does not open the new one");

    let members = house.workspace.members().await.unwrap();
    let disabled: Vec<_> = members.iter().map(|member| member.disabled).collect();
    assert_eq!(disabled, [false, true], "and everyone can see it");
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "the log came along");
}

#[tokio::test]
async fn an_admin_who_was_kept_out_does_not_return_by_their_own_invitation() {
    for erased in [false, true] {
        let house = House::new();
        let (noor, his, _) = house.join("Noor", Role::Admin).await;
        let may_invite = noor.may_here(Action::ProfileCreate);
        let invited = his.invite(&may_invite, Role::Member, NOW.plus(DAY), NOW).await.unwrap();
        let key = invited.key();
        house.door.put_invitation(invited).await.unwrap();
        let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
        let workspace = &house.workspace;
        if erased {
            let grant = noor.may_about(Action::ProfileErase, &noor);
            his.erase_member(&grant, noor.profile, NOW).await.unwrap();
        } else {
            let grant = house.ada.may_about(Action::ProfileDisable, &noor);
            workspace.set_disabled(&grant, noor.profile, true, NOW).await.unwrap();
        }

        assert!(!house.holders().contains(&ticket.id().to_owned()), "no key is sealed to it");
        let again = Person::new("Noor again", Role::Member);
        let (at, card) = (house.at(), again.card());
        let joined = Workspace::join(&at, again.identity(), &ticket, &card, NOW);
        assert!(matches!(joined, Err(WorkspaceError::InvitationSpent)), "the way back is shut");
        let grant = house.ada.may_here(Action::ProfileCreate);
        let revoked = workspace.revoke_invitation(&grant, ticket.id(), NOW).await;
        assert!(matches!(revoked, Err(WorkspaceError::NotFound)), "the documents say so too");
        assert_eq!(workspace.verify_audit().await.unwrap().fault, None, "and the log holds");
    }
}

#[tokio::test]
async fn an_enabled_member_opens_with_their_old_pins() {
    let house = House::new();
    let (mira, _hers, pins) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    for disabled in [true, true, false, false] {
        house.workspace.set_disabled(&grant, mira.profile, disabled, NOW).await.unwrap();
    }
    let (hers, pins) = house.open(&mira, &pins).unwrap();
    assert!(!hers.member(mira.profile).await.unwrap().unwrap().disabled, "she is back");
    assert!(house.open(&mira, &pins).is_ok(), "and stays");
}

#[tokio::test]
async fn who_was_let_in_just_before_a_crash_gets_the_key_from_the_next_who_opens() {
    let house = House::new();
    let (mira, hers, pins) = house.join("Mira", Role::Member).await;
    hers.close().await;
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    let (envelopes, none_for_her) = (house.at().join("envelopes"), "the document alone");
    let before = std::fs::read(&envelopes).unwrap();
    house.workspace.set_disabled(&grant, mira.profile, false, NOW).await.unwrap();
    std::fs::write(&envelopes, before).unwrap();
    assert!(matches!(house.open(&mira, &pins), Err(WorkspaceError::NotAMember)), "{none_for_her}");

    house.workspace.seal_where_missing(NOW).await.unwrap();
    assert!(house.open(&mira, &pins).is_ok(), "she is in, as the documents say");
    let whole = std::fs::read(&envelopes).unwrap();
    house.workspace.seal_where_missing(NOW).await.unwrap();
    assert_eq!(std::fs::read(&envelopes).unwrap(), whole, "nothing is written for nobody");
}

#[tokio::test]
async fn others_who_have_it_open_come_over_to_the_new_key_unharmed() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let (noor, his, pins) = house.join("Noor", Role::Member).await;
    let id = house.save_provider("Example", Some("sk-0123456789abcdefWXYZ")).await;
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();

    his.record(AuditKind::Locked, NOW).await.unwrap();
    let model = domain::ModelRef { provider: id, model: "model-a".into() };
    let resource = policy::Resource::Model { model, facts: policy::ModelFacts::ELSEWHERE };
    let keys = his.secrets(&noor.may(Action::ModelUse, &resource), id).await.unwrap();
    assert_eq!(keys[0].1.expose(), "sk-0123456789abcdefWXYZ", "sealed afresh, still the same");
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "his event stands in the new file");
    let head = his.pins();
    his.close().await;
    assert!(house.open(&noor, &head).is_ok(), "and his pins fit it");
    assert!(house.open(&noor, &pins).is_ok(), "as do older ones");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_event_written_during_a_rekeying_is_lost() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let (_noor, his, _) = house.join("Noor", Role::Member).await;
    let his = Arc::new(his);
    let before = house.workspace.verify_audit().await.unwrap().events;
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let his = Arc::clone(&his);
            tokio::spawn(async move {
                for _ in 0..10 {
                    until_done(|| his.record(AuditKind::Locked, NOW)).await;
                }
            })
        })
        .collect();
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    for disabled in [true, false, true] {
        let set = || house.workspace.set_disabled(&grant, mira.profile, disabled, NOW);
        until_done(set).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.fault, report.events), (None, before + 40 + 3), "all of them, in order");
}

/// Tries again for as long as the workspace is being changed: a slow machine may take longer
/// over a new key than anybody waits. What was told to be busy has done nothing.
async fn until_done<T, Trying>(attempt: impl Fn() -> Trying) -> T
where
    Trying: Future<Output = Result<T, WorkspaceError>>,
{
    loop {
        match attempt().await {
            Err(WorkspaceError::Busy | WorkspaceError::Database(DatabaseError::Busy)) => {
                tokio::task::yield_now().await;
            }
            done => return done.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_disabled_member_who_has_it_open_reads_and_writes_no_more() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    let written = hers.record(AuditKind::Locked, NOW).await;
    assert!(matches!(written, Err(WorkspaceError::NotAMember)), "no write after disabling");
    let read = hers.providers().await;
    assert!(matches!(read, Err(WorkspaceError::NotAMember)), "no read either");
}

#[tokio::test]
async fn the_last_admin_can_neither_be_disabled_nor_erased() {
    let house = House::new();
    let ada = &house.ada;
    let disable = ada.may_about(Action::ProfileDisable, ada);
    let disabled = house.workspace.set_disabled(&disable, ada.profile, true, NOW).await;
    assert!(matches!(disabled, Err(WorkspaceError::LastAdmin)), "nobody could enable her");
    let erase = ada.may_about(Action::ProfileErase, ada);
    let erased = house.workspace.erase_member(&erase, ada.profile, NOW).await;
    assert!(matches!(erased, Err(WorkspaceError::LastAdmin)), "nor look after the rest");
    let (_, _, _) = house.join("Noor", Role::Admin).await;
    house.workspace.erase_member(&erase, ada.profile, NOW).await.unwrap();
}

#[tokio::test]
async fn an_erased_person_leaves_a_pseudonym_and_no_name() {
    let house = House::new();
    let (mira, hers, pins) = house.join("Mira Vantongeren", Role::Member).await;
    let grant = mira.may_about(Action::ProfileErase, &mira);
    hers.erase_member(&grant, mira.profile, NOW).await.unwrap();
    hers.close().await;
    let found = house.workspace.member(mira.profile).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.erased), ("", true), "the name is gone");
    assert!(matches!(house.open(&mira, &pins), Err(WorkspaceError::NotAMember)), "for good");
    let enable = house.ada.may_about(Action::ProfileDisable, &mira);
    let back = house.workspace.set_disabled(&enable, mira.profile, false, NOW).await;
    assert!(matches!(back, Err(WorkspaceError::NotFound)), "nobody brings them back");
    house
        .tamper(&house.ada, |tx| {
            let names: i64 = tx.query_row("SELECT count(*) FROM name", [], |row| row.get(0))?;
            assert_eq!(names, 1, "only Ada's name is left in the file");
            Ok(())
        })
        .await;
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "what they did stays provable");
}

#[tokio::test]
async fn a_rekeying_that_was_interrupted_is_taken_back() {
    let house = House::new();
    let pins = house.workspace.pins();
    house.workspace.close().await;
    house
        .tamper(&house.ada, |tx| {
            tx.execute("UPDATE generation SET successor = 2", [])?;
            Ok(())
        })
        .await;
    std::fs::write(house.file(2), b"half a copy").unwrap();
    let (again, _) = house.open(&house.ada, &pins).unwrap();
    again.record(AuditKind::Locked, NOW).await.unwrap();
    assert!(!house.file(2).exists(), "what was left of it is gone");
}

#[tokio::test]
async fn a_file_that_a_crash_kept_from_being_removed_goes_at_the_next_open() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let kept = house.dir.path().join("kept.db");
    std::fs::copy(house.file(1), &kept).unwrap();
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    std::fs::rename(&kept, house.file(1)).unwrap();
    house.open(&house.ada, &house.workspace.pins()).unwrap();
    assert!(!house.file(1).exists(), "it opens with a key that Mira knows");
}

#[tokio::test]
async fn a_rekeying_that_fails_changes_nothing_and_can_be_repeated() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let in_the_way = house.file(2);
    std::fs::create_dir(&in_the_way).unwrap();
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    let failed = house.workspace.set_disabled(&grant, mira.profile, true, NOW).await;
    assert!(failed.is_err(), "the copy has no place");
    hers.record(AuditKind::Locked, NOW).await.unwrap();
    let member = house.workspace.member(mira.profile).await.unwrap().unwrap();
    assert!(!member.disabled, "half a disabling would be none");
    std::fs::remove_dir(&in_the_way).unwrap();
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "the log is whole");
}

#[tokio::test]
async fn a_first_run_moves_what_lies_there_aside_and_deletes_nothing() {
    let house = House::new();
    house.workspace.close().await;
    let made = workspace::Workspace::create(
        &house.at(),
        house.workspace.pins().workspace(),
        house.ada.identity(),
        &house.ada.card(),
        house.door.device(),
        NOW,
    );
    made.unwrap();
    let aside = house.dir.path().join(format!("workspace-before-{}", NOW.0));
    assert!(aside.join("1.db").exists(), "a lost door must not cost the workspace");
}

#[tokio::test]
async fn a_member_who_becomes_an_admin_can_do_what_admins_can() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_about(Action::RoleAssign, &mira);
    house.workspace.assign_role(&grant, mira.profile, Role::Admin, NOW).await.unwrap();
    hers.look_again().await.unwrap();
    assert_eq!(hers.role_known(), Some(Role::Admin), "she hears of it");
    let risen = Person { role: Role::Admin, ..mira };
    let invite = risen.may_here(Action::ProfileCreate);
    hers.invite(&invite, Role::Member, NOW.plus(DAY), NOW).await.unwrap();
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!(report.fault, None, "and the log holds");
}

#[tokio::test]
async fn an_admin_who_becomes_a_member_can_sign_nothing_and_their_invitations_are_gone() {
    let house = House::new();
    let (noor, his, pins) = house.join("Noor", Role::Admin).await;
    let may_invite = noor.may_here(Action::ProfileCreate);
    let invited = his.invite(&may_invite, Role::Member, NOW.plus(DAY), NOW).await.unwrap();
    let id = invited.id().to_owned();
    let (_, old_key) = house.key_of(&noor).unwrap();
    let grant = house.ada.may_about(Action::RoleAssign, &noor);
    house.workspace.assign_role(&grant, noor.profile, Role::Member, NOW).await.unwrap();

    assert!(!house.holders().contains(&id), "no key is sealed to his invitation");
    assert!(house.workspace.invitations().await.unwrap().is_empty(), "and it is taken back");
    let (_, new_key) = house.key_of(&noor).unwrap();
    assert_ne!(new_key.bytes(), old_key.bytes(), "whom he showed the key has the old one");
    let again = his.invite(&may_invite, Role::Member, NOW.plus(DAY), NOW).await;
    assert!(matches!(again, Err(WorkspaceError::Refused { .. })), "an old grant signs nothing");
    assert_eq!(his.role_known(), Some(Role::Member), "he hears of it where he has it open");
    assert!(house.open(&noor, &pins).is_ok(), "and stays in the workspace");
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let workspace = &house.workspace;
    let grant = house.ada.may_about(Action::RoleAssign, &house.ada);
    let fallen = workspace.assign_role(&grant, house.ada.profile, Role::Member, NOW).await;
    assert!(matches!(fallen, Err(WorkspaceError::LastAdmin)), "somebody has to be left");
    let elsewhere = workspace.assign_role(&grant, mira.profile, Role::Admin, NOW).await;
    assert!(matches!(elsewhere, Err(WorkspaceError::WrongGrant)), "a grant is about one member");
    let about = house.ada.may_about(Action::RoleAssign, &mira);
    let events = workspace.verify_audit().await.unwrap().events;
    workspace.assign_role(&about, mira.profile, Role::Member, NOW).await.unwrap();
    let after = workspace.verify_audit().await.unwrap().events;
    assert_eq!(after, events, "the role she has already is no change");
}
