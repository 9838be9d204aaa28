//! The invariants of docs/architecture.md that a program can check.
//!
//! Each rule is a function from the house to a list of sentences that say what
//! to do. Each is tried twice: on this tree, where it must find nothing, and
//! on a small house with the fault in it, where it must find that.

#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

mod arrows;
mod guards;
mod house;
mod layout;
mod owners;
mod purity;
mod screens;
mod spenders;
mod style;
mod wall;

/// Fails with every sentence at once.
fn assert_kept(rule: fn(&house::House) -> Vec<String>) {
    let found = rule(&house::House::read());
    assert!(found.is_empty(), "\n\n{}\n", found.join("\n"));
}
