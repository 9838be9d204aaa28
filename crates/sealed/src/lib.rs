//! Keys, envelopes, the encrypted database and file modes.
//!
//! The only user of ring, argon2 and hpke, and the only place that opens a
//! database. It knows nothing of chats, members or policies: it seals bytes,
//! keeps one profile's keys in its keyring and runs closures in transactions.
//! What each attacker gets is written in `docs/threat-model.md`.

mod commitment;
mod database;
mod envelope;
pub mod files;
mod give_way;
mod hex;
mod kdf;
mod key;
mod keychain;
mod keyring;
mod memory;
mod passphrase;
mod random;
mod recipient;
mod recovery_code;
mod secret;
mod signing;

pub use commitment::{Commitment, Side};
pub use database::{Database, DatabaseError, Migration, Opening, Reading, Shape};
pub use envelope::{Unsealable, open, seal};
pub use give_way::GiveWay;
pub use kdf::KdfCost;
pub use key::{Key, Sha256, mac, sha256, verify_mac};
pub use keychain::{Keychain, KeychainError, MemoryKeychain, NoKeychain, SystemKeychain};
pub use keyring::{Keyring, KeyringError, Locking, Unlocking};
pub use passphrase::{Passphrase, PassphraseError, Strength, judge};
pub use random::random_bytes;
pub use recipient::{Recipient, RecipientKey, open_from, seal_to};
pub use recovery_code::{RecoveryCode, RecoveryCodeError};
pub use secret::Secret;
pub use signing::{PublicKey, SigningKey};
pub use zeroize::Zeroizing;

/// The version of the SQLite that is built in.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}
