//! Calls that are held, recorded and booked on disk.
//!
//! Each reserves and settles in the ledger with a signed event of the record,
//! two durable commits for a call alone; calls at once share commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Limit, LimitMeasure, LimitScope, NanoUsd, Span};
use support::ledger::Ledger;
use support::upstream::{Upstream, openai};

use super::{Caller, NOW, Stages, Unmetered, count, whole};
use crate::Outcome;
use crate::direct::{ANSWER, Direct};
use crate::figures::{Figure, Sheet, now};

const WARM_UP: usize = 100;
const CALLS: usize = 1_000;
const AT_ONCE: usize = 64;
const SUSTAINED: usize = 8_000;

pub(super) async fn measure(sheet: &mut Sheet) -> Outcome {
    let text = format!("data: {}\n\n", openai::text(ANSWER));
    let upstream = Upstream::start(whole(&text)).await;
    let dir = tempfile::tempdir()?;
    let ledger = Ledger::create(dir.path(), NanoUsd(1_000), NOW);
    let measure = LimitMeasure::Money { span: Span::Month };
    let limit = Limit::new(LimitScope::Workspace {}, measure, Limit::MOST);
    ledger.limit(vec![limit]).await;
    one_at_a_time(sheet, &upstream, &ledger).await?;
    let name = "sustained, in-memory meter";
    let caller = Caller::with(&upstream, Box::new(Unmetered))?;
    sustained(sheet, caller, name, "≥ 15000").await?;
    let name = "sustained, durable ledger and record";
    let caller = Caller::with(&upstream, Box::new(ledger.clone()))?;
    sustained(sheet, caller, name, "≥ 4000").await?;
    let used = ledger.used().await;
    let booked = u64::try_from((WARM_UP + CALLS + SUSTAINED) * 1_000)?;
    if used.iter().any(|tally| tally.held > 0 || tally.spent != booked) {
        return Err(format!("the ledger lost or invented money: {used:?}").into());
    }
    Ok(())
}

async fn one_at_a_time(sheet: &mut Sheet, upstream: &Upstream, ledger: &Ledger) -> Outcome {
    let caller = Caller::with(upstream, Box::new(ledger.clone()))?;
    let direct = Direct::new(upstream)?;
    let (mut through, mut past) = (Stages::default(), Stages::default());
    for call in 0..WARM_UP + CALLS {
        let (there, gone_by) = (caller.stages().await?, direct.stages().await?);
        if call >= WARM_UP {
            through.take(there);
            past.take(gone_by);
        }
    }
    let (Some(through), Some(past)) = (through.whole.quantile(0.95), past.whole.quantile(0.95))
    else {
        return Err("no call was made".into());
    };
    let note = format!(
        "{CALLS} calls in turns with a bare hyper client, whose own time is {past:.0} µs; one \
         limit, reserve and settle each a durable commit with a signed event"
    );
    let figure = Figure::one("added latency, durable ledger and record, p95", "µs", through - past);
    Ok(sheet.add(&figure.target("≤ 2000").note(&note))?)
}

/// Calls a second, so many at once, until all are made.
async fn sustained(sheet: &mut Sheet, caller: Caller, name: &str, target: &str) -> Outcome {
    let (caller, made) = (Arc::new(caller), Arc::new(AtomicUsize::new(0)));
    let start = now();
    let asking: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (caller, made) = (Arc::clone(&caller), Arc::clone(&made));
            tokio::spawn(async move {
                while made.fetch_add(1, Ordering::AcqRel) < SUSTAINED {
                    caller.ask(&mut |_| {}).await.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for one in asking {
        one.await??;
    }
    let rate = count(SUSTAINED) / start.elapsed().as_secs_f64();
    let note = format!(
        "{SUSTAINED} calls, {AT_ONCE} at once, upstream and gateway on the same cores; through \
         `answer` with a route"
    );
    let figure = Figure::one(name, "calls/s", rate);
    Ok(sheet.add(&figure.target(target).note(&note))?)
}
