//! What is recorded, kind by kind. Pseudonyms and numbers, never content.

use domain::{
    GroupId, KeyId, Limit, ModelRef, ProfileId, ProgramId, Proposed, ProviderId, RecordForm,
    RequestId, Role, RouteId, UnixMs,
};
use sealed::PublicKey;
use serde::{Deserialize, Serialize};

use crate::{AttemptEnd, AttemptStart, Digest, Given, Subject};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuditKind {
    /// The workspace was made; the actor is its first admin.
    WorkspaceCreated,
    /// Someone joined; the actor is the newcomer.
    MemberJoined {
        /// What they are.
        role: Role,
        /// The invitation they used.
        invitation: String,
    },
    /// A member was kept out, and the workspace's key changed.
    MemberDisabled {
        /// Which member.
        member: ProfileId,
    },
    /// A member was let in again.
    MemberEnabled {
        /// Which member.
        member: ProfileId,
    },
    /// A member was given another role. Where they were an admin, the workspace's key changed.
    RoleAssigned {
        /// Which member.
        member: ProfileId,
        /// What they are from now on.
        role: Role,
    },
    /// An admin proposed something about a member that another admin has to sign.
    ProposalMade {
        /// Which member.
        member: ProfileId,
        /// What.
        wanted: Proposed,
    },
    /// An admin withdrew a proposal, their own or another's.
    ProposalWithdrawn {
        /// Which member.
        member: ProfileId,
        /// What was proposed.
        wanted: Proposed,
    },
    /// A member's name and access were erased, and the workspace's key changed. The files of
    /// their desk go with it.
    MemberErased {
        /// Which member.
        member: ProfileId,
    },
    /// Someone was invited.
    InvitationMade {
        /// The hash of its key.
        invitation: String,
        /// What the newcomer will be.
        role: Role,
        /// Refused afterwards.
        expires_at: UnixMs,
    },
    /// An invitation was taken back.
    InvitationRevoked {
        /// The hash of its key.
        invitation: String,
    },
    /// A desk was opened; by a guest, the guest desk, which is spooled at the door.
    SignedIn,
    /// Wrong passphrases or codes were tried.
    FailedSignIns {
        /// At which desk.
        profile: ProfileId,
        /// How many since the last success.
        count: u32,
    },
    /// The desk was locked, or the guest desk left.
    Locked,
    /// The passphrase was changed.
    PassphraseChanged,
    /// The computer's login protects the desk from now on, in the passphrase's place.
    PassphraseRemoved,
    /// The desk was opened with its recovery code.
    RecoveryUsed,
    /// A recovery code opened a desk's keys and is about to set a new passphrase; spooled at
    /// the door, before, since the desk's files may not open afterwards.
    PassphraseRecovered {
        /// Whose desk.
        profile: ProfileId,
    },
    /// A new recovery code took the place of the old one.
    RecoveryRenewed,
    /// A provider was added or changed.
    ProviderSaved {
        /// Which provider.
        provider: ProviderId,
        /// The version of its document.
        version: u32,
        /// True where a new key was set.
        key_changed: bool,
    },
    /// An admin allowed a provider's server to stand in the private network, or no longer.
    ProviderNearby {
        /// Which provider.
        provider: ProviderId,
        /// The version of its document.
        version: u32,
        /// What holds from now on.
        allowed: bool,
    },
    /// One of a provider's keys was added or changed.
    ProviderKeySaved {
        /// Which provider.
        provider: ProviderId,
        /// Which key.
        key: KeyId,
        /// The version of the provider's document.
        version: u32,
        /// False where only its name changed.
        key_changed: bool,
    },
    /// One of a provider's keys was removed and destroyed.
    ProviderKeyRemoved {
        /// Which provider.
        provider: ProviderId,
        /// Which key.
        key: KeyId,
        /// The version of the provider's document.
        version: u32,
    },
    /// A provider and its keys were removed.
    ProviderRemoved {
        /// Which provider.
        provider: ProviderId,
    },
    /// A route was added or changed.
    RouteSaved {
        /// Which route.
        route: RouteId,
        /// The version of its document.
        version: u32,
    },
    /// A route was removed.
    RouteRemoved {
        /// Which route.
        route: RouteId,
    },
    /// What the door offered to guests was not what the signed providers say, and was put
    /// right.
    GuestOfferRestored {
        /// How many entries stood there that nobody had signed so.
        foreign: u32,
        /// How many signed ones did not stand there as they are.
        missing: u32,
    },
    /// A provider's address and key were tried.
    ProviderTested,
    /// A person gave one of their own programs a token.
    ProgramMade {
        /// Which program.
        program: ProgramId,
    },
    /// They took it back.
    ProgramRevoked {
        /// Which program.
        program: ProgramId,
    },
    /// The workspace's own settings changed.
    SettingsChanged,
    /// An admin set what may be used.
    LimitsChanged,
    /// An admin said something of a model in the price list's place, or took it back.
    OverrideSaved {
        /// Which model.
        model: ModelRef,
        /// The version of its document.
        version: u32,
    },
    /// Policy refused something.
    Denied {
        /// The permission that was missing.
        action: String,
        /// On what; none where it was refused before that was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<String>,
        /// The policies that forbid it; empty where simply nothing allows it.
        rules: Vec<String>,
        /// How often, since it was last recorded.
        count: u32,
    },
    /// A member asked the admins for something.
    RequestMade {
        /// Names it.
        request: RequestId,
        /// For what.
        subject: Subject,
        /// The hash of a secret number and the reason.
        reason: Digest,
    },
    /// A member took back what they had asked for.
    RequestWithdrawn {
        /// Which request.
        request: RequestId,
    },
    /// An admin decided about a request.
    RequestDecided {
        /// Which request.
        request: RequestId,
        /// What was given; none where it was declined.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<Given>,
    },
    /// An admin ended what had been given, before its time.
    ConcessionEnded {
        /// The request that it answered.
        request: RequestId,
    },
    /// The record was written out for others to read.
    RecordExported {
        /// In which form; none where that was not recorded yet, and it was lines of JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<RecordForm>,
    },
    /// An admin looked at what a member may do.
    AccessViewed {
        /// Which member.
        member: ProfileId,
    },
    /// A group was made or changed.
    GroupSaved {
        /// Which group.
        group: GroupId,
    },
    /// A group was removed.
    GroupRemoved {
        /// Which group.
        group: GroupId,
    },
    /// A call took a limit, or its pool, over a level at which that is said.
    LimitNearlyUsed {
        /// Which limit.
        limit: Limit,
        /// The level, in percent.
        percent: u8,
        /// True where so much of the pool is used that all share.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pool: bool,
    },
    /// Someone signed what the whole record was by then, to keep it elsewhere.
    CheckpointMade {
        /// How many events it stood for.
        size: u64,
        /// The root of the tree over their hashes.
        root: Digest,
    },
    /// Checkpoints that Carrel makes by itself begin.
    CheckpointsBegun {
        /// The number of the first.
        first: u64,
        /// The key with which it is signed.
        public: PublicKey,
        /// True where earlier ones named a key that was not there any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anew: bool,
    },
    /// What others used was written to a file.
    UsageExported {
        /// Of which group; none of everyone.
        group: Option<GroupId>,
    },
    /// An admin signed what is allowed and denied.
    PolicySigned {
        /// Version of the signed document.
        version: u32,
    },
    /// An admin brought another price list, or took the shipped one back.
    PriceListChanged {
        /// The hash of its text; none for the shipped one.
        text: Option<Digest>,
    },
    /// A model is about to be called.
    AttemptIntent(AttemptStart),
    /// How a call ended; without a finish, nothing more will be known.
    AttemptOutcome(AttemptEnd),
    /// The owner knowingly opened a file that is older than what was seen before.
    OlderFileAccepted {
        /// True where the workspace itself was older; else only files of the desk were.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        workspace: bool,
    },
    /// A backup is about to take the place of a desk's files; spooled at the door, before.
    BackupRestored {
        /// Whose desk.
        profile: ProfileId,
    },
    /// A backup took the place of the damaged workspace; what was changed after it is gone.
    WorkspaceRestored {
        /// When the backup was made.
        made_at: UnixMs,
        /// The key generation that began with it.
        generation: u64,
    },
    /// A backup took the place of the damaged door.
    DoorRestored {
        /// When the backup was made.
        made_at: UnixMs,
    },
    /// Events that the door had sealed could not be opened any more.
    SpoolDamaged {
        /// How many.
        count: u32,
    },
}

