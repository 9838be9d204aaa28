//! Where a secret stands: in the environment, in a file, or in the configuration itself.

use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

/// The largest file with a secret.
const LARGEST: u64 = 4_096;

/// A secret as the file names it. Prints as where it stands, never as what it is.
#[derive(Clone)]
pub enum SecretSource {
    /// `env:NAME`.
    Environment(String),
    /// `file:PATH`: the file's text without white space around it.
    File(String),
    /// Anything else: the secret itself.
    Literal(Zeroizing<String>),
}

/// Why a secret cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The variable is missing or empty.
    #[error("the environment has no {0}; set it, or name another source")]
    NoVariable(String),
    /// The file.
    #[error("the file {path} cannot be read: {kind}")]
    File {
        /// Its path, as it was named.
        path: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// It is empty, too large or no text.
    #[error("the file {0} holds no secret: one line of up to 4,096 bytes")]
    NoSecret(String),
}

impl SecretSource {
    /// The secret. Paths are read from the folder `home`.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn reveal(
        &self,
        home: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Zeroizing<String>, Unreadable> {
        match self {
            Self::Literal(secret) => Ok(secret.clone()),
            Self::Environment(name) => environment(name)
                .filter(|value| !value.trim().is_empty())
                .map(|value| Zeroizing::new(value.trim().to_owned()))
                .ok_or_else(|| Unreadable::NoVariable(name.clone())),
            Self::File(path) => {
                let failed = |error: &std::io::Error| Unreadable::File {
                    path: path.clone(),
                    kind: error.kind(),
                };
                let file = std::fs::File::open(home.join(path)).map_err(|error| failed(&error))?;
                let mut text = Zeroizing::new(String::new());
                let read = file.take(LARGEST + 1).read_to_string(&mut text);
                read.map_err(|error| failed(&error))?;
                let secret = text.trim();
                let is_one = !secret.is_empty() && secret.lines().count() == 1;
                if !is_one || text.len() as u64 > LARGEST {
                    return Err(Unreadable::NoSecret(path.clone()));
                }
                Ok(Zeroizing::new(secret.to_owned()))
            }
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Literal(_) => f.write_str("a secret"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        if let Some(name) = text.strip_prefix("env:") {
            return Ok(Self::Environment(name.to_owned()));
        }
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Self::File(path.to_owned()));
        }
        if text.trim().is_empty() {
            return Err(de::Error::custom("a secret is `env:NAME`, `file:PATH` or its text"));
        }
        Ok(Self::Literal(text))
    }
}
