//! What `carrel serve --config FILE.toml` serves.
//!
//! A field that nobody knows refuses the whole file, with its line: a limit
//! with a typing error in its name would be no limit. Secrets are named, not
//! written, where that can be: `env:NAME`, `file:PATH`. No error repeats a
//! value, since any value may be a secret.

mod limit;
mod read;
mod route;
mod secret;

use std::net::SocketAddr;
use std::time::Duration;

use domain::Dialect;
use engine::programs::Manner;
use serde::Deserialize;

pub use limit::LimitEntry;
pub use read::{BadConfig, read};
pub use route::RouteEntry;
pub use secret::{SecretSource, Unreadable};

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen: an address of this machine. Port 0 takes any free one.
    #[serde(default = "usual_address")]
    pub listen: SocketAddr,
    /// The model that `route/usual` asks first, or `route/<name>` of one below; none for the
    /// first model listed.
    pub usual: Option<String>,
    /// Who answers where the asked model cannot, best first.
    #[serde(default)]
    pub fallback: Vec<String>,
    /// Whether models whose price is not known may be asked.
    #[serde(default)]
    pub unpriced: Unpriced,
    /// Who may ask.
    pub programs: Vec<ProgramEntry>,
    /// Who answers.
    pub providers: Vec<ProviderEntry>,
    /// Names for several models.
    #[serde(default)]
    pub routes: Vec<RouteEntry>,
    /// How much may be used.
    #[serde(default)]
    pub limits: Vec<LimitEntry>,
    /// How long to wait, in seconds.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How much is done for one answer.
    #[serde(default)]
    pub effort: Effort,
}

/// What becomes of a model whose price is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unpriced {
    /// It may be asked; no limit on money counts it.
    #[default]
    Allow,
    /// It may not.
    Block,
}

/// One program that may ask.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramEntry {
    /// 1 to 60 characters.
    pub name: String,
    /// What it shows: 16 to 512 characters.
    pub token: SecretSource,
}

/// One provider with its models.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderEntry {
    /// 1 to 60 characters; in names of models, and for people.
    pub name: String,
    /// How it is spoken to.
    pub dialect: DialectName,
    /// Its base URL; none for built-in models.
    #[serde(default)]
    pub url: String,
    /// True where it may be in this house: a private address that is not this machine's.
    #[serde(default)]
    pub nearby: bool,
    /// Its keys, best first; none where none is needed.
    #[serde(default)]
    pub keys: Vec<SecretSource>,
    /// Its models, by its own names.
    pub models: Vec<String>,
}

/// A dialect as the file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialectName {
    /// Chat completions.
    Openai,
    /// Messages.
    Anthropic,
    /// generateContent.
    Gemini,
    /// GGUF files on this machine.
    BuiltIn,
}

/// How long to wait, in seconds; none stays as usual.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    connect: Option<Seconds>,
    headers: Option<Seconds>,
    first_token: Option<Seconds>,
    stall: Option<Seconds>,
    whole: Option<Seconds>,
    client: Option<Seconds>,
}

/// How much is done for one answer; none stays as usual.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    tries: Option<Tries>,
    deadline: Option<Seconds>,
    longest_wait: Option<Seconds>,
}

/// More than nothing, and at most a day.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Seconds(Duration);

/// From 1 to 20.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u32")]
struct Tries(u32);

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        let within = seconds > 0.0 && seconds <= 86_400.0;
        let span = Duration::try_from_secs_f64(seconds).ok().filter(|_| within);
        span.map(Self).ok_or("a time is more than 0 and at most 86400 seconds")
    }
}

impl TryFrom<u32> for Tries {
    type Error = &'static str;

    fn try_from(tries: u32) -> Result<Self, Self::Error> {
        (1..=20).contains(&tries).then_some(Self(tries)).ok_or("tries go from 1 to 20")
    }
}

impl Config {
    /// How programs' questions are dealt with.
    #[must_use]
    pub fn manner(&self) -> Manner {
        let span = |seconds: Option<Seconds>| seconds.map(|seconds| seconds.0);
        let (timeouts, effort) = (&self.timeouts, &self.effort);
        Manner {
            connect: span(timeouts.connect),
            headers: span(timeouts.headers),
            first_token: span(timeouts.first_token),
            stall: span(timeouts.stall),
            whole: span(timeouts.whole),
            tries: effort.tries.map(|tries| tries.0),
            deadline: span(effort.deadline),
            longest_wait: span(effort.longest_wait),
        }
    }

    /// How long a client may read nothing.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        self.timeouts.client.map(|seconds| seconds.0)
    }
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Openai => Self::OpenAi,
            DialectName::Anthropic => Self::Anthropic,
            DialectName::Gemini => Self::Gemini,
            DialectName::BuiltIn => Self::BuiltIn,
        }
    }
}

fn usual_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8484))
}

#[cfg(test)]
mod tests;
