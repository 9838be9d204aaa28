//! How long each stage of a call may take.
//!
//! Reasoning models think for minutes before the first token, and a local
//! server may first read many gigabytes from disk: both must be waited for,
//! while a dead provider must not.

use std::time::Duration;

/// Limits of one call. Comments and pings count as silence everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup, TCP and TLS together.
    pub connect: Duration,
    /// From sending to the response headers.
    pub headers: Duration,
    /// From sending to the first token of text or reasoning.
    pub first_token: Duration,
    /// Between two tokens.
    pub stall: Duration,
    /// The whole call.
    pub whole: Duration,
    /// After this long without a token, a server on this machine is taken to
    /// be loading its model, and `Waiting::LoadingModel` is said once.
    pub loading_notice: Duration,
}

impl Timeouts {
    /// For a provider elsewhere: 10 s, 2 min, 5 min, 90 s, 30 min.
    #[must_use]
    pub const fn remote() -> Self {
        Self {
            connect: Duration::from_secs(10),
            headers: Duration::from_secs(120),
            first_token: Duration::from_secs(300),
            stall: Duration::from_secs(90),
            whole: Duration::from_secs(30 * 60),
            loading_notice: Duration::from_secs(2),
        }
    }

    /// For a model server on this machine or in this house: loading a model
    /// and reading a long prompt may take ten minutes, a token three.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            connect: Duration::from_secs(10),
            headers: Duration::from_secs(600),
            first_token: Duration::from_secs(600),
            stall: Duration::from_secs(180),
            whole: Duration::from_secs(60 * 60),
            loading_notice: Duration::from_secs(2),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::remote()
    }
}
