//! What admins give to one person for a time: access to a row, or more of a limit.
//!
//! One signed document holds what is given by now; what is over is left out at
//! the next change. An exception is a policy (`policy::Exception`). A raise adds
//! to the limits on each person, and on this one.

use domain::{Limit, LimitMeasure, LimitScope, ProfileId, RequestId, UnixMs};
use policy::Exception;
use serde::{Deserialize, Serialize};

use crate::book::Book;
use crate::document::{Body, DocumentName};

/// Raises that a workspace has at most.
const MOST_RAISES: usize = 500;
/// The longest time that anything is given for, in milliseconds.
pub(crate) const LONGEST_MS: i64 = 366 * 24 * 60 * 60 * 1_000;

/// More of what a person may use, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// The request that it answers.
    pub id: RequestId,
    /// Whose limits.
    pub profile: ProfileId,
    /// What these count.
    pub measure: LimitMeasure,
    /// How much more in every window that is open while it holds.
    pub extra: u64,
    /// Until when, by the ledger's time.
    pub until: UnixMs,
}

/// Everything that was given and is not over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConcessionsBody {
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) raises: Vec<Raise>,
}

impl ConcessionsBody {
    /// Without what is over.
    pub(crate) fn at(mut self, now: UnixMs) -> Self {
        self.exceptions.retain(|one| one.until > now);
        self.raises.retain(|one| one.until > now);
        self
    }

    /// Whether every reader can hold it, and nothing is given for longer than is signed for.
    pub(crate) fn is_within_bounds(&self, issued_at: UnixMs) -> bool {
        let in_time = |until: UnixMs| until.0 <= issued_at.0.saturating_add(LONGEST_MS);
        self.exceptions.len() <= Exception::MOST
            && self.raises.len() <= MOST_RAISES
            && self
                .exceptions
                .iter()
                .all(|one| one.id.len() <= Exception::LONGEST_ID && in_time(one.until))
            && self.raises.iter().all(|one| one.extra <= Limit::MOST && in_time(one.until))
    }

    /// The limit as it holds for `profile` at the ledger's time `at`.
    pub(crate) fn raised(&self, limit: &Limit, profile: ProfileId, at: UnixMs) -> Limit {
        Limit { most: self.most_of(limit, profile, at), ..limit.clone() }
    }

    /// How much of it there is for `profile` then; a pool not counted.
    pub(crate) fn most_of(&self, limit: &Limit, profile: ProfileId, at: UnixMs) -> u64 {
        let own = match &limit.scope {
            LimitScope::EachProfile {} => true,
            LimitScope::Profile { profile: whose } => *whose == profile,
            _ => false,
        };
        if !own {
            return limit.most;
        }
        let given = self
            .raises
            .iter()
            .filter(|one| one.profile == profile && one.measure == limit.measure && one.until > at);
        let extra = given.fold(0_u64, |sum, one| sum.saturating_add(one.extra));
        limit.most.saturating_add(extra).min(Limit::MOST)
    }
}

impl Book {
    /// What was given, what is over included.
    pub(crate) fn concessions(&self) -> ConcessionsBody {
        match self.latest(&DocumentName::concessions()) {
            Some(Body::Concessions(body)) => body.clone(),
            _ => ConcessionsBody::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Span;

    use super::*;

    const NOW: UnixMs = UnixMs(1_790_000_000_000);
    const DAY: LimitMeasure = LimitMeasure::Money { span: Span::Day };

    fn profile(number: u8) -> ProfileId {
        ProfileId::new(UnixMs(1), [number; 10])
    }

    fn raise(extra: u64, until: UnixMs) -> Raise {
        let id = RequestId::new(NOW, [1; 10]);
        Raise { id, profile: profile(1), measure: DAY, extra, until }
    }

    fn limit(scope: LimitScope, measure: LimitMeasure) -> Limit {
        Limit::new(scope, measure, 100)
    }

    fn most_of(body: &ConcessionsBody, limit: Limit, whose: u8, at: UnixMs) -> u64 {
        body.raised(&limit, profile(whose), at).most
    }

    #[test]
    fn a_raise_adds_to_the_limits_of_its_person_and_measure_alone() {
        let (sooner, later) = (NOW.plus(1), NOW.plus(1_000));
        let raises = vec![raise(20, sooner), raise(5, later)];
        let body = ConcessionsBody { raises, ..ConcessionsBody::default() };
        let each = || limit(LimitScope::EachProfile {}, DAY);
        let own = || limit(LimitScope::Profile { profile: profile(1) }, DAY);
        assert_eq!(most_of(&body, each(), 1, NOW), 125, "both raises");
        assert_eq!(most_of(&body, own(), 1, NOW), 125, "also of a limit of their own");
        assert_eq!(most_of(&body, each(), 1, sooner), 105, "the first is over");
        assert_eq!(most_of(&body, each(), 1, later), 100, "and then the other");
        assert_eq!(most_of(&body, each(), 2, NOW), 100, "nobody else's");
        let month = LimitMeasure::Money { span: Span::Month };
        assert_eq!(
            most_of(&body, limit(LimitScope::EachProfile {}, month), 1, NOW),
            100,
            "of a day"
        );
        let all = limit(LimitScope::Workspace {}, DAY);
        assert_eq!(most_of(&body, all, 1, NOW), 100, "what all share is nobody's to raise");
    }

    #[test]
    fn raises_never_add_up_to_more_than_a_limit_can_be() {
        let raises = vec![raise(u64::MAX, NOW.plus(9)), raise(u64::MAX, NOW.plus(9))];
        let body = ConcessionsBody { raises, ..ConcessionsBody::default() };
        let each = limit(LimitScope::EachProfile {}, DAY);
        assert_eq!(most_of(&body, each, 1, NOW), Limit::MOST, "and do not begin anew at nothing");
    }

    #[test]
    fn nothing_is_given_for_ever_and_what_is_over_is_left_out() {
        let with =
            |until| ConcessionsBody { raises: vec![raise(1, until)], ..ConcessionsBody::default() };
        assert!(with(NOW.plus(LONGEST_MS)).is_within_bounds(NOW), "a year and a day");
        assert!(!with(NOW.plus(LONGEST_MS + 1)).is_within_bounds(NOW), "no longer");
        assert_eq!(with(NOW).at(NOW), ConcessionsBody::default(), "over by then");
    }
}
