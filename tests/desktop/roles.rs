//! A role of one's own: made, kept from models, given to someone, and told by name.

use fantoccini::Locator;
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open_jonas, open_mira, two_desks};

async fn section(window: &Desktop, name: &str) {
    window.keys(&[Key::Control], ",").await;
    window.press(name).await;
}

/// Says something else in the cell with this name.
async fn say(window: &Desktop, cell: &str, stance: &str) {
    window.press(cell).await;
    let entry =
        format!("//*[@role='menuitemcheckbox'][starts-with(normalize-space(.), '{stance}')]");
    window
        .until(&format!("{stance:?} to be chosen"), async || {
            window.client.find(Locator::XPath(&entry)).await.ok()?.click().await.ok()
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_kept_from_models_given_to_someone_and_told_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    section(&window, "Roles").await;
    window.sees("Nobody has changed this yet").await;
    window.clean("settings-roles").await;

    window.press("New role").await;
    window.clean("dialog-role").await;
    window.fill("Name", "Field crew").await;
    window.decide("Make role").await;
    window.decided().await;
    window.sees("Field crew").await;
    say(&window, "Field crew, Models on this machine: allowed by Carrel itself", "Deny").await;
    window.sees("1 change not saved.").await;
    window.clean("settings-roles-changed").await;
    window.press("Save changes").await;
    window.sees("Version 2, saved by Mira").await;
    window.find("[aria-label='Field crew, Models on this machine: denied, set here']").await;

    section(&window, "Members").await;
    window.menu_of("More about Jonas", "Change role…").await;
    window.sees("Another role for Jonas?").await;
    window.tick("Field crew").await;
    window.clean("dialog-member-role").await;
    window.decide("Change role").await;
    window.decided().await;
    window.sees("Field crew").await;

    lock(&window).await;
    open_jonas(&window).await;
    window.find("textarea[aria-label='Message']:focus").await;
    window.sees("Your role may use none of the models here.").await;
    window.type_text("May I?").await;
    window.keys(&[Key::Enter], "").await;
    window.sees("The role “Field crew” may not do this: model.use is missing.").await;
    window.clean("chat-denied").await;
    lock(&window).await;

    // What was refused, and by whom, is for the admin to find.
    open_mira(&window).await;
    section(&window, "Record").await;
    window.sees("Unbroken:").await;
    window.sees("Desk opened").await;
    window.clean("settings-record").await;
    window.select("Kind of event", "Refusals").await;
    window.sees("1 event").await;
    window.find("tr[data-sequence] button").await.click().await.expect("a row that opens");
    window.sees("What was refused").await;
    window.clean("settings-record-event").await;
    window.quit().await;
}
