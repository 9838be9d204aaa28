//! What members ask of admins: access to something, or more of a limit.

use domain::{LimitMeasure, ProfileId, RequestId, UnixMs};
use policy::Row;
use serde::{Deserialize, Serialize};

use super::LimitStanding;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Subject {
    /// To be allowed something.
    Access {
        /// What.
        row: Row,
    },
    /// More of what each person, or this one, may use.
    More {
        /// What the limit counts.
        measure: LimitMeasure,
    },
}

/// Ask an admin.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AskFor {
    /// For what.
    pub subject: Subject,
    /// How much more: calls, tokens or nano-dollars. None where access is asked for.
    #[cfg_attr(test, ts(as = "Option<f64>"))]
    pub amount: Option<u64>,
    /// What for, at most 500 characters; may be empty. Admins read it.
    pub reason: String,
}

/// Requests: a member's own; for who decides, everyone's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RequestList {
    /// Open ones first, then the newest; at most 100.
    pub requests: Vec<RequestView>,
    /// True where the person who asks may decide about those of others.
    pub decides: bool,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RequestView {
    /// Names it.
    pub id: RequestId,
    /// Who asks.
    pub profile: ProfileId,
    /// Their name; empty after erasure.
    pub name: String,
    /// Avatar colour, 1 to 8.
    pub avatar: u8,
    /// True for the person who looks.
    pub is_mine: bool,
    /// For what.
    pub subject: Subject,
    /// The name of the provider, model or route; none for anything else.
    pub label: Option<String>,
    /// How much more; none where access is asked for.
    #[cfg_attr(test, ts(as = "Option<f64>"))]
    pub amount: Option<u64>,
    /// What for; may be empty.
    pub reason: String,
    /// When.
    pub made_at: UnixMs,
    /// How it stands.
    pub state: RequestState,
    /// The narrowest limit that it is about, as it stands for who asks; for who decides.
    pub standing: Option<LimitStanding>,
    /// False where a rule denies it, which an exception does not lift; for who decides.
    pub would_hold: bool,
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RequestState {
    /// Nobody decided yet.
    Open {},
    /// An admin gave it.
    Granted {
        /// Their name.
        by: String,
        /// Until when.
        until: UnixMs,
        /// How much more; none where it is access.
        #[cfg_attr(test, ts(as = "Option<f64>"))]
        amount: Option<u64>,
        /// When they did.
        at: UnixMs,
        /// True once the member saw it.
        seen: bool,
    },
    /// An admin did not.
    Declined {
        /// Their name.
        by: String,
        /// When.
        at: UnixMs,
        /// True once the member saw it.
        seen: bool,
    },
    /// The member took it back.
    Withdrawn {},
}

/// Names one request.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneRequest {
    /// `RequestView::id`.
    pub id: RequestId,
}

/// Decide about a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DecideRequest {
    /// Which one.
    pub id: RequestId,
    /// How.
    pub answer: Answer,
}

/// What an admin says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Answer {
    /// It is given.
    Grant {
        /// Until when, at most 366 days ahead.
        until: UnixMs,
        /// How much more; none where it is access.
        #[cfg_attr(test, ts(as = "Option<f64>"))]
        amount: Option<u64>,
    },
    /// It is not.
    Decline {},
}

/// What waits for the person of a desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct News {
    /// Requests of others that this person may decide about.
    pub to_decide: u32,
    /// What another admin proposed and this person can sign.
    pub to_sign: u32,
    /// Decisions about this person's own requests that they did not see yet.
    pub decided: u32,
    /// Admins who looked at what this person may do, and they did not see that yet; by name.
    pub looked_by: Vec<String>,
}

/// The limits that the calls of a person are held against.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OwnLimits {
    /// Those of everyone together, of the role, of each person and of this one, in the order in
    /// which they were set.
    pub limits: Vec<LimitStanding>,
    /// What an admin can be asked for more of: each measure once.
    pub askable: Vec<LimitMeasure>,
}
