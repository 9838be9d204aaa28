//! The built-in roles: every action on every kind of thing, against the table.

use domain::{DataClass, Role};
use policy::{Action, Resource, Rules, authorize};

use crate::oracle::{Reach, applies, is_own, may_receive, reach};
use crate::people::{crew, group, model, person, profile, receiving, rules, things, written};

fn expected(role: Role, action: Action, on: &Resource) -> bool {
    applies(action, on)
        && may_receive(on)
        && match reach(role, action) {
            Reach::No => false,
            Reach::Own => is_own(&person(role), on),
            Reach::Any => true,
        }
}

#[test]
fn cedar_decides_as_the_table_for_every_role_action_and_thing() {
    let rules = rules(None, &[]);
    for role in Role::BUILT_IN {
        for action in Action::ALL {
            for on in things() {
                let allowed = rules.authorize(&person(role), *action, &on).is_ok();
                assert_eq!(allowed, expected(role, *action, &on), "{role} {action:?} {on:?}");
            }
        }
    }
}

#[test]
fn a_made_role_may_what_it_inherits_and_without_that_keeps_its_own_desk() {
    let (like_members, alone) = (rules(Some(Role::Member), &[]), rules(None, &[]));
    let own = [
        Action::DeskUse,
        Action::ChatReadOwn,
        Action::ProfileKeep,
        Action::ProfileErase,
        Action::RequestMake,
        Action::UsageReadOwn,
    ];
    for action in Action::ALL {
        for on in things() {
            let allowed = like_members.authorize(&person(crew()), *action, &on).is_ok();
            assert_eq!(
                allowed,
                expected(Role::Member, *action, &on),
                "inherits: {action:?} {on:?}"
            );
            let allowed = alone.authorize(&person(crew()), *action, &on).is_ok();
            let own = own.contains(action) && on == Resource::Profile(profile(1));
            assert_eq!(allowed, own, "alone: {action:?} {on:?}");
        }
    }
}

#[test]
fn a_role_that_nobody_knows_opens_its_own_desk_and_nothing_else() {
    let rules = Rules::built_in();
    let own = Resource::Profile(profile(1));
    assert!(rules.authorize(&person(crew()), Action::ChatReadOwn, &own).is_ok(), "its chats");
    let denial =
        rules.authorize(&person(crew()), Action::ModelUse, &model(true, true)).unwrap_err();
    assert_eq!(
        denial.to_string(),
        "A role that was removed may not do this: model.use is missing",
        "no permission comes from a name"
    );
}

#[test]
fn nobody_reads_anothers_chats_whatever_their_role() {
    for role in Role::BUILT_IN {
        let other = Resource::Profile(profile(2));
        let answer = authorize(&person(role), Action::ChatReadOwn, &other);
        assert!(answer.is_err(), "{role} must not reach another desk: it is a promise");
    }
}

#[test]
fn what_may_be_tried_somewhere_is_never_less_than_what_is_allowed() {
    let rules = rules(Some(Role::Member), &[]);
    for role in Role::BUILT_IN.into_iter().chain([crew()]) {
        for action in Action::ALL {
            let who = person(role);
            let allowed = things().iter().any(|on| rules.authorize(&who, *action, on).is_ok());
            assert_eq!(rules.may_try(&who, *action), allowed, "{role} {action:?}");
            assert_eq!(rules.permitted(&who).contains(&action.name()), allowed, "and so it shows");
        }
    }
}

#[test]
fn a_denial_names_the_missing_permission_and_a_grant_its_policy() {
    let who = person(Role::Member);
    let denial = authorize(&who, Action::ProviderConfigure, &Resource::Workspace).unwrap_err();
    assert_eq!(denial.missing, "provider.configure", "the person must learn what to ask for");
    assert_eq!(denial.rule_ids, Vec::<String>::new(), "nothing forbids it, nothing allows it");
    let grant =
        authorize(&person(Role::Admin), Action::ProfileCreate, &Resource::Workspace).unwrap();
    assert_eq!(
        (grant.profile(), grant.role(), grant.action(), grant.resource()),
        (profile(1), Role::Admin, Action::ProfileCreate, &Resource::Workspace),
        "who, what and on what"
    );
    assert_eq!(grant.rule_ids(), ["builtin.admin"], "and by which policy: the record keeps it");
}

#[test]
fn whoever_asks_with_little_stack_left_is_answered_all_the_same() {
    let asking = std::thread::Builder::new().stack_size(128 << 10).spawn(|| {
        let rules = rules(Some(Role::Member), &[]);
        let own = Resource::Profile(profile(1));
        rules.authorize(&person(Role::Member), Action::ChatSend, &own).is_ok()
    });
    let answered = asking.expect("a thread").join().expect("it does not overflow");
    assert!(answered, "Cedar gives up below 100 KiB, and would refuse everybody");
}

#[test]
fn a_manager_without_a_group_sees_nobody_elses_use() {
    let manager = person(Role::Manager);
    for on in [Resource::Workspace, Resource::Group(group(1)), Resource::Group(group(2))] {
        assert!(authorize(&manager, Action::UsageReadAny, &on).is_err(), "not of {on:?}");
    }
}

#[test]
fn a_text_goes_only_to_who_may_receive_its_class_whoever_sends_it_and_whatever_allows_it() {
    let all = written("all", "permit (principal, action, resource);");
    let rules = rules(Some(Role::Member), &[all]);
    for accepts in DataClass::ALL {
        for sent in DataClass::ALL {
            for role in [Role::Guest, Role::Member, Role::Admin, crew()] {
                let on = receiving(accepts, sent, true);
                let allowed = rules.authorize(&person(role), Action::ModelUse, &on).is_ok();
                assert_eq!(allowed, sent <= accepts, "{role} sends {sent:?} to {accepts:?}");
            }
        }
    }
}
