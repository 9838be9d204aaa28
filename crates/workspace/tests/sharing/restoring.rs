//! A damaged workspace: who puts a backup back, and who is not fooled by one.

use std::path::{Path, PathBuf};

use domain::Role;
use workspace::{Pins, Restorable, Workspace, WorkspaceError};

use crate::support::{House, NOW, Person, refusal};

fn shelf(house: &House) -> PathBuf {
    house.dir.path().join("backups/workspace")
}

fn names(house: &House) -> Vec<String> {
    let listed = Workspace::list_backups(&shelf(house)).unwrap();
    listed.into_iter().map(|backup| backup.name).collect()
}

async fn back_up(house: &House) -> bool {
    house.workspace.back_up_if_due(&shelf(house), NOW).await.unwrap()
}

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    // In each page of a database, and within the text of a small file.
    for byte in bytes.iter_mut().skip(100).step_by(500) {
        *byte ^= 0x5a;
    }
    std::fs::write(path, bytes).unwrap();
}

fn restorable(house: &House, person: &Person, pins: &Pins) -> Restorable {
    Workspace::restorable(&shelf(house), person.identity(), pins).unwrap()
}

fn restore(
    house: &House,
    person: &Person,
    pins: &Pins,
    name: &str,
) -> Result<(Workspace, Pins), WorkspaceError> {
    Workspace::restore(&house.at(), &shelf(house), name, person.identity(), pins, NOW)
}

#[tokio::test]
async fn an_admin_puts_a_damaged_workspace_back_and_everyone_opens_it() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let provider = house.save_provider("Example", Some("key-of-the-provider")).await;
    assert!(back_up(&house).await, "something changed since there was none");
    let (pins, seen) = (house.workspace.pins(), hers.pins());
    hers.close().await;
    house.workspace.close().await;
    for victim in [house.file(1), house.at().join("envelopes")] {
        let whole = std::fs::read(&victim).unwrap();
        damage(&victim);
        for (person, pins) in [(&house.ada, &pins), (&mira, &seen)] {
            let Err(error) = house.open(person, pins) else { panic!("opened damaged") };
            assert!(error.means_damage(), "a backup would help: {error:?}");
        }
        std::fs::write(&victim, whole).unwrap();
    }
    damage(&house.file(1));
    std::fs::remove_file(house.at().join("envelopes")).unwrap();

    let offer = restorable(&house, &house.ada, &pins);
    assert_eq!((offer.backups.len(), offer.allowed), (1, true), "an admin may");
    let name = &offer.backups[0].name;
    assert!(!restorable(&house, &mira, &seen).allowed, "a member may not");
    let refused = restore(&house, &mira, &seen, name);
    assert!(matches!(refused, Err(WorkspaceError::NotAnAdmin)), "and is refused");

    let (restored, pins) = restore(&house, &house.ada, &pins, name).unwrap();
    let listed = restored.providers().await.unwrap();
    assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [provider], "nothing is lost");
    assert_eq!(listed[0].keys.len(), 1, "its key neither");
    assert_eq!(restored.verify_audit().await.unwrap().fault, None, "the record is whole");
    restored.close().await;
    assert!(house.at().join("1.db.damaged-1").exists(), "what stood there is kept aside");
    house.open(&house.ada, &pins).unwrap();
    let (hers, _) = house.open(&mira, &seen).unwrap();
    assert!(!hers.audit_was_cut(), "who had seen no more than the backup opens as ever");
}

#[tokio::test]
async fn whoever_had_seen_more_than_the_backup_opens_it_knowingly() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    back_up(&house).await;
    house.save_provider("Later", None).await;
    hers.providers().await.unwrap();
    hers.record(workspace::AuditKind::Locked, NOW).await.unwrap();
    let (pins, seen) = (house.workspace.pins(), hers.pins());
    hers.close().await;
    house.workspace.close().await;
    damage(&house.file(1));
    let name = names(&house).remove(0);
    let (restored, _) = restore(&house, &house.ada, &pins, &name).unwrap();
    restored.close().await;

    let refused = house.open(&mira, &seen).map(|_| ());
    assert!(matches!(refused, Err(WorkspaceError::PutBack)), "by its name: {refused:?}");
    let (hers, seen) = house.open_accepting_older(&mira, &seen).unwrap();
    assert!(hers.older_was_accepted(), "to be recorded");
    hers.close().await;
    house.open(&mira, &seen).unwrap();
}

