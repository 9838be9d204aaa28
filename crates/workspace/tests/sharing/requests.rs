//! What members ask for, what admins give, and who was told.

use domain::{
    Limit, LimitMeasure, LimitScope, ModelRef, NanoUsd, ProviderId, Role, Span, Tokens, TurnId,
    UnixMs,
};
use policy::{Action, Matrix, ModelFacts, Principal, Resource, Row, Stance};
use workspace::{
    AttemptStart, AuditKind, Ceiling, Given, Limits, News, RecordQuery, Refusal, RequestState,
    Shortfall, Subject, Wish, Workspace, WorkspaceError,
};

use crate::support::{DAY, House, NOW, Person, refusal};

const DOLLAR: u64 = 1_000_000_000;
const TODAY: LimitMeasure = LimitMeasure::Money { span: Span::Day };

fn more(dollars: u64) -> Subject {
    Subject::More { measure: TODAY, amount: dollars * DOLLAR }
}

fn access(row: Row) -> Subject {
    Subject::Access { row }
}

async fn ask(
    workspace: &Workspace,
    who: &Person,
    subject: Subject,
    reason: &str,
) -> Result<domain::RequestId, WorkspaceError> {
    let grant = who.may_about(Action::RequestMake, who);
    workspace.make_request(&grant, subject, reason.into(), NOW).await
}

async fn decide(
    house: &House,
    id: domain::RequestId,
    given: Option<Given>,
) -> Result<(), WorkspaceError> {
    let grant = house.ada.may_here(Action::RequestDecide);
    house.workspace.decide_request(&grant, id, given, NOW).await
}

fn until(days: i64) -> Given {
    Given { until: NOW.plus(days * DAY), amount: None }
}

fn model() -> ModelRef {
    ModelRef { provider: ProviderId::new(NOW, [1; 10]), model: "model-a".into() }
}

fn cloud() -> Resource {
    Resource::Model { model: model(), facts: ModelFacts::ELSEWHERE }
}

fn may_ask(workspace: &Workspace, who: &Person, at: UnixMs) -> bool {
    let principal = Principal { profile: who.profile, role: who.role, at };
    workspace.rules().authorize(&principal, Action::ModelUse, &cloud()).is_ok()
}

/// A dollar and nothing for what comes back.
async fn spend(workspace: &Workspace, who: &Person, at: UnixMs) -> Result<(), WorkspaceError> {
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
    let tokens = Tokens(256);
    let price = Ceiling { input: NanoUsd(DOLLAR as i64), per_output: 0 };
    let wish = Wish { input: tokens, output: tokens, least: tokens, price: Some(price) };
    let grant = who.may(Action::ModelUse, &cloud());
    workspace.open_attempt(&grant, start, wish, at).await.map(|_| ())
}

async fn limit_each(house: &House, dollars: u64) {
    let limit = Limit::new(LimitScope::EachProfile {}, TODAY, dollars * DOLLAR);
    let limits = Limits { limits: vec![limit], ..Default::default() };
    let grant = house.ada.may_here(Action::BudgetSet);
    house.workspace.set_limits(&grant, limits, NOW).await.unwrap();
}

async fn kinds(workspace: &Workspace) -> Vec<String> {
    let query = RecordQuery { newest_first: false, limit: 1_000, ..RecordQuery::default() };
    let events = workspace.events(query).await.unwrap();
    events.into_iter().filter_map(|event| event.kind).collect()
}

