//! The application itself, and links that leave it.

use serde::{Deserialize, Serialize};

/// What runs here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct About {
    /// Carrel's version.
    pub version: String,
    /// Where the data lies.
    pub data_dir: String,
    /// Versions of the parts that matter for support, name and version.
    pub parts: Vec<Part>,
    /// What is built in, by name.
    pub built_in: Vec<BuiltIn>,
}

/// Someone else's work in Carrel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BuiltIn {
    /// Its name in its registry.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// The numbers of its licence texts; none where its authors ship none.
    pub texts: Vec<u32>,
}

/// Names one licence text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneLicence {
    /// As `BuiltIn::texts` has it.
    pub number: u32,
}

/// A licence as its authors ship it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LicenceText {
    /// Plain text.
    pub text: String,
}

/// A named part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its version or licence.
    pub detail: String,
}

/// Open a link in the system's browser; only http, https and mailto.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenLink {
    /// At most 2,048 characters.
    pub url: String,
}

/// What an examination found; nothing was changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Examination {
    /// In the order they were looked at.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Finding {
    /// What was looked at, such as "history database".
    pub subject: String,
    /// True where all is well.
    pub well: bool,
    /// What was found, and what to do where it is not well.
    pub detail: String,
}
