//! Ed25519 signatures (RFC 8032).
//!
//! The private half is kept as its seed, and as ring's key pair, which takes as
//! long to make as a signature. Ring does not promise to wipe it: it lies on
//! the heap, whose freed memory is overwritten in all of Carrel's programs
//! (docs/decisions/0005).

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::key::Key;
use crate::random::impossible;

/// A private signing key.
pub struct SigningKey {
    seed: Key,
    pair: Box<Ed25519KeyPair>,
}

impl SigningKey {
    /// A new random key.
    #[must_use]
    pub fn random() -> Self {
        Self::of(Key::random())
    }

    /// The key of this seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self::of(Key::from_bytes(*seed))
    }

    fn of(seed: Key) -> Self {
        match Ed25519KeyPair::from_seed_unchecked(seed.bytes()) {
            Ok(pair) => Self { seed, pair: Box::new(pair) },
            Err(_) => impossible("an Ed25519 seed has 32 bytes"),
        }
    }

    /// The seed, for sealing it.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.seed.bytes()
    }

    /// The signature of `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        match <[u8; 64]>::try_from(self.pair.sign(message).as_ref()) {
            Ok(signature) => signature,
            Err(_) => impossible("an Ed25519 signature has 64 bytes"),
        }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match <[u8; 32]>::try_from(self.pair.public_key().as_ref()) {
            Ok(key) => PublicKey(key),
            Err(_) => impossible("an Ed25519 public key has 32 bytes"),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A public signing key; serialised as 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PublicKey(#[serde(with = "crate::hex")] pub [u8; 32]);

impl PublicKey {
    /// Whether `signature` is this key's signature of `message`.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::hex::show("PublicKey", &self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_and_message_only() {
        let (key, other) = (SigningKey::random(), SigningKey::random());
        let signature = key.sign(b"yes");
        assert!(key.public().verify(b"yes", &signature), "its own signature");
        assert!(!key.public().verify(b"no", &signature), "another message");
        assert!(!other.public().verify(b"yes", &signature), "another key");
        assert!(!key.public().verify(b"yes", &signature[..63]), "a cut signature");
    }

    #[test]
    fn a_key_comes_back_from_its_seed() {
        let key = SigningKey::random();
        assert_eq!(SigningKey::from_seed(key.seed()).public(), key.public(), "same seed, same key");
        assert_eq!(format!("{key:?}"), "SigningKey(…)", "what a log shows");
    }

    #[test]
    fn a_public_key_has_one_spelling() {
        let key = PublicKey([0xab; 32]);
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(text, format!("\"{}\"", "ab".repeat(32)), "lowercase hexadecimal");
        assert_eq!(serde_json::from_str::<PublicKey>(&text).unwrap(), key, "round trip");
        let shouted = text.to_uppercase();
        assert!(serde_json::from_str::<PublicKey>(&shouted).is_err(), "no second spelling");
        assert!(serde_json::from_str::<PublicKey>("\"ab\"").is_err(), "no short key");
    }
}
