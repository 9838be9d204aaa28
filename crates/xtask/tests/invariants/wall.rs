//! Every case of the wall is a test with its number, played over a real socket.
//!
//! The cases are those of the gateway's design, from 1 to 77. A test names the
//! cases that it is about: `wall_12_…`, or `wall_01_09_…` for several. Tests
//! inside a crate may carry numbers too, but do not count: what a provider
//! does must have come over the wire.

use std::collections::{BTreeMap, BTreeSet};

use crate::assert_kept;
use crate::house::{File, House};

/// The last case.
const LAST: u32 = 77;
/// Cases of what is designed and not built yet: hedging, and the answer cache.
const LATER: &[u32] = &[55, 71, 72, 73, 74];
/// Where tests play the scripted provider, and what it is called there.
const WIRED: &str = "tests/";
const PROVIDER: &str = "Upstream";
/// Speaks of such names and has none.
const HERE: &str = "crates/xtask/";

fn rule(house: &House) -> Vec<String> {
    let mut tests: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    let mut found = Vec::new();
    for file in house.files("", &[".rs"]).filter(|file| !file.path.starts_with(HERE)) {
        let wired = file.path.starts_with(WIRED) && file.text.contains(PROVIDER);
        for (name, runs) in named(file) {
            let numbers = numbers(name);
            if let Some(strange) = numbers.iter().find(|number| !(1..=LAST).contains(*number)) {
                found.push(format!("{}: `{name}`: the wall has no case {strange}", file.path));
            }
            if wired && runs {
                for number in numbers {
                    tests.entry(number).or_default().insert(name);
                }
            }
        }
    }
    for number in 1..=LAST {
        match (tests.contains_key(&number), LATER.contains(&number)) {
            (false, false) => found.push(format!(
                "case {number} of the wall has no test: write `wall_{number:02}_…` in \
                 tests/gateway, played by the scripted upstream"
            )),
            (true, true) => {
                found.push(format!("case {number} has a test: it is no longer a later one"));
            }
            _ => {}
        }
    }
    found
}

/// Functions that are named after cases, and whether they are tests that run.
fn named(file: &File) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut attributes = String::new();
    for line in file.text.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("fn wall_") {
            let name = rest.split('(').next().unwrap_or_default();
            let runs = attributes.contains("test") && !attributes.contains("#[ignore");
            found.push((name, runs));
        }
        if line.starts_with("#[") {
            attributes.push_str(line);
        } else {
            attributes.clear();
        }
    }
    found
}

/// The cases at the beginning of a name.
fn numbers(name: &str) -> Vec<u32> {
    let parts = name.split('_').filter(|part| *part != "and");
    parts.map_while(|part| part.parse().ok()).collect()
}

#[test]
fn every_case_of_the_wall_has_a_test_over_the_wire() {
    assert_kept(rule);
}

#[test]
fn a_case_without_a_test_is_found() {
    let all = |left_out: u32| {
        let built = (1..=LAST).filter(|number| !LATER.contains(number) && *number != left_out);
        let tests = built.map(|number| format!("#[test]\nfn wall_{number:02}_x() {{}}\n"));
        format!("use support::upstream::Upstream;\n{}", tests.collect::<String>())
    };
    let at = |path: &str, text: &str| rule(&House::with_file(path, text)).len();
    let wall = "tests/gateway/all.rs";
    assert_eq!(at(wall, &all(0)), 0, "all of them");
    assert_eq!(at(wall, &all(13)), 1, "one is missing");
    let together = all(13).replace("wall_12_x", "wall_12_and_13_x");
    assert_eq!(at(wall, &together), 0, "one test may be about two");
    let ignored = all(13) + "#[test]\n#[ignore = \"x\"]\nfn wall_13_x() {}\n";
    assert_eq!(at(wall, &ignored), 1, "one that does not run is none");
    assert_eq!(at(wall, &(all(13) + "fn wall_13_x() {}\n")), 1, "nor is a plain function");
    assert_eq!(at(wall, &(all(0) + "#[test]\nfn wall_78_x() {}\n")), 1, "there is no such case");
    assert_eq!(at(wall, &(all(0) + "#[test]\nfn wall_55_x() {}\n")), 1, "it is built by now");
    let inside = LAST as usize - LATER.len();
    assert_eq!(at("crates/gateway/src/a.rs", &all(0)), inside, "inside is not over the wire");
}
