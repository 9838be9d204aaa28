//! What admins write: cells of the matrix, and policies by hand.

use std::collections::{BTreeMap, HashMap};

use domain::{ProviderId, Role, RouteId, UnixMs};
use policy::{Action, Matrix, ModelFacts, Principal, Resource, Row, Rules, Stance, Statement};
use proptest::prelude::*;

use crate::oracle::may_receive;
use crate::people::{
    NOW, crew, model, named, person, profile, provider, route, rules, things, written,
};

fn cells(cells: &[(Role, Row, Stance)]) -> Vec<Statement> {
    let cells = cells.iter().cloned().map(|(role, row, stance)| ((role, row), stance));
    Matrix(cells.collect()).write(&[]).expect("the shipped schema is read")
}

fn may(rules: &Rules, role: Role, action: Action, on: &Resource) -> bool {
    rules.authorize(&person(role), action, on).is_ok()
}

#[test]
fn a_denied_cell_takes_its_part_from_its_role_and_nothing_else() {
    let rules = rules(Some(Role::Member), &cells(&[(crew(), Row::CloudModels {}, Stance::Deny)]));
    for on in things() {
        for action in Action::ALL {
            let before = may(Rules::built_in(), Role::Member, *action, &on);
            let cloud = *action == Action::ModelUse
                && matches!(on, Resource::Model { facts, .. } if !facts.local);
            assert_eq!(may(&rules, crew(), *action, &on), before && !cloud, "{action:?} {on:?}");
            assert_eq!(may(&rules, Role::Member, *action, &on), before, "members are not the crew");
        }
    }
    let denial =
        rules.authorize(&person(crew()), Action::ModelUse, &model(false, false)).unwrap_err();
    assert!(denial.rule_ids[0].ends_with("/cloud-models"), "it names its cell: {denial:?}");
    assert!(denial.to_string().contains("“Field crew”"), "and the role by its name: {denial}");
}

#[test]
fn an_allowed_cell_gives_a_role_what_it_does_not_inherit() {
    let only = Row::Model { model: named("m") };
    let rules =
        rules(None, &cells(&[(crew(), only, Stance::Allow), (crew(), Row::Ask {}, Stance::Allow)]));
    assert!(may(&rules, crew(), Action::ModelUse, &model(false, false)), "the one model");
    let other = Resource::Model { model: named("other"), facts: ModelFacts::ELSEWHERE };
    assert!(!may(&rules, crew(), Action::ModelUse, &other), "and no other");
    assert!(may(&rules, crew(), Action::ChatSend, &Resource::Profile(profile(1))), "asking");
    assert!(
        !may(&rules, crew(), Action::ChatSend, &Resource::Profile(profile(2))),
        "at its own desk"
    );
}

#[test]
fn denied_wins_over_allowed_and_through_what_is_inherited() {
    let provider = Row::Provider { provider: provider() };
    let statements = cells(&[
        (Role::Member, provider, Stance::Deny),
        (crew(), Row::Model { model: named("m") }, Stance::Allow),
    ]);
    let rules = rules(Some(Role::Member), &statements);
    for role in [Role::Member, Role::Admin, crew()] {
        assert!(
            !may(&rules, role, Action::ModelUse, &model(false, false)),
            "{role} is a member, too"
        );
    }
}

#[test]
fn no_policy_locks_an_owner_out_or_an_admin_out_of_mending_it() {
    let all = written("all", "forbid (principal, action, resource);");
    let before = rules(Some(Role::Member), &[]);
    let rules = rules(Some(Role::Member), &[all]);
    for role in Role::BUILT_IN {
        for action in Action::ALL.iter().filter(|action| action.is_fixed()) {
            for on in things() {
                let before = may(&before, role, *action, &on);
                assert_eq!(may(&rules, role, *action, &on), before, "{role} {action:?} {on:?}");
            }
        }
        assert!(
            !may(&rules, role, Action::ModelUse, &model(true, true)),
            "what is not fixed is gone"
        );
    }
    let given = written("given", "permit (principal, action, resource);");
    let rules = self::rules(Some(Role::Member), &[given]);
    assert!(
        !may(&rules, Role::Member, Action::PolicySign, &Resource::Workspace),
        "nor makes an admin"
    );
    assert!(
        !may(&rules, Role::Admin, Action::ChatReadOwn, &Resource::Profile(profile(2))),
        "nor opens a desk"
    );
    assert!(may(&rules, Role::Guest, Action::ModelUse, &model(false, false)), "the rest it gives");
}

