//! The real window of the application in release, on a virtual display.
//!
//! Times inside the window are taken by scripts in the page, from the event to
//! the moment after the frame that shows its effect. What a display and a
//! graphics card add beyond that is not seen here.

mod cold_start;
mod memory;
mod scripts;
mod streaming;

use fantoccini::key::Key;
use serde_json::{Value, json};
use support::desktop::Desktop;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::Outcome;
use crate::desks::{Desk, HUNDRED_THOUSAND, MILLION};
use crate::figures::{Figure, Samples, Sheet};

const UNLOCKS: usize = 7;
const OPENINGS: usize = 15;
const SEARCHES: u64 = 40;
const KEYS: &str = "the tide gauge at the old pier reads two centimetres low since spring, ";
const MESSAGE: &str = "textarea[aria-label='Message']";
const SEARCH: &str = "input[placeholder='Search chats and messages']";

pub(crate) async fn measure(sheet: &mut Sheet) -> Outcome {
    cold_start::measure(sheet).await?;
    unlocking(sheet).await?;
    let desk = Desk::copied(MILLION).await?;
    let upstream = with_provider(&desk).await?;
    let window = Desktop::start(desk.path()).await;
    unlock(&window).await?;
    resting(sheet, &window).await?;
    opening(sheet, &window, &desk).await?;
    searching(sheet, &window).await?;
    typing(sheet, &window, &desk).await?;
    streaming::measure(sheet, &window, &desk, &upstream).await?;
    control(sheet, &window).await?;
    window.quit().await;
    Ok(())
}

/// Gives the desk a scripted provider.
async fn with_provider(desk: &Desk) -> Outcome<Upstream> {
    let upstream = Upstream::start(openai_stream(&["Measured."])).await;
    let carrel = Carrel::start(desk.path()).await;
    let person = carrel.unlock("Mira", PASSPHRASE, "provider").await;
    person.add_provider(&upstream.base_url()).await;
    carrel.app.close().await;
    Ok(upstream)
}

/// Runs a script that ends with one number, in milliseconds.
async fn number(window: &Desktop, script: &str, arguments: Vec<Value>) -> Outcome<f64> {
    let answer = run(window, script, arguments).await?;
    answer.as_f64().ok_or_else(|| format!("the page never came there: {answer}").into())
}

async fn run(window: &Desktop, script: &str, arguments: Vec<Value>) -> Outcome<Value> {
    let script = format!("{}\n{script}", scripts::PRELUDE);
    Ok(window.client.execute_async(&script, arguments).await?)
}

async fn unlock(window: &Desktop) -> Outcome<f64> {
    window.sees("Choose your desk").await;
    window.choose("Mira").await;
    window.fill("Passphrase", PASSPHRASE).await;
    number(window, scripts::UNLOCK, vec![]).await
}

/// From the button to a desk that takes the first key.
async fn unlocking(sheet: &mut Sheet) -> Outcome {
    let desk = Desk::copied(HUNDRED_THOUSAND).await?;
    let derivation = desk.derivation(UNLOCKS)?;
    let window = Desktop::start(desk.path()).await;
    let (mut beyond, mut first) = (Samples::default(), f64::NAN);
    for unlocked in 0..UNLOCKS {
        let took = unlock(&window).await? - derivation.median();
        if unlocked == 0 {
            first = took;
        } else {
            beyond.push(took);
        }
        if unlocked + 1 < UNLOCKS {
            let known = window.windows().await;
            window.lock().await;
            window.switch_to_new(&known).await;
        }
    }
    window.quit().await;
    let note = format!(
        "106,448 messages, {} unlocks, each in a new window of the same process, press to a painted desk with the composer focused, less the key derivation's {:.0} ms (measured alone); the desk opens with a new chat, not the last one; the very first unlock of the process took {first:.0} ms",
        beyond.len(),
        derivation.median()
    );
    let figure = Figure::of("unlock beyond the key derivation, painted", "ms", &beyond);
    Ok(sheet.add(&figure.target("≤ 100").note(&note))?)
}

