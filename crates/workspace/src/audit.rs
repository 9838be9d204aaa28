//! The audit log: who did what, in an order nobody can change unseen.
//!
//! Events are canonical JSON, each names the hash of the one before and is
//! signed by its actor. Content never enters: events carry pseudonyms, sizes
//! and outcomes. The hashes are leaves of an RFC 9162 tree, whose root a signed
//! checkpoint names.

mod automatic;
mod chain;
mod checkpoint;
mod checkpointing;
mod content;
mod event;
mod examine;
mod export;
mod kind;
mod manifest;
mod note;
mod one_time_key;
mod page;
mod proof;
mod reading;
mod tree;

pub use automatic::Checkpointed;
pub use chain::{AuditFault, AuditHead, AuditReport, Fault};
pub use checkpoint::{Checkpoint, NoCheckpoint};
pub use checkpointing::KeptCheckpoint;
pub use content::{Shown, ShownContent};
pub use event::Actor;
pub(crate) use examine::Depth;
pub use export::{ExportError, ExportHead, SignedText, VerifiedExport, verify_export};
pub use kind::AuditKind;
pub use manifest::{Manifest, ManifestError, Packed, SignedManifest};
pub use proof::{CheckedProof, Compared, Proof, ProofError, check_proof};
pub use reading::{LARGEST_PAGE, RecordQuery, RecordedEvent};

pub(crate) use chain::{Chain, Seen, Signers};
pub(crate) use checkpointing::Growth;
pub(crate) use event::{Entry, Event, Occurrence, Signer};
pub(crate) use page::Page;
pub(crate) use reading::{LONGEST_TEXT, Row};

use domain::{EventId, UnixMs};

use crate::access::MOVES;
use crate::book::Book;
use crate::digest::hex;
use crate::document::Written;
use crate::tables::{audit as table, checkpoints, documents};
use crate::{Workspace, WorkspaceError};

impl Workspace {
    /// Records something that this person did, durable when it returns.
    ///
    /// # Errors
    /// When it cannot be written; what it stands for must then not happen.
    pub async fn record(&self, what: AuditKind, now: UnixMs) -> Result<EventId, WorkspaceError> {
        let occurrence = self.occurrence(what, now);
        let id = occurrence.id;
        let (me, pinned) = (self.me(), self.audit_pin());
        let written =
            self.write(move |tx| table::append(tx, occurrence, &me.signer(), pinned)).await?;
        self.saw_event(&written);
        Ok(id)
    }

    /// The first line of this record's export.
    #[must_use]
    pub fn export_head(&self) -> ExportHead {
        let pins = self.pins();
        ExportHead { carrel_record: export::FORM, workspace: pins.workspace, root: pins.root }
    }

