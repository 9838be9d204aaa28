//! What may be used, and how much of it is.

use domain::{Limit, UnixMs};
use serde::{Deserialize, Serialize};

/// All limits of the workspace. A field that is not known refuses them all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct WorkspaceLimits {
    /// At most 50, each scope and measure once; each holds by itself.
    pub limits: Vec<Limit>,
    /// Whether models whose price is not known are blocked.
    pub block_unpriced: bool,
    /// Where days and months begin, an IANA name such as `Europe/Lisbon`; none for UTC.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// At how many percent of a limit it is said that it is nearly used, at most five.
    #[serde(default)]
    pub warn_at: Vec<u8>,
}

/// The limits and how they stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LimitStandings {
    /// In the order in which they were set.
    pub limits: Vec<LimitStanding>,
    /// Whether models whose price is not known are blocked.
    pub block_unpriced: bool,
    /// Where days and months begin, an IANA name; none for UTC.
    pub time_zone: Option<String>,
    /// At how many percent of a limit it is said that it is nearly used, the lowest first.
    pub warn_at: Vec<u8>,
    /// Tries of this month that cost more than was held for them.
    pub overruns: u32,
    /// Tries of this month whose price is not known; no limit on money counts them.
    pub unpriced: u32,
}

/// One limit and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LimitStanding {
    /// The limit.
    pub limit: Limit,
    /// The most that answers under way may still use.
    #[cfg_attr(test, ts(as = "f64"))]
    pub held: u64,
    /// What answers used that ended; of "each person", the asking person's own.
    #[cfg_attr(test, ts(as = "f64"))]
    pub spent: u64,
    /// When it begins anew; none for answers at once.
    pub ends: Option<UnixMs>,
    /// The highest level that is reached at which it is said that it is nearly used, in percent.
    pub warned: Option<u8>,
    /// How its pool stands; none where it has none.
    pub pool: Option<PoolStanding>,
}

/// How the pool of a limit stands, of which that says how much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PoolStanding {
    /// What all persons together use beyond their own, answers under way included. More than
    /// there is where somebody's own became less meanwhile.
    #[cfg_attr(test, ts(as = "f64"))]
    pub used: u64,
    /// As of the limit.
    pub warned: Option<u8>,
}

impl LimitStanding {
    /// What a call may still use: the rest of what is the person's own, and of the pool.
    pub(crate) fn left(&self) -> u64 {
        let own = self.limit.most.saturating_sub(self.held).saturating_sub(self.spent);
        let drawn = self.pool.map_or(0, |pool| pool.used);
        own.saturating_add(self.limit.pool.unwrap_or(0).saturating_sub(drawn))
    }
}
