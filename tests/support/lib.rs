//! What the tests of this package share.
//!
//! `upstream` plays a provider, byte by byte, over a real socket; `people` use
//! the engine without a window; `desktop` drives the real one; `ledger` meters
//! calls without an engine. `child` is a process of its own, `memory` looks
//! into one, `dice` decide what is hit, `screen` is a display that is looked at
//! without a driver, `local_model` knows the built-in model's program, `programs`
//! ask through a desk over a bare socket, `prices` the files that prices are
//! published in. An `insider` goes past Carrel with the keys that they have.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "this is test code: what fails here fails the test, with its sentence"
)]

pub mod canary;
pub mod child;
pub mod desktop;
pub mod dice;
pub mod files;
pub mod insider;
pub mod ledger;
pub mod local_model;
pub mod memory;
pub mod people;
pub mod prices;
pub mod programs;
pub mod screen;
pub mod upstream;
