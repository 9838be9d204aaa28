//! What all desks share, damaged: it costs nobody their desk.

use std::path::Path;

use engine::api::{
    BackupList, DeskState, DoorState, Examination, FailureCode, Nothing, RestoreBackup,
    RestoreDoor, Unlock, WorkspaceBackups,
};
use support::files::copy_tree;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

/// Two desks, a provider, and one answered question; everything locked.
async fn lived_in(dir: &Path) -> Upstream {
    let upstream = Upstream::start(openai_stream(&["Salt and rust."])).await;
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    carrel.join(&admin, "Jonas", "jonas").await;
    admin.ask_new("What corrodes a gauge?").await;
    carrel.app.close().await;
    upstream
}

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).expect("it is there");
    // In each page of a database, and within the text of a small file.
    for byte in bytes.iter_mut().skip(100).step_by(500) {
        *byte ^= 0x5a;
    }
    std::fs::write(path, bytes).expect("a test may damage its own files");
}

/// What happens to a file.
type Break = fn(&Path);

async fn proof(carrel: &Carrel, name: &str, accept_older: bool) -> Unlock {
    let profile = carrel.profile(name).await;
    let passphrase = if name == "Mira" { PASSPHRASE } else { OTHER_PASSPHRASE }.to_owned();
    Unlock { profile, passphrase, accept_older }
}

