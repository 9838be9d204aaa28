//! What takes two admins, where there are two: a new admin, and somebody's erasure.

use domain::{Proposed, Role};
use policy::Action;
use workspace::{Proposal, Workspace, WorkspaceError};

use crate::support::{DAY, House, NOW, Person};

async fn make_admin(by: &Person, at: &Workspace, whom: &Person) -> Result<(), WorkspaceError> {
    let grant = by.may_about(Action::RoleAssign, whom);
    at.assign_role(&grant, whom.profile, Role::Admin, NOW).await
}

async fn propose(
    by: &Person,
    at: &Workspace,
    whom: &Person,
    wanted: Proposed,
) -> Result<(), WorkspaceError> {
    let grant = by.may_about(Proposal::permission(wanted), whom);
    at.propose(&grant, whom.profile, wanted, NOW).await
}

fn alone(done: Result<(), WorkspaceError>) {
    assert!(matches!(done, Err(WorkspaceError::OneSignature)), "it takes two: {done:?}");
}

#[tokio::test]
async fn a_further_admin_is_proposed_by_one_and_signed_by_another() {
    let house = House::new();
    let (bea, hers, _) = house.join("Bea", Role::Admin).await;
    let (tom, _his, _) = house.join("Tom", Role::Member).await;
    let ada = &house.ada;
    alone(make_admin(ada, &house.workspace, &tom).await);
    propose(ada, &house.workspace, &tom, Proposed::Admin).await.unwrap();
    alone(make_admin(ada, &house.workspace, &tom).await);
    hers.look_again().await.unwrap();
    assert_eq!((house.workspace.to_sign(NOW), hers.to_sign(NOW)), (0, 1), "she is told");
    let again = propose(&bea, &hers, &tom, Proposed::Admin).await;
    assert!(matches!(again, Err(WorkspaceError::ProposedAlready)), "it waits for her: {again:?}");
    let (two, open) = hers.proposals(NOW).await.unwrap();
    assert!(two && open.len() == 1 && open[0].by == ada.profile, "who wants what: {open:?}");
    make_admin(&bea, &hers, &tom).await.unwrap();
    let role = house.workspace.member(tom.profile).await.unwrap().unwrap().role;
    assert_eq!(role, Role::Admin, "two signed");
    assert_eq!(hers.to_sign(NOW), 0, "and nothing waits any more");
}

#[tokio::test]
async fn what_was_withdrawn_or_is_a_week_old_can_not_be_signed() {
    let house = House::new();
    let (bea, hers, _) = house.join("Bea", Role::Admin).await;
    let (tom, _his, _) = house.join("Tom", Role::Member).await;
    let ada = &house.ada;
    propose(ada, &house.workspace, &tom, Proposed::Admin).await.unwrap();
    let grant = bea.may_about(Action::RoleAssign, &tom);
    hers.withdraw_proposal(&grant, tom.profile, NOW).await.unwrap();
    alone(make_admin(&bea, &hers, &tom).await);
    let nothing = hers.withdraw_proposal(&grant, tom.profile, NOW).await;
    assert!(matches!(nothing, Err(WorkspaceError::NotFound)), "there is none: {nothing:?}");
    propose(ada, &house.workspace, &tom, Proposed::Admin).await.unwrap();
    let late = NOW.plus(7 * DAY);
    let grant = bea.may_about(Action::RoleAssign, &tom);
    alone(hers.assign_role(&grant, tom.profile, Role::Admin, late).await);
    assert!(hers.proposals(late).await.unwrap().1.is_empty(), "nor is it shown");
}

#[tokio::test]
async fn an_erasure_by_another_takes_two_and_leaving_takes_nobody() {
    let house = House::new();
    let (bea, hers, _) = house.join("Bea", Role::Admin).await;
    let (tom, his, _) = house.join("Tom", Role::Member).await;
    let (ida, idas, _) = house.join("Ida", Role::Member).await;
    let ada = &house.ada;
    let grant = ada.may_about(Action::ProfileErase, &tom);
    alone(house.workspace.may_erase(tom.profile, NOW).await);
    alone(house.workspace.erase_member(&grant, tom.profile, NOW).await);
    propose(ada, &house.workspace, &tom, Proposed::Admin).await.unwrap();
    let hers_to_erase = bea.may_about(Action::ProfileErase, &tom);
    alone(hers.erase_member(&hers_to_erase, tom.profile, NOW).await);
    propose(ada, &house.workspace, &tom, Proposed::Erasure).await.unwrap();
    hers.may_erase(tom.profile, NOW).await.unwrap();
    hers.erase_member(&hers_to_erase, tom.profile, NOW).await.unwrap();
    assert!(his.look_again().await.is_err(), "he is out");
    let own = ida.may_about(Action::ProfileErase, &ida);
    idas.erase_member(&own, ida.profile, NOW).await.unwrap();
}

#[tokio::test]
async fn an_admin_who_was_kept_out_returns_by_two_and_none_comes_by_invitation() {
    let house = House::new();
    let (bea, hers, _) = house.join("Bea", Role::Admin).await;
    let ada = &house.ada;
    let grant = ada.may_here(Action::ProfileCreate);
    let invited = house.workspace.invite(&grant, Role::Admin, NOW.plus(DAY), NOW).await;
    assert!(matches!(invited, Err(WorkspaceError::OneSignature)), "one signs an invitation");
    let (tom, _his, _) = house.join("Tom", Role::Member).await;
    propose(ada, &house.workspace, &tom, Proposed::Admin).await.unwrap();
    make_admin(&bea, &hers, &tom).await.unwrap();
    let out = ada.may_about(Action::ProfileDisable, &tom);
    house.workspace.set_disabled(&out, tom.profile, true, NOW).await.unwrap();
    alone(house.workspace.set_disabled(&out, tom.profile, false, NOW).await);
    propose(ada, &house.workspace, &tom, Proposed::Admin).await.unwrap();
    let grant = bea.may_about(Action::ProfileDisable, &tom);
    hers.set_disabled(&grant, tom.profile, false, NOW).await.unwrap();
    // With one admin left, one is enough.
    let out = ada.may_about(Action::ProfileDisable, &bea);
    house.workspace.set_disabled(&out, bea.profile, true, NOW).await.unwrap();
    let out = ada.may_about(Action::ProfileDisable, &tom);
    house.workspace.set_disabled(&out, tom.profile, true, NOW).await.unwrap();
    house.workspace.set_disabled(&out, tom.profile, false, NOW).await.unwrap();
}

#[tokio::test]
async fn an_open_invitation_as_admin_is_worth_nothing_once_there_are_two() {
    let house = House::new();
    let grant = house.ada.may_here(Action::ProfileCreate);
    let until = NOW.plus(DAY);
    let early = house.workspace.invite(&grant, Role::Admin, until, NOW).await.unwrap();
    let key = early.key();
    house.door.put_invitation(early).await.unwrap();
    let _second = house.join("Bea", Role::Admin).await;
    let ticket = house.door.find_invitation(&key, NOW).await.unwrap().unwrap();
    let tom = Person::new("Tom", Role::Admin);
    let (identity, card) = (tom.identity(), tom.card());
    let joined = Workspace::join(&house.at(), identity, &ticket, &card, NOW).map(|_| ());
    let spent = matches!(joined, Err(WorkspaceError::InvitationSpent | WorkspaceError::NotAMember));
    assert!(spent, "it would make an admin alone: {joined:?}");
}