async fn opening(sheet: &mut Sheet, window: &Desktop, desk: &Desk) -> Outcome {
    let chats = desk.chats;
    for (name, target, chat) in [
        ("open a chat of 5,000 messages at its end", "≤ 150", chats.long),
        ("open a chat of 36 MB in 1,248 messages at its end", "≤ 300", chats.heavy),
    ] {
        let (mut took, mut settled) = (Samples::default(), Samples::default());
        for _ in 0..OPENINGS {
            run(window, scripts::OPEN_CHAT, vec![json!(chats.usual)]).await?;
            let times = run(window, scripts::OPEN_CHAT, vec![json!(chat)]).await?;
            let (Some(painted), Some(rest)) = (times["painted"].as_f64(), times["rest"].as_f64())
            else {
                return Err(format!("the chat never opened: {times}").into());
            };
            took.push(painted);
            settled.push(rest);
        }
        let note = format!(
            "{OPENINGS} times from a chat of 200, press to its end painted; nothing moves any more after {:.0} ms",
            settled.median()
        );
        sheet.add(&Figure::of(name, "ms", &took).target(target).note(&note))?;
    }
    Ok(())
}

/// What the display allows: frames of a desk on which nothing happens.
async fn resting(sheet: &mut Sheet, window: &Desktop) -> Outcome {
    let mut took = Samples::default();
    for _ in 0..100 {
        took.push(number(window, scripts::FRAME, vec![]).await?);
    }
    let figure = Figure::of("one frame of a resting desk", "ms", &took);
    let note = "asked for, drawn, and the task after it; the floor of what is painted below";
    Ok(sheet.add(&figure.note(note))?)
}

/// What the display allows where something changes: a letter on an empty page. Ends the page.
async fn control(sheet: &mut Sheet, window: &Desktop) -> Outcome {
    let times: Vec<f64> = serde_json::from_value(run(window, scripts::CONTROL, vec![]).await?)?;
    let took: Samples = times.into_iter().collect();
    let figure = Figure::of("one letter changed on an empty page", "ms", &took);
    let note =
        "nothing of Carrel on the page: the floor of everything that is painted after a change";
    Ok(sheet.add(&figure.note(note))?)
}

async fn searching(sheet: &mut Sheet, window: &Desktop) -> Outcome {
    let mut typed = Samples::default();
    window.keys(&[Key::Control], "k").await;
    window.find(&format!("{SEARCH}:focus")).await;
    for counts in [false, true] {
        for step in 0..SEARCHES {
            let word = ::vault::fill::word(1 + step * step * 25);
            let took = number(window, scripts::SEARCH, vec![json!(word)]).await?;
            if counts {
                typed.push(took);
            }
        }
    }
    window.keys(&[Key::Escape], "").await;
    let note = format!("a million messages, warm, {SEARCHES} words from common to rare");
    let figure = Figure::of("search painted, from the last letter", "ms", &typed);
    Ok(sheet.add(&figure.target("p95 ≤ 60").note(&note))?)
}

async fn typing(sheet: &mut Sheet, window: &Desktop, desk: &Desk) -> Outcome {
    run(window, scripts::OPEN_CHAT, vec![json!(desk.chats.long)]).await?;
    let field = window.find(MESSAGE).await;
    field.click().await?;
    window.client.execute(scripts::WATCH_KEYS, vec![]).await?;
    for letter in KEYS.chars().chain(KEYS.chars()) {
        field.send_keys(&letter.to_string()).await?;
    }
    let times: Vec<f64> = serde_json::from_value(run(window, scripts::KEYS, vec![]).await?)?;
    field.clear().await?;
    let took: Samples = times.into_iter().skip(10).collect();
    let note = format!(
        "{} keys in a chat of 5,000 messages, from the page's keydown to after the frame that shows the letter; the way from the keyboard to the page is not in it",
        took.len()
    );
    let figure = Figure::of("key press to paint in the composer", "ms", &took);
    Ok(sheet.add(&figure.target("p95 ≤ 16").note(&note))?)
}
