//! Who may name the dangerous crates: each power has one owner.

use crate::assert_kept;
use crate::house::{House, names};

/// Crates, their owners by folder, and why.
const OWNERS: &[(&[&str], &[&str], &str)] = &[
    (&["ring", "argon2", "hpke"], &["sealed"], "ask `sealed` for a key, an envelope or a hash"),
    (&["secret_service", "keyring_core"], &["sealed"], "ask `sealed` for the keychain"),
    (&["rusqlite"], &["sealed", "vault", "workspace"], "ask the store for what you want to know"),
    (&["cedar_policy"], &["policy"], "ask the policy"),
    (&["reqwest"], &["gateway", "xtask"], "let the gateway call, with a grant and a meter"),
    (&["tauri", "tauri_build"], &["src-tauri"], "return a value and let the shell show it"),
    (&["rmcp"], &["tools"], "let `tools` call, with a grant"),
    (&["axum", "hyper"], &["endpoint", "local-model"], "let the endpoint listen, on loopback"),
    (&["llama_cpp_2"], &["local-model"], "ask the sidecar over its port"),
];

/// These rules quote what they look for.
const FIXTURES: &str = "crates/xtask/tests/invariants/";

fn rule(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for (crates, owners, instead) in OWNERS {
        for package in house.packages.iter().filter(|one| !owners.contains(&one.folder())) {
            let taken = package
                .dependencies
                .iter()
                .filter(|dependency| crates.contains(&dependency.name.replace('-', "_").as_str()));
            found.extend(taken.map(|dependency| {
                let (folder, name) = (package.folder(), &dependency.name);
                format!("{folder} must not depend on {name}: {instead}")
            }));
        }
        let files = house.files("", &[".rs"]);
        for file in files.filter(|file| !file.path.starts_with(FIXTURES)) {
            let folder = file.path.trim_start_matches("crates/").split('/').next();
            if owners.contains(&folder.unwrap_or_default()) {
                continue;
            }
            for (number, line) in file.code() {
                let named = crates.iter().find(|name| names(line, &format!("{name}::")));
                found.extend(
                    named.map(|name| {
                        format!("{}:{number} must not name {name}: {instead}", file.path)
                    }),
                );
            }
        }
    }
    found
}

#[test]
fn each_power_has_one_owner() {
    assert_kept(rule);
}

#[test]
fn a_power_in_the_wrong_hands_is_found() {
    let found = rule(&House::with_dependency("engine", "reqwest", false));
    assert_eq!(found.len(), 1, "a second way out of the machine: {found:?}");
    let found = rule(&House::with_file("crates/vault/src/a.rs", "use sealed::x;\nuse ring::aead;"));
    assert_eq!(found.len(), 1, "a second place for keys: {found:?}");
    let own = rule(&House::with_file("crates/sealed/src/a.rs", "use ring::aead;"));
    assert_eq!(own, Vec::<String>::new(), "the owner may");
}
