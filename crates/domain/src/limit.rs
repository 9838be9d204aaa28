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
    /// What all persons share once their own is used up, counted alike and in the same time;
    /// only of "each person". Left out where there is none, as it was before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<f64>"))]
    pub pool: Option<u64>,
}

impl Limit {
    /// The largest limit. JSON keeps every whole number up to it exactly.
    pub const MOST: u64 = 1_000_000_000_000_000;

    /// One without a pool.
    #[must_use]
    pub fn new(scope: LimitScope, measure: LimitMeasure, most: u64) -> Self {
        Self { scope, measure, most, pool: None }
    }

    /// False where it has a pool and can have none: only "each person" has one, in a time.
    #[must_use]
    pub fn has_sound_pool(&self) -> bool {
        let can = matches!(self.scope, LimitScope::EachProfile {}) && self.measure.span().is_some();
        self.pool.is_none_or(|pool| can && (1..=Self::MOST).contains(&pool))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn each(measure: LimitMeasure) -> Limit {
        Limit::new(LimitScope::EachProfile {}, measure, 5)
    }

    #[test]
    fn only_what_each_person_has_in_a_time_has_a_pool() {
        let day = LimitMeasure::Tokens { span: Span::Day };
        let with = |limit: Limit, pool| Limit { pool: Some(pool), ..limit }.has_sound_pool();
        assert!(each(LimitMeasure::AtOnce {}).has_sound_pool(), "none is always in order");
        assert!(with(each(day), 1) && with(each(day), Limit::MOST), "from one to the most");
        assert!(!with(each(day), 0) && !with(each(day), Limit::MOST + 1), "and no other");
        assert!(!with(each(LimitMeasure::AtOnce {}), 1), "what is under way begins never anew");
        for scope in [
            LimitScope::Workspace {},
            LimitScope::Role { role: Role::Member },
            LimitScope::Profile { profile: ProfileId::from_bytes([1; 16]) },
            LimitScope::Route { route: "usual".into() },
        ] {
            assert!(!with(Limit::new(scope.clone(), day, 5), 1), "{scope:?} is shared, or of one");
        }
    }

    #[test]
    fn a_limit_without_a_pool_keeps_the_text_it_had_before_there_were_any() {
        for written in [
            r#"{"scope":{"kind":"each_profile"},"measure":{"kind":"money","span":"day"},"most":5}"#,
            r#"{"scope":{"kind":"each_profile"},"measure":{"kind":"money","span":"day"},"most":5,"pool":9}"#,
        ] {
            let read: Limit = serde_json::from_str(written).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), written, "else no signature fits");
        }
    }
}
