//! Inviting, joining, disabling; and that desks stay apart.

use domain::Role;
use engine::api::{
    DeskState, FailureCode, Invitation, Invite, MemberList, Nothing, RecoveryCode,
    RedeemInvitation, SetDisabled, Unlock,
};
use support::people::{Carrel, OTHER_PASSPHRASE};

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
