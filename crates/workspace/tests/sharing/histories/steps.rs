//! What happens in a history, in names that all histories share.

use domain::{
    GroupId, KeyId, LimitMeasure, LimitScope, ModelRef, ProfileId, ProviderId, Role, Span,
};

/// How many people there are. The first is the admin.
pub(crate) const PEOPLE: usize = 4;
/// Whose desk each is: the second person works in two processes.
pub(crate) const DESKS: [usize; 5] = [0, 1, 1, 2, 3];
pub(crate) const GROUPS: usize = 2;
const ROUTES: [&str; 2] = ["usual", "quick"];

/// Whom a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Role(Role),
    Group(usize),
    Each,
    Person(usize),
    Provider(u8),
    Route(usize),
    Model(u8),
    Key(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cap {
    pub(crate) scope: Scope,
    pub(crate) measure: LimitMeasure,
    pub(crate) most: u64,
    pub(crate) pool: Option<u64>,
}

/// What an admin signs at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caps {
    pub(crate) caps: Vec<Cap>,
    pub(crate) zone: Option<&'static str>,
    pub(crate) block_unpriced: bool,
}

/// What a call asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) model: u8,
    pub(crate) route: Option<usize>,
    pub(crate) key: Option<u8>,
}

/// What a call wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Want {
    pub(crate) input: u64,
    pub(crate) least: u64,
    pub(crate) output: u64,
    /// Nano-dollars for the input, and pico-dollars for each token of output.
    pub(crate) price: Option<(u64, u64)>,
}

/// What a provider says of a call, beside what was held for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    Nothing,
    Half,
    AsMuch,
    More(u64),
}

impl Said {
    pub(crate) fn of(self, held: u64) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Half => held / 2,
            Self::AsMuch => held,
            Self::More(by) => held + by,
        }
    }
}

/// How a call ends: whether it is billed, and what is said of it; none where nothing is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) billed: Option<bool>,
    pub(crate) money: Option<Said>,
    pub(crate) tokens: Option<Said>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Whoever asks may turn away before they hear whether it was granted.
    Ask {
        desk: usize,
        way: Way,
        want: Want,
        stays: bool,
    },
    /// Of any call, also of one that has ended; at its person's desk, or at another.
    End {
        call: usize,
        desk: Option<usize>,
        ending: Ending,
    },
    /// A process ends between two steps of its calls, and another begins.
    Crash {
        desk: usize,
    },
    /// What a crash left is resolved: what never left is released, the rest is not known.
    Recover {
        desk: usize,
        left: u64,
    },
    Clock {
        by: i64,
    },
    /// To the end of a window, or a millisecond beside it.
    Edge {
        span: Span,
        beside: i64,
    },
    Limits(Caps),
    /// Those that the history began with come back, and what was used meanwhile counts.
    FirstLimits,
    Group {
        group: usize,
        members: [bool; PEOPLE],
    },
    Role {
        who: usize,
        role: Role,
    },
    /// More of what a limit counts: so many calls of it, for so many milliseconds.
    Raise {
        who: usize,
        like: usize,
        calls: u64,
        lasts: i64,
    },
    TakeBack {
        which: usize,
    },
    /// The workspace moves to a file with another key.
    NewKey,
}

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) begins: i64,
    pub(crate) caps: Caps,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn model(number: u8) -> ModelRef {
    let model = if number == 0 { "model-a" } else { "model-b" };
    ModelRef { provider: provider(number / 2), model: model.into() }
}

fn provider(number: u8) -> ProviderId {
    ProviderId::from_bytes([number; 16])
}

pub(crate) fn key(number: u8) -> KeyId {
    KeyId::from_bytes([number; 16])
}

pub(crate) fn group(number: usize) -> GroupId {
    GroupId::from_bytes([if number == 0 { 7 } else { 8 }; 16])
}

pub(crate) fn route(number: usize) -> String {
    ROUTES[number].to_owned()
}

impl Scope {
    pub(crate) fn signed(self, people: &[ProfileId]) -> LimitScope {
        match self {
            Self::All => LimitScope::Workspace {},
            Self::Role(role) => LimitScope::Role { role },
            Self::Group(number) => LimitScope::Group { group: group(number) },
            Self::Each => LimitScope::EachProfile {},
            Self::Person(who) => LimitScope::Profile { profile: people[who] },
            Self::Provider(number) => LimitScope::Provider { provider: provider(number) },
            Self::Route(number) => LimitScope::Route { route: route(number) },
            Self::Model(number) => LimitScope::Model { model: model(number) },
            Self::Key(number) => LimitScope::Key { key: key(number) },
        }
    }
}

/// A tenth as many calls, or what a tenth of them use.
pub(crate) fn amount(measure: LimitMeasure, calls: u64) -> u64 {
    match measure {
        LimitMeasure::Requests { .. } | LimitMeasure::AtOnce {} => calls / 10,
        LimitMeasure::Tokens { .. } | LimitMeasure::Money { .. } => calls * 3,
    }
}
