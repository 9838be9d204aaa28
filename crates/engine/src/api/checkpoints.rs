//! Checkpoints of the record, and proofs for those who may not see it.

use domain::MessageId;
use serde::{Deserialize, Serialize};

/// Sign what the whole record is by now. It is verified before, and that is recorded after.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MakeCheckpoint {
    /// Whether to save it as a file, too, where the person finds it.
    pub save: bool,
}

/// A checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MadeCheckpoint {
    /// A signed note (C2SP tlog-checkpoint), to be kept away from this machine.
    pub note: String,
    /// How many events it stands for.
    #[cfg_attr(test, ts(type = "number"))]
    pub size: u64,
    /// The file; none where none was asked for.
    pub saved: Option<String>,
}

/// Names a checkpoint that somebody kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeptCheckpoint {
    /// The note, as it was written; at most 4 KiB.
    pub note: String,
}

/// How the record stands to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ComparedCheckpoint {
    /// How.
    pub standing: CheckpointStanding,
    /// How many events the checkpoint stands for.
    #[cfg_attr(test, ts(type = "number"))]
    pub size: u64,
}

/// How the record stands to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CheckpointStanding {
    /// It begins with exactly what the checkpoint stands for.
    Holds {
        /// The name of who signed it, empty after erasure; none where nobody here has that key.
        signer: Option<String>,
    },
    /// What the checkpoint stands for reads differently by now.
    Changed {},
    /// There are fewer events than the checkpoint stands for.
    Shorter {},
    /// The record does not begin with what it stands for, and nobody here signed it: anyone
    /// could have made it up.
    Unsigned {},
    /// It is about another workspace.
    Foreign {},
}

/// Show that an event is in the record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProveEvent {
    /// Its number.
    #[cfg_attr(test, ts(type = "number"))]
    pub sequence: u64,
    /// In the part that this checkpoint stands for; none for the whole record.
    pub note: Option<String>,
}

/// A proof, as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WrittenProof {
    /// One line of JSON; `docs/audit-verify.py` says how to read it.
    pub text: String,
}

/// Which text of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ContentSide {
    /// What was asked.
    Input,
    /// What was answered.
    Output,
}

/// Show that the record speaks of one's own question or answer, and of which text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProveContent {
    /// The answer, of which or of whose question it is shown.
    pub answer: MessageId,
    /// Which of the two.
    pub side: ContentSide,
    /// Whether to save it as a file, where the person finds it.
    pub save: bool,
    /// In the part that this checkpoint stands for; none for the whole record.
    pub note: Option<String>,
}

/// A proof that the record speaks of a text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContentProof {
    /// The number of the event that speaks of it.
    #[cfg_attr(test, ts(type = "number"))]
    pub sequence: u64,
    /// One line of JSON, with the text in it; none where it was saved.
    pub text: Option<String>,
    /// The file; none where none was asked for.
    pub saved: Option<String>,
}
