//! What may lie at the top of the tree.

use std::collections::BTreeSet;

use crate::assert_kept;
use crate::house::House;

const TOP: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".config",
    ".deny.toml",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "crates",
    "docs",
    "icons",
    "src-tauri",
    "tests",
    "ui",
];

fn rule(house: &House) -> Vec<String> {
    let tops = house.files.iter().filter_map(|file| file.path.split('/').next());
    let strangers: BTreeSet<_> = tops.filter(|top| !TOP.contains(top)).collect();
    let advice = "does not belong at the top: put it where it is used, or write down why in \
                  docs/architecture.md and here";
    strangers.into_iter().map(|top| format!("{top} {advice}")).collect()
}

#[test]
fn the_top_of_the_tree_holds_only_what_it_should() {
    assert_kept(rule);
}

#[test]
fn a_stranger_at_the_top_is_found() {
    let found = rule(&House::with_file("scripts/build.sh", ""));
    assert_eq!(found.len(), 1, "a newcomer should not have to ask: {found:?}");
}
