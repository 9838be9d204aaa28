//! Whom an invitation makes a member, and whom not.

use super::*;

#[test]
fn an_invitation_makes_one_member() {
    let mut chain = Chain::new();
    let other = Person::new(4);
    let name = DocumentName::member(other.profile);
    assert_refused(chain.join("one", &other), &name, Refusal::Replayed);
}

#[test]
fn an_invitation_that_is_over_revoked_or_unknown_makes_nobody_a_member() {
    let mut chain = Chain::new();
    let other = Person::new(4);
    let name = DocumentName::member(other.profile);
    assert_refused(chain.join("two", &other), &name, Refusal::UnknownAuthor);
    chain.as_ada(chain.invitation("two", false)).unwrap();
    chain.as_ada(chain.invitation("two", true)).unwrap();
    assert_refused(chain.join("two", &other), &name, Refusal::NotAllowed);
    chain.as_ada(chain.invitation("three", false)).unwrap();
    let late = chain.book.write(
        Author::Invitation("three".into()),
        &chain.one_time,
        other.body(Role::Member, Standing::Active),
        NOW.plus(1_000),
    );
    assert_refused(late, &name, Refusal::Expired);
    let wrong = SigningKey::from_seed(&[55; 32]);
    let body = other.body(Role::Member, Standing::Active);
    let wrong = chain.write(Author::Invitation("three".into()), &wrong, body);
    assert_refused(wrong, &name, Refusal::Forged);
    let one_time = SigningKey::from_seed(chain.one_time.seed());
    let body = other.body(Role::Admin, Standing::Active);
    let risen = chain.write(Author::Invitation("three".into()), &one_time, body);
    assert_refused(risen, &name, Refusal::NotAllowed);
    chain.join("three", &other).unwrap();
}

#[test]
fn an_invitation_makes_nobody_a_member_while_its_author_may_not_invite() {
    let eve = Person::new(4);
    let name = DocumentName::member(eve.profile);
    for (role, standing) in [
        (Role::Admin, Standing::Disabled),
        (Role::Admin, Standing::Erased),
        (Role::Member, Standing::Active),
    ] {
        let (mut chain, noor) = two_admins();
        if standing == Standing::Erased {
            let (member, wanted) = (noor.profile, Proposed::Erasure);
            let body = crate::proposals::ProposalBody { member, wanted, withdrawn: false };
            chain.by(&noor, Body::Proposal(body)).unwrap();
        }
        chain.as_ada(noor.body(role, standing)).unwrap();
        assert_refused(chain.join("two", &eve), &name, Refusal::NotAllowed);
        assert_eq!(chain.book.valid_invitations(NOW).len(), 0, "nor is any key sealed to it");
    }
    let (mut chain, noor) = two_admins();
    chain.as_ada(noor.body(Role::Admin, Standing::Disabled)).unwrap();
    chain.as_ada(chain.invitation("two", false)).unwrap();
    chain.join("two", &eve).unwrap();
}

#[test]
fn a_book_from_before_invitations_ended_with_their_author_still_verifies() {
    let (mut chain, noor) = two_admins();
    let of_form_1 = |chain: &mut Chain, key: &SigningKey, author: Author, body: Body| {
        let before = chain.book.chapters.get(&body.name());
        let (version, predecessor) = before.map_or((1, None), |chapter| {
            (chapter.latest.version + 1, chapter.hashes.last().copied())
        });
        chain.append(key, |document| {
            *document = Document { v: 1, version, predecessor, author, body, ..document.clone() };
        });
        let row = chain.rows.last().unwrap().clone();
        chain.book.extend(&[row])
    };
    // The whole chain in the old form, then someone who came by a disabled admin's invitation.
    let rows = std::mem::take(&mut chain.rows);
    chain.book = Book::new(chain.book.workspace, chain.book.root);
    for row in rows {
        let Document { author, body, .. } = row.read().unwrap();
        let key = match &author {
            Author::Root => &chain.root,
            Author::Profile(profile) if *profile == noor.profile => &noor.signing,
            Author::Profile(_) => &chain.ada.signing,
            Author::Invitation(_) => &chain.one_time,
        };
        let key = SigningKey::from_seed(key.seed());
        of_form_1(&mut chain, &key, author, body).unwrap();
    }
    let (ada, eve) = (Person::new(1), Person::new(4));
    let disabled = noor.body(Role::Admin, Standing::Disabled);
    of_form_1(&mut chain, &ada.signing, Author::Profile(ada.profile), disabled).unwrap();
    let one_time = SigningKey::from_seed(chain.one_time.seed());
    let newcomer = eve.body(Role::Member, Standing::Active);
    let by_two = Author::Invitation("two".into());
    of_form_1(&mut chain, &one_time, by_two, newcomer).unwrap();
    assert!(chain.read_fresh().is_ok(), "nobody is locked out of an old workspace");

    chain.as_ada(provider("one")).unwrap();
    let author = Author::Profile(ada.profile);
    let back = of_form_1(&mut chain, &ada.signing, author, provider("two"));
    assert_refused(back, &provider("").name(), Refusal::OutOfPlace);
}

#[test]
fn a_newcomer_cannot_take_a_members_place() {
    let mut chain = Chain::new();
    chain.as_ada(chain.invitation("two", false)).unwrap();
    let taken = Person { profile: chain.ada.profile, ..Person::new(6) };
    let name = DocumentName::member(taken.profile);
    assert_refused(chain.join("two", &taken), &name, Refusal::NotAllowed);
}
