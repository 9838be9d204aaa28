//! What models cost and can do, as an admin sets it and as everyone sees it.

use engine::api::Nothing;
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::Carrel;
use support::upstream::openai::openai_stream;
use support::upstream::{Script, Upstream};

use crate::seeded::open_mira;

/// Mira's desk with one provider.
async fn desk(dir: &std::path::Path, usual: Script) -> Upstream {
    let upstream = Upstream::start(usual).await;
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.offer("Harbour", &upstream.base_url(), true).await;
    admin.confirm_code().await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
    upstream
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_says_what_a_model_costs_and_the_next_answer_counts_with_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = desk(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.keys(&[Key::Control], ",").await;
    window.press("Models and providers").await;
    window.sees("Models and prices").await;
    window.sees("that comes with Carrel").await;
    window.press("Edit the values of harbour-1").await;
    window.sees("Values of harbour-1").await;
    window.select("Price", "Own price").await;
    window.fill("Input", "100").await;
    window.fill("Output", "1000").await;
    window.clean("settings-own-price").await;
    window.press("Save values").await;
    window.sees("$100.00 in · $1,000.00 out").await;
    window.sees("Own values").await;
    window.clean("settings-prices").await;
    window.press("Back to my desk").await;
    window.ask("Why?").await;
    window.settled().await;
    // 12 tokens for $100 and 5 for $1,000 a million.
    window.sees("$0.0062").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picker_says_why_a_model_would_not_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let refused = r#"{"error":{"message":"no","code":"invalid_api_key"}}"#;
    let _upstream = desk(dir.path(), Script::json(401, refused)).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Why?").await;
    window.settled().await;
    window.keys(&[Key::Control, Key::Shift], "m").await;
    window.find("[role=option]").await;
    window.sees("Key refused").await;
    window.clean("picker-refused").await;
    window.quit().await;
}
