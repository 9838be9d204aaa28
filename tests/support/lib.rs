//! What the tests of this package share.
//!
//! `upstream` plays a provider, byte by byte, over a real socket.

pub mod upstream;
