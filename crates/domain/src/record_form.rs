//! The forms in which a record is written out.

use serde::{Deserialize, Serialize};

/// A form of an exported record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RecordForm {
    /// Lines of JSON with every document and signature: what can be verified.
    Jsonl,
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// Events of the Open Cybersecurity Schema Framework, as lines of JSON.
    Ocsf,
    /// All three in one signed file, and how to verify them.
    Package,
}
