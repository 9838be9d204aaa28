//! A team of four roles with a budget, in one go: set up by an admin, met by a member, seen by a
//! manager, proven by an auditor.

use std::path::{Path, PathBuf};
use std::process::Command;

use engine::{Clock, SystemClock};
use fantoccini::key::Key;
use support::desktop::{Desktop, binary, root};
use support::people::{Carrel, OTHER_PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open, open_jonas, open_mira, two_desks};

const SECRET: &str = "How deep is the wreck?";

async fn section(window: &Desktop, name: &str) {
    window.keys(&[Key::Control], ",").await;
    window.press(name).await;
}

/// Mira, and three who joined as members.
async fn joined(dir: &Path) -> Upstream {
    let upstream = two_desks(dir, openai_stream(&["Nine metres."])).await;
    // By the clock of the window: it shows the days around its own.
    let carrel = Carrel::start_at(dir, SystemClock.now()).await;
    let mira = carrel.unlock("Mira", support::people::PASSPHRASE, "mira").await;
    for name in ["Tove", "Noor"] {
        carrel.join(&mira, name, name).await.confirm_code().await;
    }
    carrel.app.close().await;
    upstream
}

async fn change_role(window: &Desktop, name: &str, role: &str) {
    window.menu_of(&format!("More about {name}"), "Change role…").await;
    window.sees(&format!("Another role for {name}?")).await;
    window.tick(role).await;
    window.decide("Change role").await;
    window.decided().await;
}

/// Roles, a group, and one question a day for each, with one more that all share.
async fn set_up(window: &Desktop) {
    section(window, "Members").await;
    change_role(window, "Tove", "Manager").await;
    change_role(window, "Noor", "Auditor").await;
    window.press("New group").await;
    window.fill("Name", "Fieldwork").await;
    window.tick("Jonas").await;
    window.tick("Tove").await;
    window.decide("Make group").await;
    window.decided().await;
    window.sees("Group “Fieldwork” made").await;
    window.clean("team-members").await;
    window.press("Models and providers").await;
    window.press("Add a limit").await;
    window.select("For whom", "Each person").await;
    window.select("On what", "Requests to models").await;
    window.fill("How much", "1").await;
    window.fill("And a pool that all share", "1").await;
    window.select("In which time", "A month").await;
    window.clean("dialog-limit-pool").await;
    window.decide("Add").await;
    window.decided().await;
    window.sees("Each person").await;
    window.clean("settings-limits-pool").await;
}

async fn asks(window: &Desktop, question: &str) {
    window.ask(question).await;
    window.settled().await;
}

/// Jonas uses up his own and the pool, is refused, and asks for more.
async fn used_up(window: &Desktop) {
    asks(window, SECRET).await;
    asks(window, "And the other one?").await;
    window.type_text("And the third?").await;
    window.keys(&[Key::Enter], "").await;
    window.sees("the pool of").await;
    window.clean("chat-pool-used").await;
    window.press("Ask for more").await;
    window.sees("Admins see your name, what you ask for and why.").await;
    window.fill("What for (optional)", "Two dives are left.").await;
    window.decide("Ask").await;
    window.decided().await;
    window.sees("Admins see your request").await;
}

/// The file that was saved last with this ending.
fn saved(downloads: &Path, ending: &str) -> PathBuf {
    let files = std::fs::read_dir(downloads).expect("a folder").flatten();
    let named = files.filter(|one| one.file_name().to_string_lossy().ends_with(ending));
    named.last().expect("it is where downloads are").path()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_of_four_roles_lives_within_a_budget_and_proves_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let downloads = tempfile::tempdir().expect("a folder");
    let _upstream = joined(dir.path()).await;
    let window = Desktop::start_saving_to(dir.path(), downloads.path()).await;

    open_mira(&window).await;
    set_up(&window).await;
    lock(&window).await;

    open_jonas(&window).await;
    used_up(&window).await;
    lock(&window).await;

    open_mira(&window).await;
    section(&window, "Members 1 (1 to decide)").await;
    window.sees("Two dives are left.").await;
    window.press("Grant for this month").await;
    window.sees("Granted to Jonas").await;
    lock(&window).await;

    open_jonas(&window).await;
    window.sees("Mira gave you").await;
    window.press("OK").await;
    asks(&window, "And the third?").await;
    assert!(window.answer().await.starts_with("Nine metres."), "it was given");
    lock(&window).await;

    open(&window, "Tove", OTHER_PASSPHRASE).await;
    window.press("Usage").await;
    window.tick("7 days").await;
    window.select("Whose usage", "Fieldwork").await;
    window.sees("By person").await;
    window.sees("Jonas").await;
    let told = window.text().await;
    assert!(!told.contains("wreck"), "a manager sees amounts, never words: {told}");
    window.clean("usage-team").await;
    lock(&window).await;

    open(&window, "Noor", OTHER_PASSPHRASE).await;
    section(&window, "Record").await;
    window.sees("Unbroken").await;
    window.sees("First key, to compare").await;
    window.clean("settings-record-auditor").await;
    window.press("Export…").await;
    window.sees("Export the record").await;
    window.clean("dialog-export").await;
    window.decide("Save").await;
    window.sees("Record saved").await;
    window.quit().await;

    let package = saved(downloads.path(), ".tar");
    let script = root().join("docs/audit-verify.py");
    for mut verifier in [Command::new("python3"), Command::new(binary("carrel"))] {
        match verifier.get_program() == "python3" {
            true => verifier.arg(&script),
            false => verifier.args(["audit", "check"]),
        };
        let checked = verifier.arg(&package).output().expect("it runs");
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.success(), "without a desk, nor Carrel: {said}");
        assert!(said.contains("events hold"), "{said}");
        assert!(said.contains("checkpoints hold"), "{said}");
    }
}
