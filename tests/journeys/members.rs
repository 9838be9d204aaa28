//! Inviting, joining, disabling; and that desks stay apart.

use domain::{Proposed, Role};
use engine::api::{
    AssignRole, DeskState, DoorState, EraseMember, FailureCode, Invitation, Invite, LocksIn,
    MemberList, Nothing, Propose, RecoveryCode, RedeemInvitation, SetDisabled, StayOpen, Unlock,
    WithdrawProposal,
};
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_makes_one_desk_and_only_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let invitation: Invitation = admin.ok("invite", &Invite { role: Role::Member }).await;
    let request = RedeemInvitation {
        key: invitation.key.to_lowercase(),
        profile_name: "Jonas".to_owned(),
        avatar: 3,
        passphrase: Some(OTHER_PASSPHRASE.to_owned()),
    };
    let jonas = carrel.window("jonas");
    let _: RecoveryCode = jonas.ok("redeem_invitation", &request).await;
    let desk: DeskState = jonas.ok("desk_state", &Nothing {}).await;
    assert_eq!((desk.name.as_str(), desk.role), ("Jonas", Role::Member), "as the admin said");

    let failure = carrel.window("eve").fails("redeem_invitation", &request).await;
    assert_eq!(failure.code, FailureCode::WrongSecret, "a one-time key works one time");
    let list: MemberList = admin.ok("list_members", &Nothing {}).await;
    assert_eq!(list.members.len(), 2, "the admin sees who joined");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_cannot_do_what_only_admins_may() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    let failure = member.fails("invite", &Invite { role: Role::Admin }).await;
    assert_eq!(failure.code, FailureCode::Denied, "members do not make admins");
    let target = SetDisabled { member: carrel.profile("Mira").await, disabled: true };
    let failure = member.fails("set_disabled", &target).await;
    assert_eq!(failure.code, FailureCode::Denied, "nor keep an admin out");
    let [mira, jonas] = [carrel.profile("Mira").await, carrel.profile("Jonas").await];
    let rise = AssignRole { member: jonas, role: Role::Admin };
    let failure = member.fails("assign_role", &rise).await;
    assert_eq!(failure.code, FailureCode::Denied, "nor rise by themselves");
    let erase = EraseMember { member: mira, typed_name: "Mira".to_owned() };
    let failure = member.fails("erase_member", &erase).await;
    assert_eq!(failure.code, FailureCode::Denied, "nor erase another's desk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_member_is_put_out_at_once_and_kept_out() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let member = carrel.join(&admin, "Jonas", "jonas").await;
    let profile = carrel.profile("Jonas").await;
    let _: Nothing =
        admin.ok("set_disabled", &SetDisabled { member: profile, disabled: true }).await;
    let failure = member.fails("desk_state", &Nothing {}).await;
    assert_eq!(failure.code, FailureCode::Locked, "an open desk closes");
    let request = Unlock { profile, passphrase: OTHER_PASSPHRASE.to_owned(), accept_older: false };
    let failure = carrel.window("again").fails("unlock", &request).await;
    assert_eq!(failure.code, FailureCode::Denied, "and does not open");

    let _: Nothing =
        admin.ok("set_disabled", &SetDisabled { member: profile, disabled: false }).await;
    carrel.unlock("Jonas", OTHER_PASSPHRASE, "back").await;
}

async fn assign(admin: &Person, carrel: &Carrel, name: &str, role: Role) {
    let member = carrel.profile(name).await;
    let _: Nothing = admin.ok("assign_role", &AssignRole { member, role }).await;
}

