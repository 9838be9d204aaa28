//! The record: who did what, and whether all of it holds.

use domain::{ProfileId, UnixMs};
use serde::{Deserialize, Serialize};

/// Read a page of the record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadRecord {
    /// Newest first; else oldest first.
    pub newest_first: bool,
    /// Go on behind the event with this number; none to begin.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub beyond: Option<u64>,
    /// At most so many, up to 1,000.
    pub limit: u32,
    /// Only what this member did.
    pub actor: Option<ProfileId>,
    /// Only these kinds, at most 100; empty for all.
    pub kinds: Vec<String>,
}

/// A page of the record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecordPage {
    /// In the order that was asked for.
    pub events: Vec<RecordedEvent>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// An event, and everything that proves it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecordedEvent {
    /// Its place; counts from 1 without gaps where the record holds.
    #[cfg_attr(test, ts(type = "number"))]
    pub sequence: u64,
    /// When, by the clock of the actor's computer; 1970 where it does not say.
    pub at: UnixMs,
    /// Who.
    pub actor: RecordedActor,
    /// What kind of thing happened, such as `signed_in`; `unreadable` where it is no event.
    pub kind: String,
    /// The canonical JSON (RFC 8785) that was hashed and signed; holds all that is known.
    pub text: String,
    /// The RFC 6962 leaf hash of the text, which the next event names as `previous`.
    pub hash: String,
    /// Ed25519 over `carrel audit event 1`, a zero byte and the text, in lowercase hexadecimal.
    pub signature: String,
}

/// Who did it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordedActor {
    /// A member.
    Member {
        /// Their pseudonym, as it stands in the record.
        profile: ProfileId,
        /// Their name by now; empty after erasure.
        name: String,
    },
    /// Someone at the guest desk.
    Guest {},
    /// The door, before anyone unlocked.
    Door {},
    /// It does not say: somebody wrote something else into its place.
    Nobody {},
}

/// Verify the record.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VerifyRecord {
    /// Only hashes, order and checkpoints, not who signed each event: seconds for a million.
    pub quick: bool,
}

/// Whether the record holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecordReport {
    /// How many events hold, from the first on.
    #[cfg_attr(test, ts(type = "number"))]
    pub events: u64,
    /// The hash of the last that holds.
    pub head: Option<String>,
    /// The first event that does not hold; none where all do.
    pub fault: Option<RecordFault>,
    /// How many checkpoints that Carrel made by itself hold.
    #[cfg_attr(test, ts(type = "number"))]
    pub checkpoints: u64,
    /// How many events the last of them stands for.
    #[cfg_attr(test, ts(type = "number"))]
    pub checkpointed: u64,
    /// The key of the first of them since they began, or began anew: 64 hexadecimal digits.
    pub first_key: Option<String>,
    /// How often they began. More than once: a key was lost with a backup that was put back, or
    /// somebody removed checkpoints.
    #[cfg_attr(test, ts(type = "number"))]
    pub begun: u64,
}

/// The first place at which the record does not hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RecordFault {
    /// The event's number.
    #[cfg_attr(test, ts(type = "number"))]
    pub sequence: u64,
    /// What is wrong there.
    pub fault: FaultKind,
}

/// What can be wrong with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Its text is not what was hashed, or no event at all.
    Changed,
    /// It does not follow the one before: something was removed, inserted or reordered.
    Gap,
    /// Nobody in the workspace has this signature.
    UnknownSigner,
    /// The signature is not the signer's.
    BadSignature,
    /// Events that were seen before are gone from the end.
    Cut,
    /// It reads differently than when it was seen before.
    Forked,
    /// Up to this event the record holds by itself, and is not what a checkpoint stands for.
    NotAsCheckpointed,
    /// The checkpoint after this event is not signed with the key that was named for it, or does
    /// not follow from the one before.
    BadCheckpoint,
    /// Checkpoints that were seen before are gone, or are others now.
    CheckpointsGone,
}

/// Read the checkpoints that Carrel made by itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadCheckpoints {
    /// Those that stand for more events than this; 0 to begin.
    #[cfg_attr(test, ts(type = "number"))]
    pub beyond: u64,
    /// At most so many, from 1 to 500.
    pub limit: u32,
}

/// Checkpoints, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CheckpointPage {
    /// As they were signed.
    pub checkpoints: Vec<AutomaticCheckpoint>,
}

/// A checkpoint that Carrel made by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AutomaticCheckpoint {
    /// How many events it stands for.
    #[cfg_attr(test, ts(type = "number"))]
    pub size: u64,
    /// A signed note (C2SP tlog-checkpoint) that names the key of the next one.
    pub note: String,
}

/// Read the signed documents with which a record is verified elsewhere. The first page stands for
/// an export, which is recorded.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExportDocuments {
    /// From this place in their chain on; 0 to begin.
    #[cfg_attr(test, ts(type = "number"))]
    pub from: u64,
    /// At most so many, from 1 to 500.
    pub limit: u32,
}

/// Signed documents, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DocumentPage {
    /// The first line of an export: whose record it is, and the root key.
    pub head: String,
    /// The documents.
    pub documents: Vec<SignedDocument>,
}

/// A signed document as it stands in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SignedDocument {
    /// Its place in the chain, from 0.
    #[cfg_attr(test, ts(type = "number"))]
    pub position: u64,
    /// The canonical JSON that was signed.
    pub text: String,
    /// Ed25519 over "carrel workspace document 1", a zero byte and the text; lowercase
    /// hexadecimal.
    pub signature: String,
}
