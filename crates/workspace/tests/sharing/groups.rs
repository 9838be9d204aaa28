//! Groups: who makes them, what counts for them, and what they cannot be.

use domain::{GroupId, Limit, LimitMeasure, LimitScope, ProfileId, Role, Span};
use policy::{Action, Principal, Resource};
use workspace::{Group, Limits, Refusal, WorkspaceError};

use crate::support::{House, NOW, refusal};

fn id(number: u8) -> GroupId {
    GroupId::from_bytes([number; 16])
}

fn group(number: u8, name: &str, members: &[ProfileId]) -> Group {
    Group { id: id(number), name: name.to_owned(), members: members.to_vec() }
}

async fn save(house: &House, group: Group) -> Result<(), WorkspaceError> {
    let grant = house.ada.may_here(Action::GroupManage);
    house.workspace.save_group(&grant, group, NOW).await
}

async fn remove(house: &House, number: u8) -> Result<(), WorkspaceError> {
    let grant = house.ada.may_here(Action::GroupManage);
    house.workspace.remove_group(&grant, id(number), NOW).await
}

#[tokio::test]
async fn a_group_is_known_to_everyone_and_survives_a_new_start() {
    let house = House::new();
    let (mira, workspace, pins) = house.join("Mira", Role::Member).await;
    save(&house, group(1, "Fieldwork", &[mira.profile])).await.unwrap();
    let expected = vec![group(1, "Fieldwork", &[mira.profile])];
    assert_eq!(workspace.groups().await.unwrap(), expected, "at a desk that is open");
    let (again, _) = house.open(&mira, &pins).unwrap();
    assert_eq!(again.groups().await.unwrap(), expected, "and after a new start");
    remove(&house, 1).await.unwrap();
    assert_eq!(workspace.groups().await.unwrap(), [], "until it is removed");
    assert!(matches!(remove(&house, 1).await, Err(WorkspaceError::NotFound)), "once");
}

#[tokio::test]
async fn a_member_can_sign_no_groups_whatever_their_program_says() {
    let house = House::new();
    let (mira, workspace, _) = house.join("Mira", Role::Member).await;
    // A grant that was made by other rules than this workspace's.
    let forged = Principal { profile: mira.profile, role: Role::Admin, at: NOW };
    let grant = policy::authorize(&forged, Action::GroupManage, &Resource::Workspace).unwrap();
    let tried = workspace.save_group(&grant, group(1, "Mine", &[mira.profile]), NOW).await;
    let (document, reason) = refusal(tried);
    assert_eq!((document.as_str(), reason), ("groups workspace", Refusal::NotAllowed));
}

#[tokio::test]
async fn groups_that_not_everyone_could_read_are_refused() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    save(&house, group(1, "Fieldwork", &[])).await.unwrap();
    let twin = save(&house, group(2, "Fieldwork", &[])).await;
    assert!(matches!(twin, Err(WorkspaceError::NameTaken)), "two of one name: {twin:?}");
    let stranger = save(&house, group(2, "Others", &[ProfileId::from_bytes([9; 16])])).await;
    assert!(matches!(stranger, Err(WorkspaceError::NotFound)), "who is not here: {stranger:?}");
    let twice = save(&house, group(2, "Others", &[mira.profile, mira.profile])).await;
    assert!(matches!(twice, Err(WorkspaceError::GroupsTooLarge)), "twice in one: {twice:?}");
    let nameless = save(&house, group(2, "  ", &[])).await;
    assert!(matches!(nameless, Err(WorkspaceError::GroupsTooLarge)), "nameless: {nameless:?}");
    for number in 2..=9 {
        save(&house, group(number, &format!("Group {number}"), &[mira.profile])).await.unwrap();
    }
    let ninth = save(&house, group(10, "One more", &[mira.profile])).await;
    assert!(matches!(ninth, Err(WorkspaceError::GroupsTooLarge)), "a ninth: {ninth:?}");
}

#[tokio::test]
async fn a_group_that_a_limit_is_about_stays_until_the_limit_goes() {
    let house = House::new();
    save(&house, group(1, "Fieldwork", &[])).await.unwrap();
    let scope = LimitScope::Group { group: id(1) };
    let measure = LimitMeasure::Money { span: Span::Month };
    let limits = vec![Limit::new(scope, measure, 5)];
    let grant = house.ada.may_here(Action::BudgetSet);
    let limits = Limits { limits, ..Limits::default() };
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
    let removed = remove(&house, 1).await;
    assert!(matches!(removed, Err(WorkspaceError::GroupInUse)), "or it held nobody: {removed:?}");
    house.workspace.set_limits(&grant, Limits::default(), NOW).await.unwrap();
    remove(&house, 1).await.unwrap();
}
