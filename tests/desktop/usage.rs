//! What was used: one's own, a group's and everyone's, in the window.

use std::path::Path;

use domain::{MillionPrice, NanoUsd, Override, PriceOverride, Role};
use engine::api::{AssignRole, Catalogue, ModelList, Nothing, SaveOverride};
use engine::{Clock, SystemClock};
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open_jonas, open_mira, two_desks};

/// Mira and Jonas with a model that costs something, and each with a question asked today.
async fn used(dir: &Path) -> Upstream {
    let upstream = two_desks(dir, openai_stream(&["Nine metres."])).await;
    // By the clock of the window: it shows the days around its own.
    let carrel = Carrel::start_at(dir, SystemClock.now()).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "mira").await;
    let list: ModelList = mira.ok("list_models", &Nothing {}).await;
    let price = |dollars: i64| NanoUsd(dollars * 1_000_000_000);
    let (input, output) = (price(100), price(1_000));
    let set =
        PriceOverride::Set { price: MillionPrice { input, output, cached: None, write: None } };
    let own = Some(Override { price: set, ..Override::default() });
    let model = list.models[0].model.clone();
    let _: Catalogue = mira.ok("save_override", &SaveOverride { model, own }).await;
    mira.ask_new("What is left of the budget?").await;
    let jonas = carrel.unlock("Jonas", OTHER_PASSPHRASE, "jonas").await;
    jonas.ask_new("How deep is the wreck?").await;
    let member = carrel.profile("Jonas").await;
    let _: Nothing = mira.ok("assign_role", &AssignRole { member, role: Role::Manager }).await;
    carrel.app.close().await;
    upstream
}

/// Opens the page from the sidebar, over the last seven days.
async fn open_usage(window: &Desktop) {
    window.press("Usage").await;
    window.tick("7 days").await;
}

/// Five dollars a month for Fieldwork; whoever has used four fifths is told.
async fn limit_the_group(window: &Desktop) {
    window.press("Models and providers").await;
    window.press("Add a limit").await;
    window.select("For whom", "The group Fieldwork together").await;
    window.fill("How much", "5").await;
    window.clean("dialog-limit-group").await;
    window.decide("Add").await;
    window.decided().await;
    window.sees("The group Fieldwork together: $5.00 a month").await;
    window.tick("80 %").await;
    window.clean("settings-limits-group").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_their_own_use_a_manager_their_groups_and_an_admin_makes_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let downloads = tempfile::tempdir().expect("a folder");
    let _upstream = used(dir.path()).await;
    let window = Desktop::start_saving_to(dir.path(), downloads.path()).await;

    open_mira(&window).await;
    window.keys(&[Key::Control], ",").await;
    window.press("Members").await;
    window.press("New group").await;
    window.fill("Name", "Fieldwork").await;
    window.tick("Jonas").await;
    window.clean("dialog-group").await;
    window.decide("Make group").await;
    window.decided().await;
    window.sees("Group “Fieldwork” made").await;
    window.clean("settings-groups").await;
    limit_the_group(&window).await;
    window.press("Back to my desk").await;
    open_usage(&window).await;
    window.sees("Your usage").await;
    window.sees("What is left of the budget?").await;
    window.select("Whose usage", "Everyone").await;
    window.sees("Everyone’s usage").await;
    window.sees("Jonas").await;
    window.clean("usage-everyone").await;
    let told = window.text().await;
    assert!(!told.contains("wreck"), "an admin sees amounts, never words: {told}");
    window.press("Export CSV").await;
    window.sees("Usage saved").await;
    let saved = std::fs::read_dir(downloads.path()).expect("a folder").flatten();
    let names = saved.map(|entry| entry.file_name().to_string_lossy().into_owned());
    assert!(names.into_iter().any(|name| name.ends_with(".csv")), "it is where downloads are");
    lock(&window).await;

    open_jonas(&window).await;
    open_usage(&window).await;
    window.sees("Your usage").await;
    window.sees("How deep is the wreck?").await;
    window.press("Show as table").await;
    window.clean("usage-own").await;
    window.select("Whose usage", "Fieldwork").await;
    window.sees("Usage of Fieldwork").await;
    // Jonas asked before there was a group: that counts for none.
    window.sees("Nothing was used in these seven days").await;
    window.clean("usage-empty").await;
    window.keys(&[Key::Escape], "").await;
    window.ask("And the other one?").await;
    window.settled().await;
    open_usage(&window).await;
    window.select("Whose usage", "Fieldwork").await;
    window.sees("By person").await;
    window.clean("usage-group").await;
    window.quit().await;
}