#[tokio::test]
async fn what_is_asked_is_seen_by_its_author_and_by_admins_and_then_decided() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (_, others, _) = house.join("Tove", Role::Member).await;
    let row = Row::Model { model: model() };
    let id = ask(&hers, &mira, access(row.clone()), "For the tender.").await.unwrap();
    let seen = house.workspace.requests(true).await.unwrap();
    assert_eq!(seen, hers.requests(false).await.unwrap(), "the same for both");
    let request = &seen[0];
    assert_eq!((request.id, request.profile), (id, mira.profile), "whose");
    assert_eq!((&request.subject, request.reason.as_str()), (&access(row), "For the tender."));
    assert_eq!(others.requests(false).await.unwrap(), [], "nobody else's business");
    assert_eq!(house.workspace.news().await.unwrap().open, 1, "it waits");
    decide(&house, id, None).await.unwrap();
    let news = hers.news().await.unwrap();
    assert_eq!((news.open, news.decided), (0, 1), "she is told");
    hers.saw_news().await.unwrap();
    assert_eq!(hers.news().await.unwrap(), News::default(), "once");
    let state = hers.requests(false).await.unwrap()[0].state.clone();
    let by = house.ada.profile;
    assert_eq!(state, RequestState::Decided { by, at: NOW, given: None, seen: true }, "declined");
    let told = kinds(&house.workspace).await;
    assert!(told.ends_with(&["request_made".into(), "request_decided".into()]), "{told:?}");
    assert_eq!(house.workspace.verify_audit().await.unwrap().fault, None, "and it holds");
}

#[tokio::test]
async fn access_that_was_given_holds_for_one_person_until_its_end_and_after_a_restart() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (tove, others, pins) = house.join("Tove", Role::Member).await;
    let crew = workspace::MadeRole {
        id: domain::RoleId::new(NOW, [5; 10]),
        name: "Field crew".into(),
        inherits: None,
    };
    let role = Role::Custom(crew.id);
    let grant = house.ada.may_here(Action::PolicySign);
    house.workspace.sign_policy(&grant, 0, vec![crew], vec![], NOW).await.unwrap();
    let (mira, tove) = (Person { role, ..mira }, Person { role, ..tove });
    hers.look_again().await.unwrap();
    assert!(!may_ask(&hers, &mira, NOW), "her role has nothing");
    let id = ask(&hers, &mira, access(Row::CloudModels {}), "").await.unwrap();
    decide(&house, id, Some(until(1))).await.unwrap();
    hers.look_again().await.unwrap();
    assert!(may_ask(&hers, &mira, NOW), "it was given");
    assert!(may_ask(&hers, &mira, NOW.plus(DAY - 1)), "to its last moment");
    assert!(!may_ask(&hers, &mira, NOW.plus(DAY)), "and no longer");
    others.close().await;
    let (others, _) = house.open(&tove, &pins).unwrap();
    assert!(!may_ask(&others, &tove, NOW), "nobody else");
    assert!(may_ask(&others, &mira, NOW), "read from the file");
}

#[tokio::test]
async fn a_raise_adds_to_what_one_person_may_spend_and_ends_by_itself() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (tove, others, _) = house.join("Tove", Role::Member).await;
    limit_each(&house, 2).await;
    for _ in 0..2 {
        spend(&hers, &mira, NOW).await.unwrap();
    }
    let spent = |result| matches!(result, Err(WorkspaceError::Short(Shortfall::Spent { .. })));
    assert!(spent(spend(&hers, &mira, NOW).await), "two dollars are all");
    let id = ask(&hers, &mira, more(1), "").await.unwrap();
    let given = Given { amount: Some(DOLLAR), ..until(1) };
    decide(&house, id, Some(given)).await.unwrap();
    spend(&hers, &mira, NOW).await.unwrap();
    assert!(spent(spend(&hers, &mira, NOW).await), "one more, and no two");
    let role = Role::Member;
    let limits = house.workspace.limits_of(mira.profile, role, NOW).await.unwrap();
    assert_eq!(limits[0].0.most, 3 * DOLLAR, "an admin sees the raised limit");
    assert_eq!(limits[0].1.tally.held, 3 * DOLLAR, "and hers, not their own");
    for _ in 0..2 {
        spend(&others, &tove, NOW).await.unwrap();
    }
    assert!(spent(spend(&others, &tove, NOW).await), "it is nobody else's");
    let later = NOW.plus(2 * DAY);
    for _ in 0..2 {
        spend(&hers, &mira, later).await.unwrap();
    }
    assert!(spent(spend(&hers, &mira, later).await), "the raise is over");
}

