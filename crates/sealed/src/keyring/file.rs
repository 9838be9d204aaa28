//! The keyring as bytes.
//!
//! Layout, integers big-endian: magic (8), version (1), generation (8),
//! profile (16), slot count (1), key count (2); slots: kind (1), memory,
//! passes and lanes (4 each), salt (32), commitment (32), wrapped master
//! key (61); keys: purpose (1), epoch (4), wrapped key (61); MAC of all
//! before under the master key (32); SHA-256 of all before (32).
//! The hash finds damage before any secret is asked for; the MAC finds
//! what someone changed on purpose.

use domain::ProfileId;

use super::slot::{Slot, SlotKind, WRAPPED, unwrap, wrap};
use super::{KeyringError, Unlocking};
use crate::kdf::KdfCost;
use crate::key::{Key, mac, sha256, verify_mac};

const MAGIC: &[u8; 8] = b"CARRELKR";
pub(super) const VERSION: u8 = 1;
/// No keyring is longer: room for hundreds of epochs.
pub(super) const LONGEST: usize = 64 * 1024;

/// What a wrapped key is for. Numbers are written to disk: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    History = 1,
    Private = 2,
    Backup = 3,
    Blob = 4,
    Signing = 5,
    Recipient = 6,
}

impl Purpose {
    /// The keys of a new keyring, each with its epoch.
    pub(super) const ALL: [(Self, u32); 6] = [
        (Self::History, 1),
        (Self::Private, 0),
        (Self::Backup, 0),
        (Self::Blob, 0),
        (Self::Signing, 0),
        (Self::Recipient, 0),
    ];

    fn of(number: u8) -> Option<Self> {
        Self::ALL.iter().map(|(purpose, _)| *purpose).find(|purpose| *purpose as u8 == number)
    }
}

pub(super) struct WrappedKey {
    purpose: Purpose,
    epoch: u32,
    wrapped: [u8; WRAPPED],
}

/// Everything in the file, still locked.
pub(super) struct Contents {
    pub(super) profile: ProfileId,
    pub(super) generation: u64,
    pub(super) slots: Vec<Slot>,
    pub(super) keys: Vec<WrappedKey>,
}

impl Contents {
    /// The bytes to write.
    pub(super) fn encode(&self, master: &Key) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.extend_from_slice(&self.generation.to_be_bytes());
        out.extend_from_slice(self.profile.as_bytes());
        out.push(u8::try_from(self.slots.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&u16::try_from(self.keys.len()).unwrap_or(u16::MAX).to_be_bytes());
        for slot in &self.slots {
            slot.encode_head(&mut out);
            out.extend_from_slice(&slot.commitment);
            out.extend_from_slice(&slot.wrapped);
        }
        for key in &self.keys {
            out.push(key.purpose as u8);
            out.extend_from_slice(&key.epoch.to_be_bytes());
            out.extend_from_slice(&key.wrapped);
        }
        out.extend_from_slice(&mac(&authenticating(master), &out));
        let sum = sha256(&out);
        out.extend_from_slice(&sum);
        out
    }

