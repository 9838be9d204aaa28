//! The workspace as it lies there, seen by one member and left as it is.
//!
//! Takes back no interrupted change, tidies nothing up and pins nothing: it
//! only says whether what is there holds against what the member has seen.

use std::path::Path;

use domain::UnixMs;
use sealed::Reading;

use crate::audit::{AuditReport, Chain, Page, Seen, signers};
use crate::book::Book;
use crate::envelopes::{self, Envelopes};
use crate::opening::{Holder, standing};
use crate::pins::Pins;
use crate::tables::{SHAPE, checkpoints, documents, generation};
use crate::workspace::{Identity, Me};
use crate::{Workspace, WorkspaceError};

/// A look at the workspace.
pub struct WorkspaceReading {
    reading: Reading,
    generation: u64,
    pins: Pins,
    book: Book,
}

impl Workspace {
    /// Looks at the workspace in `dir` as `identity`, who has seen `pins`. Blocks.
    ///
    /// # Errors
    /// As [`Workspace::open`]; a file that is only older than it was is for
    /// [`WorkspaceReading::anchored`] to say.
    pub fn look(
        dir: &Path,
        identity: Identity<'_>,
        pins: Pins,
        now: UnixMs,
    ) -> Result<WorkspaceReading, WorkspaceError> {
        let me = Me::of(identity);
        let holder = Holder::member(&me);
        let envelopes = Envelopes::look(dir)?;
        let key = envelopes.open(&holder.name, holder.recipient)?;
        let path = envelopes::database(dir, envelopes.generation);
        let reading = Reading::open(&path, &key, &SHAPE)?;
        if reading.read(generation::number)? != envelopes.generation {
            return Err(WorkspaceError::RolledBack);
        }
        let rows = reading.read(|connection| documents::from(connection, 0))?;
        let book = Book::read(&rows, &pins, now)?;
        standing(&book, &me)?;
        Ok(WorkspaceReading { reading, generation: envelopes.generation, pins, book })
    }
}

impl WorkspaceReading {
    /// The file itself: its version, its counter, its pages.
    #[must_use]
    pub fn file(&self) -> &Reading {
        &self.reading
    }

    /// As [`Workspace::anchored`], by the pins of who looks.
    #[must_use]
    pub fn anchored(&self) -> (u64, Option<u64>) {
        (self.reading.counter(), self.pins.anchor_of(self.generation))
    }

    /// As [`Workspace::verify_audit`].
    ///
    /// # Errors
    /// As [`Workspace::verify_audit`].
    pub fn verify_audit(&self) -> Result<AuditReport, WorkspaceError> {
        let mut chain = Chain::new(signers(&self.book), Seen::of(&self.pins));
        self.reading.read(|connection| {
            let reach = checkpoints::reach(connection)?;
            loop {
                let page = Page::read(connection, chain.next(), reach)?;
                if let Some(report) = chain.take_page(&page) {
                    return Ok(report);
                }
            }
        })
    }
}
