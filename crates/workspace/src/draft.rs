//! What one transaction adds: documents and audit events, together or not at all.

use std::sync::Arc;

use domain::{EventId, SessionId, UnixMs};
use rusqlite::Connection;
use sealed::SigningKey;

use crate::WorkspaceError;
use crate::audit::{Actor, AuditHead, AuditKind, Occurrence};
use crate::book::Book;
use crate::document::{Author, Body};
use crate::tables::{audit, documents};
use crate::workspace::Me;

/// The state while a transaction is being written.
pub(crate) struct Draft {
    pub(crate) book: Book,
    pub(crate) me: Arc<Me>,
    pub(crate) session: SessionId,
    pub(crate) now: UnixMs,
    pub(crate) pin: Option<AuditHead>,
    pub(crate) appended: Option<audit::Appended>,
}

impl Draft {
    /// Takes what others added since.
    pub(crate) fn catch_up(&mut self, connection: &Connection) -> Result<(), WorkspaceError> {
        self.book.extend(&documents::from(connection, self.book.next())?)
    }

    /// Adds a document that this person signs.
    pub(crate) fn sign(
        &mut self,
        connection: &Connection,
        body: Body,
    ) -> Result<(), WorkspaceError> {
        let me = Arc::clone(&self.me);
        self.sign_as(connection, Author::Profile(me.profile), &me.signing, body)
    }

    /// Adds a document signed with another key.
    pub(crate) fn sign_as(
        &mut self,
        connection: &Connection,
        author: Author,
        key: &SigningKey,
        body: Body,
    ) -> Result<(), WorkspaceError> {
        let written = self.book.write(author, key, body, self.now)?;
        documents::insert(connection, &written)
    }

    /// Adds an event of this person.
    pub(crate) fn record(
        &mut self,
        connection: &Connection,
        what: AuditKind,
    ) -> Result<(), WorkspaceError> {
        let occurrence = Occurrence {
            id: EventId::new(self.now, sealed::random_bytes()),
            at: self.now,
            actor: Actor::Profile(self.me.profile),
            session: Some(self.session),
            role: self.book.member(self.me.profile).map(|me| me.role),
            what,
        };
        let appended = audit::append(connection, occurrence, &self.me.signer(), self.pin)?;
        self.appended = Some(appended);
        Ok(())
    }
}