#[test]
fn where_the_signed_policy_cannot_be_read_only_what_is_fixed_is_allowed() {
    let shut = Rules::shut();
    for role in Role::BUILT_IN {
        for action in Action::ALL {
            for on in things() {
                let before = may(Rules::built_in(), role, *action, &on);
                let expected = before && action.is_fixed();
                assert_eq!(may(&shut, role, *action, &on), expected, "{role} {action:?} {on:?}");
            }
        }
    }
    let denial =
        shut.authorize(&person(Role::Member), Action::ModelUse, &model(true, true)).unwrap_err();
    assert_eq!(denial.rule_ids, ["policy.unreadable"], "and people are told why");
}

#[test]
fn a_policy_that_fails_while_it_decides_refuses() {
    // Sums that do not fit fail when they are made, and a failing policy would be passed over.
    let text = "forbid (principal, action == Action::\"model.use\", resource)
                when { 9223372036854775807 + (if resource.local then 1 else 0) < 0 };";
    let rules = rules(None, &[written("failing", text)]);
    assert!(!may(&rules, Role::Member, Action::ModelUse, &model(true, false)), "it failed");
    assert!(
        may(&rules, Role::Member, Action::ModelUse, &model(false, false)),
        "it did not, and forbids nothing"
    );
}

#[test]
fn a_text_that_does_not_hold_is_refused_by_name_with_why() {
    let long = format!("permit (principal, action, resource) when {{ {} }};", "!".repeat(50_000));
    for (text, said) in [
        ("permit (principal", "unexpected end"),
        ("permit (principal, action == Action::\"fly\", resource);", "fly"),
        ("permit (principal, action, resource) when { resource.colour == 1 };", "colour"),
        ("permit (principal, action == Action::\"model.use\", resource == Route::\"x\");", ""),
        ("permit (principal == ?principal, action, resource);", ""),
        (long.as_str(), ""),
    ] {
        let unsound = Rules::compile(&[written("mine", text)], HashMap::new(), &[]).unwrap_err();
        assert_eq!(unsound.id, "mine", "{text:.80}");
        assert!(unsound.why.contains(said), "{text:.80}: {}", unsound.why);
    }
    let posing = written("builtin.admin", "permit (principal, action, resource);");
    assert!(Rules::compile(&[posing], HashMap::new(), &[]).is_err(), "that name is the program's");
    let twice = written("mine", "permit (principal, action, resource);");
    assert!(
        Rules::compile(&[twice.clone(), twice], HashMap::new(), &[]).is_err(),
        "which of them decided?"
    );
}

#[test]
fn a_deeply_nested_policy_is_refused_before_it_is_read_whoever_reads_it() {
    let nested = |open: &str, close: &str, times: usize| {
        let inner = format!("{}true{}", open.repeat(times), close.repeat(times));
        written("deep", &format!("permit (principal, action, resource) when {{ {inner} }};"))
    };
    for text in [nested("(", ")", 3_900), nested("[", "]", 3_900), nested("(", ")", 150)] {
        let read = move || Rules::compile(&[text], HashMap::new(), &[]).map(|_| ());
        // Little of the stack is left here, as deep inside a reader.
        let small = std::thread::Builder::new().stack_size(600 << 10).spawn(read);
        let unsound = small.expect("a thread").join().expect("it ends").unwrap_err();
        assert!(unsound.why.contains("nested too deeply"), "{unsound}");
    }
    let in_words = format!(
        "permit (principal, action == Action::\"chat.send\", resource) // {}\n\
         when {{ \"{}\\\"\" like \"*\" }};",
        "(".repeat(90),
        "[".repeat(90)
    );
    let read = Rules::compile(&[written("words", &in_words)], HashMap::new(), &[]);
    let why = read.err().map(|unsound| unsound.why).unwrap_or_default();
    assert!(!why.contains("nested"), "what stands in words is not nested: {why}");
    assert!(
        Rules::compile(&[nested("(", ")", 30)], HashMap::new(), &[]).is_ok(),
        "thirty are fine"
    );
    let posing = written("policy.unreadable", "permit (principal, action, resource);");
    assert!(Rules::compile(&[posing], HashMap::new(), &[]).is_err(), "that name is the program's");
}

