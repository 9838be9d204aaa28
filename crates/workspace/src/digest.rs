//! SHA-256 digests as they stand in documents, events and pins.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// A SHA-256 digest; serialised as 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of one entry of a record, as a leaf of an RFC 6962 tree:
    /// SHA-256(0x00 ‖ entry). Documents and audit events are both hashed so.
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(entry.len() + 1);
        bytes.push(0);
        bytes.extend_from_slice(entry);
        Self(sealed::sha256(&bytes))
    }

    /// The digest of a node of such a tree: SHA-256(0x01 ‖ left ‖ right).
    #[must_use]
    pub(crate) fn node(left: Self, right: Self) -> Self {
        let mut bytes = [1_u8; 65];
        bytes[1..33].copy_from_slice(&left.0);
        bytes[33..].copy_from_slice(&right.0);
        Self(sealed::sha256(&bytes))
    }

    /// The digest of a tree without leaves.
    #[must_use]
    pub(crate) fn of_nothing() -> Self {
        Self(sealed::sha256(&[]))
    }
}

/// Lowercase hexadecimal, the one spelling used here.
pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The bytes of lowercase hexadecimal; none for any other text.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        unhex(&text)
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Self)
            .ok_or_else(|| D::Error::custom("expected 64 hexadecimal digits"))
    }
}
