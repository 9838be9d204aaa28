//! The money of a storm: every hold and every bill, in memory and on disk.
//!
//! What is granted is settled once. A part of the turns goes through the
//! durable ledger as well, whose sum must be that of the bills, to the last
//! nano-dollar, whatever was cancelled, dropped or refused meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{AttemptId, Limit, LimitMeasure, LimitScope, NanoUsd, Span, Tokens};
use gateway::catalogue::{Prices, Rates, Tier};
use gateway::{
    AttemptIntent, AttemptReport, Billing, Granted, Leaving, Meter, MeterFuture, MeterRefusal,
};
use support::ledger::{Ledger, Tariff};
use workspace::Tally;

use crate::desk::NOW;

/// What becomes of one attempt.
#[derive(Clone, Debug)]
struct Entry {
    durable: bool,
    /// What it may cost at most; none until it is granted.
    hold: Option<NanoUsd>,
    report: Option<AttemptReport>,
}

/// All attempts of a storm.
pub(super) struct Purse {
    entries: Mutex<HashMap<AttemptId, Entry>>,
    ledger: Ledger,
    tariff: Tariff,
    _dir: tempfile::TempDir,
}

impl Purse {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let base = Rates { input: 3_000_000, output: 15_000_000, ..Rates::default() };
        let above = Tier { above: Tokens(200_000), rates: Rates { input: 6_000_000, ..base } };
        let tariff = Tariff::Listed(Prices { base, tiers: vec![above] });
        let ledger = Ledger::with(dir.path(), tariff.clone(), NOW);
        let measure = LimitMeasure::Money { span: Span::Month };
        let limit = Limit::new(LimitScope::Workspace {}, measure, Limit::MOST);
        ledger.limit(vec![limit]).await;
        Self { entries: Mutex::default(), ledger, tariff, _dir: dir }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<AttemptId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settled(&self, report: &AttemptReport, how: &str) {
        let mut entries = self.entries();
        let entry = entries.get_mut(&report.attempt);
        let entry = entry.unwrap_or_else(|| unreachable!("{how}: nobody reserved {report:?}"));
        let before = entry.report.replace(report.clone());
        assert_eq!(before, None, "{how}: an attempt is settled once");
        if report.billing != Billing::Nothing {
            assert!(report.usage.total() > Tokens(0), "{how}: what is billed is never nothing");
        }
    }

    /// What one attempt costs by its own report; the most it may where nobody knows.
    fn bill(&self, entry: &Entry) -> u64 {
        let Some(report) = &entry.report else { return 0 };
        let nano = match report.billing {
            Billing::Nothing => NanoUsd(0),
            Billing::Used => self.tariff.cost(&report.usage).unwrap_or(NanoUsd(0)),
            Billing::Perhaps => entry.hold.unwrap_or(NanoUsd(0)),
        };
        u64::try_from(nano.0).unwrap_or_default()
    }

    /// Every hold is settled, and the ledger's sum is that of the bills.
    pub(super) async fn assert_balanced(&self, which: &str) {
        let (spent, asked, granted) = {
            let entries = self.entries();
            let open = entries.values().find(|one| one.report.is_none());
            assert!(open.is_none(), "{which}: a hold leaked: {open:?}");
            let durable = || entries.values().filter(|one| one.durable);
            let granted = durable().filter(|one| one.hold.is_some()).count() as u64;
            (durable().map(|one| self.bill(one)).sum::<u64>(), durable().count() as u64, granted)
        };
        // What was dropped is settled aside, by tasks of its own.
        let mut tally = Tally::default();
        for _ in 0..10_000 {
            tally = self.ledger.used().await[0];
            if tally == (Tally { held: 0, spent }) {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(tally, Tally { held: 0, spent }, "{which}: money was lost or invented");
        let report = self.ledger.verify().await;
        assert_eq!(report.fault, None, "{which}: the record holds");
        // Whoever was dropped while reserving may or may not have been written down.
        let events = 2 + 2 * granted..=2 + 2 * asked;
        assert!(events.contains(&report.events), "{which}: {} events of {events:?}", report.events);
        assert!(granted > 0, "{which}: the ledger took part");
    }
}

/// The purse as one turn uses it.
pub(super) struct TurnMeter<'a> {
    pub(super) purse: &'a std::sync::Arc<Purse>,
    pub(super) durable: bool,
    /// How reservations of the turn are refused, and how many of them, from the first.
    pub(super) refusal: Option<(MeterRefusal, usize)>,
    pub(super) asked: AtomicUsize,
    pub(super) which: &'a str,
    pub(super) granted: Mutex<Vec<AttemptId>>,
}

impl TurnMeter<'_> {
    async fn granted(&self, intent: &AttemptIntent) -> Result<Granted, MeterRefusal> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if let Some((refusal, first)) = &self.refusal
            && asked < *first
        {
            return Err(refusal.clone());
        }
        if self.durable {
            return self.purse.ledger.reserve(intent).await;
        }
        Ok(Granted { output_at_most: intent.output_at_most, leaving: Leaving::default() })
    }
}

impl Meter for TurnMeter<'_> {
    fn reserve<'a>(&'a self, intent: &'a AttemptIntent) -> MeterFuture<'a, Granted> {
        Box::pin(async move {
            let entry = Entry { durable: self.durable, hold: None, report: None };
            let known = self.purse.entries().insert(intent.attempt, entry);
            assert!(known.is_none(), "{}: an attempt is reserved once", self.which);
            let granted = self.granted(intent).await;
            let mut entries = self.purse.entries();
            match &granted {
                Ok(granted) => {
                    let ceiling = self.purse.tariff.ceiling(intent.input_at_most);
                    let hold = ceiling.map(|ceiling| ceiling.at(granted.output_at_most));
                    entries.entry(intent.attempt).and_modify(|entry| entry.hold = hold);
                    let mine = self.granted.lock();
                    mine.unwrap_or_else(PoisonError::into_inner).push(intent.attempt);
                }
                Err(_) => {
                    entries.remove(&intent.attempt);
                }
            }
            granted
        })
    }

    fn settle<'a>(&'a self, report: &'a AttemptReport) -> MeterFuture<'a> {
        Box::pin(async move {
            if self.durable {
                self.purse.ledger.settle(report).await?;
            }
            self.purse.settled(report, self.which);
            Ok(())
        })
    }

    fn settle_dropped(&self, report: AttemptReport) {
        self.purse.settled(&report, self.which);
        if self.durable {
            self.purse.ledger.settle_dropped(report);
        }
    }
}
