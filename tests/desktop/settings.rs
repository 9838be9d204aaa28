//! The settings: how a desk looks, who answers, what opens it, who is a member.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::Value;
use support::desktop::Desktop;
use support::people::{OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::{error, models, openai_stream};

use crate::seeded::{lock, open, open_mira, two_desks};

/// Opens a section of the settings by the key and its name.
async fn open_section(window: &Desktop, name: &str) {
    window.keys(&[Key::Control], ",").await;
    window.press(name).await;
    window
        .until(&format!("the section {name:?}"), async || {
            let title = window.client.find(Locator::Css("section h1")).await.ok()?;
            (title.text().await.ok()? == name).then_some(())
        })
        .await;
}

/// What the document says about how it looks.
async fn worn(window: &Desktop) -> (String, String) {
    let script =
        "const root = document.documentElement; return [root.dataset.theme ?? '', root.lang]";
    let worn = window.client.execute(script, vec![]).await.unwrap_or(Value::Null);
    serde_json::from_value(worn).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_keeps_how_it_looks_and_which_language_it_speaks() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Well."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    open_section(&window, "Chat").await;
    window.clean("settings-chat").await;
    open_section(&window, "About").await;
    window.sees("Data folder").await;
    window.sees("llama-cpp-sys-2").await;
    window.clean("settings-about").await;
    open_section(&window, "Appearance").await;
    window.clean("settings-appearance").await;
    window.tick("Dark").await;
    window.select("Language", "Deutsch").await;
    window.sees("Aussehen").await;
    lock(&window).await;

    let door = worn(&window).await;
    assert_eq!(door.1, "en", "the chooser keeps its own language");
    open(&window, "Mira", PASSPHRASE).await;
    let desk = worn(&window).await;
    assert_eq!(desk, ("dark".to_owned(), "de".to_owned()), "the desk is as it was left");
    for (section, name) in [
        ("Aussehen", "appearance"),
        ("Chat", "chat"),
        ("Privatsphäre und Sperre", "privacy"),
        ("Modelle und Anbieter", "models"),
        ("Mitglieder", "members"),
        ("Über", "about"),
    ] {
        open_section(&window, section).await;
        window.clean(&format!("settings-{name}-de")).await;
    }
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_provider_is_tested_and_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["From the first."])).await;
    let second = Upstream::start(openai_stream(&["From the second."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    open_section(&window, "Models and providers").await;
    window.sees("Scripted").await;
    window.clean("settings-models").await;
    window.press("Add provider").await;
    window.select("Service", "Other, by address").await;
    window.fill("Address", &second.base_url()).await;
    second.models(error(503, "overloaded", "Busy. Come back later."));
    window.decide("Test address and key").await;
    window.sees("has a problem at the moment").await;
    window.clean("dialog-provider-failed").await;
    second.models(models(&["tide-large", "tide-small"]));
    window.decide("Test address and key").await;
    window.sees("2 models").await;
    window.fill("Name", "Second").await;
    window.tick("Make tide-large everyone’s usual one").await;
    window.clean("dialog-provider").await;
    window.decide("Add provider").await;
    window.decided().await;
    window.sees("“Second” is saved").await;
    window.clean("settings-models-two").await;

    window.keys(&[Key::Escape], "").await;
    window.ask("Who are you?").await;
    window.sees("From the second.").await;
    window.settled().await;
    open_section(&window, "Models and providers").await;
    window.menu_of("Second: more", "Remove provider").await;
    window.sees("Remove “Second”?").await;
    window.clean("dialog-provider-remove").await;
    window.decide("Remove provider").await;
    window.decided().await;
    window.sees("“Second” is removed").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_passphrase_opens_the_desk_and_the_old_one_does_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Well."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    open_section(&window, "Privacy and lock").await;
    window.clean("settings-privacy").await;
    window.press("Check now").await;
    window.sees("Whole").await;
    window.press("Back up now").await;
    window.sees("Backed up and checked").await;
    window.clean("settings-privacy-checked").await;

    window.press("Change passphrase").await;
    window.fill("Current passphrase", "not the one").await;
    window.fill("New passphrase", OTHER_PASSPHRASE).await;
    window.decide("Change passphrase").await;
    window.sees("This does not open the desk.").await;
    window.clean("dialog-passphrase").await;
    window.fill("Current passphrase", PASSPHRASE).await;
    window.decide("Change passphrase").await;
    window.decided().await;
    window.sees("Passphrase changed").await;

    window.press("Make a new code").await;
    window.sees("Keep this code somewhere else").await;
    window.clean("dialog-recovery").await;
    window.type_code_back().await;
    window.tick("I have it on paper").await;
    window.decide("I have kept it").await;
    window.decided().await;
    window.sees("The new recovery code is in force").await;
    lock(&window).await;

    window.choose("Mira").await;
    window.fill("Passphrase", PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("This does not open the desk.").await;
    window.clean("chooser-wrong").await;
    open(&window, "Mira", OTHER_PASSPHRASE).await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_makes_a_desk_in_the_window() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Welcome, Ada."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    open_section(&window, "Members").await;
    window.sees("Jonas").await;
    window.clean("settings-members").await;
    window.menu_of("More about Jonas", "Disable…").await;
    window.sees("Disable Jonas?").await;
    window.clean("dialog-disable").await;
    window.decide("Cancel").await;
    window.decided().await;
    window.press("Invite someone").await;
    window.clean("dialog-invite").await;
    window.decide("Make a key").await;
    let key = window.find("[role=dialog] [aria-label='Invitation key']").await;
    let key = key.text().await.expect("the key is shown");
    let key = key.split_whitespace().collect::<Vec<_>>().join("-");
    window.clean("dialog-invitation").await;
    window.decide("I have handed it over").await;
    window.decided().await;
    window.sees("Open invitations").await;
    lock(&window).await;

    window.choose("New desk").await;
    window.press("I have an invitation").await;
    window.clean("join").await;
    window.press("Make my desk").await;
    window.sees("Enter the key of your invitation.").await;
    window.clean("join-missing").await;
    window.fill("Invitation key", &key.to_lowercase()).await;
    window.fill("Your name", "Ada").await;
    window.fill("Passphrase", OTHER_PASSPHRASE).await;
    window.press("Make my desk").await;
    window.sees("Keep this code somewhere else").await;
    window.type_code_back().await;
    window.tick("I have it on paper").await;
    window.press("Continue").await;
    window.find("textarea[aria-label='Message']:focus").await;
    window.ask("Good morning").await;
    window.sees("Welcome, Ada.").await;
    window.settled().await;
    lock(&window).await;

    window.choose("New desk").await;
    window.press("I have an invitation").await;
    window.fill("Invitation key", &key).await;
    window.fill("Your name", "Eve").await;
    window.fill("Passphrase", PASSPHRASE).await;
    window.press("Make my desk").await;
    window.sees("unknown, used or expired").await;
    window.clean("join-refused").await;
    window.quit().await;
}
