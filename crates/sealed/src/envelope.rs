//! Sealing bytes under a key: AES-256-GCM with a random nonce.
//!
//! Layout: version byte 1, nonce (12 bytes), ciphertext with tag (16 bytes).
//! Random nonces stay safe up to 2^32 seals under one key (NIST SP 800-38D,
//! 8.3); whoever seals more derives a key for each message.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::key::Key;
use crate::random::{impossible, random_bytes};

const VERSION: u8 = 1;

/// These bytes do not open: wrong key, wrong context, or changed on the way.
///
/// Deliberately says no more: telling the cases apart helps an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this does not open with this key")]
pub struct Unsealable;

/// Seals `plain` under `key`, bound to `aad`, which must be given again to open it.
#[must_use]
pub fn seal(key: &Key, aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = random_bytes::<NONCE_LEN>();
    let mut out = Vec::with_capacity(1 + NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
    out.push(VERSION);
    out.extend_from_slice(&nonce);
    let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
    body.extend_from_slice(plain);
    let sealed = cipher(key).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(aad),
        &mut *body,
    );
    if sealed.is_err() {
        impossible("a message of 64 GiB cannot be sealed");
    }
    out.extend_from_slice(&body);
    out
}

/// Opens what [`seal`] made with the same `key` and `aad`.
///
/// # Errors
/// [`Unsealable`] if a single bit differs.
pub fn open(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    let (&version, rest) = sealed.split_first().ok_or(Unsealable)?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unsealable)?;
    if version != VERSION {
        return Err(Unsealable);
    }
    let mut body = Zeroizing::new(body.to_vec());
    let plain = cipher(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut body)
        .map_err(|_| Unsealable)?
        .len();
    body.truncate(plain);
    Ok(body)
}

/// ring's key object, built for one operation: it does not promise to wipe itself.
fn cipher(key: &Key) -> LessSafeKey {
    match UnboundKey::new(&AES_256_GCM, key.bytes()) {
        Ok(key) => LessSafeKey::new(key),
        Err(_) => impossible("AES-256 takes 32 bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_context_only() {
        let (key, other) = (Key::random(), Key::random());
        let sealed = seal(&key, b"here", b"a note");
        assert_eq!(open(&key, b"here", &sealed).unwrap().as_slice(), b"a note", "round trip");
        assert_eq!(open(&other, b"here", &sealed).unwrap_err(), Unsealable, "another key");
        assert_eq!(open(&key, b"there", &sealed).unwrap_err(), Unsealable, "another context");
    }

    #[test]
    fn no_bit_can_change_and_no_byte_can_go() {
        let key = Key::random();
        let sealed = seal(&key, b"", b"eight..");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, b"", &changed).is_err(), "bit {bit} may not change");
        }
        for length in 0..sealed.len() {
            assert!(open(&key, b"", &sealed[..length]).is_err(), "cut to {length} bytes");
        }
    }

    #[test]
    fn no_nonce_repeats_over_many_seals() {
        let key = Key::random();
        let nonces: HashSet<Vec<u8>> =
            (0..100_000).map(|_| seal(&key, b"", b"")[1..=NONCE_LEN].to_vec()).collect();
        assert_eq!(nonces.len(), 100_000, "a repeated nonce would give the key away");
    }
}