async fn all_is_well(person: &Person) {
    let found: Examination = person.ok("examine_desk", &Nothing {}).await;
    let ill: Vec<_> = found.findings.iter().filter(|one| !one.well).collect();
    assert!(ill.is_empty(), "nothing is left to mend: {ill:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_workspace_is_put_back_by_an_admin_and_everyone_opens_again() {
    let whole = tempfile::tempdir().expect("a folder");
    let _upstream = lived_in(whole.path()).await;
    let breaks: [(&str, Break); 4] = [
        ("workspace/1.db", damage),
        ("workspace/1.db", |path| std::fs::remove_file(path).expect("it is there")),
        ("workspace/envelopes", damage),
        ("workspace/envelopes", |path| std::fs::remove_file(path).expect("it is there")),
    ];
    for (file, break_it) in breaks {
        let dir = tempfile::tempdir().expect("a folder");
        copy_tree(whole.path(), dir.path());
        break_it(&dir.path().join(file));
        let carrel = Carrel::start(dir.path()).await;
        let (mira, jonas) =
            (proof(&carrel, "Mira", false).await, proof(&carrel, "Jonas", false).await);
        let window = carrel.window("w");
        for one in [&mira, &jonas] {
            let failure = window.fails("unlock", one).await;
            assert_eq!(failure.code, FailureCode::WorkspaceDamaged, "{file}: {failure:?}");
        }
        let own: BackupList = window.ok("list_backups", &mira).await;
        let restore = |unlock: &Unlock, name: &str| RestoreBackup {
            profile: unlock.profile,
            passphrase: unlock.passphrase.clone(),
            name: name.to_owned(),
        };
        let failure = window.fails("restore_backup", &restore(&mira, &own.backups[0].name)).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{file}: the desk is whole and stays");

        let asked: WorkspaceBackups = window.ok("list_workspace_backups", &jonas).await;
        assert!(!asked.allowed, "{file}: a member asks an admin");
        let name = &asked.backups[0].name;
        let failure = window.fails("restore_workspace", &restore(&jonas, name)).await;
        assert_eq!(failure.code, FailureCode::Denied, "{file}: and cannot go past that");
        let offer: WorkspaceBackups = window.ok("list_workspace_backups", &mira).await;
        assert!(offer.allowed, "{file}: an admin may");
        let _: Nothing =
            window.ok("restore_workspace", &restore(&mira, &offer.backups[0].name)).await;

        let admin = carrel.unlock("Mira", PASSPHRASE, "admin").await;
        assert_eq!(members(&admin).await, ["Mira", "Jonas"], "{file}: nobody is lost");
        all_is_well(&admin).await;
        admin.ask_new("And a hinge?").await;
        let failure = carrel.window("early").try_call::<_, DeskState>("unlock", &jonas).await;
        if let Err(failure) = failure {
            // His last lock came after the backup: he is told, and goes on knowingly.
            assert_eq!(failure.code, FailureCode::WorkspaceRolledBack, "{file}: {failure:?}");
            assert!(failure.message.contains("An admin put back"), "{file}: {failure:?}");
            let knowingly = proof(&carrel, "Jonas", true).await;
            let desk: DeskState = carrel.window("jonas").ok("unlock", &knowingly).await;
            assert!(!desk.record_cut, "{file}: no alarm for what is explained");
        }
        carrel.app.close().await;
    }
}

async fn members(person: &Person) -> Vec<String> {
    let list: engine::api::MemberList = person.ok("list_members", &Nothing {}).await;
    list.members.into_iter().map(|member| member.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_no_opening_reads_is_found_at_a_lock_and_told_at_the_next_unlock() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = lived_in(dir.path()).await;
    let file = dir.path().join("workspace/1.db");
    let whole = std::fs::read(&file).expect("it is there");
    let pages = whole.len() / 8_192;
    // One page after the other, from the end, until one is hit that an opening does not read.
    for page in (1..pages).rev() {
        let copy = tempfile::tempdir().expect("a folder");
        copy_tree(dir.path(), copy.path());
        let mut bytes = whole.clone();
        bytes[page * 8_192 + 100] ^= 1;
        std::fs::write(copy.path().join("workspace/1.db"), bytes).expect("ours");
        let carrel = Carrel::start(copy.path()).await;
        let mira = proof(&carrel, "Mira", false).await;
        let opened = carrel.window("w").try_call::<_, DeskState>("unlock", &mira).await;
        if opened.is_err() {
            continue;
        }
        carrel.clock.advance(25 * 60 * 60 * 1_000);
        carrel.app.close().await;
        let failure = carrel.window("next").fails("unlock", &mira).await;
        assert_eq!(failure.code, FailureCode::WorkspaceDamaged, "page {page}: {failure:?}");
        return;
    }
    panic!("an opening reads all {pages} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_backup_is_put_back_while_a_desk_is_open_or_the_workspace_is_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = lived_in(dir.path()).await;
    let carrel = Carrel::start(dir.path()).await;
    let mira = proof(&carrel, "Mira", false).await;
    let window = carrel.window("w");
    let offer: WorkspaceBackups = window.ok("list_workspace_backups", &mira).await;
    let request = RestoreBackup {
        profile: mira.profile,
        passphrase: mira.passphrase.clone(),
        name: offer.backups[0].name.clone(),
    };
    let failure = window.fails("restore_workspace", &request).await;
    assert_eq!(failure.code, FailureCode::Invalid, "whole: {failure:?}");
    carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await;
    let failure = window.fails("restore_workspace", &request).await;
    assert_eq!(failure.code, FailureCode::InUse, "he would go on in the old file: {failure:?}");
    let failure = window.fails("restore_door", &RestoreDoor { name: "x".to_owned() }).await;
    assert_eq!(failure.code, FailureCode::Invalid, "the list is whole: {failure:?}");
    carrel.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_list_of_desks_is_put_back_from_the_chooser() {
    let whole = tempfile::tempdir().expect("a folder");
    let _upstream = lived_in(whole.path()).await;
    for remove in [false, true] {
        let dir = tempfile::tempdir().expect("a folder");
        copy_tree(whole.path(), dir.path());
        let door = dir.path().join("door.db");
        if remove {
            std::fs::remove_file(&door).expect("it is there")
        } else {
            damage(&door)
        }
        let carrel = Carrel::start(dir.path()).await;
        let window = carrel.window("w");
        let state: DoorState = window.ok("door_state", &Nothing {}).await;
        let failure = state.failure.expect("the door is shut");
        assert_eq!(failure.code, FailureCode::DoorDamaged, "{failure:?}");
        assert!(!state.first_run, "nobody is led to make a second workspace");
        let list: BackupList = window.ok("list_door_backups", &Nothing {}).await;
        let request = RestoreDoor { name: list.backups[0].name.clone() };
        let _: Nothing = window.ok("restore_door", &request).await;
        let state: DoorState = window.ok("door_state", &Nothing {}).await;
        let names: Vec<_> = state.desks.iter().map(|desk| desk.name.as_str()).collect();
        assert_eq!((names, state.failure), (vec!["Mira", "Jonas"], None), "every card is back");
        let admin = carrel.unlock("Mira", PASSPHRASE, "admin").await;
        all_is_well(&admin).await;
        carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await;
        carrel.app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_an_older_list_does_not_know_gets_its_card_at_the_next_unlock() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.app.close().await;
    drop((carrel, admin));
    let early = std::fs::read(dir.path().join("door.db")).expect("it is there");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.unlock("Mira", PASSPHRASE, "admin").await;
    carrel.join(&admin, "Jonas", "jonas").await;
    carrel.app.close().await;
    drop((carrel, admin));
    std::fs::write(dir.path().join("door.db"), early).expect("a test may replace its own files");

    let carrel = Carrel::start(dir.path()).await;
    carrel.unlock("Mira", PASSPHRASE, "again").await;
    carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await;
    carrel.app.close().await;
}