#[tokio::test]
async fn an_admin_who_was_kept_out_undoes_it_for_nobody() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (eve, evil, of_old) = house.join("Eve", Role::Admin).await;
    back_up(&house).await;
    let kept = house.dir.path().join("kept");
    let old = names(&house).remove(0);
    std::fs::create_dir(&kept).unwrap();
    std::fs::rename(shelf(&house).join(&old), kept.join(&old)).unwrap();
    evil.close().await;
    let grant = house.ada.may_about(policy::Action::ProfileDisable, &eve);
    house.workspace.set_disabled(&grant, eve.profile, true, NOW).await.unwrap();
    back_up(&house).await;
    hers.members().await.unwrap();
    let (pins, seen) = (house.workspace.pins(), hers.pins());
    hers.close().await;
    house.workspace.close().await;

    let name = names(&house).remove(0);
    let theirs = restorable(&house, &eve, &of_old);
    assert_eq!(theirs, Restorable::default(), "no backup of since then opens for Eve");
    let at = house.at();
    let by_eve = || Workspace::restore(&at, &kept, &old, eve.identity(), &of_old, NOW);
    assert!(matches!(by_eve(), Err(WorkspaceError::NotAMember)), "a whole one is not replaced");
    // Whoever can reach the files can break them, and then put back what they kept.
    damage(&house.file(2));
    std::fs::remove_file(house.at().join("envelopes")).unwrap();
    by_eve().unwrap().0.close().await;

    for (person, pins) in [(&house.ada, &pins), (&mira, &seen)] {
        let opened = house.open(person, pins);
        let subject = format!("member {}", eve.profile);
        assert_eq!(refusal(opened), (subject.clone(), workspace::Refusal::Older), "by name");
        let accepted = house.open_accepting_older(person, pins);
        assert_eq!(refusal(accepted).0, subject, "Eve's word is worth nothing any more");
    }
    let (restored, pins) = restore(&house, &house.ada, &pins, &name).unwrap();
    let member = restored.member(eve.profile).await.unwrap().unwrap();
    assert!(member.disabled, "and the good backup still helps");
    restored.close().await;
    house.open(&house.ada, &pins).unwrap();
    house.open(&mira, &seen).unwrap();
}

#[tokio::test]
async fn a_whole_workspace_is_never_replaced() {
    let house = House::new();
    back_up(&house).await;
    let name = names(&house).remove(0);
    house.save_provider("Later", None).await;
    let pins = house.workspace.pins();
    house.workspace.close().await;
    let refused = restore(&house, &house.ada, &pins, &name).map(|_| ());
    assert!(matches!(refused, Err(WorkspaceError::Whole)), "it would lose a provider: {refused:?}");
    let (again, _) = house.open(&house.ada, &pins).unwrap();
    assert_eq!(again.providers().await.unwrap().len(), 1, "nothing was touched");
}

#[tokio::test]
async fn backups_follow_changes_and_none_outlives_the_key_it_was_made_under() {
    let house = House::new();
    let (mira, hers, seen) = house.join("Mira", Role::Member).await;
    assert!(back_up(&house).await, "the first");
    assert!(!back_up(&house).await, "nothing changed");
    house.save_provider("Example", None).await;
    assert!(back_up(&house).await, "a provider came");
    assert_eq!(names(&house).len(), 2, "few are kept");
    assert_eq!(restorable(&house, &mira, &seen).backups.len(), 2, "any member opens them");
    hers.close().await;
    std::fs::write(house.at().join("1.db.damaged-1"), "old").unwrap();
    let grant = house.ada.may_about(policy::Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    assert!(back_up(&house).await, "the key changed");
    assert_eq!(names(&house).len(), 1, "older ones could be opened by who was kept out");
    assert!(!house.at().join("1.db.damaged-1").exists(), "what was set aside, too");
    assert_eq!(restorable(&house, &mira, &seen), Restorable::default(), "not by Mira any more");
}

#[tokio::test]
async fn a_backup_that_is_damaged_replaces_nothing() {
    let house = House::new();
    back_up(&house).await;
    let name = names(&house).remove(0);
    let pins = house.workspace.pins();
    house.workspace.close().await;
    damage(&house.file(1));
    let before = std::fs::read(house.file(1)).unwrap();
    damage(&shelf(&house).join(&name).join("workspace.db"));
    assert_eq!(restorable(&house, &house.ada, &pins).backups, [], "it is not offered");
    assert!(restore(&house, &house.ada, &pins, &name).is_err(), "nor taken");
    for name in ["", "..", "../../workspace", "1800000000000-9-9"] {
        let unknown = restore(&house, &house.ada, &pins, name).map(|_| ());
        assert!(matches!(unknown, Err(WorkspaceError::NotFound)), "{name:?} is no backup");
    }
    assert_eq!(std::fs::read(house.file(1)).unwrap(), before, "nothing was moved");
}