    /// Reads the bytes; refuses damage, newer versions and costs that are not allowed.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, KeyringError> {
        let (body, sum) = bytes.split_last_chunk::<32>().ok_or(KeyringError::Damaged)?;
        if sha256(body) != *sum {
            return Err(KeyringError::Damaged);
        }
        let (body, _mac) = body.split_last_chunk::<32>().ok_or(KeyringError::Damaged)?;
        let mut from = Reader(body);
        if from.take::<8>()? != *MAGIC {
            return Err(KeyringError::Damaged);
        }
        match from.byte()? {
            VERSION => {}
            0 => return Err(KeyringError::Damaged),
            _ => return Err(KeyringError::Newer),
        }
        let generation = u64::from_be_bytes(from.take()?);
        let profile = ProfileId::from_bytes(from.take()?);
        let (slots, keys) = (from.byte()?, u16::from_be_bytes(from.take()?));
        let slots = (0..slots).map(|_| from.slot()).collect::<Result<Vec<_>, _>>()?;
        let keys = (0..keys).map(|_| from.key()).collect::<Result<Vec<_>, _>>()?;
        if !from.0.is_empty() {
            return Err(KeyringError::Damaged);
        }
        Ok(Self { profile, generation, slots, keys })
    }

    pub(super) fn slot(&self, kind: SlotKind) -> Result<&Slot, KeyringError> {
        self.slots.iter().find(|slot| slot.kind == kind).ok_or(KeyringError::Missing)
    }

    /// The master key, if `with` opens its slot.
    pub(super) fn open_slot(&self, with: Unlocking<'_>) -> Result<Key, KeyringError> {
        let kind = match with {
            Unlocking::Passphrase(_) => SlotKind::Passphrase,
            Unlocking::Recovery(_) => SlotKind::Recovery,
            Unlocking::Keychain(_) => SlotKind::Keychain,
        };
        self.slot(kind)?.open(self.profile, with)
    }

    /// The keys, if `bytes` (from which this was decoded) carry the master key's MAC.
    pub(super) fn open_keys(
        &self,
        master: &Key,
        bytes: &[u8],
    ) -> Result<Vec<(Purpose, u32, Key)>, KeyringError> {
        let (body, _sum) = bytes.split_last_chunk::<32>().ok_or(KeyringError::Damaged)?;
        let (body, tag) = body.split_last_chunk::<32>().ok_or(KeyringError::Damaged)?;
        if !verify_mac(&authenticating(master), body, tag) {
            return Err(KeyringError::Damaged);
        }
        let under = wrapping(master);
        let open = |key: &WrappedKey| {
            let bound = bound(self.profile, key.purpose, key.epoch);
            let opened = unwrap(&under, &bound, &key.wrapped).ok_or(KeyringError::Damaged)?;
            Ok((key.purpose, key.epoch, opened))
        };
        self.keys.iter().map(open).collect()
    }

    /// Wraps `keys` under the master key, with new nonces.
    pub(super) fn wrap_keys(&mut self, master: &Key, keys: &[(Purpose, u32, Key)]) {
        let under = wrapping(master);
        let wrap = |(purpose, epoch, key): &(Purpose, u32, Key)| WrappedKey {
            purpose: *purpose,
            epoch: *epoch,
            wrapped: wrap(&under, &bound(self.profile, *purpose, *epoch), key),
        };
        self.keys = keys.iter().map(wrap).collect();
    }
}

/// What a wrapped key is bound to: profile, purpose, epoch.
fn bound(profile: ProfileId, purpose: Purpose, epoch: u32) -> Vec<u8> {
    let mut aad = b"carrel keyring key".to_vec();
    aad.extend_from_slice(profile.as_bytes());
    aad.push(purpose as u8);
    aad.extend_from_slice(&epoch.to_be_bytes());
    aad
}

fn wrapping(master: &Key) -> Key {
    master.derive("carrel keyring wrapping")
}

fn authenticating(master: &Key) -> Key {
    master.derive("carrel keyring file")
}

/// Takes fields off the front; every shortage is damage.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], KeyringError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(KeyringError::Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, KeyringError> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Result<u32, KeyringError> {
        self.take().map(u32::from_be_bytes)
    }

    fn slot(&mut self) -> Result<Slot, KeyringError> {
        let kind = match self.byte()? {
            1 => SlotKind::Passphrase,
            2 => SlotKind::Recovery,
            3 => SlotKind::Keychain,
            _ => return Err(KeyringError::Newer),
        };
        let cost =
            KdfCost { memory_kib: self.number()?, passes: self.number()?, lanes: self.number()? };
        let (salt, commitment, wrapped) = (self.take()?, self.take()?, self.take()?);
        let slot = Slot { kind, cost, salt, commitment, wrapped };
        if slot.is_admitted() { Ok(slot) } else { Err(KeyringError::CostOutOfRange) }
    }

    fn key(&mut self) -> Result<WrappedKey, KeyringError> {
        let purpose = Purpose::of(self.byte()?).ok_or(KeyringError::Newer)?;
        Ok(WrappedKey { purpose, epoch: self.number()?, wrapped: self.take()? })
    }
}
