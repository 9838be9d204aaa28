//! A chain of documents against those who would write it otherwise.

mod admins;
mod documents;
mod invitations;

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
