//! What documents say, kind by kind.

use domain::{
    DataClass, Dialect, KeyId, ModelRef, Override, ProfileId, ProviderId, Region, Role, RouteId,
    RouteStep, Strategy, UnixMs,
};
use policy::Statement;
use sealed::{PublicKey, Recipient};
use serde::{Deserialize, Serialize};

use super::{DocumentKind, DocumentName};
use crate::concessions::ConcessionsBody;
use crate::groups::GroupsBody;
use crate::proposals::ProposalBody;
use crate::{Digest, Limits, MadeRole, NewProvider};

/// The statement itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Member(MemberBody),
    Invitation(InvitationBody),
    Provider(ProviderBody),
    Route(RouteBody),
    Settings(SettingsBody),
    Limits(Limits),
    Override(OverrideBody),
    PriceList(PriceListBody),
    Policy(PolicyBody),
    Concessions(ConcessionsBody),
    Groups(GroupsBody),
    Proposal(ProposalBody),
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
    /// Whether the server may stand in the private network. Left out where not, as documents
    /// were that knew nothing of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) nearby_allowed: bool,
    /// The highest class of text that it may receive. Left out where nobody chose one.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub(crate) accepts: DataClass,
    /// Where it works; left out where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) regions: Vec<Region>,
    pub(crate) order: u32,
    /// The key of a document that knew of one only; see [`ProviderBody::keys`]. Written where
    /// it is none, too: older documents have it so, and their text is their signature's.
    key: Option<Digest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<KeyBody>,
    pub(crate) removed: bool,
}

/// One of a provider's keys, which lies sealed elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyBody {
    pub(crate) id: KeyId,
    /// For people; empty where there was no need to tell keys apart.
    pub(crate) label: String,
    pub(crate) commitment: Digest,
}

impl ProviderBody {
    pub(crate) fn new(wanted: NewProvider, order: u32, keys: Vec<KeyBody>) -> Self {
        let NewProvider {
            id,
            label,
            dialect,
            base_url,
            models,
            for_guests,
            nearby_allowed,
            accepts,
            regions,
        } = wanted;
        Self {
            id,
            label,
            dialect,
            base_url,
            models,
            for_guests,
            nearby_allowed,
            accepts,
            regions,
            order,
            key: None,
            keys,
            removed: false,
        }
    }

    /// Its keys, the one to use first at the beginning.
    pub(crate) fn keys(&self) -> Vec<KeyBody> {
        let only = self.key.map(|commitment| KeyBody {
            id: only_key(self.id),
            label: String::new(),
            commitment,
        });
        only.into_iter().chain(self.keys.iter().cloned()).collect()
    }

    /// The same provider with other keys.
    pub(crate) fn with_keys(&self, keys: Vec<KeyBody>) -> Self {
        Self { key: None, keys, ..self.clone() }
    }

    /// The same provider, gone with its keys.
    pub(crate) fn gone(&self) -> Self {
        Self { removed: true, ..self.with_keys(Vec::new()) }
    }
}

/// The id of the key of a provider that knew of one only.
pub(crate) fn only_key(provider: ProviderId) -> KeyId {
    KeyId::from_bytes(*provider.as_bytes())
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RouteBody {
    pub(crate) id: RouteId,
    pub(crate) name: String,
    pub(crate) strategy: Strategy,
    /// Best first.
    pub(crate) candidates: Vec<RouteStep>,
    /// Asked, once, where the question is too long for the candidate that was called.
    pub(crate) on_overflow: Vec<RouteStep>,
    /// Asked, once, where a candidate declined the content.
    pub(crate) on_refusal: Vec<RouteStep>,
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
    /// The route to use before the usual model. Left out where none, as documents were that
    /// knew nothing of routes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usual_route: Option<RouteId>,
    /// The class of new chats.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub(crate) usual_class: DataClass,
    /// The regions that policies may call home; none where all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) home_regions: Vec<Region>,
}

/// Whether nobody chose a class.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_usual(class: &DataClass) -> bool {
    *class == DataClass::default()
}

/// What an admin says of one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OverrideBody {
    pub(crate) model: ModelRef,
    /// None where the price list holds again.
    pub(crate) own: Option<Override>,
}

/// The price list that admins chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PriceListBody {
    /// None where the one that ships with Carrel holds again.
    pub(crate) imported: Option<ImportedList>,
}

