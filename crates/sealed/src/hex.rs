//! 32 public bytes as lowercase hexadecimal in serialised form.
//!
//! Strict: one spelling for each value, so that signed text has one form.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serializer, de::Error};
use std::fmt;

pub(crate) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&HEXLOWER.encode(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(from)?;
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
    <[u8; 32]>::try_from(bytes).map_err(|_| D::Error::custom("expected 64 hexadecimal digits"))
}

pub(crate) fn show(name: &str, bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{name}({})", HEXLOWER.encode(bytes))
}