#[tokio::test]
async fn nobody_gives_to_themselves_for_ever_or_twice() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let own = ask(&house.workspace, &house.ada, more(1), "").await.unwrap();
    let dollar = |days| Some(Given { amount: Some(DOLLAR), ..until(days) });
    let refused = decide(&house, own, dollar(1)).await;
    assert!(matches!(refused, Err(WorkspaceError::NotFound)), "one's own: {refused:?}");
    let id = ask(&hers, &mira, more(1), "").await.unwrap();
    for days in [0, 367] {
        let refused = decide(&house, id, dollar(days)).await;
        assert!(matches!(refused, Err(WorkspaceError::BadTime)), "{days}: {refused:?}");
    }
    for amount in [None, Some(0), Some(u64::MAX)] {
        let refused = decide(&house, id, Some(Given { amount, ..until(1) })).await;
        assert!(matches!(refused, Err(WorkspaceError::NothingGiven)), "{amount:?}: {refused:?}");
    }
    decide(&house, id, dollar(366)).await.unwrap();
    let refused = decide(&house, id, dollar(1)).await;
    assert!(matches!(refused, Err(WorkspaceError::NotFound)), "it is decided: {refused:?}");
}

#[tokio::test]
async fn a_member_decides_nothing_whatever_their_process_claims() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (tove, others, _) = house.join("Tove", Role::Member).await;
    let id = ask(&others, &tove, more(1), "").await.unwrap();
    let claimed = Person { role: Role::Admin, ..mira };
    let grant = claimed.may_here(Action::RequestDecide);
    let given = Some(Given { amount: Some(DOLLAR), ..until(1) });
    let (document, reason) = refusal(hers.decide_request(&grant, id, given, NOW).await);
    let expected = ("concessions workspace", Refusal::NotAllowed);
    assert_eq!((document.as_str(), reason), expected, "not hers to sign");
    assert_eq!(others.news().await.unwrap().decided, 0, "and nothing is decided");
    let refused = hers.withdraw_request(id, NOW).await;
    assert!(matches!(refused, Err(WorkspaceError::NotFound)), "nor hers to take back");
}

#[tokio::test]
async fn a_request_that_its_author_did_not_sign_is_shown_to_nobody_and_given_to_nobody() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let (tove, others, _) = house.join("Tove", Role::Member).await;
    let id = ask(&others, &tove, more(1), "For the tender.").await.unwrap();
    let edits = [
        "UPDATE request SET subject = replace(subject, '1000000000', '9000000000')",
        "UPDATE request SET reason = 'Ada agreed already.'",
        "UPDATE request SET event = event - 1",
        "UPDATE request SET made_at = made_at - 1",
        "UPDATE request SET subject = 'nothing'",
    ];
    for edit in edits {
        house
            .tamper(&mira, |tx| tx.execute_batch("CREATE TABLE kept AS SELECT * FROM request"))
            .await;
        house.tamper(&mira, move |tx| tx.execute(edit, []).map(|_| ())).await;
        assert_eq!(house.workspace.requests(true).await.unwrap(), [], "{edit}");
        let given = Some(Given { amount: Some(DOLLAR), ..until(1) });
        let refused = decide(&house, id, given).await;
        assert!(matches!(refused, Err(WorkspaceError::NotFound)), "{edit}: {refused:?}");
        let back = "DELETE FROM request; INSERT INTO request SELECT * FROM kept; DROP TABLE kept";
        house.tamper(&mira, move |tx| tx.execute_batch(back)).await;
    }
    let both = "UPDATE request SET subject = replace(subject, '1000000000', '9000000000');
         UPDATE audit SET text = replace(text, '1000000000', '9000000000')";
    house.tamper(&mira, move |tx| tx.execute_batch(both)).await;
    assert_eq!(house.workspace.requests(true).await.unwrap(), [], "with the event that says so");
    let back = "UPDATE request SET subject = replace(subject, '9000000000', '1000000000');
         UPDATE audit SET text = replace(text, '9000000000', '1000000000')";
    house.tamper(&mira, move |tx| tx.execute_batch(back)).await;
    assert_eq!(house.workspace.requests(true).await.unwrap().len(), 1, "as it was signed");
    let whose = mira.profile;
    let steal = "UPDATE request SET profile = ?1";
    house.tamper(&mira, move |tx| tx.execute(steal, [whose.as_bytes()]).map(|_| ())).await;
    assert_eq!(house.workspace.requests(true).await.unwrap(), [], "in another's name");
    assert_eq!(hers.requests(false).await.unwrap(), [], "nor with her");
}

