//! One event, and how it is written down and signed.

use domain::{EventId, ProfileId, Role, SessionId, UnixMs};
use sealed::{PublicKey, SigningKey};
use serde::{Deserialize, Serialize};

use super::AuditKind;
use crate::Digest;

/// Separates these signatures from those on documents.
const PURPOSE: &[u8] = b"carrel audit event 1\0";

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A member, by pseudonym.
    Profile(ProfileId),
    /// Someone at the guest desk.
    Guest,
    /// The door itself, before anyone unlocked.
    Door,
}

/// Whose signature an event carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signer {
    /// The actor, or the member who took the event from the door.
    Profile(ProfileId),
    /// The door of this device.
    Device,
}

/// Something that happened, before it has its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Occurrence {
    pub(crate) id: EventId,
    pub(crate) at: UnixMs,
    pub(crate) actor: Actor,
    pub(crate) session: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<Role>,
    pub(crate) what: AuditKind,
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    /// The form of this text; 1.
    pub(crate) v: u32,
    /// Counts from 1 without gaps.
    pub(crate) sequence: u64,
    /// The hash of the event before; none for the first.
    pub(crate) previous: Option<Digest>,
    pub(crate) signer: Signer,
    pub(crate) id: EventId,
    pub(crate) at: UnixMs,
    pub(crate) actor: Actor,
    pub(crate) session: Option<SessionId>,
    /// What the member was by then; left out for the door and for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<Role>,
    pub(crate) what: AuditKind,
}

/// An event as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) text: String,
    pub(crate) hash: Digest,
    pub(crate) signature: Vec<u8>,
}

impl Event {
    /// The one canonical text (RFC 8785).
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        serde_jcs::to_string(self)
    }

    /// Whether this is the one canonical text of the event with this number.
    pub(crate) fn is_written_so(text: &str, sequence: u64) -> bool {
        let event = serde_json::from_str::<Self>(text);
        event.is_ok_and(|event| {
            event.sequence == sequence && event.text().is_ok_and(|canonical| canonical == text)
        })
    }
}

impl Entry {
    /// Writes `event` down and signs it.
    pub(crate) fn sign(event: &Event, key: &SigningKey) -> Result<Self, serde_json::Error> {
        let text = event.text()?;
        Ok(Self {
            sequence: event.sequence,
            hash: Digest::leaf(text.as_bytes()),
            signature: key.sign(&purposed(&text)).to_vec(),
            text,
        })
    }

    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(&purposed(&self.text), &self.signature)
    }
}

fn purposed(text: &str) -> Vec<u8> {
    let mut message = PURPOSE.to_vec();
    message.extend_from_slice(text.as_bytes());
    message
}
