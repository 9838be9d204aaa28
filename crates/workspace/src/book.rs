//! The chain of documents, replayed: what the workspace says and who may say it.
//!
//! Starts from nothing but the pinned root key and takes one document after
//! the other, each judged by what stood before it. Pure: rows and a time come
//! in, a verified book or a refusal that names the document comes out.

mod proposals;
mod rules;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use domain::{ModelRef, Override, ProfileId, Role, UnixMs, WorkspaceId};
use sealed::{PublicKey, SigningKey};

use crate::document::{
    Author, Body, DeviceBody, Document, FORM, ImportedList, InvitationBody, MemberBody, PolicyBody,
    PriceListBody, ProviderBody, RouteBody, SettingsBody, Standing, Written,
};
use crate::pins::{Pinned, Pins};
use crate::{Digest, DocumentName, Limits, Refusal, WorkspaceError};

/// All versions of one document.
#[derive(Clone, Debug)]
struct Chapter {
    /// Where its first version stands.
    first: u64,
    latest: Document,
    /// The hash of each version, the first first.
    hashes: Vec<Digest>,
}

/// The verified documents.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    workspace: WorkspaceId,
    root: PublicKey,
    chapters: BTreeMap<DocumentName, Chapter>,
    /// Invitations that made a member.
    spent: BTreeSet<String>,
    head: Option<Digest>,
    next: u64,
    latest_at: UnixMs,
    /// The newest form so far: no older one may follow it.
    form: u32,
}

/// An invitation that is neither used nor revoked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending<'a> {
    pub(crate) body: &'a InvitationBody,
    /// Who signed its newest version.
    pub(crate) author: ProfileId,
}

/// A route that exists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SavedRoute<'a> {
    pub(crate) body: &'a RouteBody,
    pub(crate) version: u32,
    /// When its newest version was signed.
    pub(crate) at: UnixMs,
    /// Who signed that.
    pub(crate) by: Option<ProfileId>,
}

fn refused(document: DocumentName, reason: Refusal) -> WorkspaceError {
    WorkspaceError::Refused { document, reason }
}

impl Book {
    /// A book without documents.
    pub(crate) fn new(workspace: WorkspaceId, root: PublicKey) -> Self {
        Self {
            workspace,
            root,
            chapters: BTreeMap::new(),
            spent: BTreeSet::new(),
            head: None,
            next: 0,
            latest_at: UnixMs(0),
            form: 0,
        }
    }

    /// Reads and verifies a whole chain against what was seen before.
    ///
    /// # Errors
    /// `Refused`, naming the first document that does not hold.
    pub(crate) fn read(rows: &[Written], pins: &Pins, now: UnixMs) -> Result<Self, WorkspaceError> {
        let book = Self::read_whenever(rows, pins)?;
        book.check_times(now)?;
        Ok(book)
    }

