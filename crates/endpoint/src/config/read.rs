//! From text to a `Config`, or to one sentence with a line.

use super::Config;

/// A longer file is not a configuration.
const LARGEST: usize = 1 << 20;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct BadConfig {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, without any value that stands there.
    pub message: String,
}

/// Reads a whole file.
///
/// # Errors
/// `BadConfig` for the first thing that is wrong.
pub fn read(text: &str) -> Result<Config, BadConfig> {
    let at = |offset: usize, message: String| {
        let before = text.as_bytes().iter().take(offset);
        BadConfig { line: before.filter(|byte| **byte == b'\n').count() + 1, message }
    };
    if text.len() > LARGEST {
        return Err(at(0, "A configuration has at most 1 MiB.".to_owned()));
    }
    let config: Config = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        at(offset, without_values(error.message()))
    })?;
    if config.programs.is_empty() || config.providers.is_empty() {
        return Err(at(0, "Name at least one of `programs` and one of `providers`.".to_owned()));
    }
    Ok(config)
}

/// The message without what it quotes of the file. Serde writes values between double quotes
/// or after their kind, and names of fields between backticks.
fn without_values(message: &str) -> String {
    let mut kept = String::with_capacity(message.len());
    let mut pieces = message.split('"');
    kept.push_str(pieces.next().unwrap_or_default());
    let mut rest: Vec<&str> = pieces.collect();
    if !rest.is_empty() {
        // A value may hold quotes of its own: everything from the first to the last goes.
        kept.push('…');
        kept.push_str(rest.pop().unwrap_or_default());
    }
    for kind in ["unknown variant `", "integer `", "floating point `", "boolean `"] {
        if let Some((before, value)) = kept.split_once(kind)
            && let Some((_, after)) = value.split_once('`')
        {
            kept = format!("{before}{}…{after}", kind.trim_end_matches('`'));
        }
    }
    kept
}