impl AuditKind {
    /// Calls and what they use come by the hundred: a checkpoint follows them within a minute.
    /// Everything else is worth one at once.
    pub(crate) fn is_routine(&self) -> bool {
        matches!(
            self,
            Self::AttemptIntent(_) | Self::AttemptOutcome(_) | Self::LimitNearlyUsed { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_keeps_the_text_it_had_before_it_named_the_workspace() {
        let written = r#"{"kind":"older_file_accepted"}"#;
        let read: AuditKind = serde_json::from_str(written).unwrap();
        assert_eq!(read, AuditKind::OlderFileAccepted { workspace: false }, "a desk's file");
        assert_eq!(serde_json::to_string(&read).unwrap(), written, "else its hash would not fit");
    }

    #[test]
    fn an_export_keeps_the_text_it_had_before_it_named_its_form() {
        let written = r#"{"kind":"record_exported"}"#;
        let read: AuditKind = serde_json::from_str(written).unwrap();
        assert_eq!(read, AuditKind::RecordExported { form: None }, "it did not say");
        assert_eq!(serde_json::to_string(&read).unwrap(), written, "else its hash would not fit");
        let now = AuditKind::RecordExported { form: Some(RecordForm::Package) };
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(text, r#"{"kind":"record_exported","form":"package"}"#, "from now on it does");
    }

    #[test]
    fn an_event_keeps_the_text_it_had_before_there_were_pools() {
        let written = r#"{"kind":"limit_nearly_used","limit":{"scope":{"kind":"workspace"},"measure":{"kind":"money","span":"day"},"most":5},"percent":80}"#;
        let read: AuditKind = serde_json::from_str(written).unwrap();
        assert!(matches!(read, AuditKind::LimitNearlyUsed { pool: false, .. }), "{read:?}");
        assert_eq!(serde_json::to_string(&read).unwrap(), written, "else its hash would not fit");
    }
}
