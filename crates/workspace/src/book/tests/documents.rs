//! What is signed, and what no reader takes.

use super::*;

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
