//! A signed statement about the workspace, and how it is written down.
//!
//! Canonical JSON (RFC 8785), signed with Ed25519. Documents form one chain:
//! each names the one before it and the previous version of its own subject,
//! so that what was known when it was signed can be replayed. They carry
//! pseudonyms and keys, never names. Who may sign what is `book`'s business.

mod body;

pub(crate) use body::{
    Body, DeviceBody, ImportedList, InvitationBody, KeyBody, MemberBody, OverrideBody, PolicyBody,
    PriceListBody, ProviderBody, RestorationBody, RouteBody, SettingsBody, Standing, only_key,
};

use std::fmt;

use domain::{ProfileId, UnixMs, WorkspaceId};
use sealed::{PublicKey, SigningKey};
use serde::{Deserialize, Serialize};

use crate::{Digest, Refusal};

/// Separates these signatures from those on audit events.
const PURPOSE: &[u8] = b"carrel workspace document 1\0";

/// The form in which documents are written. Each newer form is judged more strictly, and no
/// older one may follow it.
pub(crate) const FORM: u32 = 3;
/// Since this form an invitation does not outlive its author's right to invite.
pub(crate) const INVITATIONS_END: u32 = 2;
/// Since this form one of several admins makes no other alone, and erases nobody else.
pub(crate) const TWO_SIGNATURES: u32 = 3;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A member: role, keys, standing.
    Member,
    /// An invitation and its one-time keys.
    Invitation,
    /// A provider, without its key.
    Provider,
    /// A named way to several models.
    Route,
    /// The workspace's own settings.
    Settings,
    /// What may be used, and how much of it.
    Limits,
    /// What an admin says of one model in the price list's place.
    Override,
    /// Which price list holds.
    PriceList,
    /// Roles that admins made, and what is allowed and denied.
    Policy,
    /// What was given to single persons for a time.
    Concessions,
    /// Groups of people.
    Groups,
    /// What one admin wants done to a member and another one signs.
    Proposal,
    /// The device whose door may sign events.
    Device,
    /// A backup that was put in the workspace's place.
    Restoration,
    /// A row that cannot be read as any document.
    Unreadable,
}

/// Names a document: its kind and the subject's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentName {
    /// Its kind.
    pub kind: DocumentKind,
    /// The id of what it is about.
    pub subject: String,
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            DocumentKind::Member => "member",
            DocumentKind::Invitation => "invitation",
            DocumentKind::Provider => "provider",
            DocumentKind::Route => "route",
            DocumentKind::Settings => "settings",
            DocumentKind::Limits => "limits",
            DocumentKind::Override => "override",
            DocumentKind::PriceList => "price list",
            DocumentKind::Policy => "policy",
            DocumentKind::Concessions => "concessions",
            DocumentKind::Groups => "groups",
            DocumentKind::Proposal => "proposal about",
            DocumentKind::Device => "device",
            DocumentKind::Restoration => "restoration",
            DocumentKind::Unreadable => "unreadable document",
        };
        write!(f, "{kind} {}", self.subject)
    }
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    /// The workspace root.
    Root,
    /// A member.
    Profile(ProfileId),
    /// The holder of an invitation's one-time key.
    Invitation(String),
}

/// One version of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// The form of this text: 1, or [`FORM`].
    pub(crate) v: u32,
    pub(crate) workspace: WorkspaceId,
    /// Its place in the chain of all documents, from 0.
    pub(crate) position: u64,
    /// The document at the place before.
    pub(crate) previous: Option<Digest>,
    /// Counts the versions of this subject from 1.
    pub(crate) version: u32,
    /// The version before.
    pub(crate) predecessor: Option<Digest>,
    pub(crate) issued_at: UnixMs,
    pub(crate) not_before: Option<UnixMs>,
    pub(crate) expires: Option<UnixMs>,
    pub(crate) author: Author,
    pub(crate) body: Body,
}

/// A document as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) position: u64,
    pub(crate) text: String,
    pub(crate) signature: Vec<u8>,
}

impl Written {
    /// The hash by which later documents and pins name this one.
    pub(crate) fn hash(&self) -> Digest {
        Digest::leaf(self.text.as_bytes())
    }

    /// Whether `key` signed exactly this text.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(&purposed(&self.text), &self.signature)
    }

    /// The document, if the text is its one canonical form.
    pub(crate) fn read(&self) -> Result<Document, Refusal> {
        let document: Document =
            serde_json::from_str(&self.text).map_err(|_| Refusal::Malformed)?;
        let canonical = document.text()?;
        if canonical == self.text && (1..=FORM).contains(&document.v) {
            Ok(document)
        } else {
            Err(Refusal::Malformed)
        }
    }
}

impl Document {
    /// Writes it down and signs it.
    pub(crate) fn sign(&self, key: &SigningKey) -> Result<Written, Refusal> {
        let text = self.text()?;
        let signature = key.sign(&purposed(&text)).to_vec();
        Ok(Written { position: self.position, text, signature })
    }

    fn text(&self) -> Result<String, Refusal> {
        serde_jcs::to_string(self).map_err(|_| Refusal::Malformed)
    }
}

fn purposed(text: &str) -> Vec<u8> {
    let mut message = PURPOSE.to_vec();
    message.extend_from_slice(text.as_bytes());
    message
}
