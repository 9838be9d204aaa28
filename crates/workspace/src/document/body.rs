//! What documents say, kind by kind.

use domain::{Dialect, ModelRef, ProfileId, ProviderId, Role, UnixMs};
use sealed::{PublicKey, Recipient};
use serde::{Deserialize, Serialize};

use super::{DocumentKind, DocumentName};
use crate::Digest;

/// The statement itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Member(MemberBody),
    Invitation(InvitationBody),
    Provider(ProviderBody),
    Settings(SettingsBody),
    Device(DeviceBody),
    Restoration(RestorationBody),
}

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    Active,
    Disabled,
    /// For good.
    Erased,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemberBody {
    pub(crate) profile: ProfileId,
    pub(crate) role: Role,
    pub(crate) standing: Standing,
    pub(crate) signing: PublicKey,
    pub(crate) recipient: Recipient,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InvitationBody {
    /// The hash of the one-time key.
    pub(crate) id: String,
    pub(crate) role: Role,
    pub(crate) expires_at: UnixMs,
    /// Signs the newcomer's member document, once.
    pub(crate) signing: PublicKey,
    /// To which the workspace's key is sealed until then.
    pub(crate) recipient: Recipient,
    pub(crate) revoked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProviderBody {
    pub(crate) id: ProviderId,
    pub(crate) label: String,
    pub(crate) dialect: Dialect,
    pub(crate) base_url: String,
    pub(crate) models: Vec<String>,
    pub(crate) for_guests: bool,
    pub(crate) order: u32,
    /// Commits to the provider's key, which lies sealed elsewhere; none without a key.
    pub(crate) key: Option<Digest>,
    pub(crate) removed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SettingsBody {
    pub(crate) usual_model: Option<ModelRef>,
    /// Whether desks may do without a passphrase. Left out where not, as documents were
    /// that knew nothing of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) without_passphrase: bool,
    /// Who answers where the chosen model cannot, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fallback: Vec<ModelRef>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceBody {
    pub(crate) signing: PublicKey,
}

/// An admin's word that a backup took the workspace's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestorationBody {
    /// When the backup was made.
    pub(crate) made_at: UnixMs,
    /// The key generation that began with it.
    pub(crate) generation: u64,
}

impl Body {
    /// The document's name.
    pub(crate) fn name(&self) -> DocumentName {
        match self {
            Self::Member(body) => DocumentName::member(body.profile),
            Self::Invitation(body) => DocumentName::invitation(&body.id),
            Self::Provider(body) => DocumentName::provider(body.id),
            Self::Settings(_) => DocumentName::settings(),
            Self::Device(_) => DocumentName::device(),
            Self::Restoration(_) => DocumentName::restoration(),
        }
    }
}

impl DocumentName {
    pub(crate) fn member(profile: ProfileId) -> Self {
        Self { kind: DocumentKind::Member, subject: profile.to_string() }
    }

    pub(crate) fn invitation(id: &str) -> Self {
        Self { kind: DocumentKind::Invitation, subject: id.to_owned() }
    }

    pub(crate) fn provider(id: ProviderId) -> Self {
        Self { kind: DocumentKind::Provider, subject: id.to_string() }
    }

    pub(crate) fn settings() -> Self {
        Self { kind: DocumentKind::Settings, subject: "workspace".to_owned() }
    }

    pub(crate) fn device() -> Self {
        Self { kind: DocumentKind::Device, subject: "door".to_owned() }
    }

    pub(crate) fn restoration() -> Self {
        Self { kind: DocumentKind::Restoration, subject: "workspace".to_owned() }
    }

    pub(crate) fn unreadable(position: u64) -> Self {
        Self { kind: DocumentKind::Unreadable, subject: format!("number {position}") }
    }
}
