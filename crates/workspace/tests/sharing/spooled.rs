//! Events from before anyone unlocked.

use domain::{ProfileId, Role, SessionId};
use policy::Action;
use sealed::NoKeychain;
use workspace::{AuditKind, Door, DoorError};

use crate::support::{House, NOW};

fn failed() -> AuditKind {
    AuditKind::FailedSignIns { profile: ProfileId::new(NOW, [3; 10]), count: 4 }
}

#[tokio::test]
async fn what_happened_at_the_door_enters_the_log_at_the_next_unlock() {
    let house = House::new();
    assert_eq!(house.workspace.take_spooled(&house.door, NOW).await.unwrap(), 0, "nothing yet");
    house.door.spool(failed(), NOW).await.unwrap();
    let session = SessionId::new(NOW, [4; 10]);
    house.door.spool_guest(session, AuditKind::Locked, NOW).await.unwrap();
    assert_eq!(house.workspace.take_spooled(&house.door, NOW).await.unwrap(), 2, "both");
    assert_eq!(house.workspace.take_spooled(&house.door, NOW).await.unwrap(), 0, "once");
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.events, report.fault), (3, None), "signed by the door");
}

#[tokio::test]
async fn what_a_person_did_before_their_desk_opened_enters_the_log_with_their_pseudonym() {
    let house = House::new();
    house.workspace.take_spooled(&house.door, NOW).await.unwrap();
    let profile = house.ada.profile;
    house.door.spool(AuditKind::BackupRestored { profile }, NOW).await.unwrap();
    house.door.spool(AuditKind::PassphraseRecovered { profile }, NOW).await.unwrap();
    house.workspace.take_spooled(&house.door, NOW).await.unwrap();
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.events, report.fault), (3, None), "vouched for by the door");
    house
        .tamper(&house.ada, move |tx| {
            let mut statement = tx.prepare("SELECT text FROM audit ORDER BY sequence DESC")?;
            let texts: Vec<String> =
                statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for (text, kind) in texts.iter().zip(["passphrase_recovered", "backup_restored"]) {
                let what = format!(r#""what":{{"kind":"{kind}","profile":"{profile}"}}"#);
                assert!(text.contains(&what), "{text}");
            }
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn an_event_is_not_taken_twice_when_the_door_could_not_forget_it() {
    let house = House::new();
    house.workspace.take_spooled(&house.door, NOW).await.unwrap();
    house.door.spool(failed(), NOW).await.unwrap();
    let path = house.dir.path().join("door.db");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", path.display());
        std::fs::copy(&from, format!("{from}.kept")).unwrap();
    }
    house.workspace.take_spooled(&house.door, NOW).await.unwrap();
    let House { dir, door, workspace, .. } = house;
    door.close().await;
    for suffix in ["", "-wal"] {
        let to = format!("{}{suffix}", path.display());
        std::fs::copy(format!("{to}.kept"), &to).unwrap();
    }
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    assert_eq!(workspace.take_spooled(&door, NOW).await.unwrap(), 1, "it is there again");
    let report = workspace.verify_audit().await.unwrap();
    assert_eq!((report.events, report.fault), (2, None), "but in the log once");
}

#[tokio::test]
async fn no_event_is_lost_over_a_new_workspace_key() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    house.workspace.take_spooled(&house.door, NOW).await.unwrap();
    house.door.spool(failed(), NOW).await.unwrap();
    let grant = house.ada.may_about(Action::ProfileDisable, &mira);
    house.workspace.set_disabled(&grant, mira.profile, true, NOW).await.unwrap();
    let before = house.workspace.verify_audit().await.unwrap().events;
    assert_eq!(house.workspace.take_spooled(&house.door, NOW).await.unwrap(), 1, "still opens");
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.events, report.fault), (before + 1, None), "with the kept key");
    house
        .tamper(&house.ada, |tx| {
            let last: String =
                tx.query_row("SELECT text FROM audit ORDER BY sequence DESC LIMIT 1", [], |row| {
                    row.get(0)
                })?;
            assert!(last.contains("failed_sign_ins"), "as what it was: {last}");
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn a_door_made_anew_is_vouched_for_by_who_takes_its_events() {
    let house = House::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let door = Door::open(elsewhere.path(), &NoKeychain).unwrap();
    house.workspace.take_spooled(&door, NOW).await.unwrap();
    door.spool(failed(), NOW).await.unwrap();
    house.workspace.take_spooled(&door, NOW).await.unwrap();
    let report = house.workspace.verify_audit().await.unwrap();
    assert_eq!((report.events, report.fault), (2, None), "Ada signed for it");
}

#[tokio::test]
async fn before_the_first_workspace_there_is_nothing_to_seal_to() {
    let dir = tempfile::tempdir().unwrap();
    let door = Door::open(dir.path(), &NoKeychain).unwrap();
    let spooled = door.spool(failed(), NOW).await;
    assert!(matches!(spooled, Err(DoorError::NoWorkspace)), "and the caller hears it");
}
