//! An admin's word that a backup took the workspace's place.
//!
//! Whoever has seen more than the documents hold believes it only from an
//! admin who is still what they know them to be. Who was kept out since the
//! backup is an admin in it and nowhere else, and so has no word here.

use domain::ProfileId;

use super::Book;
use crate::DocumentName;
use crate::document::{Author, Body, RestorationBody};
use crate::pins::Pins;

impl Book {
    /// The last time that a backup took the workspace's place.
    pub(crate) fn restoration(&self) -> Option<&RestorationBody> {
        match &self.chapters.get(&DocumentName::restoration())?.latest.body {
            Body::Restoration(body) => Some(body),
            _ => None,
        }
    }

    /// Whether a backup was put back since `pins`, on the word of an admin known to them.
    pub(crate) fn was_put_back_since(&self, pins: &Pins) -> bool {
        let name = DocumentName::restoration();
        let Some(chapter) = self.chapters.get(&name) else { return false };
        let is_new = self.pinned_hash(&name, pins) != chapter.hashes.last();
        match &chapter.latest.author {
            Author::Profile(author) => is_new && self.is_admin_by(*author, pins),
            Author::Root | Author::Invitation(_) => false,
        }
    }

    /// Whether this person is an active admin here, and has not been changed since as far as
    /// `pins` know.
    pub(crate) fn is_admin_by(&self, profile: ProfileId, pins: &Pins) -> bool {
        let name = DocumentName::member(profile);
        let newest = self.chapters.get(&name).and_then(|chapter| chapter.hashes.last());
        self.is_active_admin(profile) && newest.is_some() && self.pinned_hash(&name, pins) == newest
    }

    fn pinned_hash<'a>(&self, name: &DocumentName, pins: &'a Pins) -> Option<&'a crate::Digest> {
        pins.documents.iter().find(|pin| pin.name == *name).map(|pin| &pin.hash)
    }
}
