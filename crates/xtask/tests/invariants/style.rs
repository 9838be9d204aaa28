//! Style that a program can see: module files, file sizes, module docs, lints.

use crate::assert_kept;
use crate::house::House;

const LONGEST: usize = 800;
const SOURCES: &[&str] = &[".rs", ".ts", ".svelte", ".css"];

fn rule(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for file in house.files("", SOURCES) {
        let lines = file.text.lines().count();
        if lines > LONGEST {
            found.push(format!("{} has {lines} lines: split it by what it answers", file.path));
        }
    }
    for file in house.files("", &["/mod.rs"]) {
        let folder = file.path.trim_end_matches("/mod.rs");
        found
            .push(format!("{}: move it to {folder}.rs, where its name says what it is", file.path));
    }
    for file in house.files("", &[".rs"]).filter(|file| !file.path.ends_with("/tests.rs")) {
        let first = file.text.lines().find(|line| !line.starts_with("#!") && !line.is_empty());
        if !first.unwrap_or_default().starts_with("//!") {
            let path = &file.path;
            found.push(format!("{path}: open it with what it owns and what it does not (`//!`)"));
        }
    }
    for file in house.files("", &["/Cargo.toml"]) {
        if !file.text.contains("[lints]\nworkspace = true") {
            found.push(format!("{}: add `[lints]` with `workspace = true`", file.path));
        }
    }
    found
}

#[test]
fn files_are_small_and_say_what_they_are() {
    assert_kept(rule);
}

#[test]
fn each_breach_of_style_is_found() {
    let long = "//! Long.\n".to_owned() + &"x\n".repeat(LONGEST);
    for (path, text) in [
        ("crates/engine/src/long.rs", long.as_str()),
        ("crates/engine/src/turn/mod.rs", "//! A module."),
        ("crates/engine/src/turn.rs", "use std::fmt;"),
        ("crates/engine/Cargo.toml", "[package]"),
    ] {
        let found = rule(&House::with_file(path, text));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
    let fine = rule(&House::with_file("crates/engine/src/turn.rs", "//! A turn."));
    assert_eq!(fine, Vec::<String>::new(), "what is in order is left alone");
}
