//! What was refused, for the record.
//!
//! The first refusal of its kind is recorded at once; what is refused again
//! within ten minutes is counted, and the next record of this unlock says how
//! often. Neither a program that asks in a loop nor one that asks for ever other
//! things fills the log.

use std::collections::HashMap;
use std::sync::PoisonError;

use domain::UnixMs;
use policy::{Denial, Resource};
use workspace::AuditKind;

use crate::api::Failure;
use crate::desk::Desk;

const AGAIN_AFTER_MS: u64 = 10 * 60 * 1_000;
/// Kinds of refusals that are told apart at once.
const MOST: usize = 256;
/// Policies that one record names.
const MOST_RULES: usize = 16;

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
        let mut kind = (denial.missing, denial.on.clone());
        if self.0.len() >= MOST && !self.0.contains_key(&kind) {
            self.0.retain(|_, told| !is_over(told));
            if self.0.len() >= MOST {
                // So many things at once: from here on only the permission counts.
                kind.1 = None;
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
            // Guests come and go, and are one to the record.
            let guests = self.session.is_guest().then_some(&self.app.guests_denials);
            let denials = guests.unwrap_or(&self.session.denials);
            denials.lock().unwrap_or_else(PoisonError::into_inner).counted(denial, now)
        };
        let Some(count) = counted else { return };
        let what = AuditKind::Denied {
            action: denial.missing.to_owned(),
            on: denial.on.as_ref().map(ToString::to_string),
            rules: denial.rule_ids.iter().take(MOST_RULES).cloned().collect(),
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
    fn refusals_of_very_many_things_fill_neither_the_record_nor_the_memory() {
        let mut denials = Denials::default();
        let recorded = (0..10_000).filter(|number| {
            let on = domain::RouteId::new(UnixMs(*number), [0; 10]);
            let on = Some(Resource::Route { id: on, for_guests: false });
            let denial = Denial { on, ..refused("route.use") };
            denials.counted(&denial, UnixMs(0)).is_some()
        });
        assert_eq!(recorded.count(), MOST + 1, "each, and then all others once");
        assert!(denials.0.len() <= MOST + 1, "{} are kept", denials.0.len());
    }
}
