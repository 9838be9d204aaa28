//! What runs here, for the about page and for support.

use std::path::Path;

use crate::api::{About, Part};
use crate::licences;

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
        built_in: licences::built_in(),
    }
}
