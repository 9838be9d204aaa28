//! The sidecar from outside: with a scripted model, and with the real one.

#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

mod http;
mod queue;
mod scripted;
mod weights;