async fn role_of(person: &Person) -> Role {
    let desk: DeskState = person.ok("desk_state", &Nothing {}).await;
    desk.role
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_role_closes_the_open_desk_and_holds_from_the_next_opening_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    assign(&admin, &carrel, "Jonas", Role::Admin).await;
    let failure = jonas.fails("desk_state", &Nothing {}).await;
    assert_eq!(failure.code, FailureCode::Locked, "nothing goes on under the old role");
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "as admin").await;
    assert_eq!(role_of(&jonas).await, Role::Admin, "he is one now");
    let _: Invitation = jonas.ok("invite", &Invite { role: Role::Member }).await;

    assign(&jonas, &carrel, "Mira", Role::Member).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "as member").await;
    assert_eq!(role_of(&mira).await, Role::Member, "the first admin can be made a member, too");
    let failure = mira.fails("invite", &Invite { role: Role::Member }).await;
    assert_eq!(failure.code, FailureCode::Denied, "and then may no more than one");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_their_own_role_and_no_member_becomes_a_guest() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.join(&admin, "Jonas", "jonas").await;
    assign(&admin, &carrel, "Jonas", Role::Admin).await;
    let [mira, jonas] = [carrel.profile("Mira").await, carrel.profile("Jonas").await];
    for (member, role) in [(mira, Role::Member), (jonas, Role::Guest)] {
        let failure = admin.fails("assign_role", &AssignRole { member, role }).await;
        assert_eq!(failure.code, FailureCode::Invalid, "{role:?} is refused");
    }
    let own = EraseMember { member: mira, typed_name: "Mira".to_owned() };
    let failure = admin.fails("erase_member", &own).await;
    assert_eq!(failure.code, FailureCode::Invalid, "one's own desk needs one's passphrase");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_open_in_another_process_hears_of_its_new_role_and_locks() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.join(&admin, "Jonas", "jonas").await;
    let _: Nothing = carrel.window("jonas").ok("lock", &Nothing {}).await;
    let other = Carrel::start(dir.path()).await;
    let member = other.profile("Jonas").await;
    let jonas = loop {
        let proof = Unlock {
            profile: member,
            passphrase: OTHER_PASSPHRASE.to_owned(),
            accept_older: false,
        };
        let window = other.window("elsewhere");
        match window.try_call::<_, DeskState>("unlock", &proof).await {
            Ok(_) => break window,
            Err(failure) => assert_eq!(failure.code, FailureCode::InUse, "until the lock is over"),
        }
    };
    let _: LocksIn = jonas.ok("stay_open", &StayOpen { used: true }).await;
    assign(&admin, &carrel, "Jonas", Role::Admin).await;
    let failure = jonas.fails("stay_open", &StayOpen { used: true }).await;
    assert_eq!(failure.code, FailureCode::Locked, "its windows ask every few seconds");
    other.app.close().await;
    assert_eq!(other.host.closed(), ["elsewhere"], "and are closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_desk_is_erased_by_an_admin_with_everything_of_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let jonas = carrel.join(&admin, "Jonas", "jonas").await;
    let member = carrel.profile("Jonas").await;
    let slip = EraseMember { member, typed_name: "jonas".to_owned() };
    let failure = admin.fails("erase_member", &slip).await;
    assert_eq!(failure.code, FailureCode::Invalid, "the name is typed exactly");
    let _: DeskState = jonas.ok("desk_state", &Nothing {}).await;

    let erase = EraseMember { member, typed_name: "Jonas".to_owned() };
    let _: Nothing = admin.ok("erase_member", &erase).await;
    let failure = jonas.fails("desk_state", &Nothing {}).await;
    assert_eq!(failure.code, FailureCode::Locked, "what was open is closed");
    assert!(!dir.path().join(format!("profiles/{member}")).exists(), "files, slots, backups");
    let door: DoorState = carrel.window("look").ok("door_state", &Nothing {}).await;
    let names: Vec<_> = door.desks.iter().map(|desk| desk.name.as_str()).collect();
    assert_eq!(names, ["Mira"], "the card is gone");
    let list: MemberList = admin.ok("list_members", &Nothing {}).await;
    let left: Vec<_> = list.members.iter().map(|one| (one.name.as_str(), one.erased)).collect();
    assert_eq!(left, [("Mira", false), ("", true)], "of the name a pseudonym is left");
    let failure = admin.fails("erase_member", &erase).await;
    assert_eq!(failure.code, FailureCode::NotFound, "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_desk_is_erased_too_and_an_open_one_elsewhere_is_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.join(&admin, "Jonas", "jonas").await;
    let member = carrel.profile("Jonas").await;
    let erase = EraseMember { member, typed_name: "Jonas".to_owned() };
    let _: Nothing = admin.ok("set_disabled", &SetDisabled { member, disabled: true }).await;
    let lock = dir.path().join(format!("run/{member}.lock"));
    let held = sealed::files::lock(&lock).expect("as another process holds it");
    let failure = admin.fails("erase_member", &erase).await;
    assert_eq!(failure.code, FailureCode::InUse, "first it is closed there");
    let list: MemberList = admin.ok("list_members", &Nothing {}).await;
    assert!(!list.members[1].erased, "until then nothing happens");
    drop(held);
    let _: Nothing = admin.ok("erase_member", &erase).await;
    assert!(!dir.path().join(format!("profiles/{member}")).exists(), "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_stopped_after_its_document_is_finished_at_the_next_opening() {
    let (dir, kept) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    carrel.join(&admin, "Jonas", "jonas").await;
    let _: Nothing = carrel.window("jonas").ok("lock", &Nothing {}).await;
    let member = carrel.profile("Jonas").await;
    let files = dir.path().join(format!("profiles/{member}"));
    let erase = EraseMember { member, typed_name: "Jonas".to_owned() };
    support::files::copy_tree(&files, kept.path());
    let _: Nothing = admin.ok("erase_member", &erase).await;
    carrel.app.close().await;
    std::fs::create_dir(&files).expect("as if nothing of it had been removed");
    support::files::copy_tree(kept.path(), &files);

    carrel.unlock("Mira", PASSPHRASE, "next day").await;
    assert!(!files.exists(), "the signed document is reason enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_two_admins_one_proposes_and_the_other_signs() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let mira = carrel.first_run().await;
    carrel.join(&mira, "Jonas", "joining").await;
    assign(&mira, &carrel, "Jonas", Role::Admin).await;
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await;
    let tove = carrel.join(&mira, "Tove", "tove").await;
    let member = carrel.profile("Tove").await;
    let rise = AssignRole { member, role: Role::Admin };
    let alone = mira.fails("assign_role", &rise).await;
    assert_eq!(alone.code, FailureCode::Invalid);
    assert!(alone.message.contains("two of them"), "what to do: {}", alone.message);
    let by_invitation = mira.fails("invite", &Invite { role: Role::Admin }).await;
    assert_eq!(by_invitation.code, FailureCode::Invalid, "nor by an invitation");
    let wanted = Propose { member, wanted: Proposed::Admin };
    let list: MemberList = mira.ok("propose", &wanted).await;
    assert!(list.two_signatures, "it is said before");
    let shown = |list: &MemberList| {
        let tove = list.members.iter().find(|one| one.profile == member).expect("she is there");
        tove.proposal.map(|open| (open.wanted, open.is_mine))
    };
    assert_eq!(shown(&list), Some((Proposed::Admin, true)), "it waits for another");
    assert!(mira.fails("assign_role", &rise).await.message.contains("two of them"), "not for her");
    let his: MemberList = jonas.ok("list_members", &Nothing {}).await;
    assert_eq!(shown(&his), Some((Proposed::Admin, false)), "it waits for him");
    let heard: LocksIn = jonas.ok("stay_open", &StayOpen { used: true }).await;
    assert_eq!(heard.news.to_sign, 1, "he is told");
    assert_eq!(tove.fails("propose", &wanted).await.code, FailureCode::Denied, "not for members");
    let _: Nothing = jonas.ok("assign_role", &rise).await;
    let tove = carrel.unlock("Tove", OTHER_PASSPHRASE, "again").await;
    assert_eq!(role_of(&tove).await, Role::Admin, "two signed");

    let (name, member) = ("Jonas".to_owned(), carrel.profile("Jonas").await);
    let erase = EraseMember { member, typed_name: name };
    assert_eq!(mira.fails("erase_member", &erase).await.code, FailureCode::Invalid, "one of three");
    let _: DeskState = jonas.ok("desk_state", &Nothing {}).await;
    let goes = Propose { member, wanted: Proposed::Erasure };
    let _: MemberList = tove.ok("propose", &goes).await;
    let twice = mira.fails("propose", &goes).await;
    assert!(twice.message.contains("already"), "she signs it instead: {}", twice.message);
    let withdrawn = WithdrawProposal { member };
    let _: MemberList = mira.ok("withdraw_proposal", &withdrawn).await;
    assert_eq!(mira.fails("erase_member", &erase).await.code, FailureCode::Invalid, "declined");
    let _: MemberList = tove.ok("propose", &goes).await;
    let _: Nothing = mira.ok("erase_member", &erase).await;
    let door: DoorState = carrel.window("look").ok("door_state", &Nothing {}).await;
    assert!(door.desks.iter().all(|desk| desk.name != "Jonas"), "two signed that");
}
