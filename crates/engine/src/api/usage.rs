//! What was used: by day, model, person and chat.

use domain::{ChatId, GroupId, ModelRef, NanoUsd, ProfileId, Tokens, UnixMs};
use serde::{Deserialize, Serialize};

/// See what was used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadUsage {
    /// By whom.
    pub of: UsageOf,
    /// In how long a time.
    pub period: UsagePeriod,
    /// How many such times before the present one, at most 120.
    pub back: u32,
}

/// Whose use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UsageOf {
    /// One's own.
    Me {},
    /// That of the people who were in a group when they asked.
    Group {
        /// Which group.
        group: GroupId,
    },
    /// Everyone's.
    Everyone {},
}

/// A time in the workspace's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum UsagePeriod {
    /// Seven days, the present one included.
    Week,
    /// A month of the calendar.
    Month,
    /// A year of the calendar.
    Year,
}

/// What was used. Amounts only: no word of any chat but one's own titles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageView {
    /// The first moment.
    pub begins: UnixMs,
    /// The first moment after it.
    pub ends: UnixMs,
    /// The workspace's time zone, an IANA name.
    pub time_zone: String,
    /// Whose use this person may see, their own first.
    pub choices: Vec<UsageChoice>,
    /// All of it.
    pub total: UsageSums,
    /// What it will have cost at the end if it goes on like this; none where too little of the
    /// time has passed to say, and where it is over.
    pub at_this_pace: Option<NanoUsd>,
    /// Its days, of a year its months; one for each, also where nothing was used.
    pub bars: Vec<UsageBar>,
    /// The costliest first, then the most used.
    pub models: Vec<ModelUsage>,
    /// The costliest first, then the most used; empty of one's own.
    pub people: Vec<PersonUsage>,
    /// The costliest first, at most 20; only of one's own.
    pub chats: Vec<ChatUsage>,
    /// What belongs to no chat that is still there: programs, deleted chats, tests of
    /// providers. Only of one's own.
    pub elsewhere: Option<UsageSums>,
}

/// Something whose use this person may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageChoice {
    /// Whose.
    pub of: UsageOf,
    /// The group's name; none for oneself and for everyone.
    pub name: Option<String>,
}

/// Sums over calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageSums {
    /// What calls that ended cost, in nano-dollars; where nobody said, what was held for them.
    pub cost: NanoUsd,
    /// What calls under way may still cost, in nano-dollars.
    pub held: NanoUsd,
    /// Calls that were answered, also where the answer was stopped or cut.
    pub answers: u32,
    /// Calls that were not.
    pub failed: u32,
    /// Answers by another model than the one that was asked first.
    pub fallbacks: u32,
    /// Tokens that were read, cached ones included.
    pub input: Tokens,
    /// Tokens that were written, reasoning included.
    pub output: Tokens,
    /// Calls whose price is not known.
    pub unpriced: u32,
    /// The middle of how long answers took, in milliseconds; none without one.
    pub usual_wait_ms: Option<u32>,
}

/// A day or a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageBar {
    /// Its first moment.
    pub begins: UnixMs,
    /// How many calls were answered.
    pub answers: u32,
    /// What each model cost, held money included, in nano-dollars; in the order of `models`.
    pub costs: Vec<NanoUsd>,
}

/// The use of one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelUsage {
    /// Which model.
    pub model: ModelRef,
    /// Its name.
    pub label: String,
    /// The provider's name; none where it was removed.
    pub provider: Option<String>,
    /// True where it runs on this machine.
    pub local: bool,
    /// How much.
    pub sums: UsageSums,
}

/// One person's use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PersonUsage {
    /// Who.
    pub profile: ProfileId,
    /// Their name; empty after erasure.
    pub name: String,
    /// Avatar colour, 1 to 8; none after erasure.
    pub avatar: Option<u8>,
    /// How much.
    pub sums: UsageSums,
}

/// One chat's use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChatUsage {
    /// Which chat.
    pub chat: ChatId,
    /// Its title.
    pub title: String,
    /// How much.
    pub sums: UsageSums,
}

/// A file that was written for the person, where they find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SavedFile {
    /// Where it is.
    pub path: String,
}
