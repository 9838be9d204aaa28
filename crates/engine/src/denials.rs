//! What was refused, for the record.
//!
//! The first refusal of its kind is recorded at once; what is refused again
//! within ten minutes is counted, and the next record says how often. A
//! program that asks in a loop fills no log.

use std::collections::HashMap;
use std::sync::PoisonError;

use domain::UnixMs;
use policy::{Denial, Resource};
use workspace::AuditKind;

use crate::api::Failure;
use crate::desk::Desk;

const AGAIN_AFTER_MS: u64 = 10 * 60 * 1_000;
/// Kinds of refusals that are counted at once.
const MOST: usize = 256;

/// The refusals of one session.
#[derive(Default)]
pub(crate) struct Denials(HashMap<(&'static str, Option<Resource>), Told>);

struct Told {
    at: UnixMs,
    since: u32,
}

impl Denials {
    /// How often it was refused since the last record, this time included; none where it is
    /// not recorded now.
    fn counted(&mut self, denial: &Denial, now: UnixMs) -> Option<u32> {
        let is_over = |told: &Told| now.0.abs_diff(told.at.0) >= AGAIN_AFTER_MS;
        let kind = (denial.missing, denial.on.clone());
        if self.0.len() >= MOST && !self.0.contains_key(&kind) {
            self.0.retain(|_, told| !is_over(told) || told.since > 0);
            if self.0.len() >= MOST {
                return Some(1);
            }
        }
        match self.0.get_mut(&kind) {
            Some(told) if !is_over(told) => {
                told.since = told.since.saturating_add(1);
                None
            }
            Some(told) => {
                let count = told.since.saturating_add(1);
                *told = Told { at: now, since: 0 };
                Some(count)
            }
            None => {
                self.0.insert(kind, Told { at: now, since: 0 });
                Some(1)
            }
        }
    }
}

impl Desk {
    /// Records what policy refused; anything else is none of its business.
    pub(crate) async fn record_denial(&self, failure: &Failure) {
        let Some(denial) = &failure.denial else { return };
        let now = self.app.now();
        let counted = {
            let mut denials = self.session.denials.lock().unwrap_or_else(PoisonError::into_inner);
            denials.counted(denial, now)
        };
        let Some(count) = counted else { return };
        let what = AuditKind::Denied {
            action: denial.missing.to_owned(),
            on: denial.on.as_ref().map(ToString::to_string),
            rules: denial.rule_ids.clone(),
            count,
        };
        if let Err(error) = self.session.record(&self.app, what).await {
            tracing::error!(code = ?error.code, "a refusal could not be recorded");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(missing: &'static str) -> Denial {
        Denial { role: "A member".to_owned(), missing, on: None, rule_ids: Vec::new() }
    }

    #[test]
    fn a_refusal_is_recorded_at_once_and_again_after_ten_minutes_with_its_count() {
        let mut denials = Denials::default();
        let asked = refused("model.use");
        assert_eq!(denials.counted(&asked, UnixMs(0)), Some(1), "the first");
        for at in 1..=5 {
            assert_eq!(denials.counted(&asked, UnixMs(at)), None, "a loop");
        }
        assert_eq!(denials.counted(&refused("budget.set"), UnixMs(6)), Some(1), "another kind");
        assert_eq!(denials.counted(&asked, UnixMs(600_000)), Some(6), "the five, and this one");
        assert_eq!(denials.counted(&asked, UnixMs(600_001)), None, "counted anew");
    }

    #[test]
    fn refusals_of_very_many_kinds_are_all_recorded_and_take_no_more_room() {
        let mut denials = Denials::default();
        for number in 0..1_000 {
            let on = domain::RouteId::new(UnixMs(number), [0; 10]);
            let on = Some(Resource::Route { id: on, for_guests: false });
            let denial = Denial { on, ..refused("route.use") };
            assert_eq!(denials.counted(&denial, UnixMs(0)), Some(1), "number {number}");
        }
        assert!(denials.0.len() <= MOST, "{} are kept", denials.0.len());
    }
}
