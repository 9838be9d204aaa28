//! An answer at 200 tokens a second: frames, long tasks, memory.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;
use support::desktop::Desktop;
use support::upstream::openai::{begun, finished, text};
use support::upstream::{Gate, Upstream};

use super::{memory, run, scripts};
use crate::Outcome;
use crate::desks::Desk;
use crate::figures::{Figure, Samples, Sheet};

const TOKENS_PER_SECOND: u32 = 200;
const TICK: Duration = Duration::from_millis(5);
/// An answer that does not begin by then is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the page is watched; the script's limit is 30 s.
const WATCHED_SECONDS: u16 = 20;
/// The stream begins before that and ends after it.
const TOKENS: usize = 200 * 26;
/// What the answer is made of, again and again.
const MARKDOWN: &str = "## Tides at the pier\n\nThe gauge reads **two centimetres** low since \
    spring, and the *datum* has not moved. Three things could explain it:\n\n- the stilling well \
    is silting up\n- the float has taken on water\n- the `offset` was entered twice\n\n```python\n\
    def residual(observed, predicted):\n    return [o - p for o, p in zip(observed, predicted)]\n\
    ```\n\n| month | residual |\n|---|---|\n| May | -1.8 |\n| June | -2.1 |\n\nLook at the well \
    first, since the other two would show at once. ";

pub(super) async fn measure(
    sheet: &mut Sheet,
    window: &Desktop,
    desk: &Desk,
    upstream: &Upstream,
) -> Outcome {
    memory::note(sheet, desk.path(), "before the answer, after opening chats and searching")?;
    for (place, chat) in [("200 messages", desk.chats.usual), ("36 MB", desk.chats.heavy)] {
        run(window, scripts::OPEN_CHAT, vec![json!(chat)]).await?;
        let (frames, task) = (
            format!("frames while streaming, chat of {place}"),
            format!("longest task while streaming, chat of {place}"),
        );
        let Some(watched) = watch_answer(window, upstream).await? else {
            let why = format!(
                "the answer did not begin to show within {} s of asking",
                PATIENCE.as_secs()
            );
            sheet.add(&Figure::missing(&frames, "/s", &why).target("p95 ≥ 55"))?;
            sheet.add(&Figure::missing(&task, "ms", &why).target("≤ 50"))?;
            continue;
        };
        let rates = per_second(&watched.frames);
        let note = format!(
            "answer at {TOKENS_PER_SECOND} tokens/s into a chat of {place}; {} whole seconds; p95: 95 % of them have at least this",
            rates.len()
        );
        let figure = Figure::of(&frames, "/s", &rates);
        sheet.add(&figure.tail(rates.quantile(0.05)).target("p95 ≥ 55").note(&note))?;
        let note = format!(
            "longest time in which a task that wanted to run could not; {} of them over 50 ms",
            watched.late
        );
        sheet.add(&Figure::one(&task, "ms", watched.longest).target("≤ 50").note(&note))?;
    }
    memory::note(sheet, desk.path(), "after two answers of 26 s at 200 tokens/s")
}

#[derive(serde::Deserialize)]
struct Watched {
    /// When each frame was, in ms from the beginning.
    frames: Vec<f64>,
    longest: f64,
    late: u32,
}

/// None where the answer never began to show.
async fn watch_answer(window: &Desktop, upstream: &Upstream) -> Outcome<Option<Watched>> {
    // Made-up chats name a model that nobody offers.
    window.keys(&[Key::Control, Key::Shift], "m").await;
    window.find("[role=option]").await.click().await?;
    let gates: Vec<Gate> = (0..TOKENS).map(|_| Gate::new()).collect();
    let tokens = MARKDOWN.split_inclusive(' ').cycle();
    let script = gates
        .iter()
        .zip(tokens)
        .fold(begun(&["Measured: "]), |script, (gate, token)| script.wait(gate).event(text(token)));
    upstream.next(finished(script));
    window.ask("Why does the gauge read low?").await;
    if !begins_to_show(window).await {
        return Ok(None);
    }
    let pace = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(TICK);
        for gate in gates {
            ticks.tick().await;
            gate.open();
        }
    });
    let length = json!(u32::from(WATCHED_SECONDS) * 1_000);
    let watched = run(window, scripts::FRAMES, vec![length]).await?;
    pace.await?;
    window.settled().await;
    Ok(Some(serde_json::from_value(watched)?))
}

async fn begins_to_show(window: &Desktop) -> bool {
    let looking = async {
        while !window.text().await.contains("Measured:") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let shown = tokio::time::timeout(PATIENCE, looking).await.is_ok();
    if !shown {
        window.picture("bench-no-answer").await;
    }
    shown
}

/// Frames in each whole second but the first, in which the answer begins.
fn per_second(frames: &[f64]) -> Samples {
    (1..WATCHED_SECONDS)
        .map(|second| {
            let within = |at: &&f64| {
                let begin = f64::from(second) * 1_000.0;
                (begin..begin + 1_000.0).contains(*at)
            };
            f64::from(u32::try_from(frames.iter().filter(within).count()).unwrap_or(u32::MAX))
        })
        .collect()
}
