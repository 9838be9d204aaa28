//! What a server between a program and its model adds: Carrel's, and its peers'.
//!
//! All of them pass the same question to the same scripted upstream, in this
//! process, and are asked by the same bare HTTP client over kept connections.
//! Each is a process of its own, measured alone, beside the direct call in the
//! same run. Carrel's holds, books and records every call on disk; what the
//! others do is what they do without being told otherwise.

mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::upstream::{Upstream, openai};

use self::server::{Absent, Server};
use crate::Outcome;
use crate::direct::{ANSWER, Direct};
use crate::figures::{Figure, Sheet, now};
use crate::gateway::{Stages, count, whole};
use crate::held::Held;

const WARM_UP: usize = 100;
const CALLS: usize = 1_000;
const AT_ONCE: usize = 64;
/// How long calls are counted for, after as long that is not.
const COUNTED: Duration = Duration::from_secs(4);

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    let text = format!("data: {}\n\n", openai::text(ANSWER));
    let upstream = Upstream::start(whole(&text)).await;
    let direct = Arc::new(Direct::new(&upstream)?);
    let rate = sustained(&direct).await?;
    let note = format!("{AT_ONCE} at once; client and upstream alone have both cores");
    sheet.add(&Figure::one("sustained, direct", "calls/s", rate).note(&note))?;
    for (name, start) in server::ALL {
        match start(&upstream).await {
            Ok(server) => measure_one(sheet, name, &server, &direct).await?,
            Err(Absent(why)) => {
                sheet.add(&Figure::missing(&format!("through {name}"), "µs", &why))?;
            }
        }
    }
    Ok(())
}

async fn measure_one(sheet: &mut Sheet, name: &str, server: &Server, direct: &Direct) -> Outcome {
    let (mut through, mut past) = (Stages::default(), Stages::default());
    for call in 0..WARM_UP + CALLS {
        let (there, gone_by) = (server.way.stages().await?, direct.stages().await?);
        if call >= WARM_UP {
            through.take(there);
            past.take(gone_by);
        }
    }
    for (what, part, through, past) in [
        ("added latency, p50", 0.5, &through.whole, &past.whole),
        ("added latency, p95", 0.95, &through.whole, &past.whole),
        ("added latency, p99", 0.99, &through.whole, &past.whole),
        ("added to the first bytes, p99", 0.99, &through.first, &past.first),
    ] {
        let (Some(through), Some(past)) = (through.quantile(part), past.quantile(part)) else {
            return Err("no call was made".into());
        };
        let figure = Figure::one(&format!("through {name}: {what}"), "µs", through - past);
        let note = format!("{CALLS} calls in turns with direct ones, which take {past:.0} µs");
        sheet.add(&figure.note(&note))?;
    }
    let rate = sustained(&server.way).await?;
    let figure = Figure::one(&format!("through {name}: sustained"), "calls/s", rate);
    let note = format!("{AT_ONCE} at once, for {} s; {}", COUNTED.as_secs(), server.about);
    sheet.add(&figure.note(&note))?;
    let held = Held::sum(&server.processes()?);
    Ok(sheet.add(&held.figure(name, "all its processes, after those calls"))?)
}

/// Calls a second, so many at once.
async fn sustained(way: &Arc<Direct>) -> Outcome<f64> {
    let made = Arc::new(AtomicUsize::new(0));
    let asking: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (way, made) = (Arc::clone(way), Arc::clone(&made));
            tokio::spawn(async move {
                let start = now();
                while start.elapsed() < COUNTED * 2 {
                    way.stages().await.map_err(|error| error.to_string())?;
                    if start.elapsed() >= COUNTED && start.elapsed() < COUNTED * 2 {
                        made.fetch_add(1, Ordering::AcqRel);
                    }
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for one in asking {
        one.await??;
    }
    Ok(count(made.load(Ordering::Acquire)) / COUNTED.as_secs_f64())
}
