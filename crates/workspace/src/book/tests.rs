use domain::{
    Dialect, Limit, LimitMeasure, LimitScope, Proposed, ProviderId, Role, RouteId, Span, Strategy,
};
use proptest::prelude::*;
use sealed::RecipientKey;

use super::*;
use crate::NewProvider;
use crate::document::Standing;

const NOW: UnixMs = UnixMs(1_800_000_000_000);

struct Person {
    profile: ProfileId,
    signing: SigningKey,
    recipient: RecipientKey,
}

impl Person {
    fn new(n: u8) -> Self {
        Self {
            profile: ProfileId::new(UnixMs(1), [n; 10]),
            signing: SigningKey::from_seed(&[n; 32]),
            recipient: RecipientKey::from_bytes(&[n; 32]),
        }
    }

    fn body(&self, role: Role, standing: Standing) -> Body {
        Body::Member(MemberBody {
            profile: self.profile,
            role,
            standing,
            signing: self.signing.public(),
            recipient: self.recipient.public(),
        })
    }
}

/// A workspace's chain with its people: an admin, a member who came by invitation.
struct Chain {
    book: Book,
    rows: Vec<Written>,
    root: SigningKey,
    ada: Person,
    mira: Person,
    one_time: SigningKey,
}

impl Chain {
    fn new() -> Self {
        let root = SigningKey::from_seed(&[200; 32]);
        let workspace = WorkspaceId::new(UnixMs(1), [1; 10]);
        let mut chain = Self {
            book: Book::new(workspace, root.public()),
            rows: Vec::new(),
            root,
            ada: Person::new(1),
            mira: Person::new(2),
            one_time: SigningKey::from_seed(&[100; 32]),
        };
        let first = chain.ada.body(Role::Admin, Standing::Active);
        let root = SigningKey::from_seed(chain.root.seed());
        chain.write(Author::Root, &root, first).unwrap();
        chain.as_ada(chain.invitation("one", false)).unwrap();
        chain.join("one", &Person::new(2)).unwrap();
        chain
    }

    fn write(
        &mut self,
        author: Author,
        key: &SigningKey,
        body: Body,
    ) -> Result<(), WorkspaceError> {
        let row = self.book.write(author, key, body, NOW)?;
        self.rows.push(row);
        Ok(())
    }

    fn by(&mut self, person: &Person, body: Body) -> Result<(), WorkspaceError> {
        self.write(Author::Profile(person.profile), &person.signing, body)
    }

    fn as_ada(&mut self, body: Body) -> Result<(), WorkspaceError> {
        self.by(&Person::new(1), body)
    }

    fn as_mira(&mut self, body: Body) -> Result<(), WorkspaceError> {
        self.by(&Person::new(2), body)
    }

    fn join(&mut self, invitation: &str, person: &Person) -> Result<(), WorkspaceError> {
        let key = SigningKey::from_seed(self.one_time.seed());
        let body = person.body(Role::Member, Standing::Active);
        self.write(Author::Invitation(invitation.into()), &key, body)
    }

    fn invitation(&self, id: &str, revoked: bool) -> Body {
        Body::Invitation(InvitationBody {
            id: id.into(),
            role: Role::Member,
            expires_at: NOW.plus(1_000),
            signing: self.one_time.public(),
            recipient: RecipientKey::from_bytes(&[9; 32]).public(),
            revoked,
        })
    }

    fn pins(&self) -> Pins {
        Pins {
            workspace: self.book.workspace,
            root: self.book.root,
            documents: self.book.pinned(),
            audit: None,
            file: None,
            checkpoint: None,
        }
    }

    /// What someone without any knowledge but the root key says of these rows.
    fn read_fresh(&self) -> Result<Book, WorkspaceError> {
        Book::read(&self.rows, &Pins { documents: Vec::new(), ..self.pins() }, NOW)
    }

    /// Appends a document that its writer made to measure, signed as given.
    fn append(&mut self, key: &SigningKey, change: impl FnOnce(&mut Document)) {
        let mut document = Document {
            v: FORM,
            workspace: self.book.workspace,
            position: self.book.next,
            previous: self.book.head,
            version: 1,
            predecessor: None,
            issued_at: NOW,
            not_before: None,
            expires: None,
            author: Author::Profile(self.ada.profile),
            body: provider("made"),
        };
        change(&mut document);
        self.rows.push(document.sign(key).unwrap());
    }
}