/// A price list that an admin brought; its text lies in a table of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportedList {
    /// The day it is of, `YYYY-MM-DD`.
    pub(crate) date: String,
    /// The hash of its text.
    pub(crate) text: Digest,
}

/// Roles that admins made, and what they allow and deny: one document, so that a role and what
/// it may do change together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyBody {
    pub(crate) roles: Vec<MadeRole>,
    pub(crate) statements: Vec<Statement>,
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
            Self::Route(body) => DocumentName::route(body.id),
            Self::Settings(_) => DocumentName::settings(),
            Self::Limits(_) => DocumentName::limits(),
            Self::Override(body) => DocumentName::of_override(&body.model),
            Self::PriceList(_) => DocumentName::price_list(),
            Self::Policy(_) => DocumentName::policy(),
            Self::Concessions(_) => DocumentName::concessions(),
            Self::Groups(_) => DocumentName::groups(),
            Self::Proposal(body) => DocumentName::proposal(body.member),
            Self::Device(_) => DocumentName::device(),
            Self::Restoration(_) => DocumentName::restoration(),
        }
    }
}

impl DocumentName {
    pub(crate) fn member(profile: ProfileId) -> Self {
        Self { kind: DocumentKind::Member, subject: profile.to_string() }
    }

    pub(crate) fn proposal(member: ProfileId) -> Self {
        Self { kind: DocumentKind::Proposal, subject: member.to_string() }
    }

    pub(crate) fn invitation(id: &str) -> Self {
        Self { kind: DocumentKind::Invitation, subject: id.to_owned() }
    }

    pub(crate) fn provider(id: ProviderId) -> Self {
        Self { kind: DocumentKind::Provider, subject: id.to_string() }
    }

    pub(crate) fn route(id: RouteId) -> Self {
        Self { kind: DocumentKind::Route, subject: id.to_string() }
    }

    pub(crate) fn settings() -> Self {
        Self { kind: DocumentKind::Settings, subject: "workspace".to_owned() }
    }

    pub(crate) fn concessions() -> Self {
        Self { kind: DocumentKind::Concessions, subject: "workspace".to_owned() }
    }

    pub(crate) fn groups() -> Self {
        Self { kind: DocumentKind::Groups, subject: "workspace".to_owned() }
    }

    pub(crate) fn limits() -> Self {
        Self { kind: DocumentKind::Limits, subject: "workspace".to_owned() }
    }

    pub(crate) fn of_override(model: &ModelRef) -> Self {
        let subject = format!("{}/{}", model.provider, model.model);
        Self { kind: DocumentKind::Override, subject }
    }

    pub(crate) fn price_list() -> Self {
        Self { kind: DocumentKind::PriceList, subject: "workspace".to_owned() }
    }

    pub(crate) fn policy() -> Self {
        Self { kind: DocumentKind::Policy, subject: "workspace".to_owned() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_were_signed_before_there_were_routes_read_as_they_were_written() {
        for text in [
            r#"{"usual_model":null}"#,
            r#"{"fallback":[{"model":"m","provider":"01890000-0000-7000-8000-000000000001"}],"usual_model":null,"without_passphrase":true}"#,
        ] {
            let body: SettingsBody = serde_json::from_str(text).unwrap();
            assert_eq!(body.usual_route, None, "there was none");
            let again = serde_jcs::to_string(&body).unwrap();
            assert_eq!(again, text, "or its signature is of another");
        }
    }

    #[test]
    fn a_provider_that_was_signed_before_there_were_several_keys_reads_as_it_was_written() {
        let digest = "ab".repeat(32);
        for (key, keys) in [("null".to_owned(), 0), (format!("\"{digest}\""), 1)] {
            let text = format!(
                r#"{{"base_url":"https://api.example.com/v1","dialect":"open_ai","for_guests":false,"id":"01890000-0000-7000-8000-000000000001","key":{key},"label":"Example","models":["m"],"order":0,"removed":false}}"#
            );
            let body: ProviderBody = serde_json::from_str(&text).unwrap();
            assert_eq!(body.keys().len(), keys, "the key it had");
            assert!(!body.nearby_allowed, "nobody had allowed that then");
            assert_eq!(
                serde_jcs::to_string(&body).unwrap(),
                text,
                "or its signature is of another"
            );
        }
    }
}
