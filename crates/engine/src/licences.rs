//! Whose work is built in, with their licence texts.
//!
//! `cargo xtask licences` writes the file; the gate checks that it names what is built in.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::api::{BuiltIn, Failure, LicenceText, OneLicence};
use crate::door::Caller;

#[derive(Deserialize)]
struct File {
    packages: Vec<BuiltIn>,
    texts: Vec<String>,
}

/// Compiled in, so it is there and of this form; a test reads it.
static FILE: LazyLock<File> = LazyLock::new(|| {
    let text = include_str!("../../../docs/licences.json");
    serde_json::from_str(text).unwrap_or(File { packages: Vec::new(), texts: Vec::new() })
});

pub(crate) fn built_in() -> Vec<BuiltIn> {
    FILE.packages.clone()
}

impl Caller {
    #[expect(clippy::unused_async, reason = "commands are awaited alike")]
    pub(crate) async fn read_licence(&self, request: OneLicence) -> Result<LicenceText, Failure> {
        let text = text(request.number).ok_or_else(Failure::not_found)?;
        Ok(LicenceText { text: text.to_owned() })
    }
}

/// One of the texts; none for a number that no package names.
fn text(number: u32) -> Option<&'static str> {
    FILE.texts.get(usize::try_from(number).ok()?).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_names_its_licence_and_texts_that_are_there() {
        let all = built_in();
        for name in ["tauri", "ring", "svelte", "llama-cpp-sys-2"] {
            assert!(all.iter().any(|one| one.name == name), "{name} is built in");
        }
        for package in all {
            assert!(!package.licence.is_empty(), "{} comes under some licence", package.name);
            for number in package.texts {
                assert!(text(number).is_some(), "{} has a text", package.name);
            }
        }
        assert!(text(u32::MAX).is_none(), "and no other");
    }
}