fn provider(label: &str) -> Body {
    let wanted = NewProvider {
        id: ProviderId::new(UnixMs(1), [7; 10]),
        label: label.into(),
        dialect: Dialect::OpenAi,
        base_url: "https://api.example.com/v1".into(),
        models: vec!["m".into()],
        for_guests: false,
        nearby_allowed: false,
        accepts: domain::DataClass::Internal,
        regions: Vec::new(),
    };
    Body::Provider(ProviderBody::new(wanted, 0, Vec::new()))
}

fn route(name: &str) -> Body {
    Body::Route(RouteBody {
        id: RouteId::new(UnixMs(1), [8; 10]),
        name: name.into(),
        strategy: Strategy::Ordered,
        candidates: Vec::new(),
        on_overflow: Vec::new(),
        on_refusal: Vec::new(),
        removed: false,
    })
}

#[track_caller]
fn assert_refused<T>(result: Result<T, WorkspaceError>, name: &DocumentName, wanted: Refusal) {
    match result {
        Err(WorkspaceError::Refused { document, reason }) => {
            assert_eq!((&document, reason), (name, wanted), "the right document, the right reason");
        }
        Err(other) => panic!("refused as {other:?}, not as {wanted:?}"),
        Ok(_) => panic!("accepted, although {wanted:?}"),
    }
}

#[test]
fn what_the_root_and_its_admins_signed_holds() {
    let mut chain = Chain::new();
    chain.as_ada(provider("one")).unwrap();
    chain.as_ada(provider("two")).unwrap();
    let book = Book::read(&chain.rows, &chain.pins(), NOW).unwrap();
    assert_eq!(book.providers()[0].0.label, "two", "the newest version counts");
    assert_eq!(book.providers()[0].1, 2, "versions count from one");
    let members: Vec<_> = book.members().iter().map(|member| member.profile).collect();
    assert_eq!(members, [chain.ada.profile, chain.mira.profile], "in order of joining");
    assert_eq!(book.open_invitations().len(), 0, "a used invitation is not open");
}

#[test]
fn an_unsigned_document_is_refused_by_name() {
    let mut chain = Chain::new();
    chain.as_ada(provider("one")).unwrap();
    chain.rows.last_mut().unwrap().signature.clear();
    assert_refused(chain.read_fresh(), &provider("").name(), Refusal::Unsigned);
}

#[test]
fn a_document_signed_with_another_key_is_refused_by_name() {
    let mut chain = Chain::new();
    let mira = SigningKey::from_seed(chain.mira.signing.seed());
    chain.append(&mira, |_| {});
    assert_refused(chain.read_fresh(), &provider("").name(), Refusal::Forged);
}

#[test]
fn a_changed_document_is_refused_by_name() {
    let mut chain = Chain::new();
    chain.as_ada(provider("one")).unwrap();
    let row = chain.rows.last_mut().unwrap();
    row.text = row.text.replace("api.example.com", "evil.example.com");
    assert_refused(chain.read_fresh(), &provider("").name(), Refusal::Forged);
}

#[test]
fn a_document_by_nobody_known_is_refused_by_name() {
    let mut chain = Chain::new();
    let stranger = Person::new(3);
    chain.append(&stranger.signing, |document| {
        document.author = Author::Profile(stranger.profile);
    });
    assert_refused(chain.read_fresh(), &provider("").name(), Refusal::UnknownAuthor);
}

#[test]
fn an_event_or_another_text_is_no_document() {
    let mut chain = Chain::new();
    chain.rows.push(Written { position: 3, text: "{}".into(), signature: vec![0; 64] });
    let name = DocumentName::unreadable(3);
    assert_refused(chain.read_fresh(), &name, Refusal::Malformed);
    let row = chain.rows.last_mut().unwrap();
    let spaced = chain.book.write(
        Author::Profile(chain.ada.profile),
        &chain.ada.signing,
        provider("one"),
        NOW,
    );
    *row = spaced.unwrap();
    row.text = row.text.replace("\"v\":3", "\"v\": 3");
    assert_refused(chain.read_fresh(), &name, Refusal::Malformed);
}

