//! What runs here, for the about page and for support.

use std::path::Path;

use crate::api::{About, Part};

/// What is built in, with the licence it comes under.
const LICENCES: &[(&str, &str)] = &[
    ("Carrel", "Apache-2.0"),
    ("Tauri", "Apache-2.0 or MIT"),
    ("SQLCipher", "BSD-3-Clause"),
    ("SQLite", "public domain"),
    ("ring", "Apache-2.0 and ISC"),
    ("argon2, hpke", "MIT or Apache-2.0"),
    ("reqwest, tokio", "MIT or Apache-2.0"),
    ("llama.cpp", "MIT"),
    ("SmolLM2 135M Instruct", "Apache-2.0"),
    ("Svelte, Bits UI, marked", "MIT"),
    ("KaTeX, virtua, lowlight", "MIT"),
    ("remend", "Apache-2.0"),
    ("highlight.js", "BSD-3-Clause"),
    ("Inter", "OFL-1.1"),
];

pub(crate) fn about(data_dir: &Path) -> About {
    let part = |(name, detail): &(&str, &str)| Part {
        name: (*name).to_owned(),
        detail: (*detail).to_owned(),
    };
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_dir: data_dir.display().to_string(),
        parts: vec![
            part(&("SQLite", sealed::sqlite_version())),
            part(&("System", std::env::consts::OS)),
            part(&("Processor", std::env::consts::ARCH)),
        ],
        licences: LICENCES.iter().map(part).collect(),
    }
}
