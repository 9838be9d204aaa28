//! What the people on an installation share, and the door before it.
//!
//! The door knows what must be known before anyone unlocks. The workspace
//! holds members, providers, prices, settings and limits as signed documents, the
//! audit log and the ledger of attempts. Every member can open its file, so nothing in
//! it is believed without a signature that leads to the pinned root key.
//! Chats never enter here, and neither does anything of one person's vault.

mod access;
mod attempts;
mod audit;
mod backups;
mod book;
mod catalogue;
mod concessions;
mod digest;
mod document;
mod door;
mod draft;
mod envelopes;
mod error;
mod founding;
mod groups;
mod guests;
mod invitations;
mod keys;
mod ledger;
mod limits;
mod members;
mod opening;
mod pins;
mod policies;
mod proposals;
mod prospects;
mod providers;
mod reading;
mod rekey;
mod requests;
mod restoring;
mod routes;
mod settings;
mod shelf;
mod spooled;
mod tables;
mod usage;
mod wait;
mod workspace;

pub use attempts::{AttemptEnd, AttemptStart, Unsettled};
pub use audit::{
    Actor, AuditFault, AuditHead, AuditKind, AuditReport, CheckedProof, Checkpoint, Checkpointed,
    Compared, ExportError, ExportHead, Fault, KeptCheckpoint, LARGEST_PAGE, Manifest,
    ManifestError, NoCheckpoint, Packed, Proof, ProofError, RecordQuery, RecordedEvent, Shown,
    ShownContent, SignedManifest, SignedText, VerifiedExport, check_proof, verify_export,
};
pub use backups::Restorable;
pub use catalogue::{Catalogue, LARGEST_PRICE_LIST, PriceList};
pub use concessions::Raise;
pub use digest::Digest;
pub use document::{DocumentKind, DocumentName};
pub use door::{Card, DevicePlace, Door, DoorReading, GuestOffer, Ticket};
pub use error::{DoorError, Refusal, WorkspaceError};
pub use founding::Founded;
pub use groups::Group;
pub use invitations::{Invited, OpenInvitation};
pub use keys::{NewKey, ProviderKey};
pub use ledger::{Ceiling, Granted, Shortfall, Tally, Wish};
pub use limits::{Limits, PoolUsed, Standings, Used};
pub use members::Member;
pub use pins::Pins;
pub use policies::{MadeRole, SignedPolicy};
pub use proposals::Proposal;
pub use prospects::Prospect;
pub use providers::{NewProvider, Provider};
pub use reading::WorkspaceReading;
pub use requests::{Given, LONGEST_REASON, News, Request, RequestState, Subject};
pub use routes::{NewRoute, Route};
pub use settings::Residency;
pub use shelf::Backup;
pub use usage::{Period, Sums, Usage, UsageRow};
pub use workspace::{Identity, Workspace};
