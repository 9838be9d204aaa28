//! Which class of OCSF 1.3.0 each kind of event is of, and what it did.
//!
//! The match over the kinds is exhaustive: a new kind needs a class before it compiles. Numbers
//! and names are those of `events/` at the tag 1.3.0 of github.com/ocsf/ocsf-schema.

use domain::{Finish, ProfileId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use workspace::{AttemptEnd, AttemptStart, AuditKind};

/// A class of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Base,
    AccountChange,
    Authentication,
    EntityManagement,
    UserAccess,
    GroupManagement,
    ApplicationLifecycle,
    ApiActivity,
}

impl Class {
    pub(super) fn uid(self) -> u32 {
        match self {
            Self::Base => 0,
            Self::AccountChange => 3001,
            Self::Authentication => 3002,
            Self::EntityManagement => 3004,
            Self::UserAccess => 3005,
            Self::GroupManagement => 3006,
            Self::ApplicationLifecycle => 6002,
            Self::ApiActivity => 6003,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Base => "Base Event",
            Self::AccountChange => "Account Change",
            Self::Authentication => "Authentication",
            Self::EntityManagement => "Entity Management",
            Self::UserAccess => "User Access Management",
            Self::GroupManagement => "Group Management",
            Self::ApplicationLifecycle => "Application Lifecycle",
            Self::ApiActivity => "API Activity",
        }
    }

    pub(super) fn category(self) -> (u32, &'static str) {
        match self.uid() / 1_000 {
            3 => (3, "Identity & Access Management"),
            6 => (6, "Application Activity"),
            _ => (0, "Uncategorized"),
        }
    }

    pub(super) fn has_actor(self) -> bool {
        self != Self::Base
    }

    /// Whether that is so by the profile "host" alone.
    pub(super) fn has_actor_by_profile(self) -> bool {
        matches!(self, Self::UserAccess | Self::GroupManagement | Self::ApplicationLifecycle)
    }
}

/// How much an event asks for somebody's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Unknown = 0,
    Informational = 1,
    Low = 2,
    Medium = 3,
    High = 4,
}

impl Severity {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Informational => "Informational",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

/// Whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Unknown = 0,
    Success = 1,
    Failure = 2,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Success => "Success",
            Self::Failure => "Failure",
        }
    }
}

/// What a class calls what was done: its number there, and its name.
type Activity = (u32, &'static str);

/// The number of an activity that a class does not know; the name then is Carrel's.
const OTHER: u32 = 99;

/// An event in the words of the schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mapped {
    pub(super) class: Class,
    pub(super) activity: Activity,
    pub(super) severity: Severity,
    pub(super) status: Status,
    /// The attributes that its class has besides those that all have.
    pub(super) fields: Map<String, Value>,
}

impl Mapped {
    /// What is no event, or of a kind that this Carrel does not know.
    pub(super) fn unknown() -> Self {
        let mapped = Self::new(Class::Base, (0, "Unknown"), Value::Null);
        Self { severity: Severity::Unknown, status: Status::Unknown, ..mapped }
    }

    fn new(class: Class, activity: Activity, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let (severity, status) = (Severity::Informational, Status::Success);
        Self { class, activity, severity, status, fields }
    }

    fn account(activity: Activity, user: &Value) -> Self {
        Self::new(Class::AccountChange, activity, json!({ "user": user }))
    }

    fn sign_in(activity: Activity, user: &Value) -> Self {
        Self::new(Class::Authentication, activity, json!({ "user": user }))
    }

    fn entity(activity: Activity, entity: &Value) -> Self {
        Self::new(Class::EntityManagement, activity, json!({ "entity": entity }))
    }

    fn group(activity: Activity, group: impl Serialize) -> Self {
        Self::new(Class::GroupManagement, activity, json!({ "group": { "uid": group } }))
    }

    fn lifecycle(name: &'static str) -> Self {
        let app = json!({ "app": super::product() });
        Self::new(Class::ApplicationLifecycle, (OTHER, name), app)
    }

