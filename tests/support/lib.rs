//! What the tests of this package share.
//!
//! `upstream` plays a provider, byte by byte, over a real socket; `people` use
//! the engine without a window; `desktop` drives the real one.

pub mod canary;
pub mod desktop;
pub mod files;
pub mod people;
pub mod upstream;