#[test]
fn what_was_changed_by_hand_is_kept_as_it_is_and_is_no_cell() {
    let mut owned = cells(&[(Role::Member, Row::Ask {}, Stance::Deny)]);
    owned[0].text.push_str(" // until Monday");
    let (matrix, others) = Matrix::read(&owned);
    assert_eq!((matrix, others), (Matrix::default(), owned), "nobody's words are thrown away");
}

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Guest), Just(Role::Member), Just(Role::Admin), Just(crew())]
}

fn rows() -> impl Strategy<Value = Row> {
    let names =
        prop_oneof![".{0,40}", Just("a\"b\\c\n/d".to_owned()), Just("\u{202e}м".to_owned())];
    prop_oneof![
        prop::sample::select(Row::usual().to_vec()),
        any::<[u8; 10]>().prop_map(|id| Row::Provider { provider: ProviderId::new(UnixMs(1), id) }),
        any::<[u8; 10]>().prop_map(|id| Row::Route { route: RouteId::new(UnixMs(1), id) }),
        names.prop_map(|name| Row::Model { model: named(&name) }),
    ]
}

fn matrices() -> impl Strategy<Value = BTreeMap<(Role, Row), Stance>> {
    let stances = prop_oneof![Just(Stance::Allow), Just(Stance::Deny)];
    prop::collection::btree_map((roles(), rows()), stances, 0..12)
}

/// What the cells say about one decision, in plain words: who denies wins, then who allows,
/// then whatever was there before.
fn plainly(
    cells: &BTreeMap<(Role, Row), Stance>,
    role: Role,
    action: Action,
    on: &Resource,
) -> bool {
    let before =
        may(Rules::built_in(), if role == crew() { Role::Member } else { role }, action, on);
    let is = |subject: Role| {
        subject == role || subject == Role::Member && (role == Role::Admin || role == crew())
    };
    let own = *on == Resource::Profile(profile(1));
    let about = |row: &Row| {
        row.action() == action
            && match (row, on) {
                (Row::Ask {} | Row::Programs {} | Row::Instructions {}, _) => own,
                (Row::LocalModels {}, Resource::Model { facts, .. }) => facts.local,
                (Row::CloudModels {}, Resource::Model { facts, .. }) => !facts.local,
                (Row::ForeignModels {}, Resource::Model { facts, .. }) => {
                    !facts.local && !facts.at_home
                }
                (Row::Provider { provider }, Resource::Model { model, .. }) => {
                    model.provider == *provider
                }
                (Row::Model { model: one }, Resource::Model { model, .. }) => one == model,
                (Row::Routes {}, Resource::Route { .. })
                | (Row::SeeProviders {} | Row::SeeMembers {}, Resource::Workspace) => true,
                (Row::Route { route }, Resource::Route { id, .. }) => route == id,
                _ => false,
            }
    };
    let said = |wanted| {
        cells.iter().any(|((subject, row), stance)| *stance == wanted && is(*subject) && about(row))
    };
    may_receive(on) && !said(Stance::Deny) && (said(Stance::Allow) || before)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_matrix_reads_back_as_it_was_written(cells in matrices(), text in ".{0,60}") {
        let others = vec![written("by-hand", &text)];
        let statements = Matrix(cells.clone()).write(&others).expect("the schema is read");
        prop_assert_eq!(Matrix::read(&statements), (Matrix(cells), others));
    }

    #[test]
    fn a_matrix_decides_as_its_cells_say(cells in matrices(), role in roles()) {
        let statements = Matrix(cells.clone()).write(&[]).expect("the schema is read");
        let rules = rules(Some(Role::Member), &statements);
        let who = Principal { profile: profile(1), role, at: NOW };
        for on in things().into_iter().chain([route(true)]) {
            for action in Action::ALL.iter().filter(|action| !action.is_fixed()) {
                let allowed = rules.authorize(&who, *action, &on).is_ok();
                prop_assert_eq!(allowed, plainly(&cells, role, *action, &on), "{} {:?} {:?}", role, action, on);
                prop_assert!(!allowed || rules.may_try(&who, *action), "{:?} may be tried", action);
            }
        }
    }
}
