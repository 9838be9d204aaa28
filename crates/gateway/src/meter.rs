//! What the gateway asks of the ledger and the audit log.
//!
//! Reserve before a byte leaves, settle once with what was used. The engine
//! implements this over the workspace; the gateway knows no budget, and no
//! call is made without one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::{fmt, io};

use domain::{AttemptId, Finish, KeyId, ModelRef, Tokens, UnixMs, Usage};

use crate::CallError;

/// What is about to be sent; recorded before it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptIntent {
    /// The attempt.
    pub attempt: AttemptId,
    /// The model to be called.
    pub model: ModelRef,
    /// The host to be called.
    pub host: String,
    /// The provider's label.
    pub provider_label: String,
    /// The key, where a route chose among keys.
    pub key: Option<KeyId>,
    /// The key's label, where a route chose among keys.
    pub key_label: Option<String>,
    /// The route, where the question came by one.
    pub route: Option<String>,
    /// Counts the question's attempts from 1.
    pub number: u32,
    /// The attempt before it.
    pub retry_of: Option<AttemptId>,
    /// No tokenizer makes more tokens of the input than this.
    pub input_at_most: Tokens,
    /// The output cap that goes out with the call, unless less is granted.
    pub output_at_most: Tokens,
    /// With a lower cap than this the call makes no sense.
    pub output_at_least: Tokens,
    /// Size of the request's body.
    pub request_bytes: u64,
}

/// What an attempt was granted.
#[derive(Debug)]
pub struct Granted {
    /// The output cap that goes out with it; no more than the intent's.
    pub output_at_most: Tokens,
    /// To be told before its first byte leaves.
    pub leaving: Leaving,
}

/// Takes note that a request is about to leave, so that a crash can be told from one before.
#[derive(Clone)]
pub struct Leaving(Arc<dyn Fn() -> io::Result<()> + Send + Sync>);

impl Leaving {
    /// Calls `note`, which must not wait for anything slow. Where it fails, nothing leaves.
    pub fn new(note: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(note))
    }

    /// Takes the note.
    ///
    /// # Errors
    /// Where it could not be taken; then nothing may leave.
    pub fn note(&self) -> io::Result<()> {
        (self.0)()
    }
}

impl Default for Leaving {
    /// Takes note of nothing.
    fn default() -> Self {
        Self::new(|| Ok(()))
    }
}

impl fmt::Debug for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leaving(…)")
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReport {
    /// The attempt.
    pub attempt: AttemptId,
    /// The model that was called.
    pub model: ModelRef,
    /// The host that was called.
    pub host: String,
    /// The provider's label.
    pub provider_label: String,
    /// The key's label, where a route chose among keys.
    pub key_label: Option<String>,
    /// How the answer ended.
    pub finish: Finish,
    /// True where something of it was shown, or it is whole: then it is the
    /// answer. False where another try of the same question may follow.
    pub decisive: bool,
    /// What it consumed.
    pub usage: Usage,
    /// Whether the provider may charge for it.
    pub billing: Billing,
    /// The model version that the provider says answered.
    pub served_model: Option<String>,
    /// Milliseconds from sending to the first token.
    pub first_token_ms: Option<u32>,
    /// Milliseconds from sending to the end.
    pub total_ms: u32,
    /// Why it failed.
    pub error: Option<CallError>,
}

/// Whether an attempt may cost something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// Nothing left the machine, or the provider refused the request.
    Nothing,
    /// The request left and no answer came: it may have been billed.
    Perhaps,
    /// Tokens were produced.
    Used,
}

/// Why the meter refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeterRefusal {
    /// A limit is reached.
    #[error("{message}")]
    Spent {
        /// When it is free again, where that is known.
        retry_at: Option<UnixMs>,
        /// What is used up and what to do, for people.
        message: String,
    },
    /// A policy that was signed meanwhile keeps this person from this model.
    #[error("{0}")]
    Denied(String),
    /// The record cannot be written; without it nothing may be sent.
    #[error("The record of this call could not be written, so it was not made: {0}")]
    Unavailable(String),
}

/// The meter's answer, later.
pub type MeterFuture<'a, T = ()> =
    Pin<Box<dyn Future<Output = Result<T, MeterRefusal>> + Send + 'a>>;

/// Reserves before and settles after each attempt.
///
/// Settling is idempotent by attempt: where a call is dropped while it is
/// settling, the same report arrives a second time through `settle_dropped`.
pub trait Meter: Send + Sync {
    /// Holds what the attempt may cost and records the intent, durably. Where little is left,
    /// it grants a lower output cap.
    ///
    /// # Errors
    /// A refusal; then nothing is sent and nothing is settled.
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted>;

    /// Releases the hold, books what was used, records the outcome.
    ///
    /// # Errors
    /// A refusal, where it could not be written.
    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a>;

    /// Settles a call whose future was dropped. Must not block: it queues.
    fn settle_dropped(&self, report: AttemptReport);
}
