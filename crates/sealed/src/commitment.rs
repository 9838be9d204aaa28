//! Commitments: what a record says of a text without holding it.
//!
//! Without its key one says nothing of its text, not even to who guesses the text; with its
//! key it fits that text alone. Where the keys lie, and when they are destroyed, is decided
//! elsewhere.

use domain::AttemptId;
use serde::{Deserialize, Serialize};

use crate::key::{Key, mac, verify_mac};

/// Separates these from whatever else is authenticated with a key.
const PURPOSE: &[u8] = b"carrel commitment 1\0";

/// Which text of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What was asked.
    Input,
    /// What was answered.
    Output,
}

/// A commitment to one text of one call: HMAC-SHA256 over `carrel commitment 1`, a zero, `input`
/// or `output`, a zero, the 16 bytes of the call's id and the text in UTF-8.
///
/// Written as 64 lowercase hexadecimal digits. The text's length is not in it: of an answer that
/// is Yes or No it would say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(#[serde(with = "crate::hex")] pub [u8; 32]);

impl Commitment {
    /// Commits to `text`. The key has to be made for this side of this call.
    #[must_use]
    pub fn to(text: &str, side: Side, attempt: AttemptId, key: &Key) -> Self {
        Self(mac(key, &message(text, side, attempt)))
    }

    /// Whether it is the commitment to this text, of this side of this call, under this key.
    #[must_use]
    pub fn is_to(&self, text: &str, side: Side, attempt: AttemptId, key: &Key) -> bool {
        verify_mac(key, &message(text, side, attempt), &self.0)
    }
}

fn message(text: &str, side: Side, attempt: AttemptId) -> Vec<u8> {
    let side: &[u8] = match side {
        Side::Input => b"input\0",
        Side::Output => b"output\0",
    };
    [PURPOSE, side, attempt.as_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use domain::UnixMs;

    use super::*;

    const TEXT: &str = "What is a datum?";

    fn attempt(n: u8) -> AttemptId {
        AttemptId::new(UnixMs(1), [n; 10])
    }

    fn key(n: u8) -> Key {
        Key::from_bytes([n; 32])
    }

    #[test]
    fn it_fits_its_text_its_side_its_call_and_its_key_alone() {
        let made = Commitment::to(TEXT, Side::Input, attempt(1), &key(1));
        assert!(made.is_to(TEXT, Side::Input, attempt(1), &key(1)), "its own");
        let others = [
            made.is_to("What is a datum!", Side::Input, attempt(1), &key(1)),
            made.is_to("", Side::Input, attempt(1), &key(1)),
            made.is_to(TEXT, Side::Output, attempt(1), &key(1)),
            made.is_to(TEXT, Side::Input, attempt(2), &key(1)),
            made.is_to(TEXT, Side::Input, attempt(1), &key(2)),
        ];
        assert_eq!(others, [false; 5], "text, no text, side, call, key");
    }

    #[test]
    fn it_is_written_as_docs_audit_verify_py_computes_it() {
        let made = Commitment::to("Grüße", Side::Output, attempt(2), &key(3));
        let text = serde_json::to_string(&made).unwrap();
        assert_eq!(text, EXPECTED, "what records hold already would be of no text any more");
    }

    /// As Python's `hmac` says it of `bytes([3] * 32)` and the message.
    const EXPECTED: &str = "\"4b361500e46fa0ee0e99f7ad5a7a983ad113999dcdb7a0a28784bfcf789772aa\"";
}
