//! Who makes admins, and when it takes two.

use super::*;

#[test]
fn an_author_cannot_rewrite_what_others_signed_after() {
    let mut chain = Chain::new();
    let mut invitation = chain.rows[1].read().unwrap();
    let Body::Invitation(body) = &mut invitation.body else { panic!("the invitation") };
    body.expires_at = NOW.plus(5_000);
    chain.rows[1] = invitation.sign(&chain.ada.signing).unwrap();
    let name = DocumentName::member(chain.mira.profile);
    assert_refused(chain.read_fresh(), &name, Refusal::OutOfPlace);
}

#[test]
fn the_root_does_nothing_but_make_an_admin_where_none_is_left() {
    let mut chain = Chain::new();
    let root = SigningKey::from_seed(chain.root.seed());
    let name = provider("").name();
    let provided = chain.write(Author::Root, &root, provider("one"));
    assert_refused(provided, &name, Refusal::NotAllowed);
    let body = || Person::new(5).body(Role::Admin, Standing::Active);
    let name = body().name();
    let beside = chain.write(Author::Root, &root, body());
    assert_refused(beside, &name, Refusal::NotAllowed);
    chain.as_ada(Person::new(1).body(Role::Member, Standing::Active)).unwrap();
    chain.write(Author::Root, &root, body()).unwrap();
}

#[test]
fn an_admin_who_was_made_a_member_signs_nothing_and_does_not_rise_by_the_root() {
    let (mut chain, noor) = two_admins();
    chain.by(&noor, Person::new(1).body(Role::Member, Standing::Active)).unwrap();
    let name = provider("").name();
    assert_refused(chain.as_ada(provider("mine")), &name, Refusal::NotAllowed);
    let root = SigningKey::from_seed(chain.root.seed());
    let risen = Person::new(1).body(Role::Admin, Standing::Active);
    let name = risen.name();
    assert_refused(chain.as_ada(risen.clone()), &name, Refusal::NotAllowed);
    assert_refused(chain.write(Author::Root, &root, risen), &name, Refusal::NotAllowed);
    assert!(chain.read_fresh().is_ok(), "what stands there holds");
}

#[test]
fn one_of_several_admins_signs_no_further_admin_and_erases_nobody_else_alone() {
    let (ada, mira, tom) = (Person::new(1), Person::new(2), Person::new(3));
    let mut chain = Chain::new();
    chain.as_ada(mira.body(Role::Admin, Standing::Active)).unwrap();
    chain.as_ada(chain.invitation("two", false)).unwrap();
    chain.join("two", &tom).unwrap();
    let alone = |done: Result<(), WorkspaceError>| {
        let Err(WorkspaceError::Refused { reason, .. }) = done else { panic!("it was signed") };
        assert_eq!(reason, Refusal::OneSignature, "the chain itself says so");
    };
    let proposal = |wanted, withdrawn| {
        Body::Proposal(crate::proposals::ProposalBody { member: tom.profile, wanted, withdrawn })
    };
    let (rise, goes) =
        (tom.body(Role::Admin, Standing::Active), tom.body(Role::Member, Standing::Erased));
    alone(chain.as_ada(rise.clone()));
    alone(chain.as_ada(goes.clone()));
    chain.as_ada(proposal(Proposed::Admin, false)).unwrap();
    alone(chain.as_ada(rise.clone()));
    alone(chain.as_mira(goes.clone()));
    chain.as_mira(proposal(Proposed::Admin, true)).unwrap();
    alone(chain.as_mira(rise.clone()));
    assert!(
        chain.by(&tom, proposal(Proposed::Admin, false)).is_err(),
        "nobody proposes themselves"
    );
    chain.as_ada(proposal(Proposed::Admin, false)).unwrap();
    chain.as_mira(rise.clone()).unwrap();
    // What was signed has used the proposal.
    chain.as_mira(tom.body(Role::Member, Standing::Active)).unwrap();
    alone(chain.as_mira(rise.clone()));
    // To leave takes nobody else, and neither does putting an admin out.
    chain.by(&tom, goes).unwrap();
    chain.as_mira(ada.body(Role::Member, Standing::Active)).unwrap();
    chain.read_fresh().unwrap();
    chain.as_mira(ada.body(Role::Admin, Standing::Active)).unwrap();
    assert!(chain.book.has_several_admins(), "the only one there was made another");
}

