//! Who would have been called before, and was not: for the card and for whoever waits.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BreakerState, SkipRecord};

use super::Asking;
use crate::Strategy;
use crate::lanes::Lanes;
use crate::moment::Moment;
use crate::pursuit::{Standing, Step};
use crate::route::List;

/// Lanes that were not called, by their place, and those that were.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    noted: BTreeMap<usize, SkipRecord>,
    called: BTreeSet<usize>,
}

impl Skipped {
    /// It was called in the end.
    pub(super) fn was_called(&mut self, lane: usize) {
        self.called.insert(lane);
        self.noted.remove(&lane);
    }

    pub(super) fn so_far(&self) -> Vec<SkipRecord> {
        self.noted.values().cloned().collect()
    }

    pub(super) fn take(&mut self) -> Vec<SkipRecord> {
        std::mem::take(&mut self.noted).into_values().collect()
    }

    fn note(&mut self, lane: usize, record: SkipRecord) {
        if !self.called.contains(&lane) {
            self.noted.insert(lane, record);
        }
    }
}

impl Asking<'_> {
    /// How `lane` stands.
    pub(super) fn standing(&self, lane: usize, now: Moment) -> Option<Standing> {
        let id = &self.lanes.get(lane)?.id;
        Some(self.gateway.table().standing(id, &self.touched(lane)?, now))
    }

    /// Notes who is passed over by `step`: those of the main list that cannot be called now
    /// and, where the route's order counts, are not listed after the one that is.
    pub(super) fn note_skipped(
        &mut self,
        table: &Lanes,
        standings: &[Standing],
        step: Step,
        now: Moment,
    ) {
        let last = match step {
            Step::Try { lane, .. } if self.route.strategy == Strategy::Ordered => {
                self.lanes.get(lane).map(|lane| lane.number)
            }
            _ => None,
        };
        for (place, standing) in standings.iter().enumerate() {
            let Some(lane) = self.lanes.get(place) else { continue };
            let counts = lane.list == List::Main && last.is_none_or(|last| lane.number <= last);
            if *standing == Standing::Ready || !counts {
                continue;
            }
            let open = table.breaker(&lane.id) != BreakerState::Closed;
            let complaint = table.complaint(&lane.id, now).map(|error| error.message);
            let (note, until) = why(*standing, open);
            let whom = lane.whom();
            let record = SkipRecord {
                model: lane.candidate.model_ref(),
                provider_label: whom.provider_label,
                key_label: whom.key_label,
                note: complaint.unwrap_or_else(|| note.to_owned()),
                until: until.map(|at| self.wall(at)),
            };
            self.skipped.note(place, record);
        }
    }
}

/// Why a lane cannot be called where its provider said nothing, and until when.
fn why(standing: Standing, open: bool) -> (&'static str, Option<Moment>) {
    const FAILED: &str = "It failed too often and is paused.";
    const TRIED: &str = "Another call finds out whether it is back.";
    const LIMIT: &str = "A limit of this workspace is reached.";
    const LARGE: &str = "The question is larger than a limit of this workspace allows.";
    match standing {
        Standing::Ready => ("", None),
        Standing::NotBefore(at) => (LIMIT, Some(at)),
        Standing::Resting(at) => (FAILED, Some(at)),
        Standing::Soon(at) => (if open { TRIED } else { LIMIT }, Some(at)),
        Standing::Parked { until, .. } => (FAILED, Some(until)),
        Standing::Never => (LARGE, None),
    }
}
