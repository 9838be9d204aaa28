//! `domain`, `policy` and `agent` do no IO and know no clock and no runtime.

use crate::assert_kept;
use crate::house::{House, names};

const PURE: &[&str] = &["domain", "policy", "agent"];

/// Crates that bring IO, a clock, a runtime or randomness along.
const IMPURE_CRATES: &[&str] = &[
    "async-trait",
    "chrono",
    "futures",
    "getrandom",
    "jiff",
    "libc",
    "rand",
    "rustix",
    "time",
    "tokio",
    "tokio-util",
    "tracing",
    "tracing-subscriber",
];

const IMPURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::os",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Uuid::now_v7",
    "Uuid::new_v4",
    "async fn",
];

fn rule(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for package in house.packages.iter().filter(|one| PURE.contains(&one.folder())) {
        let linked = package.dependencies.iter().filter(|one| one.kind.is_none());
        let impure = linked.filter(|one| IMPURE_CRATES.contains(&one.name.as_str()));
        found.extend(impure.map(|one| {
            format!("{} is pure and must not depend on {}", package.folder(), one.name)
        }));
    }
    for folder in PURE {
        for file in house.files(&format!("crates/{folder}/src/"), &[".rs"]) {
            for (number, line) in file.code() {
                let named = IMPURE_PATHS.iter().find(|path| names(line, path));
                found.extend(named.map(|path| {
                    format!(
                        "{}:{number} uses {path}: {folder} is pure; take the value as an \
                         argument, and do the effect in the engine",
                        file.path
                    )
                }));
            }
        }
    }
    found
}

#[test]
fn deciding_crates_do_nothing() {
    assert_kept(rule);
}

#[test]
fn an_effect_in_a_deciding_crate_is_found() {
    let found = rule(&House::with_dependency("agent", "tokio", false));
    assert_eq!(found.len(), 1, "a runtime: {found:?}");
    let clock = "let now = std::time::SystemTime::now();";
    let found = rule(&House::with_file("crates/domain/src/a.rs", clock));
    assert_eq!(found.len(), 1, "a clock: {found:?}");
    let test = format!("#[cfg(test)]\nmod tests {{ {clock} }}");
    let found = rule(&House::with_file("crates/domain/src/a.rs", &test));
    assert_eq!(found, Vec::<String>::new(), "its tests may");
}