#[test]
fn a_proposal_is_signed_within_seven_days_and_only_while_its_author_is_an_admin() {
    let (mira, tom) = (Person::new(2), Person::new(3));
    let mut chain = Chain::new();
    chain.as_ada(mira.body(Role::Admin, Standing::Active)).unwrap();
    chain.as_ada(chain.invitation("two", false)).unwrap();
    chain.join("two", &tom).unwrap();
    let wanted = Proposed::Admin;
    let body = crate::proposals::ProposalBody { member: tom.profile, wanted, withdrawn: false };
    chain.as_ada(Body::Proposal(body)).unwrap();
    let life = crate::proposals::PROPOSAL_LIFE;
    assert!(chain.book.proposal(tom.profile, NOW.plus(life - 1)).is_some(), "for seven days");
    assert!(chain.book.proposal(tom.profile, NOW.plus(life)).is_none(), "and no longer");
    let rise = || tom.body(Role::Admin, Standing::Active);
    let author = Author::Profile(mira.profile);
    let late = chain.book.write(author, &mira.signing, rise(), NOW.plus(life));
    assert!(matches!(late, Err(WorkspaceError::Refused { reason: Refusal::OneSignature, .. })));
    chain.as_mira(Person::new(1).body(Role::Member, Standing::Active)).unwrap();
    assert!(chain.book.proposal(tom.profile, NOW).is_none(), "its author is no admin any more");
}

#[test]
fn what_was_signed_alone_before_two_had_to_sign_goes_on_to_hold() {
    let (mira, tom) = (Person::new(2), Person::new(3));
    let mut chain = Chain::new();
    chain.as_ada(mira.body(Role::Admin, Standing::Active)).unwrap();
    chain.as_ada(chain.invitation("two", false)).unwrap();
    chain.join("two", &tom).unwrap();
    let version = chain.book.version_of(&DocumentName::member(tom.profile));
    let predecessor = chain.book.hash_of(&DocumentName::member(tom.profile), version);
    let old = |document: &mut Document| {
        document.v = 2;
        document.version = version + 1;
        document.predecessor = predecessor;
        document.body = tom.body(Role::Admin, Standing::Active);
    };
    chain.append(&Person::new(1).signing, old);
    let refused = chain.read_fresh().unwrap_err();
    let WorkspaceError::Refused { reason, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(reason, Refusal::OutOfPlace, "no older form follows a newer one");
    // A book in which all of it is of the older form.
    let rows = chain.rows.len();
    chain.rows.truncate(rows - 1);
    let mut book = Book::new(chain.book.workspace, chain.book.root);
    let mut rewritten: Vec<Written> = Vec::new();
    for row in &chain.rows {
        let mut document = row.read().unwrap();
        document.v = 2;
        document.previous = book.head;
        document.predecessor = book.hash_of(&document.body.name(), document.version - 1);
        let key = match &document.author {
            Author::Root => SigningKey::from_seed(chain.root.seed()),
            Author::Invitation(_) => SigningKey::from_seed(chain.one_time.seed()),
            Author::Profile(_) => SigningKey::from_seed(&[1; 32]),
        };
        let written = document.sign(&key).unwrap();
        book.extend(std::slice::from_ref(&written)).unwrap();
        rewritten.push(written);
    }
    let name = DocumentName::member(tom.profile);
    let mut rise = Document {
        v: 2,
        workspace: book.workspace,
        position: book.next,
        previous: book.head,
        version: 2,
        predecessor: book.hash_of(&name, 1),
        issued_at: NOW,
        not_before: None,
        expires: None,
        author: Author::Profile(Person::new(1).profile),
        body: tom.body(Role::Admin, Standing::Active),
    };
    let signed = rise.sign(&Person::new(1).signing).unwrap();
    book.clone().extend(&[signed]).expect("as it was when one signature was enough");
    rise.v = FORM;
    let signed = rise.sign(&Person::new(1).signing).unwrap();
    assert!(book.extend(&[signed]).is_err(), "and is no more");
}
