//! Small windows, and the place a window comes back to.

use std::path::Path;

use fantoccini::key::Key;
use serde_json::json;
use support::desktop::Desktop;
use support::upstream::openai::openai_stream;

use crate::seeded::{open_mira, two_desks};

/// The next window opens at this size, under the pointer in the screen's middle.
fn kept(dir: &Path, width: u32, height: u32) {
    let place = json!({"x": 240, "y": 40, "width": width, "height": height, "maximized": false});
    std::fs::write(dir.join("window.json"), place.to_string()).expect("the folder is there");
}

/// Waits until the page is so wide.
async fn is_wide(window: &Desktop, width: u32) {
    window
        .until(&format!("a page {width} wide"), async || {
            let script = "return innerWidth";
            let now = window.client.execute(script, vec![]).await.ok()?;
            (now == width).then_some(())
        })
        .await;
}

/// Nothing sticks out to the side, so nothing has to be scrolled for.
async fn fits(window: &Desktop) {
    let script = "const wide = document.documentElement.clientWidth;
        return [...document.querySelectorAll('button, input, textarea, h1, h2, p')]
            .filter((each) => each.checkVisibility({ opacityProperty: true, visibilityProperty: true })
                && !each.closest('.visually-hidden, pre, table'))
            .map((each) => [each, each.getBoundingClientRect()])
            .filter(([, at]) => at.width > 0 && (at.right > wide + 1 || at.left < -1))
            .map(([each, at]) => `${each.localName} ${each.getAttribute('aria-label') ?? each.innerText} ${at.left} to ${at.right} of ${wide}`)";
    let out = window.client.execute(script, vec![]).await.expect("the page can be measured");
    assert_eq!(out, json!([]), "everything is inside the window");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_fits_into_a_narrow_window() {
    let dir = tempfile::tempdir().expect("a folder");
    let answer = "The datum moved.\n\n```python\nfit = harmonic(obs.level + offset, [\"M2\", \"S2\", \"K1\"])\n```\n\n| Residual, RMS | As recorded | With offset |\n|---|---|---|\n| 1 Jan to 11 Mar | 11 mm | 11 mm |";
    let _upstream = two_desks(dir.path(), openai_stream(&[answer])).await;
    for width in [760, 600, 480] {
        kept(dir.path(), width, 720);
        let window = Desktop::start(dir.path()).await;
        window.sees("Choose your desk").await;
        is_wide(&window, width).await;
        fits(&window).await;
        window.clean(&format!("narrow-{width}-chooser")).await;
        open_mira(&window).await;
        window.ask("Sensor or datum?").await;
        window.settled().await;
        fits(&window).await;
        window.clean(&format!("narrow-{width}-chat")).await;
        window.keys(&[Key::Control], "k").await;
        window.find("input[placeholder='Search chats and messages']:focus").await;
        fits(&window).await;
        window.clean(&format!("narrow-{width}-palette")).await;
        window.keys(&[Key::Escape], "").await;
        window.keys(&[Key::Control, Key::Shift], "s").await;
        window.sees("Tidewater Survey").await;
        fits(&window).await;
        window.clean(&format!("narrow-{width}-sidebar")).await;
        window.keys(&[Key::Control, Key::Shift], "s").await;
        window.keys(&[Key::Control], ",").await;
        window.sees("How this desk looks").await;
        fits(&window).await;
        window.clean(&format!("narrow-{width}-settings")).await;
        window.quit().await;
    }
}