#[tokio::test]
async fn requests_are_bounded_and_the_same_waits_once() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let first = ask(&hers, &mira, more(1), "").await.unwrap();
    let again = ask(&hers, &mira, more(2), "").await;
    assert!(matches!(again, Err(WorkspaceError::AskedAlready)), "whatever the sum: {again:?}");
    hers.withdraw_request(first, NOW).await.unwrap();
    ask(&hers, &mira, more(2), "").await.unwrap();
    for number in 0..19 {
        let model = ModelRef { provider: model().provider, model: format!("model-{number}") };
        ask(&hers, &mira, access(Row::Model { model }), "").await.unwrap();
    }
    let refused = ask(&hers, &mira, access(Row::Ask {}), "").await;
    assert!(matches!(refused, Err(WorkspaceError::TooManyRequests)), "twenty wait: {refused:?}");
    let refused = ask(&hers, &mira, access(Row::Ask {}), &"a".repeat(2_001)).await;
    assert!(matches!(refused, Err(WorkspaceError::ReasonTooLong)), "{refused:?}");
}

#[tokio::test]
async fn whoever_is_erased_leaves_no_word_of_what_they_asked() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    ask(&hers, &mira, more(1), "My tooth hurts.").await.unwrap();
    let grant = house.ada.may_about(Action::RoleAssign, &mira);
    house.workspace.look_at_access(&grant, mira.profile, NOW).await.unwrap();
    hers.close().await;
    let grant = house.ada.may_about(Action::ProfileErase, &mira);
    house.workspace.erase_member(&grant, mira.profile, NOW).await.unwrap();
    let rows = |table: &'static str| {
        let text = format!("SELECT count(*) FROM {table}");
        house.tamper(&house.ada, move |tx| {
            let left: u32 = tx.query_row(&text, [], |row| row.get(0))?;
            assert_eq!(left, 0, "{table} is empty");
            Ok(())
        })
    };
    rows("request").await;
    rows("look").await;
    let query = RecordQuery { limit: 1_000, ..RecordQuery::default() };
    for event in house.workspace.events(query).await.unwrap() {
        assert!(!event.text.contains("tooth"), "the record never had it");
    }
}

#[tokio::test]
async fn whoever_looks_at_a_members_access_is_named_to_them_and_recorded() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let grant = house.ada.may_about(Action::RoleAssign, &mira);
    for _ in 0..2 {
        house.workspace.look_at_access(&grant, mira.profile, NOW).await.unwrap();
    }
    assert_eq!(hers.news().await.unwrap().looked_by, [house.ada.profile], "told once, by name");
    hers.saw_news().await.unwrap();
    assert_eq!(hers.news().await.unwrap(), News::default(), "and seen");
    let told = kinds(&house.workspace).await;
    let looks = told.iter().filter(|kind| *kind == "access_viewed").count();
    assert_eq!(looks, 2, "each look stands in the record");
    let viewed = serde_json::to_value(AuditKind::AccessViewed { member: mira.profile }).unwrap();
    assert_eq!(viewed["kind"], "access_viewed", "by that name");
    let own = house.ada.may_about(Action::RoleAssign, &house.ada);
    let wrong = house.workspace.look_at_access(&own, mira.profile, NOW).await;
    assert!(matches!(wrong, Err(WorkspaceError::WrongGrant)), "a grant about another");
}

#[tokio::test]
async fn a_concession_never_lifts_what_a_role_denies() {
    let house = House::new();
    let (mira, hers, _) = house.join("Mira", Role::Member).await;
    let deny = Matrix([((Role::Member, Row::CloudModels {}), Stance::Deny)].into());
    let grant = house.ada.may_here(Action::PolicySign);
    let statements = deny.write(&[]).unwrap();
    house.workspace.sign_policy(&grant, 0, vec![], statements, NOW).await.unwrap();
    let id = ask(&hers, &mira, access(Row::CloudModels {}), "").await.unwrap();
    decide(&house, id, Some(until(1))).await.unwrap();
    hers.look_again().await.unwrap();
    assert!(!may_ask(&hers, &mira, NOW), "the deny holds");
}
