//! Who may do what, and how far a text may go, in the window: two admins, policies by hand and
//! their history, a chat's class.

use domain::{DataClass, Dialect, Role};
use engine::api::{AssignRole, Nothing, ProviderView, SaveProvider};
use fantoccini::Locator;
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE, Person};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open, open_jonas, open_mira, two_desks};

async fn section(window: &Desktop, name: &str) {
    window.keys(&[Key::Control], ",").await;
    window.press(name).await;
}

/// Mira's desk of a folder with `two_desks`, for a while without a window.
async fn as_mira(dir: &std::path::Path) -> (Carrel, Person) {
    let carrel = Carrel::start(dir).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "w").await;
    (carrel, mira)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_sign_a_third_and_a_policy_by_hand_is_checked_kept_and_remembered() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let (carrel, mira) = as_mira(dir.path()).await;
    let member = carrel.profile("Jonas").await;
    let _: Nothing = mira.ok("assign_role", &AssignRole { member, role: Role::Admin }).await;
    let tove = carrel.join(&mira, "Tove", "tove").await;
    tove.confirm_code().await;
    carrel.app.close().await;
    drop((tove, mira, carrel));

    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    section(&window, "Members").await;
    window.menu_of("More about Tove", "Change role…").await;
    window.sees("Another role for Tove?").await;
    window.tick("Admin").await;
    window.sees("another one has to sign this within seven days").await;
    window.clean("dialog-member-propose").await;
    window.decide("Propose").await;
    window.decided().await;
    window.sees("Waits for another admin.").await;
    window.clean("settings-members-proposal").await;

    section(&window, "Roles").await;
    window.press("Write a policy…").await;
    window.fill("Name", "Nobody before 1970").await;
    window.fill("Policy in Cedar", "forbid (everyone);").await;
    window.sees("This policy does not hold").await;
    window.clean("dialog-policy").await;
    let text = "forbid (principal, action == Action::\"chat.send\", resource) \
                when { context.at < 0 };";
    window.fill("Policy in Cedar", text).await;
    window.sees("This policy holds.").await;
    window.decide("Save policy").await;
    window.decided().await;
    window.sees("when { context.at < 0 };").await;
    window.clean("settings-policies-by-hand").await;
    window.press("History").await;
    window.sees("Policy “Nobody before 1970” written").await;
    window.clean("dialog-history").await;
    window.keys(&[Key::Escape], "").await;
    window.decided().await;
    lock(&window).await;

    open_jonas(&window).await;
    section(&window, "Members 1 (1 to decide)").await;
    window.sees("Mira proposes to make Tove an admin.").await;
    window.clean("settings-members-to-sign").await;
    window.press("Sign: make Tove an admin").await;
    window.sees("Tove is an admin now").await;
    lock(&window).await;

    open(&window, "Tove", OTHER_PASSPHRASE).await;
    section(&window, "Who sees what").await;
    window.sees("What an admin cannot do").await;
    window.clean("settings-who-sees-what").await;
    section(&window, "Roles").await;
    window.sees("Nobody before 1970").await;
    window.quit().await;
}

/// Chooses the class of the chat that is shown.
async fn classify(window: &Desktop, class: &str) {
    window.find("button.class").await.click().await.expect("the chip opens");
    let entry = format!("//*[@role='menuitemradio'][contains(normalize-space(.), '{class}')]");
    window
        .until(&format!("the class {class}"), async || {
            window.client.find(Locator::XPath(&entry)).await.ok()?.click().await.ok()
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_chat_says_where_its_text_may_go_and_asks_before_it_goes_further() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream: Upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let (carrel, mira) = as_mira(dir.path()).await;
    let cloud = SaveProvider {
        id: None,
        label: "Harbour".to_owned(),
        dialect: Dialect::OpenAi,
        base_url: "https://nobody.invalid/v1".to_owned(),
        key: None,
        models: vec!["harbour-1".to_owned()],
        for_guests: false,
        nearby_allowed: false,
        accepts: DataClass::Internal,
        regions: vec!["us".parse().expect("a region")],
        make_usual: false,
    };
    let _: ProviderView = mira.ok("save_provider", &cloud).await;
    carrel.app.close().await;
    drop((mira, carrel));

    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.sees("Internal").await;
    window.find("button.class").await.click().await.expect("the chip opens");
    window.sees("The text of this chat is").await;
    window.clean("menu-class").await;
    window.keys(&[Key::Escape], "").await;
    classify(&window, "Confidential").await;
    window.sees("this machine only").await;
    let asked = upstream.questions().len();
    window.ask("Whose salary?").await;
    window.settled().await;
    assert_eq!(upstream.questions().len(), asked + 1, "answered on this machine");
    window.clean("chat-confidential").await;
    classify(&window, "Internal").await;
    window.sees("Lower the class to Internal?").await;
    window.sees("harbour-1").await;
    window.clean("dialog-class-lower").await;
    window.decide("Lower the class").await;
    window.decided().await;
    window.sees("Internal").await;
    lock(&window).await;
    open_mira(&window).await;
    window.open_chat("Whose salary?").await;
    window.sees("Internal").await;
    window.quit().await;
}
