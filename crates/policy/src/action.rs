//! What can be asked of the policy: actions, and the things they act on.

use std::fmt;

use domain::{DataClass, GroupId, ModelRef, ProfileId, ProviderId, RouteId};

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Something a person may or may not do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $variant,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The permission's name, as it stands in rules and records.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

actions! {
    /// See that one's desk is open, keep it open, lock it, stop what runs in it.
    DeskUse = "desk.use",
    /// Ask a question.
    ChatSend = "chat.send",
    /// Read, change and delete one's own chats.
    ChatReadOwn = "chat.read.own",
    /// Call a model.
    ModelUse = "model.use",
    /// Put a question to a route. Each of its models asks for `model.use` besides.
    RouteUse = "route.use",
    /// Let one's own programs ask through the desk.
    EndpointUse = "endpoint.use",
    /// Set instructions of one's own that precede every chat.
    InstructionsSetOwn = "instructions.set.own",
    /// Change one's own passphrase, recovery code and settings.
    ProfileKeep = "profile.keep",
    /// Invite someone.
    ProfileCreate = "profile.create",
    /// Keep a member out, or let them in again.
    ProfileDisable = "profile.disable",
    /// Erase a desk: one's own, or what the workspace keeps of a member.
    ProfileErase = "profile.erase",
    /// Give someone a role.
    RoleAssign = "role.assign",
    /// Make, change and remove groups.
    GroupManage = "group.manage",
    /// See who is in the workspace.
    MemberRead = "member.read",
    /// See which providers exist, without keys.
    ProviderRead = "provider.read",
    /// Add, change, test and remove providers.
    ProviderConfigure = "provider.configure",
    /// Set a provider's key.
    KeyManage = "key.manage",
    /// Set what may be used, and how much of it.
    BudgetSet = "budget.set",
    /// Change what the workspace allows and asks of everyone.
    PolicySign = "policy.sign",
    /// Ask an admin for access, or for more of a limit.
    RequestMake = "request.make",
    /// Decide about what members ask for.
    RequestDecide = "request.decide",
    /// See what one used oneself.
    UsageReadOwn = "usage.read.own",
    /// See what others used: amounts, never words.
    UsageReadAny = "usage.read.any",
    /// Verify and read the audit log.
    AuditRead = "audit.read",
}

impl Action {
    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// True for what no signed policy gives or takes: what belongs to the owner of a desk, so
    /// that nobody is locked out of their own, and what makes an admin, who signs for all.
    #[must_use]
    pub fn is_fixed(self) -> bool {
        match self {
            Self::DeskUse
            | Self::ChatReadOwn
            | Self::ProfileKeep
            | Self::ProfileErase
            | Self::ProfileCreate
            | Self::ProfileDisable
            | Self::RoleAssign
            | Self::GroupManage
            | Self::UsageReadOwn
            | Self::UsageReadAny
            | Self::ProviderConfigure
            | Self::KeyManage
            | Self::BudgetSet
            | Self::PolicySign
            | Self::RequestMake
            | Self::RequestDecide
            | Self::AuditRead => true,
            Self::ChatSend
            | Self::ModelUse
            | Self::RouteUse
            | Self::EndpointUse
            | Self::InstructionsSetOwn
            | Self::MemberRead
            | Self::ProviderRead => false,
        }
    }
}

/// What an action acts on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The workspace as a whole.
    Workspace,
    /// One person's desk or membership.
    Profile(ProfileId),
    /// The people of one group.
    Group(GroupId),
    /// One provider.
    Provider(ProviderId),
    /// One model, at the provider that serves it.
    Model {
        /// Which one.
        model: ModelRef,
        /// What policies look at.
        facts: ModelFacts,
    },
    /// One route.
    Route {
        /// Which one.
        id: RouteId,
        /// True where guests may use one of its models.
        for_guests: bool,
    },
}

/// What policies know of a model, and of what it would receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelFacts {
    /// True where it runs on this machine.
    pub local: bool,
    /// True where its provider is open to guests.
    pub for_guests: bool,
    /// The highest class of text that its provider may receive.
    pub accepts: DataClass,
    /// True where it runs here or in the home regions, or no regions are called home.
    pub at_home: bool,
    /// The class of the text that it would receive.
    pub sent: DataClass,
}

impl ModelFacts {
    /// A model on this machine, which may receive everything.
    pub const HERE: Self = Self {
        local: true,
        for_guests: false,
        accepts: DataClass::Restricted,
        at_home: true,
        sent: DataClass::Internal,
    };
    /// A model of which nobody said anything.
    pub const ELSEWHERE: Self = Self { local: false, accepts: DataClass::Internal, ..Self::HERE };
}

/// As it stands in records.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace => f.write_str("workspace"),
            Self::Profile(id) => write!(f, "profile {id}"),
            Self::Group(id) => write!(f, "group {id}"),
            Self::Provider(id) => write!(f, "provider {id}"),
            Self::Model { model, .. } => write!(f, "model {}/{}", model.provider, model.model),
            Self::Route { id, .. } => write!(f, "route {id}"),
        }
    }
}
