//! Random histories.

use domain::{LimitMeasure, Role, Span};
use proptest::prelude::*;

use super::steps::{
    Cap, Caps, DESKS, Ending, GROUPS, History, PEOPLE, Said, Scope, Step, Want, Way, amount,
};
use crate::support::{DAY, NOW};

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

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![
        2 => Just(Scope::All),
        1 => prop::sample::select(vec![Role::Admin, Role::Member, Role::Manager])
            .prop_map(Scope::Role),
        2 => (0..GROUPS).prop_map(Scope::Group),
        5 => Just(Scope::Each),
        1 => (0..PEOPLE).prop_map(Scope::Person),
        1 => (0..2_u8).prop_map(Scope::Provider),
        2 => (0..2_usize).prop_map(Scope::Route),
        1 => (0..3_u8).prop_map(Scope::Model),
        2 => (0..2_u8).prop_map(Scope::Key),
    ]
}

fn measures() -> impl Strategy<Value = LimitMeasure> {
    (0..13_u8, spans()).prop_map(|(kind, span)| match kind {
        0..4 => LimitMeasure::Requests { span },
        4..8 => LimitMeasure::Tokens { span },
        8..12 => LimitMeasure::Money { span },
        _ => LimitMeasure::AtOnce {},
    })
}

/// Mostly long ones: what is short is over before much of it is used.
fn spans() -> impl Strategy<Value = Span> {
    prop_oneof![
        1 => Just(Span::Minute),
        1 => Just(Span::Hour),
        3 => Just(Span::Day),
        3 => Just(Span::Month),
    ]
}

fn caps() -> impl Strategy<Value = Caps> {
    let pool = prop::option::weighted(0.7, 10..50_u64);
    let cap = (scopes(), measures(), 0..100_u64, pool).prop_map(|(scope, measure, calls, pool)| {
        let pool = pool.filter(|_| scope == Scope::Each && measure.span().is_some());
        // What is one's own is small beside what all share, so that the pool is reached.
        let own = if pool.is_some() { calls / 4 } else { calls };
        let pool = pool.map(|calls| amount(measure, calls));
        Cap { scope, measure, most: amount(measure, own), pool }
    });
    let zone = prop::sample::select(ZONES.to_vec());
    (prop::collection::vec(cap, 1..6), zone, prop::bool::weighted(0.1))
        .prop_map(|(caps, zone, block_unpriced)| Caps { caps, zone, block_unpriced })
}

fn asks() -> impl Strategy<Value = Step> {
    let (route, key) = (0..2_usize, 0..2_u8);
    let way = (0..3_u8, prop::option::weighted(0.8, route), prop::option::weighted(0.8, key))
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
    let edge = (spans(), -1..2_i64);
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
        2 => caps().prop_map(Step::Limits),
        2 => Just(Step::FirstLimits),
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
    (begins, caps(), prop::collection::vec(step, 40..160))
        .prop_map(|(begins, caps, steps)| History { begins, caps, steps })
}