#[test]
fn members_cannot_sign_providers_routes_settings_invitations_or_other_members() {
    let mut chain = Chain::new();
    let ada = Person::new(1).body(Role::Admin, Standing::Disabled);
    let invitation = chain.invitation("two", false);
    let settings = Body::Settings(SettingsBody::default());
    for body in [provider("mine"), route("mine"), settings, invitation, ada] {
        let name = body.name();
        assert_refused(chain.as_mira(body), &name, Refusal::NotAllowed);
    }
}

#[test]
fn a_member_may_leave_but_not_rise() {
    let mut chain = Chain::new();
    let mira = Person::new(2);
    let risen = mira.body(Role::Admin, Standing::Active);
    assert_refused(chain.as_mira(risen), &DocumentName::member(mira.profile), Refusal::NotAllowed);
    let gone_as_admin = mira.body(Role::Admin, Standing::Erased);
    let name = DocumentName::member(mira.profile);
    assert_refused(chain.as_mira(gone_as_admin), &name, Refusal::NotAllowed);
    chain.as_mira(mira.body(Role::Member, Standing::Erased)).unwrap();
    let back = chain.as_ada(mira.body(Role::Member, Standing::Active));
    assert_refused(back, &name, Refusal::NotAllowed);
}

#[test]
fn a_disabled_member_signs_nothing_more() {
    let mut chain = Chain::new();
    let mira = Person::new(2);
    chain.as_ada(mira.body(Role::Member, Standing::Disabled)).unwrap();
    let left = chain.as_mira(mira.body(Role::Member, Standing::Erased));
    assert_refused(left, &DocumentName::member(mira.profile), Refusal::NotAllowed);
}

#[test]
fn an_admin_cannot_put_other_keys_under_a_members_name() {
    let mut chain = Chain::new();
    let taken = Person { profile: chain.mira.profile, ..Person::new(8) };
    let name = DocumentName::member(taken.profile);
    let body = taken.body(Role::Member, Standing::Active);
    assert_refused(chain.as_ada(body), &name, Refusal::NotAllowed);
}

#[test]
fn an_admin_makes_no_member_without_an_invitation() {
    let mut chain = Chain::new();
    let body = Person::new(5).body(Role::Admin, Standing::Active);
    let name = body.name();
    assert_refused(chain.as_ada(body), &name, Refusal::NotAllowed);
}

#[test]
fn an_older_version_is_refused_by_name() {
    let mut chain = Chain::new();
    chain.as_ada(provider("one")).unwrap();
    chain.as_ada(provider("two")).unwrap();
    let pins = chain.pins();
    chain.rows.pop();
    let name = provider("").name();
    assert_refused(Book::read(&chain.rows, &pins, NOW), &name, Refusal::Older);
    chain.rows.pop();
    assert_refused(Book::read(&chain.rows, &pins, NOW), &name, Refusal::Missing);
}

#[test]
fn a_version_that_was_seen_cannot_be_replaced_even_by_its_author() {
    let mut chain = Chain::new();
    let fork = Chain::new();
    chain.as_ada(provider("one")).unwrap();
    let pins = chain.pins();
    let (mut chain, ada) = (fork, Person::new(1));
    chain.by(&ada, provider("other")).unwrap();
    let name = provider("").name();
    assert_refused(Book::read(&chain.rows, &pins, NOW), &name, Refusal::Replaced);
}

#[test]
fn a_replayed_document_is_refused_by_name() {
    let mut chain = Chain::new();
    chain.as_ada(provider("one")).unwrap();
    chain.as_ada(provider("two")).unwrap();
    let again = Written { position: 5, ..chain.rows[3].clone() };
    chain.rows.push(again);
    assert_refused(chain.read_fresh(), &provider("").name(), Refusal::Replayed);
}

#[test]
fn a_document_of_another_workspace_is_refused_by_name() {
    let mut chain = Chain::new();
    let ada = SigningKey::from_seed(chain.ada.signing.seed());
    chain.append(&ada, |document| document.workspace = WorkspaceId::new(UnixMs(2), [2; 10]));
    assert_refused(chain.read_fresh(), &provider("").name(), Refusal::Foreign);
}

#[test]
fn an_expired_document_and_one_before_its_time_are_refused_by_name() {
    let mut chain = Chain::new();
    let ada = SigningKey::from_seed(chain.ada.signing.seed());
    chain.append(&ada, |document| {
        document.not_before = Some(NOW);
        document.expires = Some(NOW.plus(10));
    });
    let name = provider("").name();
    let at = |millis| Book::read(&chain.rows, &chain.pins(), NOW.plus(millis));
    assert_refused(at(-1), &name, Refusal::NotYetValid);
    assert!(at(0).is_ok(), "valid from its first moment");
    assert!(at(9).is_ok(), "to its last");
    assert_refused(at(10), &name, Refusal::Expired);
}

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

