//! What happens in a history: random, and in names that every history shares.

use domain::{
    GroupId, KeyId, LimitMeasure, LimitScope, ModelRef, ProfileId, ProviderId, Role, Span,
};
use proptest::prelude::*;

use crate::support::{DAY, NOW};

/// How many people there are. The first is the admin.
pub(crate) const PEOPLE: usize = 4;
/// Whose desk each is: the second person works in two processes.
pub(crate) const DESKS: [usize; 5] = [0, 1, 1, 2, 3];
pub(crate) const GROUPS: usize = 2;
const ROUTES: [&str; 2] = ["usual", "quick"];
/// Some day, the nights before clocks change in Lisbon and in Santiago, and the last of a year.
const BEGINNINGS: [i64; 6] = [
    NOW.0,
    1_806_177_600_000,
    1_824_926_400_000,
    1_806_794_000_000,
    1_820_088_000_000,
    1_830_290_400_000,
];
/// Clocks that change at midnight, by half an hour, far ahead, and never.
const ZONES: [Option<&str>; 5] = [
    None,
    Some("Europe/Lisbon"),
    Some("America/Santiago"),
    Some("Australia/Lord_Howe"),
    Some("Pacific/Kiritimati"),
];

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

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![
        2 => Just(Scope::All),
        1 => prop::sample::select(vec![Role::Admin, Role::Member, Role::Manager])
            .prop_map(Scope::Role),
        1 => (0..GROUPS).prop_map(Scope::Group),
        4 => Just(Scope::Each),
        1 => (0..PEOPLE).prop_map(Scope::Person),
        1 => (0..2_u8).prop_map(Scope::Provider),
        1 => (0..2_usize).prop_map(Scope::Route),
        1 => (0..3_u8).prop_map(Scope::Model),
        1 => (0..2_u8).prop_map(Scope::Key),
    ]
}

fn measures() -> impl Strategy<Value = LimitMeasure> {
    let within = prop::sample::select(Span::ALL.to_vec());
    (0..13_u8, within).prop_map(|(kind, span)| match kind {
        0..4 => LimitMeasure::Requests { span },
        4..8 => LimitMeasure::Tokens { span },
        8..12 => LimitMeasure::Money { span },
        _ => LimitMeasure::AtOnce {},
    })
}

/// A tenth as many calls, or what a tenth of them use.
pub(crate) fn amount(measure: LimitMeasure, calls: u64) -> u64 {
    match measure {
        LimitMeasure::Requests { .. } | LimitMeasure::AtOnce {} => calls / 10,
        LimitMeasure::Tokens { .. } | LimitMeasure::Money { .. } => calls * 3,
    }
}

fn caps() -> impl Strategy<Value = Caps> {
    let cap = (scopes(), measures(), 0..100_u64, prop::option::of(10..60_u64)).prop_map(
        |(scope, measure, calls, pool)| {
            let shares = scope == Scope::Each && measure.span().is_some();
            let pool = pool.filter(|_| shares).map(|calls| amount(measure, calls));
            Cap { scope, measure, most: amount(measure, calls), pool }
        },
    );
    let zone = prop::sample::select(ZONES.to_vec());
    (prop::collection::vec(cap, 1..6), zone, prop::bool::weighted(0.1))
        .prop_map(|(caps, zone, block_unpriced)| Caps { caps, zone, block_unpriced })
}

fn asks() -> impl Strategy<Value = Step> {
    let way = (0..3_u8, prop::option::of(0..2_usize), prop::option::of(0..2_u8))
        .prop_map(|(model, route, key)| Way { model, route, key });
    let price = prop::option::weighted(0.85, (0..20_u64, 0..1_500_u64));
    let want = (0..15_u64, 0..25_u64, 0..15_u64, price)
        .prop_map(|(input, least, more, price)| Want { input, least, output: least + more, price });
    (0..DESKS.len(), way, want, prop::bool::weighted(0.9))
        .prop_map(|(desk, way, want, stays)| Step::Ask { desk, way, want, stays })
}

fn ends() -> impl Strategy<Value = Step> {
    let said = || {
        let said = prop_oneof![
            Just(Said::Nothing),
            Just(Said::Half),
            Just(Said::AsMuch),
            (1..60_u64).prop_map(Said::More),
        ];
        prop::option::weighted(0.8, said)
    };
    let billed = prop_oneof![4 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)];
    let ending = (billed, said(), said()).prop_map(|(billed, money, tokens)| Ending {
        billed,
        money,
        tokens,
    });
    (any::<usize>(), prop::option::weighted(0.1, 0..DESKS.len()), ending)
        .prop_map(|(call, desk, ending)| Step::End { call, desk, ending })
}

fn clocks() -> impl Strategy<Value = Step> {
    let hour = DAY / 24;
    let edge = (prop::sample::select(Span::ALL.to_vec()), -1..2_i64);
    prop_oneof![
        2 => (-90_000..90_000_i64).prop_map(|by| Step::Clock { by }),
        2 => (-3 * hour..3 * hour).prop_map(|by| Step::Clock { by }),
        1 => (-2 * DAY..2 * DAY).prop_map(|by| Step::Clock { by }),
        1 => (-40 * DAY..40 * DAY).prop_map(|by| Step::Clock { by }),
        3 => edge.prop_map(|(span, beside)| Step::Edge { span, beside }),
    ]
}

fn admins() -> impl Strategy<Value = Step> {
    let role = prop::sample::select(vec![Role::Member, Role::Manager]);
    let raise = (1..PEOPLE, any::<usize>(), 10..80_u64, 1..2 * DAY);
    prop_oneof![
        3 => caps().prop_map(Step::Limits),
        1 => (0..GROUPS, any::<[bool; PEOPLE]>())
            .prop_map(|(group, members)| Step::Group { group, members }),
        1 => (1..PEOPLE, role).prop_map(|(who, role)| Step::Role { who, role }),
        4 => raise.prop_map(|(who, like, calls, lasts)| Step::Raise { who, like, calls, lasts }),
        1 => any::<usize>().prop_map(|which| Step::TakeBack { which }),
    ]
}

pub(crate) fn histories() -> impl Strategy<Value = History> {
    let desk = || 0..DESKS.len();
    let step = prop_oneof![
        50 => asks(),
        25 => ends(),
        14 => clocks(),
        9 => admins(),
        3 => desk().prop_map(|desk| Step::Crash { desk }),
        2 => (desk(), any::<u64>()).prop_map(|(desk, left)| Step::Recover { desk, left }),
        1 => Just(Step::NewKey),
    ];
    let begins = prop::sample::select(BEGINNINGS.to_vec());
    (begins, caps(), prop::collection::vec(step, 20..120))
        .prop_map(|(begins, caps, steps)| History { begins, caps, steps })
}
