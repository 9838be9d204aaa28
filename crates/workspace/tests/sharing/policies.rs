//! What is allowed is signed: by admins, versioned, pinned, and asked again before each call.

use domain::{ModelRef, ProviderId, Role, RoleId, TurnId};
use policy::{
    Action, Grant, Matrix, ModelFacts, Principal, Resource, Row, Stance, Statement, authorize,
};
use workspace::{
    AttemptStart, Ceiling, MadeRole, Refusal, SignedPolicy, Wish, Workspace, WorkspaceError,
};

use crate::support::{House, NOW, Person, refusal, root_only};

pub(crate) fn cells(cells: &[(Role, Row, Stance)]) -> Vec<Statement> {
    let cells = cells.iter().cloned().map(|(role, row, stance)| ((role, row), stance));
    Matrix(cells.collect()).write(&[]).unwrap()
}

fn made(name: &str, inherits: Option<Role>) -> MadeRole {
    MadeRole { id: RoleId::new(NOW, sealed::random_bytes()), name: name.into(), inherits }
}

pub(crate) async fn sign(
    workspace: &Workspace,
    who: &Person,
    from: u32,
    roles: &[MadeRole],
    statements: Vec<Statement>,
) -> Result<SignedPolicy, WorkspaceError> {
    let grant = who.may_here(Action::PolicySign);
    workspace.sign_policy(&grant, from, roles.to_vec(), statements, NOW).await
}

pub(crate) fn model() -> ModelRef {
    ModelRef { provider: ProviderId::new(NOW, [1; 10]), model: "model-a".into() }
}

pub(crate) fn cloud() -> Resource {
    Resource::Model { model: model(), facts: ModelFacts::ELSEWHERE }
}

fn may_ask(workspace: &Workspace, who: &Person) -> bool {
    let principal = Principal { profile: who.profile, role: who.role, at: NOW };
    workspace.rules().authorize(&principal, Action::ModelUse, &cloud()).is_ok()
}

pub(crate) async fn call(workspace: &Workspace, grant: &Grant) -> Result<(), WorkspaceError> {
    let start = AttemptStart {
        attempt: domain::AttemptId::new(NOW, sealed::random_bytes()),
        turn: TurnId::new(NOW, [1; 10]),
        program: None,
        model: model(),
        host: "api.example.com".into(),
        request_bytes: 1,
        key: None,
        route: None,
        number: 1,
        retry_of: None,
        hold: None,
        output_cap: None,
        class: None,
        regions: Vec::new(),
        rules: Vec::new(),
    };
    let tokens = domain::Tokens(256);
    let wish = Wish { input: tokens, output: tokens, least: tokens, price: Some(Ceiling::FREE) };
    workspace.open_attempt(grant, start, wish, NOW).await.map(|_| ())
}

#[tokio::test]
async fn what_admins_sign_holds_for_everyone_and_after_a_restart() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    assert!(may_ask(&hers, &mira), "nobody said otherwise");
    let deny = cells(&[(Role::Member, Row::CloudModels {}, Stance::Deny)]);
    let crew = made("Field crew", None);
    let signed =
        sign(&house.workspace, &house.ada, 0, std::slice::from_ref(&crew), deny).await.unwrap();
    assert_eq!((signed.version, signed.signed_by), (1, Some(house.ada.profile)), "who and when");
    hers.look_again().await.unwrap();
    assert!(!may_ask(&hers, &mira), "she hears of it");
    assert_eq!(hers.policy().await.unwrap().roles, [crew], "and of the roles");
    let pins = house.workspace.pins();
    house.workspace.close().await;
    let (opened, _) = house.open(&house.ada, &pins).unwrap();
    assert!(!may_ask(&opened, &house.ada), "an admin is a member, too");
    assert_eq!(opened.verify_audit().await.unwrap().fault, None, "and the record holds");
}

#[tokio::test]
async fn a_member_signs_no_policy_whatever_their_process_claims() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let who = Principal { profile: mira.profile, role: Role::Admin, at: NOW };
    let grant = authorize(&who, Action::PolicySign, &Resource::Workspace).unwrap();
    let free =
        vec![Statement { id: "mine".into(), text: "permit (principal, action, resource);".into() }];
    let (document, reason) = refusal(hers.sign_policy(&grant, 0, vec![], free, NOW).await);
    assert_eq!((document.as_str(), reason), ("policy workspace", Refusal::NotAllowed), "not hers");
    let other = mira.may_here(Action::MemberRead);
    let result = hers.sign_policy(&other, 0, vec![], vec![], NOW).await;
    assert!(matches!(result, Err(WorkspaceError::WrongGrant)), "a grant for something else");
    assert_eq!(house.workspace.policy().await.unwrap(), SignedPolicy::default(), "unchanged");
}

