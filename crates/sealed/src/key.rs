//! Symmetric keys, and the hashes and tags made with them.
//!
//! A key lives in one heap place, so that moving it leaves no copy behind,
//! and is wiped when dropped. It derives nothing and prints as `Key(…)`.

use ring::{digest, hkdf, hmac};
use std::fmt;
use zeroize::Zeroize;

use crate::memory::on_clean_stack;
use crate::random::{impossible, random_bytes};

/// 32 secret bytes: an encryption key, a MAC key, or the root of others.
pub struct Key(Box<[u8; 32]>);

impl Key {
    /// A new random key.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(random_bytes())
    }

    /// The key of these bytes. The caller's own copy is the caller's to wipe.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self(Box::new(bytes));
        bytes.zeroize();
        key
    }

    /// The bytes, for wrapping them; never for showing or logging.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key of its own for the purpose `info` (HKDF-SHA256, RFC 5869, salt `carrel`).
    #[must_use]
    pub fn derive(&self, info: &str) -> Self {
        stretch(self.bytes(), b"carrel", info)
    }

    /// A second owner of the same key. Spelled out because each copy must be wiped.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// HKDF-SHA256 of `secret` to one key.
pub(crate) fn stretch(secret: &[u8], salt: &[u8], info: &str) -> Key {
    let mut key = Box::new([0; 32]);
    let filled = on_clean_stack(|| {
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(secret)
            .expand(&[info.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut_slice()))
    });
    if filled.is_err() {
        impossible("HKDF gives no 32 bytes");
    }
    Key(key)
}

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    on_clean_stack(|| fixed(digest::digest(&digest::SHA256, bytes).as_ref()))
}

/// SHA-256 of what comes bit by bit; for nothing secret.
pub struct Sha256(digest::Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Sha256 {
    /// Takes what comes next.
    pub fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that came.
    #[must_use]
    pub fn digest(self) -> [u8; 32] {
        fixed(self.0.finish().as_ref())
    }
}

/// HMAC-SHA256 of `bytes` under `key`.
#[must_use]
pub fn mac(key: &Key, bytes: &[u8]) -> [u8; 32] {
    on_clean_stack(|| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        fixed(hmac::sign(&key, bytes).as_ref())
    })
}

/// Whether `tag` is the [`mac`] of `bytes`; takes the same time either way.
#[must_use]
pub fn verify_mac(key: &Key, bytes: &[u8], tag: &[u8]) -> bool {
    on_clean_stack(|| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        hmac::verify(&key, bytes, tag).is_ok()
    })
}

fn fixed(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = Key::from_bytes([0x41; 32]);
        assert_eq!(format!("{key:?} {:#?}", Some(&key)).matches("41").count(), 0, "no byte leaks");
        assert_eq!(format!("{key:?}"), "Key(…)", "what a log shows");
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_repeat_by_purpose() {
        let key = Key::from_bytes([7; 32]);
        assert_eq!(key.derive("a").bytes(), key.derive("a").bytes(), "derivation repeats");
        assert_ne!(key.derive("a").bytes(), key.derive("b").bytes(), "purposes are apart");
        assert_ne!(key.derive("a").bytes(), key.bytes(), "a derived key is not its root");
    }

    #[test]
    fn derivation_is_hkdf_as_published() {
        // RFC 5869, A.1: the first 32 of its 42 bytes need the info as raw bytes, so
        // the case with empty info and empty salt (A.3) is the one that fits a text.
        let key = stretch(&[0x0b; 22], b"", "");
        let wanted = [
            0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f, 0x71, 0x5f, 0x80, 0x2a, 0x06, 0x3c,
            0x5a, 0x31, 0xb8, 0xa1, 0x1f, 0x5c, 0x5e, 0xe1, 0x87, 0x9e, 0xc3, 0x45, 0x4e, 0x5f,
            0x3c, 0x73, 0x8d, 0x2d,
        ];
        assert_eq!(key.bytes(), &wanted, "others must be able to derive what we derive");
    }

    #[test]
    fn a_tag_fits_only_its_key_and_its_bytes() {
        let (key, other) = (Key::random(), Key::random());
        let tag = mac(&key, b"seven");
        assert!(verify_mac(&key, b"seven", &tag), "its own tag");
        assert!(!verify_mac(&key, b"eight", &tag), "other bytes");
        assert!(!verify_mac(&other, b"seven", &tag), "another key");
        assert!(!verify_mac(&key, b"seven", tag.get(..31).unwrap()), "a cut tag");
    }
}
