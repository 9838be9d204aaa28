//! The screens: no raw HTML, and one door to the shell.

use crate::assert_kept;
use crate::house::{File, House};

/// Svelte's way, which only a component can take; elsewhere it is a hostile example.
const RAW_TAG: &str = "{@html";

/// The DOM's ways.
const RAW_CALLS: &[&str] = &[
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "createContextualFragment",
    "srcdoc",
];

fn rule(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for file in house.files("ui/src/", &[".ts", ".svelte", ".js"]) {
        for (number, line) in file.code() {
            found.extend(raw(file, line).map(|raw| {
                format!(
                    "{}:{number} uses {raw}: build the tokens as components, node by node, so \
                     that no text can become markup",
                    file.path
                )
            }));
            if line.contains("@tauri-apps/") && !file.path.starts_with("ui/src/ipc/") {
                found.push(format!(
                    "{}:{number} imports @tauri-apps: only ui/src/ipc speaks with the shell; \
                     call one of its functions",
                    file.path
                ));
            }
        }
    }
    found
}

/// How a line writes raw HTML. Tests may read the DOM as they like.
fn raw(file: &File, line: &str) -> Option<&'static str> {
    if file.path.contains(".test.") || file.path.contains(".spec.") {
        return None;
    }
    let tag = file.path.ends_with(".svelte") && line.contains(RAW_TAG);
    let call = RAW_CALLS.iter().copied().find(|call| line.contains(call));
    tag.then_some(RAW_TAG).or(call)
}

#[test]
fn no_screen_writes_raw_html_or_bypasses_the_ipc() {
    assert_kept(rule);
}

#[test]
fn raw_html_and_a_second_door_are_found() {
    let found = rule(&House::with_file("ui/src/chat/A.svelte", "<p>{@html text}</p>"));
    assert_eq!(found.len(), 1, "a message could become script: {found:?}");
    let found = rule(&House::with_file("ui/src/chat/a.ts", "node.innerHTML = text;"));
    assert_eq!(found.len(), 1, "the same by hand: {found:?}");
    let import = "import { invoke } from '@tauri-apps/api/core';";
    let found = rule(&House::with_file("ui/src/chat/a.ts", import));
    assert_eq!(found.len(), 1, "untyped calls past the contract: {found:?}");
    let own = rule(&House::with_file("ui/src/ipc/a.ts", import));
    assert_eq!(own, Vec::<String>::new(), "the door itself may");
}
