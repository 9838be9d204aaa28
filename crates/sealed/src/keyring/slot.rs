//! A slot: one way to open the keyring.
//!
//! The slot key wraps the master key, bound to the slot's header, and leaves
//! a commitment: the tag that tells a wrong secret from a damaged file and
//! that keeps one file from opening under two secrets.

use domain::ProfileId;

use super::{KeyringError, Unlocking};
use crate::envelope::{open, seal};
use crate::kdf::KdfCost;
use crate::key::{Key, mac, stretch, verify_mac};
use crate::passphrase::Passphrase;
use crate::random::random_bytes;
use crate::recovery_code::RecoveryCode;

/// Length of 32 wrapped bytes: version, nonce, ciphertext, tag.
pub(super) const WRAPPED: usize = 1 + 12 + 32 + 16;

/// What opens the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotKind {
    Passphrase = 1,
    Recovery = 2,
    /// A secret in the system's keychain, for a profile without a passphrase.
    Keychain = 3,
}

impl SlotKind {
    /// Whether one takes the other's place: a profile has one daily way in, passphrase or
    /// keychain, and its recovery code.
    pub(super) fn replaces(self, other: Self) -> bool {
        (self == Self::Recovery) == (other == Self::Recovery)
    }
}

pub(super) struct Slot {
    pub(super) kind: SlotKind,
    /// All zero where no passphrase is stretched.
    pub(super) cost: KdfCost,
    pub(super) salt: [u8; 32],
    pub(super) commitment: [u8; 32],
    pub(super) wrapped: [u8; WRAPPED],
}

const NO_COST: KdfCost = KdfCost { memory_kib: 0, passes: 0, lanes: 0 };

impl Slot {
    pub(super) fn for_passphrase(
        profile: ProfileId,
        passphrase: &Passphrase,
        cost: KdfCost,
        master: &Key,
    ) -> Result<Self, KeyringError> {
        let salt = random_bytes();
        let root = cost.key(passphrase.bytes(), &salt).map_err(|_| KeyringError::CostOutOfRange)?;
        Ok(Self::locked(SlotKind::Passphrase, cost, salt, profile, &root, master))
    }

    pub(super) fn for_recovery(profile: ProfileId, code: &RecoveryCode, master: &Key) -> Self {
        let salt = random_bytes();
        let root = recovery_root(code, &salt);
        Self::locked(SlotKind::Recovery, NO_COST, salt, profile, &root, master)
    }

    pub(super) fn for_keychain(profile: ProfileId, secret: &Key, master: &Key) -> Self {
        let salt = random_bytes();
        let root = keychain_root(secret, &salt);
        Self::locked(SlotKind::Keychain, NO_COST, salt, profile, &root, master)
    }

    fn locked(
        kind: SlotKind,
        cost: KdfCost,
        salt: [u8; 32],
        profile: ProfileId,
        root: &Key,
        master: &Key,
    ) -> Self {
        let mut slot = Self { kind, cost, salt, commitment: [0; 32], wrapped: [0; WRAPPED] };
        let header = slot.header(profile);
        slot.commitment = mac(&committing(root), &header);
        slot.wrapped = wrap(&wrapping(root), &header, master);
        slot
    }

    /// The cost is one that may be spent on this slot.
    pub(super) fn is_admitted(&self) -> bool {
        match self.kind {
            SlotKind::Passphrase => self.cost.is_admitted(),
            SlotKind::Recovery | SlotKind::Keychain => self.cost == NO_COST,
        }
    }

    pub(super) fn open(
        &self,
        profile: ProfileId,
        with: Unlocking<'_>,
    ) -> Result<Key, KeyringError> {
        let root = match with {
            Unlocking::Passphrase(passphrase) => self
                .cost
                .key(passphrase.bytes(), &self.salt)
                .map_err(|_| KeyringError::CostOutOfRange)?,
            Unlocking::Recovery(code) => recovery_root(code, &self.salt),
            Unlocking::Keychain(secret) => keychain_root(secret, &self.salt),
        };
        let header = self.header(profile);
        if !verify_mac(&committing(&root), &header, &self.commitment) {
            return Err(KeyringError::WrongSecret);
        }
        unwrap(&wrapping(&root), &header, &self.wrapped).ok_or(KeyringError::Damaged)
    }

    /// What the wrapped key is bound to: everything of the slot but the key itself.
    fn header(&self, profile: ProfileId) -> Vec<u8> {
        let mut header = b"carrel keyring slot".to_vec();
        header.push(super::file::VERSION);
        header.extend_from_slice(profile.as_bytes());
        self.encode_head(&mut header);
        header
    }

    pub(super) fn encode_head(&self, out: &mut Vec<u8>) {
        out.push(self.kind as u8);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.salt);
    }
}

/// Wraps one key under another.
pub(super) fn wrap(under: &Key, aad: &[u8], key: &Key) -> [u8; WRAPPED] {
    match <[u8; WRAPPED]>::try_from(seal(under, aad, key.bytes())) {
        Ok(wrapped) => wrapped,
        Err(_) => crate::random::impossible("32 sealed bytes have one length"),
    }
}

/// The key that [`wrap`] wrapped.
pub(super) fn unwrap(under: &Key, aad: &[u8], wrapped: &[u8]) -> Option<Key> {
    let bytes = open(under, aad, wrapped).ok()?;
    Some(Key::from_bytes(*bytes.first_chunk::<32>()?))
}

/// 160 random bits need no stretching.
fn recovery_root(code: &RecoveryCode, salt: &[u8; 32]) -> Key {
    stretch(code.bytes(), salt, "carrel keyring recovery")
}

/// 256 random bits need none either.
fn keychain_root(secret: &Key, salt: &[u8; 32]) -> Key {
    stretch(secret.bytes(), salt, "carrel keyring keychain")
}

fn committing(root: &Key) -> Key {
    root.derive("carrel keyring slot commitment")
}

fn wrapping(root: &Key) -> Key {
    root.derive("carrel keyring slot wrapping")
}
