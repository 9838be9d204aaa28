//! A person's own programs.

use domain::{DataClass, ProgramId, UnixMs};
use serde::{Deserialize, Serialize};

/// The programs of a desk, and where they find it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProgramList {
    /// In the order in which they were made.
    pub programs: Vec<ProgramView>,
    /// The base URL for OpenAI's clients, while the port is open.
    pub base_url: Option<String>,
    /// Why the port is not open though a program wants it.
    pub trouble: Option<String>,
}

/// One program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProgramView {
    /// Which program.
    pub id: ProgramId,
    /// For people.
    pub name: String,
    /// When its token was made.
    pub made_at: UnixMs,
    /// What its questions count as.
    pub class: DataClass,
}

/// Make a token for a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MakeProgram {
    /// 1 to 60 characters; no other program of the desk has it.
    pub name: String,
    /// What its questions count as: only models that may receive it are asked.
    pub class: DataClass,
}

/// A program that was just made.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MadeProgram {
    /// What it shows with each request. Never shown again.
    pub token: String,
    /// All programs, with it.
    pub list: ProgramList,
}

/// Names one program.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneProgram {
    /// Which program.
    pub id: ProgramId,
}
