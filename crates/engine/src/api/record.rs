//! The record: who did what, and whether all of it holds.

use domain::{ProfileId, RecordForm, UnixMs};
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
    /// Only hashes, order and checkpoints, not who signed each event: a fraction of the time.
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

/// Write the record out for others to read. That is recorded.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExportRecord {
    /// In which form.
    pub form: RecordForm,
}

/// A record that was written out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExportedRecord {
    /// Where the file is.
    pub path: String,
    /// Whether the record holds that is in it.
    pub report: RecordReport,
}