    /// The same without asking whether the documents' times have come or gone.
    pub(crate) fn read_whenever(rows: &[Written], pins: &Pins) -> Result<Self, WorkspaceError> {
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            let document = row
                .read()
                .map_err(|reason| refused(DocumentName::unreadable(row.position), reason))?;
            read.push((row, document));
        }
        compare(&read, &pins.documents)?;
        let mut book = Self::new(pins.workspace, pins.root);
        for (row, document) in read {
            book.take(row, document)?;
        }
        Ok(book)
    }

    /// Takes documents that were added since.
    pub(crate) fn extend(&mut self, rows: &[Written]) -> Result<(), WorkspaceError> {
        for row in rows {
            let document = row
                .read()
                .map_err(|reason| refused(DocumentName::unreadable(row.position), reason))?;
            self.take(row, document)?;
        }
        Ok(())
    }

    /// Writes the next version of a document, signed with `key`, and takes it.
    ///
    /// # Errors
    /// `Refused` with `NotAllowed` where the author may not.
    pub(crate) fn write(
        &mut self,
        author: Author,
        key: &SigningKey,
        body: Body,
        now: UnixMs,
    ) -> Result<Written, WorkspaceError> {
        let name = body.name();
        let before = self.chapters.get(&name);
        let document = Document {
            v: FORM,
            workspace: self.workspace,
            position: self.next,
            previous: self.head,
            version: before.map_or(1, |chapter| chapter.latest.version.saturating_add(1)),
            predecessor: before.and_then(|chapter| chapter.hashes.last().copied()),
            // Documents never go back in time, whatever the clock does.
            issued_at: self.time(now),
            not_before: None,
            expires: None,
            author,
            body,
        };
        let written = document.sign(key).map_err(|reason| refused(name, reason))?;
        self.take(&written, document)?;
        Ok(written)
    }

    fn take(&mut self, row: &Written, document: Document) -> Result<(), WorkspaceError> {
        let name = document.body.name();
        self.judge(row, &document).map_err(|reason| refused(name.clone(), reason))?;
        if let (Author::Invitation(id), Body::Member(_)) = (&document.author, &document.body) {
            self.spent.insert(id.clone());
        }
        let hash = row.hash();
        self.head = Some(hash);
        self.next = self.next.saturating_add(1);
        self.latest_at = document.issued_at;
        self.form = document.v;
        match self.chapters.get_mut(&name) {
            Some(chapter) => {
                chapter.hashes.push(hash);
                chapter.latest = document;
            }
            None => {
                let first = document.position;
                let hashes = vec![hash];
                self.chapters.insert(name, Chapter { first, latest: document, hashes });
            }
        }
        Ok(())
    }

    fn check_times(&self, now: UnixMs) -> Result<(), WorkspaceError> {
        for (name, chapter) in &self.chapters {
            let document = &chapter.latest;
            if document.not_before.is_some_and(|from| now < from) {
                return Err(refused(name.clone(), Refusal::NotYetValid));
            }
            if document.expires.is_some_and(|until| now >= until) {
                return Err(refused(name.clone(), Refusal::Expired));
            }
        }
        Ok(())
    }

    /// Each document's newest version, for pinning.
    pub(crate) fn pinned(&self) -> Vec<Pinned> {
        self.chapters
            .iter()
            .filter_map(|(name, chapter)| {
                let hash = *chapter.hashes.last()?;
                Some(Pinned { name: name.clone(), version: chapter.latest.version, hash })
            })
            .collect()
    }

    /// The newest form of its documents.
    pub(crate) fn form(&self) -> u32 {
        self.form
    }

    /// The place of the next document.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// What time it is for the documents: `now`, or where a clock was ahead, that of the last.
    pub(crate) fn time(&self, now: UnixMs) -> UnixMs {
        now.max(self.latest_at)
    }

    pub(crate) fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    pub(crate) fn root(&self) -> PublicKey {
        self.root
    }

    pub(crate) fn member(&self, profile: ProfileId) -> Option<&MemberBody> {
        match &self.chapters.get(&DocumentName::member(profile))?.latest.body {
            Body::Member(member) => Some(member),
            _ => None,
        }
    }

    /// Members in order of joining.
    pub(crate) fn members(&self) -> Vec<&MemberBody> {
        self.in_order(|document| match &document.body {
            Body::Member(member) => Some(member),
            _ => None,
        })
    }

    /// Whether this person is an admin who is not kept out.
    pub(crate) fn is_active_admin(&self, profile: ProfileId) -> bool {
        self.member(profile)
            .is_some_and(|member| member.role == Role::Admin && member.standing == Standing::Active)
    }

    /// Invitations that are neither used nor revoked, expired ones included.
    pub(crate) fn open_invitations(&self) -> Vec<Pending<'_>> {
        self.in_order(|document| match (&document.body, &document.author) {
            (Body::Invitation(body), Author::Profile(author))
                if !body.revoked && !self.spent.contains(&body.id) =>
            {
                Some(Pending { body, author: *author })
            }
            _ => None,
        })
    }

    /// Those among them that make a member at `now`.
    pub(crate) fn valid_invitations(&self, now: UnixMs) -> Vec<&InvitationBody> {
        let open = self.open_invitations().into_iter();
        let alone = self.has_several_admins();
        open.filter(|one| now < one.body.expires_at && self.is_active_admin(one.author))
            // One admin's invitation makes no further admin.
            .filter(|one| !(alone && one.body.role == Role::Admin))
            .map(|one| one.body)
            .collect()
    }

    /// Providers that exist, with their versions.
    pub(crate) fn providers(&self) -> Vec<(&ProviderBody, u32)> {
        let mut found: Vec<_> = self
            .chapters
            .values()
            .filter_map(|chapter| match &chapter.latest.body {
                Body::Provider(one) if !one.removed => Some((one, chapter.latest.version)),
                _ => None,
            })
            .collect();
        found.sort_by_key(|(one, _)| (one.order, one.id));
        found
    }

    /// Routes that exist, in the order in which they were first signed.
    pub(crate) fn routes(&self) -> Vec<SavedRoute<'_>> {
        self.in_order(|document| match &document.body {
            Body::Route(body) if !body.removed => Some(SavedRoute {
                body,
                version: document.version,
                at: document.issued_at,
                by: match &document.author {
                    Author::Profile(profile) => Some(*profile),
                    Author::Root | Author::Invitation(_) => None,
                },
            }),
            _ => None,
        })
    }

    pub(crate) fn settings(&self) -> SettingsBody {
        match self.chapters.get(&DocumentName::settings()).map(|chapter| &chapter.latest.body) {
            Some(Body::Settings(settings)) => settings.clone(),
            _ => SettingsBody::default(),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        match self.chapters.get(&DocumentName::limits()).map(|chapter| &chapter.latest.body) {
            Some(Body::Limits(limits)) => limits.clone(),
            _ => Limits::default(),
        }
    }

    /// What the newest version of a document says.
    pub(crate) fn latest(&self, name: &DocumentName) -> Option<&Body> {
        self.chapters.get(name).map(|chapter| &chapter.latest.body)
    }

    /// Roles that admins made, and what they allow and deny; none where nobody signed any.
    pub(crate) fn policy(&self) -> Option<(&PolicyBody, &Document)> {
        let latest = &self.chapters.get(&DocumentName::policy())?.latest;
        match &latest.body {
            Body::Policy(body) => Some((body, latest)),
            _ => None,
        }
    }

    /// The hash of one version of a document, from 1.
    pub(crate) fn hash_of(&self, name: &DocumentName, version: u32) -> Option<Digest> {
        let place = usize::try_from(version.checked_sub(1)?).ok()?;
        self.chapters.get(name)?.hashes.get(place).copied()
    }

    /// How many versions of a document there are.
    pub(crate) fn version_of(&self, name: &DocumentName) -> u32 {
        self.chapters.get(name).map_or(0, |chapter| chapter.latest.version)
    }

    /// The models of which an admin said something, with that.
    pub(crate) fn overrides(&self) -> impl Iterator<Item = (&ModelRef, Override)> {
        self.chapters.values().filter_map(|chapter| match &chapter.latest.body {
            Body::Override(body) => Some((&body.model, body.own?)),
            _ => None,
        })
    }

    /// The price list that an admin brought, and when; none where the shipped one holds.
    pub(crate) fn price_list(&self) -> Option<(&ImportedList, UnixMs)> {
        let latest = &self.chapters.get(&DocumentName::price_list())?.latest;
        match &latest.body {
            Body::PriceList(PriceListBody { imported }) => {
                Some((imported.as_ref()?, latest.issued_at))
            }
            _ => None,
        }
    }

    pub(crate) fn device(&self) -> Option<PublicKey> {
        match &self.chapters.get(&DocumentName::device())?.latest.body {
            Body::Device(DeviceBody { signing }) => Some(*signing),
            _ => None,
        }
    }

    fn in_order<'a, T: 'a>(&'a self, pick: impl Fn(&'a Document) -> Option<T>) -> Vec<T> {
        let mut found: Vec<_> = self
            .chapters
            .values()
            .filter_map(|chapter| Some((chapter.first, pick(&chapter.latest)?)))
            .collect();
        found.sort_by_key(|(first, _)| *first);
        found.into_iter().map(|(_, one)| one).collect()
    }
}

/// Nothing seen before may be gone, older or different.
fn compare(read: &[(&Written, Document)], pinned: &[Pinned]) -> Result<(), WorkspaceError> {
    let mut versions: BTreeMap<DocumentName, BTreeMap<u32, Digest>> = BTreeMap::new();
    for (row, document) in read {
        let chapter = versions.entry(document.body.name()).or_default();
        // The first of two equal versions counts; the second is refused as replayed.
        chapter.entry(document.version).or_insert_with(|| row.hash());
    }
    for pin in pinned {
        let reason = match versions.get(&pin.name) {
            None => Refusal::Missing,
            Some(chapter) => match chapter.get(&pin.version) {
                Some(hash) if *hash == pin.hash => continue,
                Some(_) => Refusal::Replaced,
                None => Refusal::Older,
            },
        };
        return Err(refused(pin.name.clone(), reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
