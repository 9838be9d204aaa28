//! Limits: whom they are about, what they count, and how much of it there may be.

use serde::{Deserialize, Serialize};

use crate::{GroupId, KeyId, ModelRef, ProfileId, ProviderId, Role};

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Whom or what it is about.
    pub scope: LimitScope,
    /// What it counts.
    pub measure: LimitMeasure,
    /// The most of it: calls, tokens or nano-dollars.
    #[cfg_attr(feature = "ts", ts(as = "f64"))]
    pub most: u64,
}

impl Limit {
    /// The largest limit. JSON keeps every whole number up to it exactly.
    pub const MOST: u64 = 1_000_000_000_000_000;
}

/// Whom or what a limit is about. Kinds without a field are written with braces: serde passes
/// over unknown fields of those without.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LimitScope {
    /// Everybody together.
    Workspace {},
    /// Everybody with this role together.
    Role {
        /// Which role.
        role: Role,
    },
    /// The people of one group together: whoever was in it when they asked.
    Group {
        /// Which group.
        group: GroupId,
    },
    /// Each person by themselves.
    EachProfile {},
    /// One person.
    Profile {
        /// Whose desk.
        profile: ProfileId,
    },
    /// All models of one provider together.
    Provider {
        /// Which provider.
        provider: ProviderId,
    },
    /// One route.
    Route {
        /// Its name.
        route: String,
    },
    /// One model at one provider.
    Model {
        /// Which model.
        model: ModelRef,
    },
    /// One key.
    Key {
        /// Which key.
        key: KeyId,
    },
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LimitMeasure {
    /// Calls.
    Requests {
        /// In which time.
        span: Span,
    },
    /// Tokens of every kind.
    Tokens {
        /// In which time.
        span: Span,
    },
    /// Nano-dollars.
    Money {
        /// In which time.
        span: Span,
    },
    /// Calls under way.
    AtOnce {},
}

impl LimitMeasure {
    /// The time within which it counts; none for what is under way.
    #[must_use]
    pub fn span(self) -> Option<Span> {
        match self {
            Self::Requests { span } | Self::Tokens { span } | Self::Money { span } => Some(span),
            Self::AtOnce {} => None,
        }
    }
}

/// A stretch of the calendar: days and months in the workspace's time zone, the rest in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From the first day to the last.
    Month,
}

impl Span {
    /// Every span, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Month];
}
