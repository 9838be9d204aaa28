//! Sealing to a person: HPKE with X25519, HKDF-SHA256 and AES-256-GCM (RFC 9180).
//!
//! Layout: version byte 1, encapsulated key (32 bytes), ciphertext with tag.
//! The sender stays anonymous (base mode): who may send is for signatures.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

use crate::envelope::Unsealable;
use crate::key::Key;
use crate::random::impossible;

const VERSION: u8 = 1;
const ENCAPSULATED: usize = 32;

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The private half of a [`Recipient`].
pub struct RecipientKey(Key);

impl RecipientKey {
    /// A new random key.
    #[must_use]
    pub fn random() -> Self {
        Self(Key::random())
    }

    /// The key of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Key::from_bytes(*bytes))
    }

    /// The bytes, for sealing them.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> Recipient {
        let public = X25519HkdfSha256::sk_to_pk(&self.private());
        Recipient(public.to_bytes().into())
    }

    fn private(&self) -> PrivateKey {
        match PrivateKey::from_bytes(self.bytes()) {
            Ok(key) => key,
            Err(_) => impossible("an X25519 key has 32 bytes"),
        }
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecipientKey(…)")
    }
}

/// Whom to seal to; serialised as 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Recipient(#[serde(with = "crate::hex")] pub [u8; 32]);

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::hex::show("Recipient", &self.0, f)
    }
}

/// Seals `plain` so that only the holder of `to`'s private key opens it.
///
/// For bytes that are no usable public key (a point of small order) the
/// envelope is empty and opens for no one.
#[must_use]
pub fn seal_to(to: &Recipient, info: &[u8], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let Ok(public) = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.0) else {
        return Vec::new();
    };
    let sealed = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        info,
        plain,
        aad,
    );
    let Ok((encapsulated, body)) = sealed else {
        return Vec::new();
    };
    let mut out = Vec::with_capacity(1 + ENCAPSULATED + body.len());
    out.push(VERSION);
    out.extend_from_slice(&encapsulated.to_bytes());
    out.extend_from_slice(&body);
    out
}

/// Opens what [`seal_to`] made for this key with the same `info` and `aad`.
///
/// # Errors
/// [`Unsealable`] if it was sealed to someone else or changed on the way.
pub fn open_from(
    key: &RecipientKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    let (&version, rest) = sealed.split_first().ok_or(Unsealable)?;
    let (encapsulated, body) = rest.split_first_chunk::<ENCAPSULATED>().ok_or(Unsealable)?;
    if version != VERSION {
        return Err(Unsealable);
    }
    let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| Unsealable)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &key.private(),
        &encapsulated,
        info,
        body,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| Unsealable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_recipient_opens_and_only_in_context() {
        let (key, other) = (RecipientKey::random(), RecipientKey::random());
        let sealed = seal_to(&key.public(), b"info", b"aad", b"the key");
        assert_eq!(open_from(&key, b"info", b"aad", &sealed).unwrap().as_slice(), b"the key", "ok");
        assert!(open_from(&other, b"info", b"aad", &sealed).is_err(), "someone else");
        assert!(open_from(&key, b"info", b"other", &sealed).is_err(), "another context");
        assert!(open_from(&key, b"other", b"aad", &sealed).is_err(), "another purpose");
    }

    #[test]
    fn no_bit_of_an_envelope_can_change() {
        let key = RecipientKey::random();
        let sealed = seal_to(&key.public(), b"", b"", b"x");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // X25519 ignores the top bit of a point (RFC 7748, 5), but HPKE binds the
            // encapsulated key into the context, so that this too is noticed.
            assert!(open_from(&key, b"", b"", &changed).is_err(), "bit {bit} may not change");
        }
    }

    #[test]
    fn a_key_of_small_order_gets_nothing() {
        let sealed = seal_to(&Recipient([0; 32]), b"", b"", b"secret");
        assert!(sealed.is_empty(), "anyone could open what is sealed to the zero point");
    }

    #[test]
    fn a_key_comes_back_from_its_bytes() {
        let key = RecipientKey::random();
        assert_eq!(RecipientKey::from_bytes(key.bytes()).public(), key.public(), "same key");
        assert_eq!(format!("{key:?}"), "RecipientKey(…)", "what a log shows");
    }
}
