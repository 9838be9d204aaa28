//! The one error shape that a screen sees.

use domain::UnixMs;
use policy::Denial;
use serde::{Deserialize, Serialize};

use super::Denied;

/// Why a command did not do what was asked, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Failure {
    /// What a screen branches on.
    pub code: FailureCode,
    /// What happened and what to do next, for people; free of secrets.
    pub message: String,
    /// When trying again makes sense.
    pub retry_at: Option<UnixMs>,
    /// The rules that decided, where policy refused.
    pub rule_ids: Vec<String>,
    /// What policy refused, so that a person can ask why.
    pub denied: Option<Box<Denied>>,
    /// What policy refused, for the record; no screen sees it.
    #[serde(skip)]
    #[cfg_attr(test, ts(skip))]
    pub denial: Option<Box<Denial>>,
}

/// Flat codes; a code exists only where a screen or a program branches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The passphrase or recovery code does not open this desk.
    WrongSecret,
    /// Too many wrong tries; see `retry_at`.
    TooManyTries,
    /// The window has no open desk (any more).
    Locked,
    /// Policy does not allow it; see `rule_ids`.
    Denied,
    /// No such thing, or not yours; the two look the same.
    NotFound,
    /// The request is malformed or over a limit.
    Invalid,
    /// A file of one desk is damaged; a backup of it can be offered.
    Damaged,
    /// The workspace's files are damaged, and every desk is whole; an admin can put back a
    /// backup.
    WorkspaceDamaged,
    /// The workspace's files were changed by someone who may not, and every desk is whole; an
    /// admin can put back a backup.
    WorkspaceAltered,
    /// The list of desks is damaged, and every desk is whole; a backup can be put back.
    DoorDamaged,
    /// A file was written by a newer Carrel.
    Newer,
    /// A file of one desk is older than what was last seen (put back).
    RolledBack,
    /// The workspace is older than what was last seen.
    WorkspaceRolledBack,
    /// Another process has this desk open.
    InUse,
    /// This computer's keychain is locked or away, or does not have the key.
    Keychain,
    /// The disk is full.
    DiskFull,
    /// The data directory cannot be written.
    ReadOnly,
    /// No provider is set up, or the chosen model is not there.
    NoModel,
    /// A built-in model's weights are not there.
    WeightsMissing,
    /// The built-in model cannot run on this processor, or a file's kind of model nowhere.
    Unsupported,
    /// The provider did not answer or failed.
    Provider,
    /// The provider does not accept the key.
    BadKey,
    /// The provider asks for a pause, or its quota is spent.
    RateLimited,
    /// A limit that an admin set is reached; see `retry_at`.
    LimitReached,
    /// The chat is longer than the model can read.
    ContextTooLong,
    /// An answer is already being written in this chat.
    Busy,
    /// A defect in Carrel.
    Internal,
}
