//! Which crate may depend on which: the arrows of the architecture.

use crate::assert_kept;
use crate::house::House;

/// Each package with what it may depend on inside the house, by folder.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("policy", &["domain"]),
    ("residue", &[]),
    ("sealed", &["domain", "residue"]),
    ("agent", &["domain"]),
    ("gateway", &["domain", "policy"]),
    ("tools", &["domain", "policy"]),
    ("vault", &["domain", "policy", "sealed"]),
    ("workspace", &["domain", "policy", "sealed"]),
    (
        "engine",
        &[
            "agent",
            "domain",
            "gateway",
            "policy",
            "residue",
            "sealed",
            "tools",
            "vault",
            "workspace",
        ],
    ),
    ("endpoint", &["domain", "engine"]),
    ("cli", &["domain", "endpoint", "engine"]),
    ("src-tauri", &["domain", "endpoint", "engine"]),
    ("local-model", &["residue"]),
    ("xtask", &[]),
    // The journeys may seed and look behind every door; the shells are only started.
    (
        "tests",
        &[
            "agent",
            "domain",
            "endpoint",
            "engine",
            "gateway",
            "policy",
            "sealed",
            "vault",
            "workspace",
        ],
    ),
];

fn rule(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for package in &house.packages {
        let folder = package.folder();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == folder) else {
            found.push(format!(
                "{folder} is not in the house: a new crate needs a decision record in \
                 docs/decisions that names what it isolates, and its arrows here"
            ));
            continue;
        };
        let inside = package
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.path.as_deref()?.file_name()?.to_str());
        found.extend(inside.filter(|on| !allowed.contains(on)).map(|on| {
            format!(
                "{folder} must not depend on {on}: move the code to where it belongs, or let \
                 the engine bring both together; a new arrow needs a decision record"
            )
        }));
    }
    found
}

#[test]
fn every_arrow_of_the_architecture_is_kept() {
    assert_kept(rule);
}

#[test]
fn an_arrow_between_siblings_is_found() {
    let found = rule(&House::with_dependency("vault", "workspace", true));
    assert_eq!(found.len(), 1, "siblings never import each other: {found:?}");
    let found = rule(&House::with_dependency("helpers", "domain", true));
    assert_eq!(found.len(), 1, "a crate nobody decided on: {found:?}");
}