    /// At most `limit` signed documents from `position` on, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn signed_documents(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Vec<SignedText>, WorkspaceError> {
        let rows = self.read(move |connection| documents::page(connection, position, limit));
        let signed = |row: Written| SignedText {
            position: row.position,
            text: row.text,
            signature: hex(&row.signature),
        };
        Ok(rows.await?.into_iter().map(signed).collect())
    }

    /// The automatic checkpoints that stand for more than `beyond` and at most `until` events, in
    /// order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn checkpoints(
        &self,
        beyond: u64,
        until: u64,
    ) -> Result<Vec<KeptCheckpoint>, WorkspaceError> {
        let most = u32::try_from(until.saturating_sub(beyond)).unwrap_or(u32::MAX);
        let rows =
            self.read(move |connection| checkpoints::between(connection, beyond, until, most));
        let kept = |row: checkpoints::Kept| KeptCheckpoint { size: row.size, note: row.note };
        Ok(rows.await?.into_iter().map(kept).collect())
    }

    /// Walks the whole log and reports the first place at which it does not hold.
    ///
    /// # Errors
    /// When the log cannot be read at all; what was done to it is in the report.
    pub async fn verify_audit(&self) -> Result<AuditReport, WorkspaceError> {
        self.walk(None, Depth::Whole).await
    }

    /// The same to the depth of hashes, order and checkpoints, which takes a fraction of the time:
    /// what stands before the last checkpoint is as it was then, whoever signed it.
    ///
    /// # Errors
    /// As [`Workspace::verify_audit`].
    pub async fn verify_tree(&self) -> Result<AuditReport, WorkspaceError> {
        self.walk(None, Depth::Tree).await
    }

    /// Walks all of it, and says the root at the size `mark` besides.
    pub(crate) async fn walk(
        &self,
        mark: Option<u64>,
        depth: Depth,
    ) -> Result<AuditReport, WorkspaceError> {
        for _ in 0..MOVES {
            let (report, reach) = self.walk_once(mark, depth).await?;
            let is_of_a_checkpoint = |at: &AuditFault| at.fault == Fault::BadCheckpoint;
            // They began while the record was walked through: their first one was not looked for.
            if !report
                .fault
                .as_ref()
                .is_some_and(|at| is_of_a_checkpoint(at) && at.sequence > reach)
            {
                self.verified(&report);
                return Ok(report);
            }
        }
        Err(WorkspaceError::Busy)
    }

    /// The same once, with the checkpoints that stand for at most so many events as is said, too.
    async fn walk_once(
        &self,
        mark: Option<u64>,
        depth: Depth,
    ) -> Result<(AuditReport, u64), WorkspaceError> {
        let seen = Seen::of(&self.pins());
        let book = self.fresh_book().await?;
        let chain = Chain::new(signers(&book), seen).to(depth);
        let mut chain = match mark {
            Some(size) => chain.marking(size),
            None => chain,
        };
        let reach = self.read(checkpoints::reach).await?;
        loop {
            let from = chain.next();
            let page = self.read(move |connection| Page::read(connection, from, reach)).await?;
            if let Some(report) = chain.take_page(&page) {
                return Ok((report, reach));
            }
        }
    }

    /// What holds is remembered, so that it is missed where it is gone later.
    fn verified(&self, report: &AuditReport) {
        if report.fault.is_none() {
            self.saw_checkpoint(report.checkpointed.last());
        }
    }

    /// How many signed documents there are.
    ///
    /// # Errors
    /// As [`Workspace::limits`].
    pub async fn document_count(&self) -> Result<u64, WorkspaceError> {
        Ok(self.fresh_book().await?.next())
    }

    /// True where the log was found cut or changed behind what this person had seen: known
    /// from opening on, and again at every later one, for telling them. Where it was changed
    /// says [`Workspace::verify_audit`].
    #[must_use]
    pub fn audit_was_cut(&self) -> bool {
        self.known().audit_cut
    }

    pub(crate) fn occurrence(&self, what: AuditKind, at: UnixMs) -> Occurrence {
        // JSON keeps no larger whole number exactly, and an event must read as it was signed.
        let at = UnixMs(at.0.clamp(0, (1 << 53) - 1));
        Occurrence {
            id: EventId::new(at, sealed::random_bytes()),
            at,
            actor: Actor::Profile(self.me().profile),
            session: Some(self.session()),
            role: self.role_known(),
            what,
        }
    }

    pub(crate) fn saw_event(&self, appended: &table::Appended) {
        self.growth.add(appended.is_pressing);
        let mut known = self.known();
        if !appended.pin_holds {
            known.audit_cut = true;
        }
        // After a cut the pin stays where it was: it is the evidence.
        if !known.audit_cut && known.audit.is_none_or(|pin| pin.sequence < appended.head.sequence) {
            known.audit = Some(appended.head);
        }
    }
}

/// Whose signatures stand under events.
pub(crate) fn signers(book: &Book) -> Signers {
    Signers {
        workspace: book.workspace(),
        profiles: book.members().iter().map(|member| (member.profile, member.signing)).collect(),
        device: book.device(),
    }
}