/// Ada, and Noor, an admin whose open invitation is "two".
fn two_admins() -> (Chain, Person) {
    let mut chain = Chain::new();
    let noor = Person::new(3);
    chain.as_ada(chain.invitation("noor", false)).unwrap();
    chain.join("noor", &noor).unwrap();
    chain.as_ada(noor.body(Role::Admin, Standing::Active)).unwrap();
    chain.by(&noor, chain.invitation("two", false)).unwrap();
    (chain, noor)
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
fn a_clock_set_back_keeps_documents_in_order() {
    let mut chain = Chain::new();
    let ada = Person::new(1);
    let author = Author::Profile(ada.profile);
    let row = chain.book.write(author, &ada.signing, provider("one"), UnixMs(5)).unwrap();
    assert_eq!(row.read().unwrap().issued_at, NOW, "never before the document before it");
}

fn long_chain() -> Chain {
    let mut chain = Chain::new();
    for version in 0..4 {
        chain.as_ada(provider(&format!("version {version}"))).unwrap();
    }
    chain.as_ada(Body::Settings(SettingsBody::default())).unwrap();
    chain
}

#[test]
fn a_chain_cut_anywhere_is_refused_by_who_saw_all_of_it() {
    let chain = long_chain();
    for kept in 0..chain.rows.len() {
        let read = Book::read(&chain.rows[..kept], &chain.pins(), NOW);
        assert!(read.is_err(), "{kept} of {} documents are not all", chain.rows.len());
    }
}

#[test]
fn a_document_taken_out_or_moved_is_noticed_without_any_pins() {
    let whole = long_chain();
    let last = whole.rows.len() - 1;
    for place in 0..last {
        let mut chain = long_chain();
        chain.rows.remove(place);
        assert!(chain.read_fresh().is_err(), "document {place} is missing");
        let mut chain = long_chain();
        chain.rows.swap(place, place + 1);
        assert!(chain.read_fresh().is_err(), "documents {place} and the next changed places");
        let mut chain = long_chain();
        let twice = chain.rows[place].clone();
        chain.rows.insert(place, twice);
        assert!(chain.read_fresh().is_err(), "document {place} stands twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_single_byte_of_any_document_can_change(row in 0_usize..8, at in any::<prop::sample::Index>(), bit in 0_u8..7) {
        let mut chain = long_chain();
        let row = &mut chain.rows[row];
        let mut bytes = row.text.clone().into_bytes();
        let place = at.index(bytes.len() + row.signature.len());
        if place < bytes.len() {
            bytes[place] ^= 1 << bit;
            row.text = String::from_utf8(bytes).unwrap();
        } else {
            row.signature[place - bytes.len()] ^= 1 << bit;
        }
        prop_assert!(chain.read_fresh().is_err(), "a changed byte must be noticed");
    }
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

#[test]
fn an_admins_limits_with_a_pool_that_nobody_can_share_are_refused_by_name() {
    let limits = |limit| {
        let limits = vec![limit];
        Body::Limits(crate::Limits { limits, ..Default::default() })
    };
    let measure = LimitMeasure::Tokens { span: Span::Day };
    let each = Limit { pool: Some(9), ..Limit::new(LimitScope::EachProfile {}, measure, 5) };
    let scope = LimitScope::Workspace {};
    let name = limits(each.clone()).name();
    for hostile in [
        Limit { scope, ..each.clone() },
        Limit { measure: LimitMeasure::AtOnce {}, ..each.clone() },
        Limit { pool: Some(0), ..each.clone() },
        Limit { pool: Some(Limit::MOST + 1), ..each.clone() },
    ] {
        let mut chain = Chain::new();
        let ada = SigningKey::from_seed(&[1; 32]);
        chain.append(&ada, |document| document.body = limits(hostile));
        assert_refused(chain.read_fresh(), &name, Refusal::NotAllowed);
    }
    let mut chain = Chain::new();
    chain.as_ada(limits(each)).unwrap();
    assert_eq!(chain.read_fresh().unwrap().limits().limits[0].pool, Some(9), "of each it is read");
}