    /// Something that was asked of Carrel, or that Carrel asked of a model.
    fn api(activity: Activity, operation: &str) -> Self {
        let fields = json!({
            "api": { "operation": operation },
            "src_endpoint": { "svc_name": "Carrel" },
        });
        Self::new(Class::ApiActivity, activity, fields)
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    fn severe(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    fn ended(self, status: Status) -> Self {
        Self { status, ..self }
    }
}

// Of Entity Management.
const CREATE: Activity = (1, "Create");
const UPDATE: Activity = (3, "Update");
const DELETE: Activity = (4, "Delete");
const ENABLE: Activity = (8, "Enable");
const DISABLE: Activity = (9, "Disable");
// Of API Activity, which has the first of those, too.
const READ: Activity = (2, "Read");

/// Kind by kind. `user` is who did it.
pub(super) fn of(kind: &AuditKind, user: &Value) -> Mapped {
    use AuditKind as Kind;
    match kind {
        Kind::WorkspaceCreated => Mapped::entity(CREATE, &named("Workspace")),
        Kind::MemberJoined { .. } => Mapped::account((1, "Create"), user),
        Kind::MemberDisabled { member } => Mapped::account((5, "Disable"), &member_of(*member)),
        Kind::MemberEnabled { member } => Mapped::account((2, "Enable"), &member_of(*member)),
        Kind::MemberErased { member } => Mapped::account((6, "Delete"), &member_of(*member)),
        Kind::RoleAssigned { member, role } => {
            let fields = json!({ "user": member_of(*member), "privileges": [role] });
            Mapped::new(Class::UserAccess, (1, "Assign Privileges"), fields)
        }
        Kind::ProposalMade { member, .. } => Mapped::entity(CREATE, &thing("Proposal", member)),
        Kind::ProposalWithdrawn { member, .. } => {
            Mapped::entity(DELETE, &thing("Proposal", member))
        }
        Kind::InvitationMade { invitation, .. } => {
            Mapped::entity(CREATE, &thing("Invitation", invitation))
        }
        Kind::InvitationRevoked { invitation } => {
            Mapped::entity(DELETE, &thing("Invitation", invitation))
        }
        Kind::SignedIn => Mapped::sign_in((1, "Logon"), user),
        Kind::Locked => Mapped::sign_in((2, "Logoff"), user),
        Kind::FailedSignIns { profile, count } => {
            Mapped::sign_in((1, "Logon"), &member_of(*profile))
                .with("count", json!(count))
                .severe(Severity::Medium)
                .ended(Status::Failure)
        }
        Kind::RecoveryUsed => {
            Mapped::sign_in((OTHER, "Recovery Code Used"), user).severe(Severity::Medium)
        }
        Kind::PassphraseChanged => Mapped::account((3, "Password Change"), user),
        Kind::PassphraseRecovered { profile } => {
            let reset = Mapped::account((4, "Password Reset"), &member_of(*profile));
            reset.severe(Severity::Medium)
        }
        Kind::PassphraseRemoved => Mapped::account((OTHER, "Passphrase Removed"), user),
        Kind::RecoveryRenewed => Mapped::account((OTHER, "Recovery Code Renewed"), user),
        Kind::ProviderSaved { provider, version, .. } => {
            Mapped::entity(saved(*version), &thing("Provider", provider))
        }
        Kind::ProviderNearby { provider, allowed, .. } => {
            let activity = if *allowed { ENABLE } else { DISABLE };
            Mapped::entity(activity, &thing("Provider in the private network", provider))
        }
        Kind::ProviderKeySaved { key, .. } => Mapped::entity(UPDATE, &thing("Provider key", key)),
        Kind::ProviderKeyRemoved { key, .. } => Mapped::entity(DELETE, &thing("Provider key", key)),
        Kind::ProviderRemoved { provider } => Mapped::entity(DELETE, &thing("Provider", provider)),
        Kind::RouteSaved { route, version } => {
            Mapped::entity(saved(*version), &thing("Route", route))
        }
        Kind::RouteRemoved { route } => Mapped::entity(DELETE, &thing("Route", route)),
        Kind::GuestOfferRestored { .. } => {
            Mapped::entity(UPDATE, &named("Offer to guests")).severe(Severity::Medium)
        }
        Kind::ProviderTested => Mapped::api(READ, "provider.test").ended(Status::Unknown),
        Kind::ProgramMade { program } => Mapped::entity(CREATE, &thing("Program", program)),
        Kind::ProgramRevoked { program } => Mapped::entity(DELETE, &thing("Program", program)),
        Kind::SettingsChanged => Mapped::entity(UPDATE, &named("Settings of the workspace")),
        Kind::LimitsChanged => Mapped::entity(UPDATE, &named("Limits")),
        Kind::OverrideSaved { model, version } => {
            let model = format!("{}/{}", model.provider, model.model);
            Mapped::entity(saved(*version), &thing("Values of a model", model))
        }
        Kind::PolicySigned { version } => Mapped::entity(UPDATE, &policy(*version)),
        Kind::PriceListChanged { .. } => Mapped::entity(UPDATE, &named("Price list")),
        Kind::Denied { action, on, count, .. } => {
            let denied = Mapped::api((OTHER, "Denied"), action).with("count", json!(count));
            let denied = match on {
                Some(on) => denied.with("resources", json!([{ "name": on }])),
                None => denied,
            };
            denied.severe(Severity::Low).ended(Status::Failure)
        }
        Kind::RequestMade { request, .. } => Mapped::entity(CREATE, &thing("Request", request)),
        Kind::RequestWithdrawn { request } => Mapped::entity(DELETE, &thing("Request", request)),
        Kind::RequestDecided { request, .. } => Mapped::entity(UPDATE, &thing("Request", request)),
        Kind::ConcessionEnded { request } => Mapped::entity(DELETE, &thing("Exception", request)),
        Kind::GroupSaved { group } => Mapped::group((OTHER, "Save"), group),
        Kind::GroupRemoved { group } => Mapped::group((5, "Delete"), group),
        Kind::RecordExported { .. } => Mapped::api(READ, "record.export"),
        Kind::CheckpointMade { .. } => Mapped::api(READ, "record.checkpoint"),
        Kind::CheckpointsBegun { anew: false, .. } => Mapped::lifecycle("Checkpoints Begun"),
        Kind::CheckpointsBegun { .. } => {
            Mapped::lifecycle("Checkpoints Begun Anew").severe(Severity::Medium)
        }
        Kind::UsageExported { .. } => Mapped::api(READ, "usage.export"),
        Kind::AccessViewed { member } => Mapped::api(READ, "access.view")
            .with("resources", json!([{ "type": "Member", "uid": member }])),
        Kind::LimitNearlyUsed { .. } => {
            Mapped::lifecycle("Limit Nearly Used").severe(Severity::Low)
        }
        Kind::AttemptIntent(start) => intent(start),
        Kind::AttemptOutcome(end) => outcome(end),
        Kind::OlderFileAccepted { .. } => repair("Older File Accepted"),
        Kind::BackupRestored { .. } => repair("Backup Restored"),
        Kind::WorkspaceRestored { .. } => repair("Workspace Restored"),
        Kind::DoorRestored { .. } => repair("Door Restored"),
        Kind::SpoolDamaged { .. } => {
            Mapped::lifecycle("Events Lost").severe(Severity::High).ended(Status::Failure)
        }
    }
}

fn repair(name: &'static str) -> Mapped {
    Mapped::lifecycle(name).severe(Severity::Medium)
}

/// A document's first version made what it is about.
fn saved(version: u32) -> Activity {
    if version == 1 { CREATE } else { UPDATE }
}

fn member_of(profile: ProfileId) -> Value {
    json!({ "type_id": 1, "uid": profile })
}

fn thing(kind: &str, uid: impl Serialize) -> Value {
    json!({ "type": kind, "type_id": OTHER, "uid": uid })
}

/// Of which there is only one.
fn named(kind: &str) -> Value {
    json!({ "name": kind, "type": kind, "type_id": OTHER })
}

fn policy(version: u32) -> Value {
    let version = version.to_string();
    let policy = json!({ "name": "roles", "version": version });
    json!({ "name": "roles", "type": "Policy", "type_id": 5, "policy": policy })
}

/// A call to a model, before it leaves.
fn intent(start: &AttemptStart) -> Mapped {
    let api = json!({
        "operation": "model.call",
        "request": { "uid": start.attempt },
        "service": { "uid": start.model.provider },
    });
    let host = match start.host.as_str() {
        // A model of this machine.
        "" => json!({ "svc_name": start.model.provider }),
        host => json!({ "hostname": host, "svc_name": start.model.provider }),
    };
    Mapped::api(CREATE, "model.call")
        .with("api", api)
        .with("dst_endpoint", host)
        .with("resources", json!([{ "name": start.model.model, "type": "Model" }]))
        .ended(Status::Unknown)
}

/// A call to a model, after its end.
fn outcome(end: &AttemptEnd) -> Mapped {
    let mut response = Map::new();
    if let Some(status) = end.http_status {
        response.insert("code".to_owned(), status.into());
    }
    if let Some(failure) = end.failure {
        response.insert("error".to_owned(), json!(failure));
    }
    let request = json!({ "uid": end.attempt });
    let api = json!({ "operation": "model.call", "request": request, "response": response });
    let mapped = Mapped::api(CREATE, "model.call").with("api", api).ended(ending(end));
    let mapped = match end.total_ms {
        Some(total) => mapped.with("duration", total.into()),
        None => mapped,
    };
    match &end.served_model {
        Some(model) => mapped.with("resources", json!([{ "name": model, "type": "Model" }])),
        None => mapped,
    }
}

fn ending(end: &AttemptEnd) -> Status {
    match (end.failure, end.finish) {
        (Some(_), _) => Status::Failure,
        (None, None) => Status::Unknown,
        (None, Some(finish)) => match finish {
            Finish::Complete | Finish::Length | Finish::Stopped | Finish::Locked => Status::Success,
            Finish::Stalled
            | Finish::Cut
            | Finish::Interrupted
            | Finish::Refused
            | Finish::Failed => Status::Failure,
        },
    }
}
