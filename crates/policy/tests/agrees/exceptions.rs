//! Exceptions for one person, and why a decision is what it is.

use std::collections::HashMap;

use domain::{Role, UnixMs};
use policy::{
    Action, Exception, Layer, Matrix, ModelFacts, Principal, Resource, Row, Rules, Said, Says,
    Stance, Statement,
};
use proptest::prelude::*;

use crate::people::{
    NOW, crew, group, model, named, person, profile, provider, rules, things, written,
};

fn excepted(row: Row) -> Exception {
    Exception { id: "one".to_owned(), profile: profile(1), row, until: NOW.plus(1_000) }
}

fn with(statements: &[Statement], exceptions: &[Exception]) -> Rules {
    Rules::compile(statements, HashMap::new(), exceptions).expect("they hold")
}

fn denied(role: Role, row: Row) -> Vec<Statement> {
    Matrix([((role, row), Stance::Deny)].into()).write(&[]).expect("the schema is read")
}

/// Somebody in a role without any cell.
fn bare() -> Principal {
    person(crew())
}

#[test]
fn an_exception_allows_one_row_to_one_person_until_it_ends() {
    let rules = with(&[], &[excepted(Row::Model { model: named("m") })]);
    let asks = |who: &Principal, on: &Resource| rules.authorize(who, Action::ModelUse, on).is_ok();
    assert!(asks(&bare(), &model(false, false)), "what it is about");
    let other = Resource::Model { model: named("other"), facts: ModelFacts::ELSEWHERE };
    assert!(!asks(&bare(), &other), "and nothing else");
    assert!(
        !asks(&Principal { profile: profile(2), ..bare() }, &model(false, false)),
        "for nobody else"
    );
    let last = Principal { at: NOW.plus(999), ..bare() };
    assert!(asks(&last, &model(false, false)), "to its last moment");
    let over = Principal { at: NOW.plus(1_000), ..bare() };
    assert!(!asks(&over, &model(false, false)), "and then no more");
    let used = rules.authorize(&bare(), Action::ModelUse, &model(false, false)).expect("allowed");
    assert_eq!(used.rule_ids(), ["exception/one"], "it is named in the record");
}

#[test]
fn every_row_can_be_an_exception_and_none_lifts_a_deny() {
    let rows = Row::usual()
        .into_iter()
        .chain([Row::Provider { provider: provider() }, Row::Model { model: named("m") }]);
    for row in rows {
        let rules = with(&[], &[excepted(row.clone())]);
        let may = |rules: &Rules| {
            things().iter().any(|on| rules.authorize(&bare(), row.action(), on).is_ok())
        };
        assert!(may(&rules), "{row:?} is given");
        let everyone = written("all", "forbid (principal, action, resource);");
        assert!(!may(&with(&[everyone], &[excepted(row.clone())])), "{row:?} is denied to all");
    }
}

#[test]
fn an_exception_gives_nothing_of_another_desk() {
    let rules = with(&[], &[excepted(Row::Ask {})]);
    let asks = |on| rules.authorize(&bare(), Action::ChatSend, &Resource::Profile(on)).is_ok();
    assert!(asks(profile(1)), "at one's own");
    assert!(!asks(profile(2)), "at no other");
}

#[test]
fn nobody_signs_a_policy_under_the_name_of_an_exception() {
    let forged = written("exception/one", "permit (principal, action, resource);");
    let refused = Rules::compile(&[forged], HashMap::new(), &[]).expect_err("it is reserved");
    assert_eq!(refused.id, "exception/one", "and named");
}

#[test]
fn a_why_names_every_layer_and_the_one_that_decided() {
    let statements = denied(crew(), Row::CloudModels {});
    let rules = rules(Some(Role::Member), &statements);
    let why = rules.explain(&bare(), Action::ModelUse, &model(false, false));
    assert!(!why.allowed, "a deny wins");
    let said = |layer, says, decides, rules: &[&str]| Said {
        layer,
        says,
        decides,
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    };
    let cell = statements[0].id.as_str();
    let expected = [
        said(Layer::Workspace, Says::Nothing, false, &[]),
        said(Layer::Role(Role::Member), Says::Allows, false, &["builtin.member.models"]),
        said(Layer::Role(crew()), Says::Denies, true, &[cell]),
        said(Layer::Group(group(1)), Says::Nothing, false, &[]),
        said(Layer::Person, Says::Nothing, false, &[]),
    ];
    assert_eq!(why.said, expected, "from the workspace to the person");
    let here = rules.explain(&bare(), Action::ModelUse, &model(true, false));
    assert!(here.allowed && here.said[1].decides, "a model here is a member's: {here:?}");
}

#[test]
fn a_why_of_an_exception_shows_it_with_the_person() {
    let rules = with(&[], &[excepted(Row::Ask {})]);
    let why = rules.explain(&bare(), Action::ChatSend, &Resource::Profile(profile(1)));
    let own = why.said.last().expect("the person is the last layer");
    assert_eq!((own.layer, own.says, own.decides), (Layer::Person, Says::Allows, true), "{why:?}");
    assert_eq!(own.rules, ["exception/one"], "by its name");
}

#[test]
fn what_is_written_about_a_group_holds_for_whoever_is_in_it_and_says_so() {
    let group_named = format!("Group::\"{}\"", group(1));
    let text =
        format!("forbid (principal in {group_named}, action == Action::\"model.use\", resource);");
    let rules = rules(Some(Role::Member), &[written("no-models", &text)]);
    let why = rules.explain(&bare(), Action::ModelUse, &model(true, false));
    let of = why.said.iter().find(|one| one.layer == Layer::Group(group(1))).expect("a layer");
    assert_eq!((why.allowed, of.says, of.decides), (false, Says::Denies, true), "{why:?}");
    assert_eq!(of.rules, ["no-models"], "by its name");
    let other = Principal { profile: profile(2), ..bare() };
    let why = rules.explain(&other, Action::ModelUse, &model(true, false));
    assert!(why.allowed, "who is not in it: {why:?}");
    assert!(why.said.iter().all(|one| !matches!(one.layer, Layer::Group(_))), "nor asked");
}

fn stances() -> impl Strategy<Value = Vec<(bool, bool)>> {
    prop::collection::vec((any::<bool>(), any::<bool>()), 8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_why_always_agrees_with_the_decision(cells in stances(), excepted_row in 0..8_usize) {
        let cells = Row::usual().into_iter().zip(cells).filter(|(_, (set, _))| *set);
        let matrix = cells.map(|(row, (_, allow))| {
            ((Role::Member, row), if allow { Stance::Allow } else { Stance::Deny })
        });
        let statements = Matrix(matrix.collect()).write(&[]).expect("the schema is read");
        let row = Row::usual()[excepted_row].clone();
        let rules = with(&statements, &[excepted(row)]);
        for role in Role::BUILT_IN {
            for on in things() {
                for action in Action::ALL {
                    let who = Principal { at: UnixMs(NOW.0), ..person(role) };
                    let why = rules.explain(&who, *action, &on);
                    prop_assert_eq!(why.allowed, rules.authorize(&who, *action, &on).is_ok());
                    let denies = why.said.iter().any(|one| one.says == Says::Denies);
                    let allows = why.said.iter().any(|one| one.says == Says::Allows);
                    prop_assert_eq!(why.allowed, allows && !denies, "{:?} {:?}: {:?}", action, on, why);
                    let decides = why.said.iter().any(|one| one.decides);
                    prop_assert_eq!(decides, allows || denies, "somebody decided: {:?}", why);
                }
            }
        }
    }
}