#[tokio::test]
async fn an_edited_older_or_missing_policy_is_refused_by_name() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let deny = cells(&[(Role::Member, Row::CloudModels {}, Stance::Deny)]);
    let first = sign(&house.workspace, &house.ada, 0, &[], vec![]).await.unwrap();
    sign(&house.workspace, &house.ada, first.version, &[], deny).await.unwrap();
    let pins = house.workspace.pins();
    let edit = "UPDATE document SET text = replace(text, 'forbid', 'permit')";
    house.tamper(&mira, |tx| tx.execute(edit, []).map(|_| ())).await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!((document.as_str(), reason), ("policy workspace", Refusal::Replaced), "edited");
    let (_, reason) = refusal(house.open(&house.ada, &root_only(&pins)));
    assert_eq!(reason, Refusal::Forged, "and who had seen nothing sees the forgery");
    let cut = "DELETE FROM document WHERE position = (SELECT max(position) FROM document)";
    house.tamper(&mira, |tx| tx.execute(cut, []).map(|_| ())).await;
    let (document, reason) = refusal(house.open(&house.ada, &pins));
    assert_eq!((document.as_str(), reason), ("policy workspace", Refusal::Older), "the old one");
}

#[tokio::test]
async fn a_call_that_was_granted_before_is_refused_once_a_policy_denies_it() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = mira.may(Action::ModelUse, &cloud());
    call(&hers, &grant).await.unwrap();
    let deny = cells(&[(Role::Member, Row::CloudModels {}, Stance::Deny)]);
    sign(&house.workspace, &house.ada, 0, &[], deny).await.unwrap();
    // Her desk has not looked since; the reservation finds what was signed.
    let refused = call(&hers, &grant).await;
    let Err(WorkspaceError::Denied(denial)) = refused else { panic!("{refused:?}") };
    assert_eq!(denial.missing, "model.use", "by name");
    assert_eq!(denial.rule_ids, ["matrix/member/cloud-models"], "and by its policy");
    let used = hers.unsettled_attempts().await.unwrap();
    assert_eq!(used.len(), 1, "nothing of the second was held or recorded");
}

#[tokio::test]
async fn of_two_admins_who_change_it_at_once_the_second_is_told() {
    let house = House::new();
    let (noor, hers, _) = house.join("Noor", Role::Admin).await;
    let seen = hers.policy().await.unwrap().version;
    sign(&house.workspace, &house.ada, seen, &[made("Crew", None)], vec![]).await.unwrap();
    let late = sign(&hers, &noor, seen, &[made("Guild", None)], vec![]).await;
    assert!(
        matches!(late, Err(WorkspaceError::Changed)),
        "or Ada's change would be lost: {late:?}"
    );
    let names: Vec<_> =
        hers.policy().await.unwrap().roles.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Crew"], "the first stands");
}

#[tokio::test]
async fn a_policy_that_does_not_hold_is_not_signed() {
    let house = House::new();
    let broken = vec![Statement { id: "mine".into(), text: "permit (everyone);".into() }];
    let refused = sign(&house.workspace, &house.ada, 0, &[], broken).await;
    let Err(WorkspaceError::Unsound(unsound)) = refused else { panic!("{refused:?}") };
    assert_eq!(unsound.id, "mine", "it is named");
    let long = Statement { id: "long".into(), text: " ".repeat(Statement::LONGEST_TEXT + 1) };
    let admins = MadeRole { inherits: Some(Role::Admin), ..made("More", None) };
    let twin = made("Twin", None);
    for (roles, statements) in [
        (vec![], vec![long]),
        (vec![admins], vec![]),
        (vec![made(" ", None)], vec![]),
        (vec![twin.clone(), twin], vec![]),
    ] {
        let refused = sign(&house.workspace, &house.ada, 0, &roles, statements).await;
        assert!(matches!(refused, Err(WorkspaceError::PolicyTooLarge)), "{roles:?}: {refused:?}");
    }
    assert_eq!(house.workspace.policy().await.unwrap().version, 0, "nothing was signed");
}

#[tokio::test]
async fn a_role_goes_only_when_nobody_has_it() {
    let house = House::new();
    let crew = made("Field crew", Some(Role::Member));
    sign(&house.workspace, &house.ada, 0, std::slice::from_ref(&crew), vec![]).await.unwrap();
    let (mira, hers, _) = house.join("Mira", Role::Custom(crew.id)).await;
    assert!(may_ask(&hers, &mira), "what members may");
    let refused = sign(&house.workspace, &house.ada, 1, &[], vec![]).await;
    assert!(matches!(refused, Err(WorkspaceError::RoleInUse)), "Mira has it: {refused:?}");
    let grant = house.ada.may_about(Action::RoleAssign, &mira);
    house.workspace.assign_role(&grant, mira.profile, Role::Member, NOW).await.unwrap();
    sign(&house.workspace, &house.ada, 1, &[], vec![]).await.unwrap();
}

#[tokio::test]
async fn a_role_that_is_not_there_can_be_given_to_nobody() {
    let house = House::new();
    let (mira, ..) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_about(Action::RoleAssign, &mira);
    let nowhere = Role::Custom(RoleId::new(NOW, [9; 10]));
    let refused = house.workspace.assign_role(&grant, mira.profile, nowhere, NOW).await;
    assert!(matches!(refused, Err(WorkspaceError::NoSuchRole)), "given: {refused:?}");
    let grant = house.ada.may_here(Action::ProfileCreate);
    let refused = house.workspace.invite(&grant, nowhere, NOW.plus(1_000), NOW).await;
    assert!(matches!(refused, Err(WorkspaceError::NoSuchRole)), "invited");
}
